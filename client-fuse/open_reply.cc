// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/open_reply.h"

#include <optional>

namespace sheen::fuse {

fuse_file_info open_info(client::Handle handle) {
  fuse_file_info info{};
  info.fh = handle;
  info.direct_io = 1;
  return info;
}

void discard(client::Client& client, client::Handle handle) {
  client.release(handle, std::nullopt, [](Result<void>) {});
}

}  // namespace sheen::fuse
