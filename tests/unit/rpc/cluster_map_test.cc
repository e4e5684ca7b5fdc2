// SPDX-License-Identifier: Apache-2.0
// Proves that a configuration survives its way over the wire, that bad ones are refused, and that
// ports, MGS addresses and the owner of a FID are what the documents say.
#include <boost/test/unit_test.hpp>

#include "lib/rpc/cluster_map.h"

namespace sheen::rpc {
namespace {

ClusterMap sample() {
  ClusterMap map;
  map.fsname = "demo";
  map.version = 9;
  TargetState mdt;
  mdt.label = {"demo", TargetKind::kMdt, 0};
  mdt.info.fsname = "demo";
  mdt.info.label = "demo-MDT0000";
  mdt.info.uuid.bytes[3] = 5;
  mdt.info.epoch = 3;
  mdt.info.host_id = "host";
  mdt.info.control = {"tcp://10.0.0.1:8000", "ipc://@sheen/x"};
  mdt.service_nodes = {"n1", "n2"};
  mdt.pid = 12;
  mdt.host_name = "n1";
  TargetState ost;
  ost.label = {"demo", TargetKind::kOst, 1};
  ost.info.fsname = "demo";
  ost.info.label = "demo-OST0001";
  ost.info.uuid.bytes[3] = 6;
  map.targets = {mdt, ost};
  map.params = {{"a.b", "1"}};
  map.sequences = {{16, 4, 0}, {20, 1, 2}, {0xffffffff, 5, 3}};
  return map;
}

Result<ClusterMap> over_the_wire(const ClusterMap& map) {
  const Buffer body = wire::encode(map.to_wire());
  SHEEN_ASSIGN(const wire::FsConfig* config, wire::decode<wire::FsConfig>(body));
  return ClusterMap::from(*config);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_configuration_survives_the_wire) {
  ClusterMap map = sample();
  std::swap(map.targets[0], map.targets[1]);
  const auto back = over_the_wire(map);
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST(back->fsname == "demo");
  BOOST_TEST(back->version == 9U);
  BOOST_REQUIRE(back->targets.size() == 2U);
  const TargetState& mdt = back->targets[0];
  BOOST_TEST(mdt.info.label == "demo-MDT0000");
  BOOST_TEST(mdt.info.uuid.to_string() == sample().targets[0].info.uuid.to_string());
  BOOST_TEST(mdt.info.epoch == 3U);
  BOOST_TEST(mdt.info.host_id == "host");
  BOOST_TEST(mdt.info.control == sample().targets[0].info.control);
  BOOST_TEST(mdt.service_nodes.size() == 2U);
  BOOST_TEST(mdt.host_name == "n1");
  BOOST_TEST(back->targets[1].info.control.empty());
  BOOST_TEST(back->params.at("a.b") == "1");
  BOOST_TEST(back->sequences.size() == 3U);
}

BOOST_AUTO_TEST_CASE(the_other_service_nodes_of_a_target_are_tried_on_its_ports) {
  ClusterMap map = sample();
  map.targets[1].info.control = {"tcp://10.0.0.3:9100"};
  map.targets[1].info.bulk = {"tcp://10.0.0.3:9200"};
  map.targets[1].service_nodes = {"10.0.0.3", "10.0.0.4", "fe80::5"};
  const auto back = over_the_wire(map);
  BOOST_REQUIRE(back.has_value());
  // n1 is where it serves, by another name.
  BOOST_TEST(back->targets[0].info.standby_control == std::vector<net::Address>{"tcp://n2:8000"});
  BOOST_TEST(back->targets[0].info.standby_bulk.empty());
  const TargetInfo& ost = back->targets[1].info;
  BOOST_TEST(ost.standby_control ==
             (std::vector<net::Address>{"tcp://10.0.0.4:9100", "tcp://[fe80::5]:9100"}));
  BOOST_TEST(ost.standby_bulk ==
             (std::vector<net::Address>{"tcp://10.0.0.4:9200", "tcp://[fe80::5]:9200"}));
}

BOOST_AUTO_TEST_CASE(a_target_that_never_served_is_tried_on_its_default_ports) {
  ClusterMap map = sample();
  map.targets[1].service_nodes = {"n3"};
  const auto back = over_the_wire(map);
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST(back->targets[1].info.standby_control == std::vector<net::Address>{"tcp://n3:9002"});
  BOOST_TEST(back->targets[1].info.standby_bulk == std::vector<net::Address>{"tcp://n3:9003"});
}

BOOST_AUTO_TEST_CASE(a_configuration_with_a_bad_target_is_refused) {
  wire::FsConfigT config = sample().to_wire();
  config.targets[0]->label = "nonsense";
  const Buffer body = wire::encode(config);
  BOOST_TEST(!ClusterMap::from(**wire::decode<wire::FsConfig>(body)).has_value());
  config.targets[0]->label = "demo-MDT0000";
  config.targets[0]->uuid = "";
  const Buffer other = wire::encode(config);
  BOOST_TEST(!ClusterMap::from(**wire::decode<wire::FsConfig>(other)).has_value());
}

BOOST_AUTO_TEST_CASE(a_fid_belongs_to_the_owner_of_its_sequence) {
  const ClusterMap map = sample();
  BOOST_TEST(map.mdt_of(kRootFid).value() == 0);
  BOOST_TEST(map.mdt_of(Fid::make(16, 1)).value() == 0);
  BOOST_TEST(map.mdt_of(Fid::make(19, 1)).value() == 0);
  BOOST_TEST(map.mdt_of(Fid::make(20, 1)).value() == 2);
  BOOST_TEST(!map.mdt_of(Fid::make(21, 1)));
  BOOST_TEST(map.mdt_of(Fid::make(0xffffffff, 1)).value() == 3);
}

BOOST_AUTO_TEST_CASE(targets_are_found_by_kind_and_index) {
  const ClusterMap map = sample();
  BOOST_TEST(map.find(TargetKind::kOst, 1) == &map.targets[1]);
  BOOST_TEST(map.find(TargetKind::kOst, 0) == nullptr);
}

BOOST_AUTO_TEST_CASE(mgs_nodes_become_addresses) {
  const std::vector<net::Address> expected{"tcp://a:7988",        "tcp://b:1",
                                           "tcp://10.0.0.1:7988", "tcp://[::1]:7988",
                                           "tcp://[::1]:5",       "tcp://[fe80::1]:7988",
                                           "ipc://@sheen/mgs"};
  BOOST_TEST(mgs_addresses({"a", "b:1", "10.0.0.1", "[::1]", "[::1]:5", "fe80::1",
                            "ipc://@sheen/mgs"}) == expected);
}

BOOST_AUTO_TEST_CASE(default_ports_are_outside_the_ephemeral_range) {
  BOOST_TEST(default_port({"demo", TargetKind::kMgt, 0}) == 7988);
  BOOST_TEST(default_port({"demo", TargetKind::kMdt, 3}) == 8003);
  BOOST_TEST(default_port({"demo", TargetKind::kOst, 3}) == 9006);
  for (uint32_t index = 0; index <= kTargetIndexMax; ++index) {
    const auto port = default_port({"demo", TargetKind::kOst, static_cast<uint16_t>(index)});
    BOOST_REQUIRE(port >= 9000);
    BOOST_REQUIRE(port + 1 < 32768);
  }
}

}  // namespace sheen::rpc
