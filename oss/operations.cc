// SPDX-License-Identifier: Apache-2.0
#include "oss/operations.h"

#include <array>

#include "oss/ops/ops.h"

namespace sheen::oss {
namespace {

constexpr std::array kTable = {
    read_op<&ops::read>(),
    change_op<&ops::write>(),
    change_op<&ops::truncate>(),
    change_op<&ops::allocate>(),
    read_op<&ops::seek>(),
    read_op<&ops::glimpse>(),
    change_op<&ops::set_times>(),
    read_op<&ops::object_sync>(),
    // No transno: it is durable before it is answered.
    target::deferred_op(wire::Opcode::kDestroy, &ops::destroy),
};
static_assert(target::opcodes_unique(kTable));

}  // namespace

std::span<const target::Operation> operation_table() { return kTable; }

}  // namespace sheen::oss
