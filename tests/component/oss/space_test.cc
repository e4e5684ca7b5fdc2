// SPDX-License-Identifier: Apache-2.0
// Proves what happens on a file system that is nearly or really full. The cases on real small file
// systems need root and are left out without it.
#include <cstdlib>
#include <fstream>

#include <linux/falloc.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "lib/base/limits.h"
#include "oss/store/object_files.h"
#include "tests/component/oss/oss_fixture.h"

namespace sheen::oss {
namespace {

constexpr uint64_t kMiB = 1U << 20;
constexpr uint32_t kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
const std::string kPayload(kMiB, 'x');

store::DiskSpace pretend(uint64_t total, uint64_t available) {
  return {total, available, available, 1000, 1000, false};
}

// A small file system of its own, mounted as long as this lives. `ready` is false without root.
class SmallFilesystem {
 public:
  explicit SmallFilesystem(const std::string& type) {
    if (geteuid() != 0) return;
    if (type == "tmpfs") {
      ready = mount("tmpfs", where.path().c_str(), "tmpfs", 0, "size=16m") == 0;
      return;
    }
    const std::string file = image.path() + "/image";
    std::ofstream(file).close();
    BOOST_REQUIRE(truncate(file.c_str(), 64 * kMiB) == 0);
    // Blocks of 1 KiB, the worst case for the size of a file.
    const std::string commands = "mkfs.ext4 -q -b 1024 " + file + " 2>/dev/null && mount -o loop " +
                                 file + " " + where.path() + " 2>/dev/null";
    ready = std::system(commands.c_str()) == 0;
  }
  ~SmallFilesystem() {
    if (ready) BOOST_TEST(umount2(where.path().c_str(), 0) == 0);
  }

