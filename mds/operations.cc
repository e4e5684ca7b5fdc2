// SPDX-License-Identifier: Apache-2.0
#include "mds/operations.h"

#include <array>

#include "lib/base/log.h"
#include "mds/mdt.h"
#include "mds/ops/file.h"
#include "mds/ops/layout.h"
#include "mds/ops/locks.h"
#include "mds/ops/namespace.h"

namespace sheen::mds {
namespace {

using target::change_op;
using target::deferred_once_op;
using target::deferred_op;
using target::Operation;
using target::read_op;

template <class Request, auto Function>
void reconstruct_thunk(void* role, const target::OpContext& ctx, const wire::Message& message,
                       const Buffer& stored_reply) {
  const auto request = wire::decode<Request>(message.body);
  const auto reply = wire::decode<typename wire::RequestTraits<Request>::Reply>(stored_reply);
  if (!request || !reply) {
    SHEEN_WARN("{}: a stored reply that cannot be read",
               wire::opcode_name(wire::RequestTraits<Request>::kOpcode));
    return;
  }
  Function(*static_cast<Mdt*>(role), ctx, **request, **reply);
}

template <class Request, auto Function>
constexpr Operation with_reconstruct(Operation row) {
  row.reconstruct = &reconstruct_thunk<Request, Function>;
  return row;
}

constexpr std::array kOperations = {
    read_op<&ops::lookup>(),
    read_op<&ops::get_attr>(),
    change_op<&ops::set_attr>(),
    with_reconstruct<wire::CreateRequest, &ops::reconstruct_create>(change_op<&ops::create>()),
    change_op<&ops::mknod>(),
    change_op<&ops::mkdir>(),
    change_op<&ops::symlink>(),
    read_op<&ops::readlink>(),
    change_op<&ops::link>(),
    change_op<&ops::unlink>(),
    change_op<&ops::rmdir>(),
    change_op<&ops::rename>(),
    read_op<&ops::read_dir>(),
    with_reconstruct<wire::OpenRequest, &ops::reconstruct_open>(change_op<&ops::open>()),
    with_reconstruct<wire::CloseRequest, &ops::reconstruct_close>(change_op<&ops::close>()),
    change_op<&ops::report_size>(),
    read_op<&ops::get_xattr>(),
    change_op<&ops::set_xattr>(),
    read_op<&ops::list_xattr>(),
    change_op<&ops::remove_xattr>(),
    change_op<&ops::kill_priv>(),
    deferred_op(wire::Opcode::kGetLock, &ops::get_lock),
    deferred_once_op(wire::Opcode::kSetLock, &ops::set_lock),
    read_op<&ops::cancel_lock>(),
    read_op<&ops::release_locks>(),
    read_op<&ops::restate>(),
    change_op<&ops::set_layout>(),
    read_op<&ops::get_layout>(),
};
static_assert(target::opcodes_unique(kOperations), "an opcode has two operations");

}  // namespace

std::span<const target::Operation> operation_table() { return kOperations; }

}  // namespace sheen::mds
