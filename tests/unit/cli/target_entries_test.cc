// SPDX-License-Identifier: Apache-2.0
// Proves that mkfs tells a target, what is left of one, an empty directory and other people's data
// apart.
#include "cli/mkfs/target_entries.h"

#include <boost/test/unit_test.hpp>

namespace sheen::cli {

BOOST_AUTO_TEST_SUITE(target_entries)

BOOST_AUTO_TEST_CASE(an_empty_file_system_holds_nothing) {
  const auto contents = sort_entries({"lost+found", "LOCK", "target.toml.new"});
  BOOST_TEST(!contents.target);
  BOOST_TEST(!contents.destroyed);
  BOOST_TEST(!contents.remnant.has_value());
  BOOST_TEST(!contents.stranger.has_value());
}

BOOST_AUTO_TEST_CASE(all_entries_of_a_target_are_known) {
  const auto contents = sort_entries({"target.toml", "target.toml.new", "LOCK", "store.db",
                                      "store.db-wal", "store.db-shm", "O", "lost+found"});
  BOOST_TEST(contents.target);
  BOOST_TEST(!contents.stranger.has_value());
}

BOOST_AUTO_TEST_CASE(a_half_destroyed_target_is_recognized) {
  const auto contents = sort_entries({"O", "target.toml.destroyed", "store.db"});
  BOOST_TEST(contents.destroyed);
  BOOST_TEST(!contents.target);
  BOOST_TEST(contents.remnant.has_value());
  BOOST_TEST(!contents.stranger.has_value());
}

BOOST_AUTO_TEST_CASE(the_first_stranger_by_name_is_named) {
  const auto contents = sort_entries({"target.toml", "thesis.tex", "music", "store.db"});
  BOOST_REQUIRE(contents.stranger.has_value());
  BOOST_TEST(*contents.stranger == "music");
}

BOOST_AUTO_TEST_CASE(only_a_targets_data_is_removed) {
  for (const char* name : {"store.db", "store.db-wal", "store.db-shm", "O", "target.toml.new"})
    BOOST_TEST(belongs_to_target(name));
  for (const char* name :
       {"LOCK", "lost+found", "target.toml.destroyed", "target.toml", "o", "O2", "store.db.bak"})
    BOOST_TEST(!belongs_to_target(name));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli
