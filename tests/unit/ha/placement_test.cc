// SPDX-License-Identifier: Apache-2.0
// Proves how Pacemaker's answer is read, what is said of a target's place, and what the doctor
// finds.
#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

#include "ha/cib.h"
#include "ha/cluster_state.h"
#include "ha/doctor.h"
#include "ha/placement.h"

using namespace sheen;
using namespace sheen::ha;

namespace {

constexpr const char* kCib = R"(<cib><configuration>
<crm_config/><nodes/>
<resources>
 <primitive id="fence-oss1" class="stonith" type="fence_x">
  <instance_attributes id="f1">
   <nvpair id="f1l" name="pcmk_host_list" value="oss1"/></instance_attributes></primitive>
 <primitive id="fence-oss2" class="stonith" type="fence_x">
  <instance_attributes id="f2">
   <nvpair id="f2l" name="pcmk_host_list" value="oss9,oss2"/></instance_attributes></primitive>
 <primitive id="demo-OST0000" class="ocf" provider="sheen" type="target">
  <operations><op id="s" name="stop" interval="0s" timeout="120s"/></operations></primitive>
</resources>
<constraints>
 <rsc_location id="location-demo-OST0000-oss2-50" rsc="demo-OST0000" node="oss2" score="50"/>
 <rsc_location id="location-demo-OST0000-oss1-100" rsc="demo-OST0000" node="oss1" score="100"/>
</constraints></configuration></cib>)";

constexpr const char* kMonitor = R"(<pacemaker-result api-version="2.25" request="crm_mon">
<summary><current_dc present="true" name="oss2" with_quorum="true"/>
 <cluster_options stonith-enabled="true" symmetric-cluster="false" maintenance-mode="false"/></summary>
<nodes>
 <node name="oss1" id="1" online="true" standby="false" maintenance="false" unclean="false"/>
 <node name="oss2" id="2" online="true" standby="false" maintenance="false" unclean="false"/>
</nodes>
<resources>
 <resource id="fence-oss1" resource_agent="stonith:fence_x"
  role="Started" managed="true" blocked="false" failed="false"><node name="oss2" id="2"/></resource>
 <resource id="fence-oss2" resource_agent="stonith:fence_x"
  role="Started" managed="true" blocked="false" failed="false"><node name="oss1" id="1"/></resource>
 <resource id="demo-OST0000" resource_agent="ocf:sheen:target"
  role="Started" managed="true" blocked="false" failed="false"><node name="oss1" id="1"/></resource>
 <clone id="sheen-network-clone">
  <resource id="sheen-network" resource_agent="ocf:sheen:network"
  role="Started" managed="true" blocked="false" failed="false"><node name="oss1" id="1"/></resource>
  <resource id="sheen-network" resource_agent="ocf:sheen:network"
  role="Started" managed="true" blocked="false" failed="false"><node name="oss2" id="2"/></resource>
 </clone>
</resources>
<node_attributes>
 <node name="oss1"><attribute name="sheen-network" value="5000"/></node>
 <node name="oss2"><attribute name="sheen-network" value="5000"/></node></node_attributes>
<node_history><node name="oss1"><resource_history id="demo-OST0000" orphan="false" migration-threshold="10">
 <operation_history call="20" task="start" rc="0" rc_text="ok" last-rc-change="Mon Nov 23 17:08:51 2026"/>
 <operation_history call="21" task="monitor" rc="0" last-rc-change="Mon Nov 23 17:08:52 2026"/>
</resource_history></node></node_history>
<fence_history status="0">
 <fence_event status="success" delegate="oss2" action="reboot" target="oss1"
  client="c" origin="oss2" completed="2026-11-23 10:00:00Z"/>
 <fence_event action="reboot" target="oss2" client="c" origin="oss1" status="failed" completed="2026-11-23 10:00:00Z"/>
</fence_history>
<status code="0" message="OK"/></pacemaker-result>)";

constexpr const char* kFencedOss1 =
    R"(<fence_event status="success" delegate="oss2" action="reboot" target="oss1"
  client="c" origin="oss2" completed="2026-11-23 10:00:00Z"/>)";

