// SPDX-License-Identifier: Apache-2.0
// is-claimed DEVICE: whether somebody on this node has the block device for himself (open(2),
// O_EXCL on block devices): a file system that is mounted anywhere, in any namespace, or was a
// moment ago and has not written the last of it. The kernel gives the device back after that.
// Exits with 0 if so, 1 if not, 2 if it cannot be told. For ocf:sheen:target.
#include <cerrno>

#include <fcntl.h>

#include "lib/base/unique_fd.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const sheen::UniqueFd device(::open(argv[1], O_RDONLY | O_EXCL | O_CLOEXEC));
  if (device.good()) return 1;
  return errno == EBUSY ? 0 : 2;
}
