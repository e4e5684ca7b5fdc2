// SPDX-License-Identifier: Apache-2.0
// Proves that PosixDisk does what lib/store/disk.h says, whole transfers and errno's codes
// included.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <linux/falloc.h>
#include <sys/stat.h>
#include <boost/test/unit_test.hpp>

#include "lib/base/limits.h"
#include "lib/store/disk.h"
#include "tests/support/temporary_directory.h"

namespace sheen::store {
namespace {

struct DiskFixture {
  std::shared_ptr<File> create() {
    auto file = disk.open(path, true);
    BOOST_REQUIRE(file.has_value());
    return *file;
  }

  PosixDisk disk;
  const TemporaryDirectory scratch = TemporaryDirectory::on_disk();
  const std::string& root = scratch.path();
  const std::string path = root + "/file";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(posix_disk, DiskFixture)

BOOST_AUTO_TEST_CASE(a_file_is_made_only_when_asked_for) {
  BOOST_TEST((disk.open(path, false).code() == Errc::kNotFound));
  BOOST_TEST((disk.open(root + "/no/file", true).code() == Errc::kNotFound));
  create();
  BOOST_TEST(disk.open(path, false).has_value());
  BOOST_TEST(disk.remove(path).has_value());
  BOOST_TEST((disk.remove(path).code() == Errc::kNotFound));
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_is_not_followed) {
  create();
  std::filesystem::create_symlink(path, root + "/link");
  BOOST_TEST((disk.open(root + "/link", false).code() == Errc::kLoop));
}

BOOST_AUTO_TEST_CASE(bytes_come_back_and_reads_are_short_at_the_end) {
  const auto file = create();
  BOOST_REQUIRE(file->write("hello", 5, 3));
  char bytes[16] = {};
  BOOST_TEST(file->read(bytes, sizeof bytes, 0).value() == 8U);
  BOOST_TEST(std::string(bytes, 8) == std::string("\0\0\0hello", 8));
  BOOST_TEST(file->read(bytes, sizeof bytes, 8).value() == 0U);
  BOOST_TEST(file->stat().value().size == 8U);
  BOOST_REQUIRE(file->truncate(4));
  BOOST_TEST(file->stat().value().size == 4U);
}

BOOST_AUTO_TEST_CASE(offsets_beyond_what_a_file_can_have_are_too_big) {
  const auto file = create();
  char byte = 0;
  BOOST_TEST((file->write(&byte, 1, UINT64_MAX).code() == Errc::kFileTooBig));
  BOOST_TEST((file->write(&byte, 1, kFileSizeMax).code() == Errc::kFileTooBig));
  BOOST_TEST((file->read(&byte, 1, UINT64_MAX).code() == Errc::kFileTooBig));
  BOOST_TEST((file->truncate(kFileSizeMax + 1).code() == Errc::kFileTooBig));
  BOOST_TEST((file->allocate(0, UINT64_MAX, 1).code() == Errc::kFileTooBig));
  BOOST_TEST((file->seek(UINT64_MAX, true).code() == Errc::kNoDevice));
}

BOOST_AUTO_TEST_CASE(holes_and_data_are_found) {
  const auto file = create();
  const std::string data(65536, 'x');
  BOOST_REQUIRE(file->write(data.data(), data.size(), 1 << 20));
  BOOST_TEST(file->seek(0, true).value() == 1U << 20);
  BOOST_TEST(file->seek(0, false).value() == 0U);
  BOOST_TEST(file->seek(1 << 20, false).value() == (1U << 20) + 65536);
  BOOST_TEST((file->seek((1 << 20) + 65536, true).code() == Errc::kNoDevice));
  BOOST_REQUIRE(file->allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1 << 20, 65536));
  BOOST_TEST((file->seek(0, true).code() == Errc::kNoDevice));
}

BOOST_AUTO_TEST_CASE(times_before_and_after_1970_are_kept_to_the_nanosecond) {
  const auto file = create();
  for (const RealtimeNs time : {RealtimeNs{1'700'000'000'123'456'789}, RealtimeNs{-1}}) {
    BOOST_REQUIRE(file->set_mtime(time));
    BOOST_TEST(file->stat().value().mtime == time);
  }
}

BOOST_AUTO_TEST_CASE(attributes_of_any_length_come_back) {
  const auto file = create();
  BOOST_TEST((file->get_xattr("user.sheen.test").code() == Errc::kNoData));
  for (const size_t length : {0U, 1U, 256U, 257U, 2000U}) {
    const std::string value(length, 'v');
    BOOST_REQUIRE(file->set_xattr("user.sheen.test", value));
    BOOST_TEST(file->get_xattr("user.sheen.test").value() == value);
  }
}

BOOST_AUTO_TEST_CASE(directories_can_be_made_twice_listed_and_synced) {
  BOOST_TEST(disk.make_directory(root + "/d").has_value());
  BOOST_TEST(disk.make_directory(root + "/d").has_value());
  BOOST_TEST((disk.make_directory(root + "/no/d").code() == Errc::kNotFound));
  create();
  auto names = disk.list(root).value();
  std::sort(names.begin(), names.end());
  const std::vector<std::string> expected{"d", "file"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
  BOOST_TEST((disk.list(root + "/no").code() == Errc::kNotFound));
  BOOST_TEST(disk.sync_directory(root).has_value());
  BOOST_TEST((disk.sync_directory(root + "/no").code() == Errc::kNotFound));
}

BOOST_AUTO_TEST_CASE(everything_can_be_synced) {
  BOOST_TEST(create()->sync().has_value());
  BOOST_TEST(disk.sync_filesystem(root).has_value());
  BOOST_TEST(disk.sync_filesystem(root).has_value());
  BOOST_TEST((disk.sync_filesystem(root + "/no").code() == Errc::kNotFound));
}

BOOST_AUTO_TEST_CASE(space_is_that_of_the_file_system) {
  const DiskSpace space = disk.space(root).value();
  BOOST_TEST(space.bytes_total > 0U);
  BOOST_TEST(space.bytes_free <= space.bytes_total);
  BOOST_TEST(space.bytes_available <= space.bytes_free);
  BOOST_TEST(!space.read_only);
  BOOST_TEST((disk.space(root + "/no").code() == Errc::kNotFound));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sheen::store