std::string fencing_of_oss1(const std::string& action, const std::string& delegate,
                            const std::string& status, const std::string& time) {
  return R"(<fence_event status=")" + status + R"(" delegate=")" + delegate + R"(" action=")" +
         action + R"(" target="oss1" client="c" origin="oss2" completed="2026-11-23 )" + time +
         R"(Z"/>)";
}

struct Pair {
  Cib cib = *Cib::parse(kCib);
  std::string monitor = kMonitor;
  LocalFacts facts{"oss1", 1000, 0, {}, {}, {}, {}};

  void change(const std::string& from, const std::string& to) {
    const size_t at = monitor.find(from);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, from);
    monitor.replace(at, from.size(), to);
  }
  void insert_before(const std::string& mark, const std::string& what) {
    change(mark, what + mark);
  }
  void runs_on(const std::string& nodes) {
    const std::string from =
        R"(role="Started" managed="true" blocked="false" failed="false"><node name="oss1" id="1"/></resource>
 <clone)";
    change(from, nodes + "</resource>\n <clone");
  }
  void on_oss2() {
    runs_on(R"(role="Started" managed="true" blocked="false" failed="false"><node name="oss2"/>)");
  }
  void stopped(const std::string& more = {}) {
    runs_on(R"(role="Stopped" managed="true" blocked="false" failed="false" )" + more + ">");
  }
  void oss1_is(const std::string& from, const std::string& to) {
    const std::string head =
        R"(<node name="oss1" id="1" online="true" standby="false" maintenance="false")"
        R"( unclean="false"/>)";
    std::string changed = head;
    changed.replace(changed.find(from), from.size(), to);
    change(head, changed);
  }
  void failed(const std::string& task, const std::string& code, const std::string& reason) {
    insert_before("<fence_history",
                  R"(<failures><failure op_key="demo-OST0000_)" + task +
                      R"(_0" node="oss1" exitstatus=")" + code + R"(" exitreason=")" + reason +
                      R"(" status="complete" task=")" + task + R"("/></failures>)");
  }
  void ban(const std::string& id, const std::string& node) {
    const auto location = append(cib.section("constraints"), "rsc_location", id);
    set_attribute(location, "rsc", "demo-OST0000");
    set_attribute(location, "node", node);
    set_attribute(location, "score", "-INFINITY");
  }
  ClusterState state() const {
    auto parsed = ClusterState::parse(monitor);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), monitor);
    return *parsed;
  }
  Reason reason() const {
    const ClusterState now = state();
    return explain(cib, now, *now.resource("demo-OST0000"));
  }
  bool finds(const std::string& about, const std::string& words, Severity severity) const {
    const auto findings = examine(cib, state(), facts, nullptr);
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& one) {
      return one.about == about && one.severity == severity &&
             one.what.find(words) != std::string::npos;
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(placement, Pair)

BOOST_AUTO_TEST_CASE(the_monitors_answer_is_read_whole) {
  const ClusterState now = state();
  BOOST_TEST(now.quorate);
  BOOST_TEST(now.fencing_enabled);
  BOOST_REQUIRE(now.node("oss2") != nullptr);
  BOOST_TEST(now.node("oss2")->attributes.at("sheen-network") == "5000");
  const ResourceState* target = now.resource("demo-OST0000");
  BOOST_REQUIRE(target != nullptr);
  BOOST_TEST(target->is_target());
  BOOST_TEST(target->nodes.front() == "oss1");
  BOOST_TEST(target->since == "Mon Nov 23 17:08:51 2026");
  BOOST_TEST(now.resource("sheen-network")->nodes.size() == 2u);
  BOOST_REQUIRE(now.fencings.size() == 2u);
  BOOST_TEST(now.fencings[0].succeeded);
  BOOST_TEST(!now.fencings[1].succeeded);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_refused) {
  for (const char* text : {"", "<", "<pacemaker-result/>", "<html><nodes/></html>"})
    BOOST_TEST(!ClusterState::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(the_node_with_the_highest_score_is_preferred) {
  BOOST_TEST(nodes_of(cib, "demo-OST0000").front() == "oss1");
  BOOST_TEST(reason().why == "preferred");
}

BOOST_AUTO_TEST_CASE(a_target_that_stayed_can_be_moved_back) {
  on_oss2();
  BOOST_TEST(reason().clear == "sheen ha rebalance demo-OST0000");
  const ClusterState now = state();
  BOOST_TEST(better_node(cib, now, *now.resource("demo-OST0000")) == "oss1");
}

BOOST_AUTO_TEST_CASE(a_drained_preferred_node_is_the_reason) {
  on_oss2();
  oss1_is("standby=\"false\"", "standby=\"true\"");
  BOOST_TEST(reason().why == "oss1 is in standby");
  BOOST_TEST(reason().clear == "sheen ha return oss1");
  const ClusterState now = state();
  BOOST_TEST(better_node(cib, now, *now.resource("demo-OST0000")).empty());
}

BOOST_AUTO_TEST_CASE(a_node_that_waits_to_be_fenced_is_the_reason) {
  stopped();
  oss1_is("unclean=\"false\"", "unclean=\"true\"");
  BOOST_TEST(reason().why == "oss1 waits to be fenced");
  BOOST_TEST(finds("oss1", "could not be fenced", Severity::kError));
}

BOOST_AUTO_TEST_CASE(a_target_does_not_run_on_a_node_that_waits_to_be_fenced) {
  BOOST_TEST(state().resource("demo-OST0000")->runs());
  oss1_is("unclean=\"false\"", "unclean=\"true\"");
  BOOST_TEST(!state().resource("demo-OST0000")->runs());
  BOOST_TEST(reason().why == "oss1 waits to be fenced");
}

BOOST_AUTO_TEST_CASE(a_target_that_was_on_a_node_that_waits_to_be_fenced_is_not_moved) {
  // Preferred where it is not, and nobody knows whether it still lives where it was.
  on_oss2();
  change(
      R"(<node name="oss2" id="2" online="true" standby="false" maintenance="false" unclean="false"/>)",
      R"(<node name="oss2" id="2" online="true" standby="false" maintenance="false" unclean="true"/>)");
  const ClusterState now = state();
  BOOST_TEST(better_node(cib, now, *now.resource("demo-OST0000")).empty());
}

BOOST_AUTO_TEST_CASE(a_node_that_nobody_tried_to_fence_is_not_called_unfenceable) {
  stopped();
  oss1_is("unclean=\"false\"", "unclean=\"true\"");
  BOOST_TEST(reason().clear.find("pcs stonith confirm oss1") != std::string::npos);
  change(R"(with_quorum="true")", R"(with_quorum="false")");
  BOOST_TEST(finds("quorum", "has none", Severity::kError));
  BOOST_TEST(!finds("oss1", "could not be fenced", Severity::kError));
}

BOOST_AUTO_TEST_CASE(a_node_that_reaches_nobody_or_is_not_watched_is_found) {
  BOOST_TEST(!finds("oss1", "network", Severity::kError));
  change(R"(<node name="oss1"><attribute name="sheen-network" value="5000"/>)",
         R"(<node name="oss1"><attribute name="sheen-network" value="0"/>)");
  BOOST_TEST(finds("oss1", "reaches nobody on Sheen's network", Severity::kError));
  change(R"(failed="false"><node name="oss1" id="1"/></resource>
  <resource id="sheen-network")",
         R"(failed="false"></resource>
  <resource id="sheen-network")");
  BOOST_TEST(finds("oss1", "nobody watches its data network", Severity::kError));
}

BOOST_AUTO_TEST_CASE(of_a_node_that_is_off_one_thing_is_said) {
  oss1_is("online=\"true\"", "online=\"false\"");
  on_oss2();
  BOOST_TEST(finds("oss1", "it is offline", Severity::kError));
  BOOST_TEST(!finds("demo-OST0000", "could not take it", Severity::kError));
}

BOOST_AUTO_TEST_CASE(a_ban_is_named_with_the_command_that_clears_it) {
  on_oss2();
  ban("cli-ban-demo-OST0000-on-oss1", "oss1");
  BOOST_TEST(reason().clear == "pcs resource clear demo-OST0000");
  BOOST_TEST(finds("demo-OST0000", "left over from a move", Severity::kError));
}

BOOST_AUTO_TEST_CASE(somebodys_own_ban_is_removed_by_its_id) {
  on_oss2();
  ban("never-there", "oss1");
  BOOST_TEST(reason().clear == "pcs constraint remove never-there");
}

BOOST_AUTO_TEST_CASE(a_ban_from_the_standby_is_listed_where_nobody_would_look_for_it) {
  ban("cli-ban-demo-OST0000-on-oss2", "oss2");
  BOOST_TEST(reason().why == "preferred");
  const ClusterState now = state();
  const auto found = clearable(cib, now, *now.resource("demo-OST0000"));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].why == "banned from oss2 by cli-ban-demo-OST0000-on-oss2");
  BOOST_TEST(found[0].clear == "pcs resource clear demo-OST0000");
}

