// SPDX-License-Identifier: Apache-2.0
#pragma once

// setstripe and getstripe, for the MDT's operation table: change_op<&ops::set_layout>(),
// read_op<&ops::get_layout>().

#include "lib/target/operation.h"
#include "lib/wire/codec.h"

namespace sheen::mds {

class Mdt;

namespace ops {

Result<wire::SetLayoutReplyT> set_layout(Mdt& mdt, const target::OpContext& ctx,
                                         const wire::SetLayoutRequest& req);
Result<wire::GetLayoutReplyT> get_layout(Mdt& mdt, const target::OpContext& ctx,
                                         const wire::GetLayoutRequest& req);

}  // namespace ops
}  // namespace sheen::mds
