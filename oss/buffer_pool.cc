// SPDX-License-Identifier: Apache-2.0
#include "oss/buffer_pool.h"

#include <mutex>
#include <new>
#include <vector>

#include "lib/base/assert.h"
#include "lib/base/limits.h"

namespace sheen::oss {
namespace {
constexpr std::align_val_t kAlignment{4096};
}

struct BufferPool::Shelf {
  explicit Shelf(size_t idle_max) : idle_max(idle_max) { idle.reserve(idle_max); }
  ~Shelf() {
    for (void* block : idle) ::operator delete(block, kAlignment);
  }

  void* take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        void* block = idle.back();  // the last one used is the one still in the CPU's cache
        idle.pop_back();
        return block;
      }
    }
    return ::operator new(kBulkMax, kAlignment);
  }

  void give_back(void* block) {
    {
      const std::lock_guard lock(mutex);
      if (idle.size() < idle_max) {
        idle.push_back(block);
        return;
      }
    }
    ::operator delete(block, kAlignment);
  }

  const size_t idle_max;
  std::mutex mutex;
  std::vector<void*> idle;
};

BufferPool::BufferPool(size_t idle_max) : shelf_(std::make_shared<Shelf>(idle_max)) {}

Buffer BufferPool::take(size_t size) {
  SHEEN_ASSERT(size <= kBulkMax);
  if (size <= kSmallBufferMax) return Buffer::allocate(size);
  void* block = shelf_->take();
  std::shared_ptr<void> owner(block, [shelf = shelf_](void* p) { shelf->give_back(p); });
  return {std::move(owner), block, size};
}

size_t BufferPool::idle() const {
  const std::lock_guard lock(shelf_->mutex);
  return shelf_->idle.size();
}

}  // namespace sheen::oss
