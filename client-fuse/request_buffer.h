// SPDX-License-Identifier: Apache-2.0
#pragma once

// RequestBufferPool: the memory that requests are read into from /dev/fuse. A WRITE keeps its
// buffer: the payload travels on as a Buffer over the same memory, and the reactor takes another
// one from the pool. Each buffer is placed so that a WRITE's payload, which starts 80 bytes into
// the request, begins on a page.
//
// Buffers are kept for reuse because a fresh 1 MiB costs more in page faults than the copy it
// saves. The reactor takes buffers; whoever lets go of the last Buffer (often a ZeroMQ I/O thread)
// gives them back, hence the mutex.

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sheen::fuse {

inline constexpr size_t kMaxWriteBytes = size_t{1} << 20;
inline constexpr size_t kWritePayloadOffset = 80;  // InHeader and WriteIn
// libfuse reads this much at once: max_write and a page for the headers.
inline constexpr size_t kRequestBytesMax = kMaxWriteBytes + 4096;

class RequestBufferPool {
 public:
  // Up to `kept_max` free buffers are kept.
  explicit RequestBufferPool(size_t kept_max);

  // kRequestBytesMax bytes, contents undefined.
  std::shared_ptr<uint8_t> take();
  // Frees what is kept beyond `kept` buffers.
  void trim(size_t kept);
  size_t kept() const;

 private:
  struct Store;
  std::shared_ptr<Store> store_;  // shared with the buffers, which may outlive the pool
};

}  // namespace sheen::fuse
