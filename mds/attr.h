// SPDX-License-Identifier: Apache-2.0
#pragma once

// Between rows and what goes over the wire; and the rules of times. Pure functions; lane thread.

#include <memory>

#include "lib/target/operation.h"
#include "lib/wire/codec.h"
#include "mds/store/inode.h"

namespace sheen::mds {

std::unique_ptr<wire::AttrT> attr_of(const Inode& inode);
// Null for what is not a regular file. kCorrupt.
Result<std::unique_ptr<wire::LayoutT>> layout_of(const Inode& inode);

// The client's time orders its own changes as its applications see them; a request without one gets
// the server's.
inline RealtimeNs time_of(int64_t request_now, const target::OpContext& ctx) {
  return request_now != 0 ? request_now : ctx.now;
}

// relatime: a read moves atime if it is not later than the last change, or a day old.
bool relatime_due(const Inode& inode, RealtimeNs now);

}  // namespace sheen::mds
