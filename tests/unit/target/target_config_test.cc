// SPDX-License-Identifier: Apache-2.0
// Proves that target.toml is read back as it was written and that every kind of bad file is refused
// with an error that names the file and the fault.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "lib/base/random.h"
#include "lib/target/target_config.h"
#include "tests/support/temporary_directory.h"

namespace sheen::target {
namespace {

struct Directory {
  void write(std::string_view text) const {
    std::ofstream(path + "/target.toml", std::ios::binary) << text;
  }
  Error load_error(std::string_view text) const {
    write(text);
    auto loaded = TargetConfig::load(path);
    BOOST_REQUIRE(!loaded);
    return loaded.error();
  }
  const TemporaryDirectory scratch;
  const std::string& path = scratch.path();
};

TargetConfig example() {
  SeededRandom random(7);
  TargetConfig config;
  config.label = {"demo", TargetKind::kOst, 3};
  config.uuid = Uuid::generate(random);
  config.service_nodes = {"oss1", "fd00::2", "odd \"name\\"};
  config.port = 9006;
  config.mgs_nodes = {"mgs1:7000", "mgs2"};
  config.mount_options = "noatime,nobarrier";
  return config;
}

constexpr const char* kGood =
    "format_version = 1\nlabel = 'demo-OST0003'\nuuid = '01234567-89ab-4def-8123-456789abcdef'\n"
    "mgs_nodes = ['mgs1']\n";

std::string replaced(std::string_view from, std::string_view to) {
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  return text;
}

bool mentions(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target_config)

BOOST_AUTO_TEST_CASE(what_was_saved_is_loaded) {
  const Directory directory;
  const TargetConfig saved = example();
  BOOST_REQUIRE(saved.save(directory.path));
  const auto loaded = TargetConfig::load(directory.path);
  BOOST_REQUIRE(loaded);
  BOOST_TEST((loaded->label == saved.label));
  BOOST_TEST((loaded->uuid == saved.uuid));
  BOOST_TEST(loaded->service_nodes == saved.service_nodes, boost::test_tools::per_element());
  BOOST_TEST(loaded->mgs_nodes == saved.mgs_nodes, boost::test_tools::per_element());
  BOOST_TEST(loaded->port == saved.port);
  BOOST_TEST(loaded->mount_options == saved.mount_options);
  BOOST_TEST(loaded->format_version == kFormatVersion);
}

BOOST_AUTO_TEST_CASE(saving_again_replaces_the_file_and_leaves_nothing_beside_it) {
  const Directory directory;
  TargetConfig config = example();
  BOOST_REQUIRE(config.save(directory.path));
  config.port = 1234;
  BOOST_REQUIRE(config.save(directory.path));
  BOOST_TEST(TargetConfig::load(directory.path)->port == 1234);
  const std::filesystem::directory_iterator files(directory.path);
  BOOST_TEST(std::distance(begin(files), end(files)) == 1);
}

BOOST_AUTO_TEST_CASE(an_mgt_needs_no_mgs_nodes_and_may_have_none) {
  const Directory directory;
  TargetConfig config = example();
  config.label = {"demo", TargetKind::kMgt, 0};
  BOOST_TEST((config.save(directory.path).code() == Errc::kCorrupt));
  config.mgs_nodes.clear();
  BOOST_TEST(config.save(directory.path).has_value());
  BOOST_TEST(TargetConfig::load(directory.path).has_value());
}

BOOST_AUTO_TEST_CASE(a_directory_without_the_file_is_no_target) {
  const Directory directory;
  const auto loaded = TargetConfig::load(directory.path);
  BOOST_TEST((loaded.code() == Errc::kNotFound));
  BOOST_TEST(mentions(loaded.error(), "sheen mkfs"));
  BOOST_TEST((TargetConfig::load(directory.path + "/absent").code() == Errc::kNotFound));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_toml_is_refused_with_its_line) {
  const Directory directory;
  const Error error = directory.load_error("format_version = 1\nlabel = \"demo\n");
  BOOST_TEST((error.code() == Errc::kCorrupt));
  BOOST_TEST(mentions(error, directory.path + "/target.toml: line 2"));
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_refused_before_anything_else_is_read) {
  const Directory directory;
  const Error error = directory.load_error("format_version = 3\nlabel = 17\n");
  BOOST_TEST((error.code() == Errc::kNotSupported));
  BOOST_TEST(mentions(error, "format 3"));
}

BOOST_AUTO_TEST_CASE(every_bad_value_is_named) {
  const Directory directory;
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "'format_version' is missing"},
      {replaced("= 1", "= 'one'"), "'format_version' must be a whole number"},
      {replaced("= 1", "= 0"), "'format_version' must be between"},
      {replaced("'demo-OST0003'", "3"), "'label' must be a string"},
      {replaced("demo-OST0003", "demo-XYZ"), "'demo-XYZ' is not a target label"},
      {replaced("demo-OST0003", ""), "'label' is empty"},
      {replaced("01234567", "0123456x"), "is not a uuid"},
      {replaced("01234567-89ab-4def-8123-456789abcdef", "00000000-0000-0000-0000-000000000000"),
       "'uuid' must not be all zero"},
      {replaced("['mgs1']", "[]"), "'mgs_nodes' must name"},
      {replaced("['mgs1']", "['']"), "'mgs_nodes' must hold"},
      {replaced("['mgs1']", "[1]"), "'mgs_nodes' must hold"},
      {replaced("['mgs1']", "'mgs1'"), "'mgs_nodes' must be a list"},
      {replaced("OST0003", "MGT"), "'mgs_nodes' must not be set"},
      {std::string(kGood) + "port = 65536\n", "'port' must be between"},
      {std::string(kGood) + "port = 1.5\n", "'port' must be a whole number"},
      {std::string(kGood) + "mount_options = 1\n", "'mount_options' must be a string"},
      {std::string(70000, '#'), "larger than"},
      {std::string("\0\xff\xfe", 3), "line 1"},
  };
  for (const auto& [text, expected] : cases) {
    const Error error = directory.load_error(text);
    BOOST_TEST((error.code() == Errc::kCorrupt));
    BOOST_TEST(mentions(error, expected), error.message() << " lacks: " << expected);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_ignored) {
  const Directory directory;
  directory.write(std::string(kGood) + "from_the_future = true\n");
  BOOST_TEST(TargetConfig::load(directory.path).has_value());
}

BOOST_AUTO_TEST_CASE(a_directory_in_its_place_is_refused) {
  const Directory directory;
  std::filesystem::create_directory(directory.path + "/target.toml");
  BOOST_TEST((TargetConfig::load(directory.path).code() == Errc::kCorrupt));
}

BOOST_AUTO_TEST_CASE(saving_where_it_cannot_be_written_says_so) {
  const Status saved = example().save("/nonexistent-directory");
  BOOST_TEST((saved.code() == Errc::kNotFound));
  BOOST_TEST(mentions(saved.error(), "/nonexistent-directory/target.toml.new"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::target
