// SPDX-License-Identifier: Apache-2.0
// Proves that a target whose file system failed to write does not start again in the same boot, and
// that the note says what to do.
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "lib/target/lost_writes.h"
#include "tests/support/temporary_directory.h"

namespace sheen::target {

BOOST_AUTO_TEST_SUITE(lost_writes)

BOOST_AUTO_TEST_CASE(a_target_with_a_note_of_this_boot_must_not_start) {
  const TemporaryDirectory scratch;
  const std::string directory = scratch.path() + "/sheen";
  const Uuid uuid{{1, 2, 3}};
  const LostWrites mine(directory, uuid);
  BOOST_TEST(mine.check().has_value());
  mine.note(Error(Errc::kIo, "fdatasync"));
  const Status refused = mine.check();
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().detail().find(directory) != std::string::npos);
  BOOST_TEST(LostWrites(directory, Uuid{{4}}).check().has_value());  // another target
}

BOOST_AUTO_TEST_CASE(a_note_of_an_earlier_boot_or_one_that_was_removed_is_none) {
  const TemporaryDirectory scratch;
  const LostWrites mine(scratch.path(), Uuid{{1}});
  mine.note(Error(Errc::kIo, "fdatasync"));
  const std::filesystem::path note = *std::filesystem::directory_iterator(scratch.path());
  std::ofstream(note) << "00000000-0000-0000-0000-000000000000\nold\n";
  BOOST_TEST(mine.check().has_value());
  mine.note(Error(Errc::kIo, "fdatasync"));
  std::filesystem::remove(note);
  BOOST_TEST(mine.check().has_value());
}

BOOST_AUTO_TEST_CASE(without_a_directory_nothing_is_noted) {
  const LostWrites mine("", Uuid{{1}});
  mine.note(Error(Errc::kIo, "fdatasync"));
  BOOST_TEST(mine.check().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::target
