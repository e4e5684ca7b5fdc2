// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the operations work with. main() owns it and everything it points to; the reactor's thread.

#include <memory>
#include <vector>

#include "client-fuse/counters.h"
#include "client-fuse/directory_streams.h"
#include "lib/client/client.h"

namespace sheen::fuse {

class KillableRequest;
class NotifyThread;

struct Filesystem {
  client::Client& client;
  Counters counters;
  DirectoryStreams directories;
  NotifyThread* notify = nullptr;  // once mounted
  // Their callers have got a signal that does not end them: the next one may.
  std::vector<std::weak_ptr<KillableRequest>> interrupted;
};

}  // namespace sheen::fuse
