// SPDX-License-Identifier: Apache-2.0
// setstripe and getstripe: what a directory hands down, when a file may still change its striping,
// who may, and which wishes are refused.

#include <fcntl.h>

#include <boost/test/unit_test.hpp>

#include "lib/base/limits.h"
#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

struct Fixture : MdtFixture {
  Fixture() { settle(); }

  Result<wire::SetLayoutReplyT> set(Fid fid, int32_t count, uint32_t size = 0, int32_t start = -1,
                                    const User& user = kRoot) {
    wire::SetLayoutRequestT request;
    request.cred = cred(user);
    request.fid = fid.value;
    request.hint = std::make_unique<wire::LayoutHintT>();
    request.hint->stripe_count = count;
    request.hint->stripe_size = size;
    request.hint->start_ost = start;
    return run<wire::SetLayoutRequest>(request);
  }
  Result<wire::SetLayoutReplyT> remove(Fid fid) {
    wire::SetLayoutRequestT request;
    request.cred = cred(kRoot);
    request.fid = fid.value;
    return run<wire::SetLayoutRequest>(request);
  }
  wire::GetLayoutReplyT get(Fid fid) {
    wire::GetLayoutRequestT request;
    request.cred = cred(kRoot);
    request.fid = fid.value;
    auto reply = run<wire::GetLayoutRequest>(request);
    if (!reply) BOOST_FAIL(reply.error().message());
    return std::move(*reply);
  }
  size_t stripes(Fid fid) { return get(fid).layout->components.at(0)->osts.size(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(layout, Fixture)

BOOST_AUTO_TEST_CASE(a_directory_without_a_default_says_the_file_systems) {
  const auto reply = get(kRootFid);
  BOOST_TEST(reply.inherited);
  BOOST_TEST(reply.layout == nullptr);
  BOOST_REQUIRE(reply.hint != nullptr);
  BOOST_TEST(reply.hint->stripe_count == 1);
  BOOST_TEST(reply.hint->stripe_size == kStripeSizeDefault);
  BOOST_TEST(reply.hint->start_ost == -1);
}

BOOST_AUTO_TEST_CASE(a_default_is_handed_down_to_files_and_subdirectories) {
  const Fid dir = make_dir(kRootFid, "d");
  CHECK_OK(set(dir, -1, 256U << 10));
  BOOST_TEST(!get(dir).inherited);
  BOOST_TEST(get(dir).hint->stripe_count == -1);
  const Fid sub = make_dir(dir, "sub");
  for (const Fid parent : {dir, sub}) {
    const Fid file = make_file(parent, "f");
    BOOST_TEST(stripes(file) == 2U);
    BOOST_TEST(get(file).layout->components[0]->stripe_size == 256U << 10);
  }
  restart();
  finish_recovery();
  BOOST_TEST(get(sub).hint->stripe_size == 256U << 10);
}

BOOST_AUTO_TEST_CASE(a_default_can_be_removed) {
  const Fid dir = make_dir(kRootFid, "d");
  CHECK_OK(set(dir, 2));
  CHECK_OK(remove(dir));
  BOOST_TEST(get(dir).inherited);
  CHECK_OK(set(dir, 2));
  CHECK_OK(set(dir, 0));
  BOOST_TEST(get(dir).inherited);
}

BOOST_AUTO_TEST_CASE(an_empty_file_takes_another_striping) {
  const Fid file = make_file(kRootFid, "f");
  const auto before = get(file);
  now() += kSecond;
  const auto reply = set(file, 2, 64U << 10, 1);
  BOOST_REQUIRE(reply.has_value());
  BOOST_REQUIRE(reply->layout != nullptr);
  BOOST_TEST(reply->layout->generation == before.layout->generation + 1);
  BOOST_TEST((reply->layout->components.at(0)->osts == std::vector<uint16_t>{1, 0}));
  BOOST_TEST(reply->layout->components.at(0)->stripe_size == 64U << 10);
  BOOST_TEST(reply->attr->ctime > before.attr->ctime);
  BOOST_TEST(stripes(file) == 2U);
}

BOOST_AUTO_TEST_CASE(more_stripes_than_osts_are_clipped) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_OK(set(file, 100));
  BOOST_TEST(stripes(file) == 2U);
}

BOOST_AUTO_TEST_CASE(a_file_with_data_keeps_its_striping) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_ERRC(set(file, 2), Errc::kBusy);
  CHECK_OK(close_with(file, 1, size_report(attr(file).size_version, 10, 8, now())));
  CHECK_ERRC(set(file, 2), Errc::kExists);
}

BOOST_AUTO_TEST_CASE(blocks_without_size_are_data) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_OK(close_with(file, 1, size_report(attr(file).size_version, 0, 8, now())));
  CHECK_ERRC(set(file, 2), Errc::kExists);
}

BOOST_AUTO_TEST_CASE(a_file_whose_size_is_not_settled_keeps_its_striping) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_OK(close(file, 1));
  CHECK_ERRC(set(file, 2), Errc::kBusy);
}

BOOST_AUTO_TEST_CASE(readers_go_by_the_old_striping_so_it_stays_while_the_file_is_open) {
  const Fid file = make_file(kRootFid, "f");
  for (const uint8_t client : {uint8_t{1}, uint8_t{2}}) {
    CHECK_OK(open(file, O_RDONLY, 1, kRoot, client));
    CHECK_ERRC(set(file, 2), Errc::kBusy);
    CHECK_OK(close(file, 1, client));
  }
  CHECK_OK(set(file, 2));
}

BOOST_AUTO_TEST_CASE(while_recovering_nobody_knows_who_has_it_open) {
  const Fid file = make_file(kRootFid, "f");
  restart();
  settle();
  CHECK_ERRC(set(file, 2), Errc::kRecovering);
  finish_recovery();
  CHECK_OK(set(file, 2));
}

BOOST_AUTO_TEST_CASE(only_the_owner_may) {
  CHECK_OK(chmod(kRootFid, 0777));
  const Fid dir = make_dir(kRootFid, "d", 0777, kAlice);
  const Fid file = make_file(dir, "f", 0666, kAlice);
  CHECK_ERRC(set(dir, 2, 0, -1, kBob), Errc::kPermission);
  CHECK_ERRC(set(file, 2, 0, -1, kBob), Errc::kPermission);
  CHECK_OK(set(dir, 2, 0, -1, kAlice));
  CHECK_OK(set(file, 2, 0, -1, kAlice));
}

BOOST_AUTO_TEST_CASE(impossible_wishes_are_invalid) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_ERRC(set(file, -2), Errc::kInvalid);
  CHECK_ERRC(set(file, kStripeCountMax + 1), Errc::kInvalid);
  CHECK_ERRC(set(file, 1, 65535), Errc::kInvalid);
  CHECK_ERRC(set(file, 1, kStripeSizeMax + kStripeSizeMin), Errc::kInvalid);
  CHECK_ERRC(set(file, 1, 0, 2), Errc::kInvalid);
  CHECK_ERRC(set(file, 1, 0, -2), Errc::kInvalid);
  CHECK_ERRC(set(kRootFid, 1, 0, 65536), Errc::kInvalid);
  CHECK_ERRC(remove(file), Errc::kInvalid);
  const auto link = symlink(kRootFid, "l", "f");
  BOOST_REQUIRE(link.has_value());
  CHECK_ERRC(set(Fid{link->fid}, 1), Errc::kInvalid);
  CHECK_ERRC(set(Fid::make(99, 99), 1), Errc::kStale);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
