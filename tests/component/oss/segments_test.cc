// SPDX-License-Identifier: Apache-2.0
// Proves that an object behaves like one file of up to 8 EiB - 1 bytes although it lies in several,
// and that it stays so when the process dies between any two steps of a change.
#include <functional>

#include <linux/falloc.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "lib/base/limits.h"
#include "oss/store/object_store.h"
#include "tests/component/oss/oss_fixture.h"

namespace sheen::oss {
namespace {

namespace data = boost::unit_test::data;
const auto kThreads = data::make({0U, 2U});
const ObjectId kObject = object(1);
constexpr uint64_t kSegment = kSegmentBytes;
constexpr uint32_t kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

}  // namespace

BOOST_AUTO_TEST_SUITE(segments)

BOOST_DATA_TEST_CASE(the_last_byte_of_8_eib_can_be_used, kThreads, io_threads) {
  OssFixture oss(io_threads);
  const uint64_t last = kFileSizeMax - 1;
  BOOST_TEST((oss.write(kObject, kFileSizeMax, "x").code() == Errc::kFileTooBig));
  BOOST_TEST((oss.write(kObject, last, "xy").code() == Errc::kFileTooBig));
  BOOST_TEST((oss.write(kObject, UINT64_MAX, "x").code() == Errc::kFileTooBig));
  BOOST_TEST((oss.truncate(kObject, kFileSizeMax + 1).code() == Errc::kFileTooBig));
  BOOST_TEST(oss.temporary().files().empty());

  const auto wrote = oss.write(kObject, last, "x");
  REQUIRE_OK(wrote);
  BOOST_TEST(wrote->size == kFileSizeMax);
  BOOST_TEST(wrote->blocks < 100U);
  oss.restart();
  BOOST_TEST(oss.glimpse(kObject).value().size == kFileSizeMax);
  BOOST_TEST(oss.read(kObject, last, 100).value() == "x");
  BOOST_TEST(oss.read(kObject, last - 2, 100).value() == std::string("\0\0x", 3));
  BOOST_TEST(oss.read(kObject, 0, 3).value() == std::string(3, '\0'));
  BOOST_TEST(oss.read(kObject, 3 * kSegment - 1, 3).value() == std::string(3, '\0'));
  const uint64_t data_at = oss.seek(kObject, 0, true).value().value();
  BOOST_TEST(data_at <= last);
  BOOST_TEST(data_at > last - 65536);
  BOOST_TEST(oss.seek(kObject, 12345, false).value().value() == 12345U);
  BOOST_TEST(oss.seek(kObject, last, false).value().value() == kFileSizeMax);
  BOOST_TEST(oss.truncate(kObject, kFileSizeMax).value().size == kFileSizeMax);
  BOOST_TEST(oss.allocate(kObject, kPunch, 0, kFileSizeMax).value().size == kFileSizeMax);
  BOOST_TEST(oss.read(kObject, last, 100).value() == std::string(1, '\0'));
  BOOST_TEST(oss.destroy({kObject}).has_value());
  BOOST_TEST(oss.temporary().files().empty());
}

BOOST_DATA_TEST_CASE(a_write_may_cross_from_one_segment_to_the_next, kThreads, io_threads) {
  OssFixture oss(io_threads);
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
  const uint64_t start = 2 * kSegment - 100'000;
  const auto wrote = oss.write(kObject, start, bytes);
  REQUIRE_OK(wrote);
  BOOST_TEST(wrote->size == start + bytes.size());
  const std::vector<std::string> files{"O/1a/d1/1.0.0", "O/1a/d1/1.0.0.s1", "O/1a/d1/1.0.0.s2"};
  BOOST_TEST(oss.temporary().files() == files, boost::test_tools::per_element());

  oss.restart();
  BOOST_TEST((oss.read(kObject, start, 200'000).value() == bytes));
  BOOST_TEST(oss.seek(kObject, start, false).value().value() == start + bytes.size());
  BOOST_TEST(oss.seek(kObject, 2 * kSegment, true).value().value() == 2 * kSegment);
  BOOST_TEST(oss.seek(kObject, 0, true).value().value() <= start);
  BOOST_TEST(oss.seek(kObject, 0, true).value().value() > start - 65536);

  // A hole over the boundary, whole blocks.
  const uint64_t punched = 2 * kSegment - 65536;
  REQUIRE_OK(oss.allocate(kObject, kPunch, punched, 131072));
  BOOST_TEST(oss.seek(kObject, start, false).value().value() == punched);
  BOOST_TEST(oss.seek(kObject, punched, true).value().value() == punched + 131072);
  BOOST_TEST((oss.read(kObject, punched, 131072).value() == std::string(131072, '\0')));
  BOOST_TEST((oss.read(kObject, start, 34464).value() == bytes.substr(0, 34464)));

  BOOST_TEST(oss.truncate(kObject, 2 * kSegment + 1).value().size == 2 * kSegment + 1);
  BOOST_TEST(oss.truncate(kObject, 2 * kSegment).value().size == 2 * kSegment);
  BOOST_TEST(oss.temporary().files().size() == 2U);
  BOOST_TEST(oss.truncate(kObject, 10).value().size == 10U);
  BOOST_TEST(oss.truncate(kObject, start + 1).value().size == start + 1);
  BOOST_TEST(oss.read(kObject, start, 10).value() == std::string(1, '\0'));
  BOOST_TEST(!oss.truncate(kObject, 0).value().exists);
  BOOST_TEST(oss.temporary().files().empty());
}

BOOST_AUTO_TEST_CASE(allocation_may_cross_segments) {
  OssFixture oss;
  const uint64_t start = kSegment - (1 << 20);
  const auto done = oss.allocate(kObject, 0, start, 2 << 20);
  REQUIRE_OK(done);
  BOOST_TEST(done->size == kSegment + (1 << 20));
  BOOST_TEST(done->blocks >= 4096U);
  // Beyond the end and without changing the size: an empty file of a further segment.
  const auto reserved = oss.allocate(kObject, FALLOC_FL_KEEP_SIZE, 5 * kSegment, 1 << 20);
  REQUIRE_OK(reserved);
  BOOST_TEST(reserved->size == kSegment + (1 << 20));
  BOOST_TEST(reserved->blocks >= 6144U);
  oss.restart();
  BOOST_TEST(oss.glimpse(kObject).value().size == kSegment + (1 << 20));
  REQUIRE_OK(oss.truncate(kObject, kSegment));
  BOOST_TEST(oss.temporary().files().size() == 1U);
}

BOOST_AUTO_TEST_CASE(times_and_blocks_are_those_of_all_segments) {
  OssFixture oss;
  REQUIRE_OK(oss.write(kObject, 0, std::string(65536, 'x')));
  const auto both = oss.write(kObject, 7 * kSegment, std::string(65536, 'y'));
  REQUIRE_OK(both);
  BOOST_TEST(both->blocks >= 256U);
  BOOST_TEST(oss.set_times(kObject, 77).value().mtime == 77);
  BOOST_TEST(oss.glimpse(kObject).value().mtime == 77);
  const auto later = oss.write(kObject, 7 * kSegment, "z");
  BOOST_TEST(later.value().mtime > 77);
  BOOST_TEST(oss.set_times(kObject, 78).value().mtime == 78);
  BOOST_TEST(oss.write(kObject, 0, "z").value().mtime > 78);
  BOOST_TEST(oss.sync(kObject).has_value());
  BOOST_TEST(oss.watched().file_syncs == 2);
}

BOOST_AUTO_TEST_CASE(an_object_with_data_at_very_many_places_is_refused_and_whole) {
  OssFixture oss;
  Status last = ok();
  uint64_t segment = 0;
  for (; segment < kSegmentsMax + 10 && last; ++segment) {
    const auto wrote = oss.write(kObject, segment * kSegment, "x");
    if (!wrote) last = wrote.error();
  }
  BOOST_TEST((last.code() == Errc::kFileTooBig));
  BOOST_TEST(oss.glimpse(kObject).value().size == (kSegmentsMax - 1) * kSegment + 1);
  BOOST_TEST(oss.read(kObject, 100 * kSegment, 1).value() == "x");
  BOOST_TEST(oss.destroy({kObject}).has_value());
  BOOST_TEST(oss.temporary().files().empty());
}

// Every change on an object of several segments, cut off before each of its steps in turn.
BOOST_AUTO_TEST_CASE(death_at_any_step_leaves_a_whole_object) {
  const uint64_t before_size = 3 * kSegment + 5;
  struct Change {
    const char* name;
    uint64_t after_size;
    uint64_t intact;  // so many bytes must be as before
    std::function<void(OssFixture&)> run;
  };
  const std::vector<Change> changes{
      {"cut within a segment without a file", kSegment + 7, kSegment + 7,
       [](OssFixture& oss) { (void)oss.truncate(kObject, kSegment + 7); }},
      {"cut to a boundary", kSegment, kSegment,
       [](OssFixture& oss) { (void)oss.truncate(kObject, kSegment); }},
      {"cut to the first segment", 2, 2, [](OssFixture& oss) { (void)oss.truncate(kObject, 2); }},
      {"remove", 0, 0, [](OssFixture& oss) { (void)oss.truncate(kObject, 0); }},
      {"grow", 9 * kSegment + 1, before_size,
       [](OssFixture& oss) { (void)oss.truncate(kObject, 9 * kSegment + 1); }},
      {"write over a boundary behind the end", 5 * kSegment + 1, before_size,
       [](OssFixture& oss) { (void)oss.write(kObject, 5 * kSegment - 1, "ab"); }},
  };
  for (const Change& change : changes) {
    for (int64_t step = 0;; ++step) {
      OssFixture oss;
      REQUIRE_OK(oss.write(kObject, 0, "first"));
      REQUIRE_OK(oss.write(kObject, 3 * kSegment, "other"));
      oss.watched().changes_left = step;
      change.run(oss);
      const bool finished = oss.watched().changes_left > 0;
      oss.watched().changes_left = INT64_MAX;
      oss.restart();

      BOOST_TEST_CONTEXT(change.name << ", stopped before step " << step) {
        const uint64_t size = oss.glimpse(kObject).value().size;
        if (finished) {
          BOOST_TEST(size == change.after_size);
        } else {
          BOOST_TEST(size >= std::min(before_size, change.after_size));
          BOOST_TEST(size <= std::max(before_size, change.after_size));
        }
        const std::string first = oss.read(kObject, 0, 5).value();
        const size_t intact = std::min<uint64_t>(change.intact, 5);
        BOOST_TEST(first.substr(0, intact) == std::string("first").substr(0, intact));
        if (change.intact >= before_size)
          BOOST_TEST(oss.read(kObject, 3 * kSegment, 5).value() == "other");
        // What is left can be finished and removed as any object.
        REQUIRE_OK(oss.truncate(kObject, change.after_size));
        BOOST_TEST(oss.destroy({kObject}).has_value());
        BOOST_TEST(oss.temporary().files().empty());
      }
      if (finished) break;
      BOOST_REQUIRE(step < 50);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sheen::oss
