// SPDX-License-Identifier: Apache-2.0
#include "lib/base/buffer.h"

#include <cstring>
#include <new>

#include "lib/base/assert.h"

namespace sheen {
namespace {
constexpr std::align_val_t kAlignment{64};
}

Buffer Buffer::allocate(size_t size) {
  if (size == 0) return {};
  void* memory = ::operator new(size, kAlignment);
  return {std::shared_ptr<void>(memory, [](void* p) { ::operator delete(p, kAlignment); }), memory,
          size};
}

Buffer Buffer::copy_of(const void* data, size_t size) {
  Buffer buffer = allocate(size);
  if (size != 0) std::memcpy(buffer.mutable_data(), data, size);
  return buffer;
}

Buffer Buffer::slice(size_t offset, size_t size) const {
  SHEEN_ASSERT(offset <= size_ && size <= size_ - offset);
  return {owner_, data_ + offset, size};
}

}  // namespace sheen
