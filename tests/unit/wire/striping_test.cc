// SPDX-License-Identifier: Apache-2.0
// Proves the RAID-0 arithmetic: every byte of a file is in exactly one object, and sizes agree.
#include <map>
#include <set>

#include <boost/test/unit_test.hpp>

#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/wire/striping.h"

using namespace sheen;
using namespace sheen::wire;

namespace {

Striping plain(uint32_t stripe_size, uint16_t count) {
  Striping striping;
  StripeComponent component;
  component.stripe_size = stripe_size;
  for (uint16_t i = 0; i < count; ++i) component.osts.push_back(static_cast<uint16_t>(10 + i));
  striping.components.push_back(component);
  return striping;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(striping)

BOOST_AUTO_TEST_CASE(one_stripe_is_the_file_itself) {
  const auto chunks = *map_range(plain(65536, 1), 100'000, 500'000);
  BOOST_REQUIRE(chunks.size() == 1u);
  BOOST_TEST(chunks[0].object_offset == 100'000u);
  BOOST_TEST(chunks[0].length == 500'000u);
  BOOST_TEST(chunks[0].ost == 10);
}

BOOST_AUTO_TEST_CASE(stripes_go_round_the_objects) {
  const auto chunks = *map_range(plain(65536, 2), 65536 + 10, 2 * 65536);
  BOOST_REQUIRE(chunks.size() == 3u);
  BOOST_TEST(chunks[0].stripe == 1);
  BOOST_TEST(chunks[0].object_offset == 10u);
  BOOST_TEST(chunks[1].stripe == 0);
  BOOST_TEST(chunks[1].object_offset == 65536u);
  BOOST_TEST(chunks[1].length == 65536u);
  BOOST_TEST(chunks[2].stripe == 1);
  BOOST_TEST(chunks[2].object_offset == 65536u);
  BOOST_TEST(chunks[2].length == 10u);
}

BOOST_AUTO_TEST_CASE(chunks_cover_any_range_exactly_once_and_map_back) {
  SeededRandom random(3);
  for (int round = 0; round < 500; ++round) {
    const auto count = static_cast<uint16_t>(1 + random.below(7));
    const Striping s = plain(static_cast<uint32_t>(65536 * (1 + random.below(4))), count);
    const uint64_t offset =
        random.below(4) == 0 ? kFileSizeMax - 5'000'000 : random.below(9'000'000);
    const uint64_t length = random.below(3'000'000);
    uint64_t at = offset;
    const std::vector<Chunk> chunks = *map_range(s, offset, length);
    for (const Chunk& c : chunks) {
      BOOST_TEST(c.file_offset == at);
      BOOST_TEST(c.length > 0u);
      BOOST_TEST(file_offset_of(s, c.component, c.stripe, c.object_offset) == at);
      at += c.length;
    }
    BOOST_TEST(at == offset + length);
  }
}

BOOST_AUTO_TEST_CASE(object_sizes_give_the_file_size_back) {
  SeededRandom random(4);
  for (int round = 0; round < 2000; ++round) {
    const Striping s = plain(65536, static_cast<uint16_t>(1 + random.below(5)));
    const uint64_t size =
        random.below(5) == 0 ? kFileSizeMax - random.below(1000) : random.below(2'000'000);
    uint64_t total = 0;
    uint64_t file_size = 0;
    for (const Chunk& c : object_sizes(s, size)) {
      total += c.length;
      file_size = std::max(file_size, file_size_of(s, c.component, c.stripe, c.length));
    }
    BOOST_TEST(total == size);
    BOOST_TEST(file_size == size);
  }
}

BOOST_AUTO_TEST_CASE(past_the_largest_file_is_too_big) {
  BOOST_TEST((map_range(plain(65536, 2), kFileSizeMax, 1).code() == Errc::kFileTooBig));
  BOOST_TEST((map_range(plain(65536, 2), UINT64_MAX, 1).code() == Errc::kFileTooBig));
  BOOST_TEST(map_range(plain(65536, 2), kFileSizeMax, 0)->empty());
}

BOOST_AUTO_TEST_CASE(a_layout_survives_the_wire_and_nonsense_is_corrupt) {
  Striping s = plain(1 << 20, 4);
  s.generation = 7;
  BOOST_TEST((Striping::from(s.to_layout())->components[0].osts == s.components[0].osts));
  Striping no_stripes = plain(1 << 20, 0);
  BOOST_TEST((Striping::from(no_stripes.to_layout()).code() == Errc::kCorrupt));
  Striping odd = plain(65537, 1);
  BOOST_TEST((Striping::from(odd.to_layout()).code() == Errc::kCorrupt));
  Striping zero = plain(0, 1);
  BOOST_TEST((Striping::from(zero.to_layout()).code() == Errc::kCorrupt));
  BOOST_TEST(Striping::from(nullptr)->empty());
}

BOOST_AUTO_TEST_SUITE_END()
