// SPDX-License-Identifier: Apache-2.0
// Proves that a description is read as it is meant and that every mistake in one is named.
#include <array>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "ha/description.h"

using namespace sheen;
using namespace sheen::ha;

namespace {

constexpr const char* kPair = R"(
[cluster]
name = "oss"
token_ms = 1000

[[filesystem]]
name = "demo"
mgs = ["mds1", "mds2"]

[network]
peers = ["10.0.0.1:7988", "10.0.0.2:7988"]

[[node]]
name = "oss1"
addresses = ["10.0.0.1", "10.1.0.1"]
[node.fence]
agent = "fence_ipmilan"
delay_s = 1
options = { ip = "10.2.0.1", lanplus = 1, ssl_insecure = true }

[[node]]
name = "oss2"
fence = [
  { agent = "fence_ipmilan", options = { ip = "10.2.0.2" } },
  { agent = "fence_pdu" },
]

[[target]]
label = "demo-OST0000"
device = "/dev/mapper/ost0"
nodes = ["oss1", "oss2"]

[[target]]
label = "demo-OST0001"
directory = "/srv/ost1"
nodes = ["oss2", "oss1"]
stop_timeout_s = 30
parameters = { loglevel = "debug", stop_grace = 10 }
)";

std::string complaint_about(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, from);
  text.replace(at, from.size(), to);
  const auto parsed = Description::parse(text);
  BOOST_REQUIRE_MESSAGE(!parsed.has_value(), to);
  BOOST_TEST((parsed.error().code() == Errc::kInvalid));
  return parsed.error().detail();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(description)

BOOST_AUTO_TEST_CASE(a_pair_is_read_with_everything_in_it) {
  const auto pair = Description::parse(kPair);
  BOOST_REQUIRE(pair.has_value());
  BOOST_TEST(pair->cluster == "oss");
  BOOST_TEST(pair->token_ms == 1000);
  BOOST_REQUIRE(pair->filesystem("demo") != nullptr);
  BOOST_TEST(pair->filesystem("demo")->mgs.back() == "mds2");
  BOOST_TEST(pair->filesystem("other") == nullptr);
  BOOST_TEST(pair->network_peers.size() == 2u);
  BOOST_REQUIRE(pair->nodes.size() == 2u);
  BOOST_TEST(pair->nodes[0].addresses.back() == "10.1.0.1");
  BOOST_REQUIRE(pair->nodes[0].fence.size() == 1u);
  BOOST_TEST(pair->nodes[0].fence[0].agent == "fence_ipmilan");
  BOOST_TEST(pair->nodes[0].fence[0].delay_s.value_or(-1) == 1);
  BOOST_TEST(pair->nodes[0].fence[0].options.at("lanplus") == "1");
  BOOST_TEST(pair->nodes[0].fence[0].options.at("ssl_insecure") == "true");
  BOOST_REQUIRE(pair->nodes[1].fence.size() == 2u);
  BOOST_TEST(!pair->nodes[1].fence[0].delay_s);
  BOOST_TEST(pair->nodes[1].fence[1].agent == "fence_pdu");
  BOOST_REQUIRE(pair->targets.size() == 2u);
  BOOST_TEST(pair->targets[0].label.to_string() == "demo-OST0000");
  BOOST_TEST(pair->targets[0].parameters.at("device") == "/dev/mapper/ost0");
  BOOST_TEST(pair->targets[0].nodes.front() == "oss1");
  BOOST_TEST(pair->targets[0].stop_timeout_s == 120);
  BOOST_TEST(pair->targets[1].parameters.at("directory") == "/srv/ost1");
  BOOST_TEST(pair->targets[1].parameters.at("stop_grace") == "10");
  BOOST_TEST(pair->targets[1].stop_timeout_s == 30);
}

BOOST_AUTO_TEST_CASE(every_mistake_is_named) {
  const std::vector<std::array<std::string, 3>> mistakes{
      {"name = \"oss\"", "name = 5", "'name'"},
      {"name = \"oss\"", "name = \"oss\"\ntest = true", "'test'"},
      {"token_ms = 1000", "token_ms = true", "'token_ms'"},
      {"name = \"demo\"", "name = \"other\"", "is of no [[filesystem]]"},
      {"mgs = [\"mds1\", \"mds2\"]", "", "needs 'mgs'"},
      {"mgs = [\"mds1\", \"mds2\"]", "mgs = \"mds1\"", "'mgs'"},
      {"addresses = [", "address = [", "'address'"},
      {"{ agent = \"fence_pdu\" }", "\"fence_pdu\"", "oss2"},
      {"[network]", "[networks]", "'networks'"},
      {"10.0.0.1:7988", "10.0.0.1", "'10.0.0.1' is not HOST:PORT"},
      {"name = \"oss2\"", "name = \"oss1\"", "'oss1' is there twice"},
      {"name = \"oss2\"", "name = \"o s s\"", "'o s s'"},
      {"name = \"oss1\"", "name = \"oss2-2\"", "fence-oss2-2"},
      {"agent = \"fence_ipmilan\"\ndelay_s", "delay_s", "'agent'"},
      {"delay_s = 1", "delay_s = \"1\"", "'delay_s'"},
      {"delay_s = 1", "delay_s = -1", "'delay_s'"},
      {"demo-OST0000", "demo-OST1", "target 1"},
      {"demo-OST0001", "demo-OST0000", "is there twice"},
      {"nodes = [\"oss1\", \"oss2\"]", "nodes = []", "has no nodes"},
      {"nodes = [\"oss1\", \"oss2\"]", "nodes = [\"oss1\", \"oss3\"]", "'oss3'"},
      {"nodes = [\"oss1\", \"oss2\"]", "nodes = [\"oss1\", \"oss1\"]", "twice"},
      {"directory = \"/srv/ost1\"", "device = \"/dev/mapper/ost0\"", "/dev/mapper/ost0"},
      {"device = ", "devise = ", "'devise'"},
      {"loglevel = \"debug\"", "loglevel = [1]", "loglevel"},
      {"[[target]]", "[target]", "target"},
      {"[cluster]\nname = \"oss\"\ntoken_ms = 1000", "", "[cluster]"},
      {"stop_timeout_s = 30", "stop_timeout_s = 30x", "line 37"},
  };
  for (const auto& [from, to, named] : mistakes) {
    const std::string said = complaint_about(kPair, from, to);
    BOOST_TEST(said.find(named) != std::string::npos, said << " does not name " << named);
  }
}

BOOST_AUTO_TEST_CASE(a_node_without_a_fence_device_is_named) {
  auto pair = Description::parse(kPair);
  BOOST_REQUIRE(pair.has_value());
  BOOST_TEST(check_fencing(*pair).has_value());
  pair->nodes[1].fence.clear();
  const auto checked = check_fencing(*pair);
  BOOST_REQUIRE(!checked.has_value());
  BOOST_TEST(checked.error().detail().find("oss2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_named) {
  const auto missing = Description::load("/nonexistent/ha.toml");
  BOOST_REQUIRE(!missing.has_value());
  BOOST_TEST(missing.error().message().find("/nonexistent/ha.toml") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
