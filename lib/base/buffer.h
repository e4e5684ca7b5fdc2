// SPDX-License-Identifier: Apache-2.0
#pragma once

// Buffer: immutable-by-convention bytes with shared ownership, so that bulk data travels from
// /dev/fuse to the network to pwrite(2) without a copy of ours. Copying a Buffer copies a pointer.
// shared_ptr, because a request's bytes are held by the caller (for a resend) and by the transport
// at once, and the transport's I/O thread decides which of them lets go last.
//
// The bytes may be written only by whoever created the Buffer and has not yet handed it on.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace sheen {

class Buffer {
 public:
  Buffer() = default;
  // `owner` keeps [data, data + size) valid.
  Buffer(std::shared_ptr<void> owner, const void* data, size_t size)
      : owner_(std::move(owner)), data_(static_cast<const uint8_t*>(data)), size_(size) {}

  static Buffer allocate(size_t size);  // uninitialised bytes, 64-byte aligned
  static Buffer copy_of(const void* data, size_t size);
  static Buffer copy_of(std::string_view bytes) { return copy_of(bytes.data(), bytes.size()); }

  const uint8_t* data() const { return data_; }
  uint8_t* mutable_data() { return const_cast<uint8_t*>(data_); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }
  std::span<const uint8_t> span() const { return {data_, size_}; }
  // A part of the same memory. offset + size must lie within it.
  Buffer slice(size_t offset, size_t size) const;
  const std::shared_ptr<void>& owner() const { return owner_; }

 private:
  std::shared_ptr<void> owner_;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace sheen
