// SPDX-License-Identifier: Apache-2.0
// Proves that exit codes after which Pacemaker does not try a node again are said, also those that
// crm_mon counts for no failures in a cluster in which nothing runs without a location.
#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

#include "ha/cib.h"
#include "ha/cluster_state.h"
#include "ha/doctor.h"
#include "ha/duration.h"
#include "ha/placement.h"

using namespace sheen;
using namespace sheen::ha;

namespace {

// What crm_mon 2.1.5 says of a pair that `sheen ha apply` configured, after crm_simulate had
// demo-OST0000's start fail with "not installed" on one node and then on the other.
constexpr const char* kBothFailed =
    R"(<pacemaker-result api-version="2.25" request="crm_mon --one-shot --output-as=xml">
  <summary>
    <stack type="unknown"/>
    <current_dc present="false"/>
    <last_update time="Mon Nov 23 21:45:04 2026"/>
    <last_change time="" user="" client="" origin=""/>
    <nodes_configured number="2"/>
    <resources_configured number="3" disabled="0" blocked="0"/>
    <cluster_options stonith-enabled="true" symmetric-cluster="false" no-quorum-policy="freeze"
      maintenance-mode="false" stop-all-resources="false" stonith-timeout-ms="60000"
      priority-fencing-delay-ms="0"/>
  </summary>
  <nodes>
    <node name="oss1" id="1" online="true" standby="false" standby_onfail="false"
      maintenance="false" pending="false" unclean="false" health="green" feature_set="&lt;3.15.1"
      shutdown="false" expected_up="true" is_dc="false" resources_running="1" type="member"/>
    <node name="oss2" id="2" online="true" standby="false" standby_onfail="false"
      maintenance="false" pending="false" unclean="false" health="green" feature_set="&lt;3.15.1"
      shutdown="false" expected_up="true" is_dc="false" resources_running="1" type="member"/>
  </nodes>
  <resources>
    <resource id="demo-OST0000" resource_agent="ocf:sheen:target" role="Stopped" active="false"
      orphaned="false" blocked="false" managed="true" failed="false" failure_ignored="false"
      nodes_running_on="0"/>
    <resource id="fence-oss1" resource_agent="stonith:fence_power_switch" role="Started"
      active="true" orphaned="false" blocked="false" managed="true" failed="false"
      failure_ignored="false" nodes_running_on="1">
      <node name="oss2" id="2" cached="true"/>
    </resource>
    <resource id="fence-oss2" resource_agent="stonith:fence_power_switch" role="Started"
      active="true" orphaned="false" blocked="false" managed="true" failed="false"
      failure_ignored="false" nodes_running_on="1">
      <node name="oss1" id="1" cached="true"/>
    </resource>
  </resources>
  <node_history>
    <node name="oss1">
      <resource_history id="demo-OST0000" orphan="false" migration-threshold="10" fail-count="1"
        last-failure="Mon Nov 23 21:45:03 2026">
        <operation_history call="2" task="start" rc="5" rc_text="not installed"
          last-rc-change="Mon Nov 23 21:45:03 2026" exec-time="0ms" queue-time="0ms"/>
        <operation_history call="3" task="stop" rc="0" rc_text="ok"
          last-rc-change="Mon Nov 23 21:45:03 2026" exec-time="0ms" queue-time="0ms"/>
      </resource_history>
      <resource_history id="fence-oss2" orphan="false" migration-threshold="10">
        <operation_history call="2" task="start" rc="0" rc_text="ok"
          last-rc-change="Mon Nov 23 21:45:03 2026" exec-time="0ms" queue-time="0ms"/>
        <operation_history call="3" task="monitor" rc="0" rc_text="ok" interval="60000ms"
          last-rc-change="Mon Nov 23 21:45:03 2026" exec-time="0ms" queue-time="0ms"/>
      </resource_history>
    </node>
    <node name="oss2">
      <resource_history id="demo-OST0000" orphan="false" migration-threshold="10" fail-count="1"
        last-failure="Mon Nov 23 21:45:03 2026">
        <operation_history call="2" task="start" rc="5" rc_text="not installed"
          last-rc-change="Mon Nov 23 21:45:03 2026" exec-time="0ms" queue-time="0ms"/>
        <operation_history call="3" task="stop" rc="0" rc_text="ok"
          last-rc-change="Mon Nov 23 21:45:03 2026" exec-time="0ms" queue-time="0ms"/>
      </resource_history>
      <resource_history id="fence-oss1" orphan="false" migration-threshold="10">
        <operation_history call="2" task="start" rc="0" rc_text="ok"
          last-rc-change="Mon Nov 23 21:45:03 2026" exec-time="0ms" queue-time="0ms"/>
        <operation_history call="3" task="monitor" rc="0" rc_text="ok" interval="60000ms"
          last-rc-change="Mon Nov 23 21:45:03 2026" exec-time="0ms" queue-time="0ms"/>
      </resource_history>
    </node>
  </node_history>
  <status code="0" message="OK"/>
</pacemaker-result>)";

constexpr const char* kCib = R"(<cib><configuration>
<resources>
 <group id="g"><primitive id="demo-OST0000" class="ocf" provider="sheen" type="target"/></group>
</resources>
<constraints>
 <rsc_location id="location-demo-OST0000-oss1-100" rsc="demo-OST0000" node="oss1" score="100"/>
 <rsc_location id="location-demo-OST0000-oss2-50" rsc="demo-OST0000" node="oss2" score="50"/>