BOOST_AUTO_TEST_CASE(a_failure_that_bans_nobody_yet_is_listed_with_what_forgets_it) {
  ClusterState now = state();
  for (ResourceState& resource : now.resources)
    if (resource.is_target()) resource.fail_counts = {{"oss1", 2, 10}};
  const auto found = clearable(cib, now, *now.resource("demo-OST0000"));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].why == "2 failures counted on oss1");
  BOOST_TEST(found[0].clear == "pcs resource cleanup demo-OST0000 node=oss1");
}

BOOST_AUTO_TEST_CASE(what_is_well_has_nothing_to_clear) {
  const ClusterState now = state();
  BOOST_TEST(clearable(cib, now, *now.resource("demo-OST0000")).empty());
  BOOST_TEST(now.targets_on("oss1") == std::vector<std::string>{"demo-OST0000"},
             boost::test_tools::per_element());
  BOOST_TEST(now.targets_on("oss2").empty());
}

BOOST_AUTO_TEST_CASE(too_many_failures_ban) {
  on_oss2();
  change(R"(migration-threshold="10")", R"(migration-threshold="10" fail-count="10")");
  BOOST_TEST(reason().why == "banned from oss1 after 10 failures");
  BOOST_TEST(reason().clear == "pcs resource cleanup demo-OST0000 node=oss1");
  failed("start", "error", "the device is another one");
  BOOST_TEST(reason().why == "banned from oss1 after 10 failures: the device is another one");
}

