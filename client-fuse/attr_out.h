// SPDX-License-Identifier: Apache-2.0
#pragma once

// The client's attributes in FUSE's form. Pure functions; any thread.

#include "client-fuse/fuse_api.h"
#include "lib/client/types.h"

namespace sheen::fuse {

// How long the kernel may believe a name or attributes. Another mount may change both at any
// moment, and nothing would tell us.
inline constexpr double kEntryTimeout = 0;
inline constexpr double kAttrTimeout = 0;

struct stat to_stat(const client::Attr& attr);
fuse_entry_param to_entry(const client::Attr& attr);
RealtimeNs to_nanoseconds(uint64_t seconds, uint32_t nanoseconds);

}  // namespace sheen::fuse