</constraints>
<rsc_defaults><meta_attributes id="d">
 <nvpair id="dt" name="failure-timeout" value="10min"/></meta_attributes></rsc_defaults>
</configuration><status>
<node_state id="1" uname="oss1"><lrm id="1"><lrm_resources><lrm_resource id="demo-OST0000">
 <lrm_rsc_op id="demo-OST0000_last_0" operation="stop" rc-code="0"/>
 <lrm_rsc_op id="demo-OST0000_last_failure_0" operation="start" rc-code="5"
  exit-reason="sheen-ost is not installed"/></lrm_resource></lrm_resources></lrm></node_state>
</status></cib>)";

struct BothFailed {
  Cib cib = *Cib::parse(kCib);
  std::string monitor = kBothFailed;

  void change_all(const std::string& from, const std::string& to) {
    BOOST_REQUIRE_MESSAGE(monitor.find(from) != std::string::npos, from);
    for (size_t at = 0; (at = monitor.find(from, at)) != std::string::npos; at += to.size())
      monitor.replace(at, from.size(), to);
  }
  std::string banned_from(const std::string& node) const {
    const auto state = ClusterState::parse(monitor);
    BOOST_REQUIRE(state.has_value());
    const auto reason = ban(cib, *state->resource("demo-OST0000"), node);
    return reason ? reason->why + " | " + reason->clear : "";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hard_results, BothFailed)

BOOST_AUTO_TEST_CASE(they_are_why_a_target_runs_nowhere) {
  const auto state = ClusterState::parse(monitor);
  BOOST_REQUIRE(state.has_value());
  BOOST_TEST(state->failures.empty());
  const Reason reason = explain(cib, *state, *state->resource("demo-OST0000"));
  BOOST_TEST(reason.why ==
             "banned from oss1 since its start failed: sheen-ost is not installed; "
             "banned from oss2 since its start failed: not installed");
  BOOST_TEST(reason.clear == "pcs resource refresh demo-OST0000 node=oss1");
  BOOST_TEST(clearable(cib, *state, *state->resource("demo-OST0000")).size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_doctor_finds_them) {
  const auto state = ClusterState::parse(monitor);
  BOOST_REQUIRE(state.has_value());
  const auto findings = examine(cib, *state, {"oss1", 3000, 0, {}, {}, {}, {}}, nullptr);
  for (const char* node : {"oss1", "oss2"})
    BOOST_TEST(std::any_of(findings.begin(), findings.end(), [&](const Finding& one) {
      return one.severity == Severity::kError &&
             one.what.starts_with(std::string(node) + " could not take it: banned");
    }));
}

BOOST_AUTO_TEST_CASE(each_of_them_bans_and_other_failures_do_not) {
  for (const char* rc : {"2", "4", "5"}) {
    monitor = kBothFailed;
    change_all(R"(rc="5" rc_text="not installed")",
               R"(rc=")" + std::string(rc) + R"(" rc_text="x")");
    BOOST_TEST(banned_from("oss2") ==
               "banned from oss2 since its start failed: x | "
               "pcs resource refresh demo-OST0000 node=oss2");
  }
  for (const char* rc : {"0", "1", "3", "7", "8", "190"}) {
    monitor = kBothFailed;
    change_all(R"(rc="5")", R"(rc=")" + std::string(rc) + R"(")");
    BOOST_TEST(banned_from("oss2").empty(), rc);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_configured_on_one_node_is_tried_on_none) {
  const size_t second = monitor.rfind(R"(rc="5")");
  monitor.replace(second, 6, R"(rc="0")");
  BOOST_TEST(banned_from("oss2").empty());
  change_all(R"(rc="5" rc_text="not installed")", R"(rc="6" rc_text="not configured")");
  BOOST_TEST(banned_from("oss2") ==
             "banned from oss2 since its start failed on oss1: not configured | "
             "pcs resource refresh demo-OST0000 node=oss1");
}

BOOST_AUTO_TEST_CASE(after_its_failure_timeout_a_result_bans_no_more) {
  const std::string last_update = "<last_update time=\"Mon Nov 23 21:";
  change_all(last_update + "45:04", last_update + "55:02");
  BOOST_TEST(!banned_from("oss2").empty());
  change_all(last_update + "55:02", last_update + "55:03");
  BOOST_TEST(banned_from("oss2").empty());
  const auto own = append(cib.find("group", "g"), "meta_attributes", "m");
  set_value(own, "failure-timeout", "1h");
  BOOST_TEST(!banned_from("oss2").empty());
  set_value(own, "failure-timeout", "0");
  change_all("23 21:55:03", "24 21:55:03");
  BOOST_TEST(!banned_from("oss2").empty());
}

BOOST_AUTO_TEST_CASE(times_are_read_as_pacemaker_writes_them) {
  BOOST_TEST(*seconds("10min") == 600);
  BOOST_TEST(*seconds("1500ms") == 1);
  BOOST_TEST(*seconds("20") == 20);
  BOOST_TEST(*seconds("2h") == 7200);
  for (const char* text : {"", "min", "10 apples"}) BOOST_TEST(!seconds(text).has_value(), text);
  BOOST_TEST(*seconds_between("Mon Nov 23 23:59:59 2026", "Tue Nov 24 00:01:00 2026") == 61);
  BOOST_TEST(!seconds_between("", "Tue Nov 24 00:01:00 2026").has_value());
  BOOST_TEST(!seconds_between("Mon Nov 23 23:59:59 2026", "2026-11-24").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
