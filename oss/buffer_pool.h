// SPDX-License-Identifier: Apache-2.0
#pragma once

// BufferPool: page-aligned memory for the payloads of Reads, used again and again. A fresh 1 MiB
// block from malloc is an mmap, 256 page faults and an munmap, which costs more than copying the
// bytes. A Buffer goes back to the pool when its last copy is gone, on whatever thread that is
// (mostly the transport's), and may outlive the pool. Owned by the Ost; any thread may call.

#include <cstddef>
#include <memory>

#include "lib/base/buffer.h"

namespace sheen::oss {

// Payloads up to this come from malloc: it serves them from its heap without a system call, and a
// 4 KiB read does not pin a whole block.
inline constexpr size_t kSmallBufferMax = 64U << 10;

class BufferPool {
 public:
  // Keeps at most `idle_max` unused blocks of kBulkMax bytes.
  explicit BufferPool(size_t idle_max);

  // Uninitialised bytes. size <= kBulkMax.
  Buffer take(size_t size);
  size_t idle() const;

 private:
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace sheen::oss
