// SPDX-License-Identifier: Apache-2.0
#include "mgs/operations.h"

#include <array>

#include "mgs/ops/ops.h"

namespace sheen::mgs {
namespace {

using target::change_op;
using target::read_op;

constexpr std::array kTable = {
    read_op<&ops::get_config>(),        change_op<&ops::register_target>(),
    change_op<&ops::alloc_sequences>(), change_op<&ops::param_set>(),
    read_op<&ops::list_filesystems>(),  change_op<&ops::report_event>(),
    read_op<&ops::list_events>(),
};
static_assert(target::opcodes_unique(kTable));

}  // namespace

constinit const std::span<const target::Operation> kOperations{kTable};

}  // namespace sheen::mgs
