// SPDX-License-Identifier: Apache-2.0
// Proves that Destroy removes objects for good before it answers, and shares syncs between
// requests.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "lib/base/fault.h"
#include "oss/store/object_files.h"
#include "tests/component/oss/oss_fixture.h"

namespace sheen::oss {
namespace {

namespace data = boost::unit_test::data;
const auto kThreads = data::make({0U, 2U});

wire::DestroyRequestT request_for(const std::vector<ObjectId>& ids) {
  wire::DestroyRequestT request;
  for (const ObjectId& id : ids) request.objects.push_back(wire::to_key(id));
  return request;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(destroying)

BOOST_DATA_TEST_CASE(destroyed_objects_are_gone_and_absent_ones_are_fine, kThreads, io_threads) {
  OssFixture oss(io_threads);
  std::vector<ObjectId> ids;
  for (uint32_t i = 1; i <= 300; ++i) {
    ids.push_back(object(i, 0, 1));
    if (i % 3 != 0) BOOST_REQUIRE(oss.write(ids.back(), 0, "x"));
  }
  BOOST_REQUIRE(oss.write(object(1), 0, "other"));
  BOOST_REQUIRE(oss.write(object(5, 0, 1), 4 * kSegmentBytes, "far"));
  BOOST_REQUIRE(oss.destroy(ids));
  BOOST_TEST(oss.temporary().files().size() == 1U);
  BOOST_TEST(oss.read(object(1), 0, 10).value() == "other");
  BOOST_TEST(oss.counter("destroyed_objects") == 300U);
  // Once per directory, not per object.
  BOOST_TEST(oss.watched().directory_syncs <= 32);
  BOOST_TEST(oss.watched().filesystem_syncs == 0);
  BOOST_TEST(oss.destroy({}).has_value());
  BOOST_TEST(oss.destroy({{Fid::make(0x77, 1), 0, 0}}).has_value());
}

BOOST_DATA_TEST_CASE(even_absent_objects_are_synced_before_the_answer, kThreads, io_threads) {
  // A process before this one may have removed them and died before its sync.
  OssFixture oss(io_threads);
  BOOST_REQUIRE(oss.write(object(1), 0, "x"));
  BOOST_REQUIRE(oss.truncate(object(1), 0));
  oss.restart();
  BOOST_TEST(oss.watched().directory_syncs == 0);
  BOOST_REQUIRE(oss.destroy({object(1)}));
  BOOST_TEST(oss.watched().directory_syncs == 1);
}

BOOST_DATA_TEST_CASE(requests_that_come_together_share_a_sync, kThreads, io_threads) {
  OssFixture oss(io_threads);
  std::vector<OssFixture::PendingPtr> sent;
  for (uint32_t i = 0; i < 50; ++i) BOOST_REQUIRE(oss.write(object(32 * i + 1), 0, "x"));
  for (uint32_t i = 0; i < 50; ++i) sent.push_back(oss.send(request_for({object(32 * i + 1)})));
  for (const auto& pending : sent) BOOST_REQUIRE(oss.wait(pending));
  BOOST_TEST(oss.watched().directory_syncs < 50);
  BOOST_TEST(oss.temporary().files().empty());
}

BOOST_DATA_TEST_CASE(a_removal_that_fails_fails_its_request_only, kThreads, io_threads) {
  OssFixture oss(io_threads);
  for (uint32_t i = 1; i <= 3; ++i) BOOST_REQUIRE(oss.write(object(i), 0, "x"));
  fault::unlock();
  BOOST_REQUIRE(fault::arm("oss.destroy.before=error:5*1"));
  BOOST_TEST((oss.destroy({object(1)}).code() == Errc::kIo));
  fault::disarm("");
  BOOST_TEST(oss.destroy({object(1), object(2), object(3)}).has_value());
  BOOST_TEST(oss.temporary().files().empty());
}

BOOST_DATA_TEST_CASE(removals_that_cannot_be_synced_are_not_confirmed, kThreads, io_threads) {
  OssFixture oss(io_threads);
  BOOST_REQUIRE(oss.write(object(1), 0, "x"));
  oss.watched().sync_fails = true;
  BOOST_TEST((oss.destroy({object(1)}).code() == Errc::kIo));
  BOOST_TEST(oss.role().sync_failed());
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sheen::oss
