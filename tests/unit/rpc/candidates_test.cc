// SPDX-License-Identifier: Apache-2.0
// Proves in which order an import tries a target's addresses, and which bulk address goes with
// each.
#include <boost/test/unit_test.hpp>

#include "lib/rpc/candidates.h"

namespace sheen::rpc {
namespace {

TargetInfo ost() {
  TargetInfo info;
  info.host_id = "here";
  info.control = {"tcp://a:9000", "tcp://b:9000", "ipc://@sheen/u"};
  info.bulk = {"ipc://@sheen/u/bulk", "tcp://b:9001", "tcp://a:9001"};
  return info;
}

}  // namespace

BOOST_AUTO_TEST_CASE(unix_sockets_come_first_on_the_same_host) {
  const std::vector<Candidate> expected{{"ipc://@sheen/u", "ipc://@sheen/u/bulk"},
                                        {"tcp://a:9000", "tcp://a:9001"},
                                        {"tcp://b:9000", "tcp://b:9001"}};
  BOOST_TEST((connect_candidates(ost(), "here") == expected));
}

BOOST_AUTO_TEST_CASE(unix_sockets_of_another_host_are_not_tried) {
  const std::vector<Candidate> expected{{"tcp://a:9000", "tcp://a:9001"},
                                        {"tcp://b:9000", "tcp://b:9001"}};
  BOOST_TEST((connect_candidates(ost(), "elsewhere") == expected));
}

BOOST_AUTO_TEST_CASE(a_target_without_bulk_has_none) {
  TargetInfo info = ost();
  info.bulk.clear();
  for (const Candidate& candidate : connect_candidates(info, "here"))
    BOOST_TEST(candidate.bulk.empty());
}

BOOST_AUTO_TEST_CASE(standby_nodes_come_last_and_with_their_own_bulk_address) {
  TargetInfo target;
  target.control = {"tcp://a:1"};
  target.bulk = {"tcp://a:2"};
  target.standby_control = {"tcp://b:1", "tcp://c:1"};
  target.standby_bulk = {"tcp://b:2", "tcp://c:2"};
  const std::vector<Candidate> expected{
      {"tcp://a:1", "tcp://a:2"}, {"tcp://b:1", "tcp://b:2"}, {"tcp://c:1", "tcp://c:2"}};
  BOOST_TEST((connect_candidates(target, "here") == expected));
}

}  // namespace sheen::rpc
