// SPDX-License-Identifier: Apache-2.0
#pragma once

// The mount's own extended attributes, through which users and the command line see and set what
// POSIX has no call for. listxattr(2) does not show them, so that cp -a and rsync -X leave them
// alone.
//
//   sheen.fid             read: "[0x10:0x2]"
//   sheen.layout          files. read: JSON of the layout and its objects; write: a hint, on a file
//                         that has no objects yet
//   sheen.default_layout  directories. read: JSON of the hint for new files; write: a hint; remove:
//                         back to what is inherited
//
// A hint is "count=4,size=1M,start=0", any of them: count -1 (or "all") for all OSTs, size with K,
// M or G, start -1 for the MDT's choice. Pure functions of text; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "lib/client/types.h"
#include "lib/rpc/cluster_map.h"

namespace sheen::fuse {

enum class VirtualXattr { kFid, kLayout, kDefaultLayout };

// Nothing for the name of an ordinary attribute. Names that start with "sheen." and are not known
// are ordinary ones, which the MDT refuses.
std::optional<VirtualXattr> virtual_xattr(std::string_view name);

Result<client::LayoutHint> parse_layout_hint(std::string_view text);

// {"fid":"[0x10:0x2]","mdt":"demo-MDT0000","generation":1,"components":[{"start":0,"end":null,
//  "stripe_count":2,"stripe_size":1048576,"objects":[{"object":"[0x10:0x2].0.0",
//  "ost":"demo-OST0001","index":1}, ...]}]}
std::string layout_json(const client::StripeInfo& info, const rpc::ClusterMap& map);
// {"fid":...,"stripe_count":4,"stripe_size":1048576,"start_ost":-1,"inherited":false}; a count or
// size of 0 stands for the file system's default.
std::string default_layout_json(const client::StripeInfo& info);

}  // namespace sheen::fuse
