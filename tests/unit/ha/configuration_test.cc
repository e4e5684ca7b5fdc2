// SPDX-License-Identifier: Apache-2.0
// Proves what a description becomes in Pacemaker's configuration, and what is left alone. What
// Pacemaker makes of it is proved in tests/ha.
#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "ha/configuration.h"
#include "ha/difference.h"

using namespace sheen;
using namespace sheen::ha;

namespace {

constexpr const char* kEmpty = R"(<cib><configuration><crm_config/><nodes/><resources/>
<constraints/></configuration><status/></cib>)";

Target target(const char* label, std::vector<std::string> nodes) {
  Target out;
  out.label = *TargetLabel::parse(label);
  out.nodes = std::move(nodes);
  return out;
}

struct Cluster {
  Description description;
  Cib cib = *Cib::parse(kEmpty);

  Cluster() {
    description.cluster = "c";
    description.nodes = {{"a", {}, {{"fence_x", {{"ip", "1"}}, {}}}},
                         {"b", {}, {{"fence_x", {}, 7}}}};
    description.filesystems = {{"fs", {"a"}}, {"other", {"a"}}};
    description.targets = {target("fs-MGT", {"a", "b"}), target("fs-MDT0000", {"b", "a"}),
                           target("fs-OST0000", {"a", "b"}), target("other-OST0000", {"b"})};
    configure(description, cib);
  }
  bool says(const std::string& line) const {
    const auto all = statements(cib);
    return std::find(all.begin(), all.end(), line) != all.end();
  }
  // What changes when it is configured again.
  std::vector<std::string> changes() const {
    Cib again = *Cib::parse(cib.to_string());
    configure(description, again);
    return difference(cib, again);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(configuration, Cluster)

BOOST_AUTO_TEST_CASE(a_fence_device_runs_on_the_nodes_that_it_does_not_end) {
  BOOST_TEST(says("fence-a: stonith:fence_x"));
  BOOST_TEST(says("fence-a: ip=1"));
  BOOST_TEST(says("fence-a: pcmk_host_list=a"));
  BOOST_TEST(says("fence-a: location b=100"));
  BOOST_TEST(says("fence-b: location a=100"));
  BOOST_TEST(!says("fence-a: location a=100"));
}

BOOST_AUTO_TEST_CASE(the_nodes_are_not_shot_at_the_same_moment) {
  BOOST_TEST(says("fence-a: pcmk_delay_base=5s"));
  BOOST_TEST(says("fence-b: pcmk_delay_base=7s"));
}

BOOST_AUTO_TEST_CASE(a_second_fence_device_is_a_second_level) {
  description.nodes[0].fence.push_back({"fence_pdu", {}, {}});
  configure(description, cib);
  BOOST_TEST(says("a: fenced by fence-a (level 1)"));
  BOOST_TEST(says("a: fenced by fence-a-2 (level 2)"));
  description.nodes[0].fence.pop_back();
  configure(description, cib);
  BOOST_TEST(!says("a: fenced by fence-a (level 1)"));
  BOOST_TEST(cib.find("primitive", "fence-a-2").empty());
}

BOOST_AUTO_TEST_CASE(fencing_is_off_only_if_there_is_no_device_at_all) {
  BOOST_TEST(says("cluster: stonith-enabled=true"));
  for (Node& node : description.nodes) node.fence.clear();
  Cib bare = *Cib::parse(kEmpty);
  configure(description, bare);
  const auto lines = statements(bare);
  BOOST_TEST(std::count(lines.begin(), lines.end(), "cluster: stonith-enabled=false") == 1);
}

BOOST_AUTO_TEST_CASE(orders_are_optional_pairwise_and_within_a_file_system) {
  BOOST_TEST(says("fs-MDT0000: start after fs-MGT (Optional)"));
  BOOST_TEST(says("fs-OST0000: start after fs-MGT (Optional)"));
  BOOST_TEST(says("fs-OST0000: start after fs-MDT0000 (Optional)"));
  BOOST_TEST(cib.all("rsc_order").size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_first_node_of_a_target_is_the_preferred_one) {
  BOOST_TEST(says("fs-MDT0000: location b=100"));
  BOOST_TEST(says("fs-MDT0000: location a=50"));
  BOOST_TEST(says("other-OST0000: location b=100"));
}

BOOST_AUTO_TEST_CASE(the_network_is_watched_if_there_are_peers) {
  description.network_peers = {"x:1", "y:2"};
  configure(description, cib);
  BOOST_TEST(says("sheen-network: ocf:sheen:network"));
  BOOST_TEST(says("sheen-network: in clone sheen-network-clone"));
  BOOST_TEST(says("sheen-network: peers=x:1 y:2"));
  BOOST_TEST(says("sheen-network-clone: location a=0"));
  BOOST_TEST(says("fs-MGT: location follows the attribute sheen-network"));
  BOOST_TEST(says("fs-MGT: location 5000 where sheen-network is not known"));
  description.network_peers.clear();
  configure(description, cib);
  BOOST_TEST(cib.find("clone", "sheen-network-clone").empty());
  BOOST_TEST(!says("fs-MGT: location follows the attribute sheen-network"));
}

BOOST_AUTO_TEST_CASE(every_mgs_hears_of_fenced_nodes_once) {
  const auto recipient = cib.find("recipient", "sheen-alert-recipient");
  BOOST_TEST(attribute(recipient, "value") == "a");
  description.filesystems[1].mgs = {"b", "c:7"};
  configure(description, cib);
  BOOST_TEST(cib.all("recipient").size() == 1u);
  BOOST_TEST(attribute(cib.all("recipient")[0], "value") == "a b,c:7");
}

BOOST_AUTO_TEST_CASE(what_is_configured_already_does_not_change) {
  description.network_peers = {"x:1"};
  configure(description, cib);
  BOOST_TEST(changes().empty());
}

BOOST_AUTO_TEST_CASE(a_changed_parameter_is_all_that_changes) {
  description.targets[2].parameters["loglevel"] = "debug";
  const std::vector<std::string> expected{"+ fs-OST0000: loglevel=debug"};
  BOOST_TEST(changes() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_somebody_else_put_there_stays) {
  const auto elsewhere = append(cib.section("resources"), "primitive", "address");
  set_attribute(elsewhere, "class", "ocf");
  const auto theirs = append(cib.section("constraints"), "rsc_location", "cli-ban-fs-MGT-on-a");
  set_attribute(theirs, "rsc", "fs-MGT");
  set_attribute(theirs, "node", "a");
  set_attribute(theirs, "score", "-INFINITY");
  const auto mgt = cib.find("primitive", "fs-MGT");
  set_value(mgt.child("meta_attributes"), "target-role", "Stopped");
  set_value(cib.section("crm_config").child("cluster_property_set"), "cluster-name", "c");
  configure(description, cib);
  BOOST_TEST(!cib.find("primitive", "address").empty());
  BOOST_TEST(!cib.find("rsc_location", "cli-ban-fs-MGT-on-a").empty());
  BOOST_TEST(says("fs-MGT: meta target-role=Stopped"));
  BOOST_TEST(says("cluster: cluster-name=c"));
}

BOOST_AUTO_TEST_CASE(what_an_administrator_said_of_targets_stays) {
  description.network_peers = {"x:1"};
  configure(description, cib);
  const auto location = [&](const char* id, const char* score) {
    const auto made = append(cib.section("constraints"), "rsc_location", id);
    set_attribute(made, "rsc", "fs-OST0000");
    set_attribute(made, "node", "b");
    set_attribute(made, "score", score);
  };
  location("location-fs-OST0000-b--INFINITY", "-INFINITY");  // pcs constraint location ... avoids
  location("location-fs-OST0000-b-200", "200");
  const auto rule = append(append(cib.section("constraints"), "rsc_location", "location-fs-MGT-2"),
                           "rule", "location-fs-MGT-2-rule");
  set_attribute(rule.parent(), "rsc", "fs-MGT");
  const auto expression = append(rule, "expression", "location-fs-MGT-2-rule-expr");
  set_attribute(expression, "attribute", "theirs");
  const auto order = append(cib.section("constraints"), "rsc_order", "theirs-too");
  set_attribute(order, "first", "fs-OST0000");
  set_attribute(order, "then", "fs-MGT");
  set_attribute(order, "kind", "Optional");
  const auto level = append(cib.section("fencing-topology"), "fencing-level", "fl-a-1");
  set_attribute(level, "target", "a");
  set_attribute(level, "devices", "their-pdu");
  append(cib.find("alert", kAlert), "recipient", "their-recipient");
  BOOST_TEST(changes().empty());
}

BOOST_AUTO_TEST_CASE(targets_are_kept_off_nodes_that_may_not_run_them) {
  description.nodes.push_back({"c", {}, {}});
  configure(description, cib);
  BOOST_TEST(says("fs-MGT: location c=-INFINITY"));
  BOOST_TEST(says("other-OST0000: location a=-INFINITY"));
  BOOST_TEST(!says("fs-MGT: location b=-INFINITY"));
  description.targets[0].nodes.emplace_back("c");
  configure(description, cib);
  BOOST_TEST(says("fs-MGT: location c=50"));
  BOOST_TEST(!says("fs-MGT: location c=-INFINITY"));
}

BOOST_AUTO_TEST_CASE(a_target_in_a_group_stays_in_it) {
  pugi::xml_node resources = cib.section("resources");
  const auto group = append(resources, "group", "g");
  pugi::xml_node(group).append_move(cib.find("primitive", "fs-MGT"));
  BOOST_TEST(changes().empty());
}

BOOST_AUTO_TEST_CASE(a_target_that_is_not_described_goes_with_all_that_refers_to_it) {
  const auto tag = append(cib.section("tags"), "tag", "all");
  append(tag, "obj_ref", "fs-OST0000");
  const auto set =
      append(append(cib.section("constraints"), "rsc_order", "o"), "resource_set", "s");
  append(set, "resource_ref", "fs-OST0000");
  description.targets.erase(description.targets.begin() + 2);
  configure(description, cib);
  BOOST_TEST(cib.to_string().find("fs-OST0000") == std::string::npos, cib.to_string());
  BOOST_TEST(cib.find("tag", "all").empty());
  BOOST_TEST(cib.find("rsc_order", "o").empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_configuration_is_refused) {
  BOOST_TEST(!Cib::parse("<cib").has_value());
  BOOST_TEST(!Cib::parse("<other/>").has_value());
  BOOST_TEST(!Cib::parse("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
