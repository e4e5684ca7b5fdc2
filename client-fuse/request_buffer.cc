// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/request_buffer.h"

#include <mutex>
#include <new>
#include <vector>

namespace sheen::fuse {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kLead = kPage - kWritePayloadOffset;
constexpr size_t kSlabBytes = kLead + kRequestBytesMax;
constexpr std::align_val_t kAlignment{kPage};

}  // namespace

struct RequestBufferPool::Store {
  explicit Store(size_t max) : kept_max(max) {}
  ~Store() { free_beyond(0); }

  void give_back(void* slab) {
    {
      const std::lock_guard lock(mutex);
      if (free.size() < kept_max) {
        free.push_back(slab);
        return;
      }
    }
    ::operator delete(slab, kAlignment);
  }

  void free_beyond(size_t kept) {
    const std::lock_guard lock(mutex);
    while (free.size() > kept) {
      ::operator delete(free.back(), kAlignment);
      free.pop_back();
    }
  }

  const size_t kept_max;
  std::mutex mutex;
  std::vector<void*> free;
};

RequestBufferPool::RequestBufferPool(size_t kept_max) : store_(std::make_shared<Store>(kept_max)) {}

std::shared_ptr<uint8_t> RequestBufferPool::take() {
  void* slab = nullptr;
  {
    const std::lock_guard lock(store_->mutex);
    if (!store_->free.empty()) {
      slab = store_->free.back();
      store_->free.pop_back();
    }
  }
  if (slab == nullptr) slab = ::operator new(kSlabBytes, kAlignment);
  return {static_cast<uint8_t*>(slab) + kLead,
          [store = store_, slab](uint8_t*) { store->give_back(slab); }};
}

void RequestBufferPool::trim(size_t kept) { store_->free_beyond(kept); }

size_t RequestBufferPool::kept() const {
  const std::lock_guard lock(store_->mutex);
  return store_->free.size();
}

}  // namespace sheen::fuse