BOOST_AUTO_TEST_CASE(fewer_failures_do_not) {
  change(R"(migration-threshold="10")", R"(migration-threshold="10" fail-count="9")");
  BOOST_TEST(reason().why == "preferred");
}

BOOST_AUTO_TEST_CASE(a_failed_start_says_the_agents_sentence) {
  stopped();
  failed("start", "error", "the device is another one");
  BOOST_TEST(reason().why == "start failed on oss1: the device is another one");
}

BOOST_AUTO_TEST_CASE(a_disabled_target_is_told_from_a_broken_one) {
  stopped(R"(target_role="Stopped")");
  BOOST_TEST(reason().why == "disabled");
  BOOST_TEST(reason().clear == "pcs resource enable demo-OST0000");
}

BOOST_AUTO_TEST_CASE(maintenance_is_said_before_all_else) {
  change(R"(maintenance-mode="false")", R"(maintenance-mode="true")");
  BOOST_TEST(reason().clear == "pcs property set maintenance-mode=false");
}

BOOST_AUTO_TEST_CASE(a_node_that_reaches_nobody_is_the_reason) {
  on_oss2();
  change(R"(<node name="oss1"><attribute name="sheen-network" value="5000"/>)",
         R"(<node name="oss1"><attribute name="sheen-network" value="0"/>)");
  BOOST_TEST(reason().why.find("reaches nobody") != std::string::npos);
  const ClusterState now = state();
  BOOST_TEST(better_node(cib, now, *now.resource("demo-OST0000")).empty());
}

BOOST_AUTO_TEST_CASE(a_node_that_has_not_said_yet_whom_it_reaches_is_no_worse) {
  on_oss2();
  change(R"(<node name="oss1"><attribute name="sheen-network" value="5000"/>)",
         R"(<node name="oss1">)");
  BOOST_TEST(reason().clear == "sheen ha rebalance demo-OST0000");
  const ClusterState now = state();
  BOOST_TEST(better_node(cib, now, *now.resource("demo-OST0000")) == "oss1");
}

