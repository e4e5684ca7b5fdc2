// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is done when an open file is found to be gone because a server ended our session. The
// reactor's thread.

#include "client-fuse/filesystem.h"
#include "lib/base/result.h"

namespace sheen::fuse {

// Called with the error of a call on `handle`. If the handle is dead, the kernel is told to drop
// what mappings of the file still show, because nobody vouches for it any more.
void note_failure(Filesystem& fs, uint64_t node, client::Handle handle, const Error& error);

}  // namespace sheen::fuse
