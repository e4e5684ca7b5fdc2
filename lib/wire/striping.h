// SPDX-License-Identifier: Apache-2.0
#pragma once

// RAID-0 arithmetic over a layout (Lustre's plain pattern): which byte of a file is which byte of
// which object. Pure functions of plain values; any thread.

#include <cstdint>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/result.h"
#include "lib/wire/common_generated.h"

namespace sheen::wire {

struct StripeComponent {
  uint64_t extent_start = 0;
  uint64_t extent_end = UINT64_MAX;
  uint32_t stripe_size = 0;
  std::vector<uint16_t> osts;  // OST index of each stripe
};

// A checked layout: components in order, without overlap, each with at least one stripe.
struct Striping {
  uint32_t generation = 0;
  std::vector<StripeComponent> components;

  bool empty() const { return components.empty(); }
  static Result<Striping> from(
      const Layout* layout);  // null or no components: empty, for non-files
  static Result<Striping> from(const LayoutT& layout);
  LayoutT to_layout() const;
};

// A run of bytes that is contiguous in the file and in one object.
struct Chunk {
  uint16_t component = 0;
  uint16_t stripe = 0;
  uint16_t ost = 0;
  uint64_t file_offset = 0;
  uint64_t object_offset = 0;
  uint64_t length = 0;
};

// The chunks of [offset, offset + length), in file order. kFileTooBig if the end passes the limit.
Result<std::vector<Chunk>> map_range(const Striping& striping, uint64_t offset, uint64_t length);

// The size of every object when the file's size is `file_size`, one row per stripe of every
// component; `length` is the object's size, offsets are unused.
std::vector<Chunk> object_sizes(const Striping& striping, uint64_t file_size);

// Where the object's byte `object_offset` lies in the file.
uint64_t file_offset_of(const Striping& striping, uint16_t component, uint16_t stripe,
                        uint64_t object_offset);
// The smallest file size that makes the object `object_size` bytes long; 0 for 0.
uint64_t file_size_of(const Striping& striping, uint16_t component, uint16_t stripe,
                      uint64_t object_size);

}  // namespace sheen::wire