  const TemporaryDirectory image = TemporaryDirectory::on_disk();
  const TemporaryDirectory where;
  bool ready = false;
};

void fill_and_free(const std::string& directory) {
  OssFixture oss(2, directory);
  uint32_t number = 0;
  Errc code = Errc::kOk;
  while (code == Errc::kOk && number < 1000) code = oss.write(object(++number), 0, kPayload).code();
  BOOST_TEST((code == Errc::kNoSpace));
  BOOST_TEST(number > 10U);
  BOOST_TEST(!oss.glimpse(object(number)).value().exists);
  BOOST_TEST(oss.role().space().bytes_available < kMiB);
  struct statvfs left {};
  BOOST_REQUIRE(statvfs(directory.c_str(), &left) == 0);
  BOOST_TEST(uint64_t{left.f_bavail} * left.f_frsize >= kMiB / 2);

  // What is there can be read and overwritten, but not made longer.
  BOOST_TEST((oss.read(object(1), 0, kBulkMax).value() == kPayload));
  BOOST_TEST(oss.write(object(1), 0, std::string(4096, 'y')).has_value());
  BOOST_TEST((oss.write(object(1), kMiB, kPayload).code() == Errc::kNoSpace));
  BOOST_TEST(oss.glimpse(object(1)).value().size == kMiB);

  BOOST_REQUIRE(oss.destroy({object(2), object(3), object(4)}));
  BOOST_TEST(oss.write(object(number), 0, kPayload).has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(space)

BOOST_AUTO_TEST_CASE(below_the_floor_only_what_does_not_grow_is_admitted) {
  OssFixture oss;
  BOOST_REQUIRE(oss.write(object(1), 0, kPayload));
  BOOST_REQUIRE(oss.write(object(2), kMiB, kPayload));  // its first MiB is a hole
  oss.watched().pretended_space = pretend(1024 * kMiB, 44 * kMiB);
  oss.restart();
  BOOST_TEST(oss.role().space().bytes_available == 0U);
  BOOST_TEST(oss.role().space().bytes_free == 44 * kMiB);

  BOOST_TEST(oss.write(object(1), 0, kPayload).has_value());
  BOOST_TEST((oss.write(object(1), kMiB - 1, "xy").code() == Errc::kNoSpace));
  BOOST_TEST((oss.write(object(2), 0, "x").code() == Errc::kNoSpace));
  BOOST_TEST(oss.write(object(2), kMiB + 5, "x").has_value());
  BOOST_TEST((oss.write(object(3), 0, "x").code() == Errc::kNoSpace));
  BOOST_TEST((oss.truncate(object(3), 5).code() == Errc::kNoSpace));
  BOOST_TEST((oss.allocate(object(1), 0, 0, 2 * kMiB).code() == Errc::kNoSpace));
  BOOST_TEST(oss.allocate(object(1), 0, 0, kMiB).has_value());
  BOOST_TEST(oss.allocate(object(1), kPunch, 0, 65536).has_value());
  BOOST_TEST(oss.truncate(object(1), 100).has_value());
  BOOST_TEST(oss.truncate(object(1), 0).has_value());
  BOOST_TEST(oss.destroy({object(2)}).has_value());
  BOOST_TEST(oss.temporary().files().empty());
}

// The database dies if it cannot grow its WAL, and with it the target.
BOOST_AUTO_TEST_CASE(what_the_database_needs_is_kept_from_data_and_from_overwriting) {
  OssFixture oss;
  BOOST_REQUIRE(oss.write(object(1), 0, kPayload));
  oss.watched().pretended_space = pretend(1024 * kMiB, 200 * kMiB);
  oss.restart();
  const store::Database& database = oss.database();
  BOOST_TEST(database.wal_bound_bytes() == 32 * static_cast<int64_t>(kMiB));
  const auto growth = static_cast<uint64_t>(database.wal_growth_bytes());
  BOOST_TEST(growth > 30 * kMiB);
  BOOST_TEST(oss.role().space().bytes_available == 200 * kMiB - growth - 16 * kMiB);

  oss.watched().pretended_space = pretend(1024 * kMiB, growth + 8 * kMiB);
  BOOST_TEST((oss.write(object(2), 0, "x").code() == Errc::kNoSpace));
  BOOST_TEST(oss.write(object(1), 0, kPayload).has_value());
  oss.watched().pretended_space = pretend(1024 * kMiB, growth + 7 * kMiB);
  BOOST_TEST((oss.write(object(1), 0, kPayload).code() == Errc::kNoSpace));
  BOOST_TEST(oss.destroy({object(1)}).has_value());
}

BOOST_AUTO_TEST_CASE(a_small_file_system_keeps_a_small_floor) {
  OssFixture oss;
  oss.watched().pretended_space = pretend(64 * kMiB, 10 * kMiB);
  oss.restart();
  BOOST_TEST(oss.role().space().bytes_available >= 7 * kMiB);
  oss.watched().pretended_space = pretend(uint64_t{1} << 50, uint64_t{1} << 40);
  oss.restart();
  BOOST_TEST(oss.role().space().bytes_available >= (uint64_t{1} << 40) - 96 * kMiB);
}

BOOST_AUTO_TEST_CASE(an_allocation_larger_than_the_space_is_refused_at_once) {
  OssFixture oss;
  BOOST_TEST((oss.allocate(object(1), 0, 0, kFileSizeMax).code() == Errc::kNoSpace));
  BOOST_TEST(
      (oss.allocate(object(1), FALLOC_FL_KEEP_SIZE, 5, kFileSizeMax - 5).code() == Errc::kNoSpace));
  BOOST_TEST(oss.temporary().files().empty());
}

BOOST_AUTO_TEST_CASE(a_change_that_the_disk_fails_half_way_leaves_nothing_behind) {
  const SmallFilesystem small("tmpfs");
  if (!small.ready) return;
  OssFixture full(0, small.where.path());
  BOOST_REQUIRE(full.write(object(1), 0, "keep"));
  full.watched().pretended_space = pretend(1024 * kMiB, 1000 * kMiB);  // only the disk says no
  full.restart();
  Errc code = Errc::kOk;
  uint32_t number = 1;
  while (code == Errc::kOk) code = full.write(object(++number), 0, kPayload).code();
  BOOST_TEST((code == Errc::kNoSpace));
  BOOST_TEST(!full.glimpse(object(number)).value().exists);
  BOOST_TEST((full.write(object(1), 4, kPayload).code() == Errc::kNoSpace));
  BOOST_TEST(full.glimpse(object(1)).value().size == 4U);
  BOOST_TEST(full.read(object(1), 0, 100).value() == "keep");
  BOOST_TEST((full.allocate(object(1), 0, 0, 8 * kMiB).code() == Errc::kNoSpace));
  BOOST_TEST(full.glimpse(object(1)).value().size == 4U);
}

BOOST_AUTO_TEST_CASE(a_full_tmpfs_works_again_after_objects_are_destroyed) {
  const SmallFilesystem small("tmpfs");
  if (small.ready) fill_and_free(small.where.path());
}

BOOST_AUTO_TEST_CASE(a_full_ext4_of_64_mib_works_again_after_objects_are_destroyed) {
  const SmallFilesystem small("ext4");
  if (small.ready) fill_and_free(small.where.path());
}

BOOST_AUTO_TEST_CASE(a_segment_fits_in_a_file_of_ext4_with_the_smallest_blocks) {
  const SmallFilesystem small("ext4");
  if (!small.ready) return;
  OssFixture oss(0, small.where.path());
  for (const uint64_t boundary : {kSegmentBytes, 2 * kSegmentBytes, kFileSizeMax - 5}) {
    BOOST_REQUIRE(oss.write(object(1), boundary - 5, "0123456789"));
    BOOST_TEST(oss.read(object(1), boundary - 5, 100).value() == "0123456789");
    BOOST_TEST(oss.glimpse(object(1)).value().size == boundary + 5);
    BOOST_TEST(oss.truncate(object(1), boundary).value().size == boundary);
    BOOST_TEST(oss.truncate(object(1), boundary - 3).value().size == boundary - 3);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sheen::oss
