// SPDX-License-Identifier: Apache-2.0
#pragma once

// What OPEN and CREATE tell the kernel about an open file. The reactor's thread.

#include "client-fuse/request.h"

namespace sheen::fuse {

// FOPEN_DIRECT_IO on every file: data cached by the kernel would not be seen to change by another
// mount. FOPEN_NOFLUSH on none, not even on read-only ones: closing any descriptor of a file drops
// the process's fcntl locks on it, and FLUSH is how we learn of that.
fuse_file_info open_info(client::Handle handle);

// The kernel gave the request up (the caller was killed): nobody will ever release the handle.
void discard(client::Client& client, client::Handle handle);

}  // namespace sheen::fuse