BOOST_AUTO_TEST_CASE(a_well_pair_has_only_an_untested_fence_device) {
  const auto findings = examine(cib, state(), facts, nullptr);
  BOOST_REQUIRE(findings.size() == 1u);
  BOOST_TEST(findings[0].about == "oss2");
  BOOST_TEST(findings[0].what.find("its last fencing failed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_node_that_was_never_fenced_is_untested) {
  change(kFencedOss1, "");
  BOOST_TEST(finds("oss1", "no fencing of it is on record", Severity::kWarning));
}

BOOST_AUTO_TEST_CASE(a_fencing_that_somebody_confirmed_by_hand_is_no_test) {
  insert_before(kFencedOss1, fencing_of_oss1("off", "a human", "success", "12:00:00"));
  BOOST_TEST(finds("oss1", "because somebody said so", Severity::kWarning));
}

BOOST_AUTO_TEST_CASE(a_fencing_that_failed_after_one_that_worked_is_what_counts) {
  insert_before("</fence_history>", fencing_of_oss1("off", "oss2", "failed", "12:00:00"));
  BOOST_TEST(finds("oss1", "its last fencing failed", Severity::kError));
}

BOOST_AUTO_TEST_CASE(to_let_a_node_in_again_tests_nothing) {
  insert_before(kFencedOss1, fencing_of_oss1("on", "oss1", "success", "12:00:00"));
  BOOST_TEST(!finds("oss1", "", Severity::kWarning));
  change(kFencedOss1, "");
  BOOST_TEST(finds("oss1", "no fencing of it is on record", Severity::kWarning));
}

BOOST_AUTO_TEST_CASE(a_fencing_that_is_under_way_says_nothing_yet) {
  insert_before(kFencedOss1,
                R"(<fence_event action="reboot" target="oss1" client="c" origin="oss2")"
                R"( status="pending" extended-status="querying"/>)");
  BOOST_TEST(!finds("oss1", "", Severity::kWarning));
}

BOOST_AUTO_TEST_CASE(a_device_with_a_map_fences_the_nodes_in_it) {
  const auto pair = cib.find("nvpair", "f2l");
  set_attribute(pair, "name", "pcmk_host_map");
  for (const char* map : {"oss1:3;oss2:4,5", "oss2=4 oss1=3", "oss2:4"}) {
    set_attribute(pair, "value", map);
    BOOST_TEST(!finds("oss2", "nothing can fence it", Severity::kError), map);
  }
  for (const char* map : {"oss1:oss2;oss22:4", "oss9:1", "", ";;"}) {
    set_attribute(pair, "value", map);
    BOOST_TEST(finds("oss2", "nothing can fence it", Severity::kError), map);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_fenced_is_found) {
  cib.find("primitive", "fence-oss2").parent().remove_child(cib.find("primitive", "fence-oss2"));
  BOOST_TEST(finds("oss2", "nothing can fence it", Severity::kError));
  change(R"(stonith-enabled="true")", R"(stonith-enabled="false")");
  BOOST_TEST(finds("fencing", "switched off", Severity::kError));
}

BOOST_AUTO_TEST_CASE(times_that_do_not_fit_are_found) {
  const auto defaults = append(cib.section("rsc_defaults"), "meta_attributes", "d");
  set_value(defaults, "failure-timeout", "1min");
  BOOST_TEST(finds("failure-timeout", "shorter", Severity::kWarning));
  set_attribute(cib.find("op", "s"), "timeout", "5s");
  BOOST_TEST(finds("demo-OST0000", "little time to stop", Severity::kWarning));
  facts.token_ms = 500;
  BOOST_TEST(finds("corosync", "token", Severity::kWarning));
}

BOOST_AUTO_TEST_CASE(what_the_node_tells_of_itself_is_found) {
  facts.enabled_units = {"pacemaker.service"};
  facts.missing_devices = {"/dev/x"};
  facts.shared_devices = {{"demo-OST0000", "/dev/y", "demo-OST0001"}};
  facts.schedule_misses = 3;
  BOOST_TEST(finds("demo-OST0000", "/dev/y is the disk of demo-OST0001", Severity::kError));
  BOOST_TEST(finds("oss1", "pacemaker.service", Severity::kWarning));
  BOOST_TEST(finds("oss1", "/dev/x", Severity::kError));
  BOOST_TEST(finds("oss1", "3 times", Severity::kWarning));
}

BOOST_AUTO_TEST_CASE(a_target_of_one_node_is_found) {
  const auto second = cib.find("rsc_location", "location-demo-OST0000-oss2-50");
  second.parent().remove_child(second);
  BOOST_TEST(finds("demo-OST0000", "only one node", Severity::kWarning));
}

BOOST_AUTO_TEST_SUITE_END()
