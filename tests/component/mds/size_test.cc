// SPDX-License-Identifier: Apache-2.0
// The rules of size and times: who is the truth when, which reports are taken and which are void.

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include "lib/base/limits.h"
#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

struct Fixture : MdtFixture {
  Fixture() : file(make_file(kRootFid, "f", 0666)) {}
  uint64_t version() { return attr(file).size_version; }
  bool valid() { return attr(file).size_valid; }
  // A file of this size whose MDT knows it.
  void written(uint64_t size) {
    CHECK_OK(open(file, O_WRONLY, 99));
    CHECK_OK(close_with(file, 99, size_report(version(), size, 8, now())));
    BOOST_TEST(valid());
  }

  Fid file;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(size_rules, Fixture)

BOOST_AUTO_TEST_CASE(a_new_file_is_known_to_be_empty) {
  BOOST_TEST(valid());
  BOOST_TEST(attr(file).size == 0U);
}

BOOST_AUTO_TEST_CASE(an_open_for_writing_hands_the_truth_to_the_osts) {
  const uint64_t before = version();
  CHECK_OK(open(file, O_RDONLY, 1));
  BOOST_TEST(valid());
  BOOST_TEST(version() == before);
  const auto opened = open(file, O_WRONLY, 2);
  BOOST_TEST(!opened->attr->size_valid);
  BOOST_TEST(opened->attr->size_version == before + 1);
  BOOST_TEST(!valid());
  CHECK_OK(open(file, O_RDWR, 3));
  BOOST_TEST(version() == before + 2);
}

BOOST_AUTO_TEST_CASE(the_last_writers_report_is_taken) {
  CHECK_OK(open(file, O_WRONLY, 1));
  now() += kSecond;
  const auto closed = close_with(file, 1, size_report(version(), 12345, 32, now(), now() + 7));
  BOOST_REQUIRE(closed.has_value());
  BOOST_TEST(closed->attr->size_valid);
  BOOST_TEST(closed->attr->size == 12345U);
  BOOST_TEST(closed->attr->blocks == 32U);
  BOOST_TEST(closed->attr->mtime == now());
  BOOST_TEST(closed->attr->ctime == now() + 7);
  restart();
  BOOST_TEST(attr(file).size == 12345U);
}

BOOST_AUTO_TEST_CASE(a_report_without_objects_keeps_mtime_and_never_turns_ctime_back) {
  const wire::AttrT before = attr(file);
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_OK(close_with(file, 1, size_report(version(), 0, 0, 0, 5)));
  BOOST_TEST(valid());
  BOOST_TEST(attr(file).mtime == before.mtime);
  BOOST_TEST(attr(file).ctime == before.ctime);
}

BOOST_AUTO_TEST_CASE(a_report_is_void_while_another_writes) {
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 1));
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 2));
  const uint64_t now_version = version();
  CHECK_OK(close_with(file, 1, size_report(now_version, 10, 1, now()), 1));
  BOOST_TEST(!valid());
  BOOST_TEST(!report(file, size_report(now_version, 10, 1, now()), 1)->size_valid);
  CHECK_OK(close_with(file, 1, size_report(version(), 20, 1, now()), 2));
  BOOST_TEST(valid());
  BOOST_TEST(attr(file).size == 20U);
}

BOOST_AUTO_TEST_CASE(a_writers_unreported_end_makes_what_others_found_out_before_void) {
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 1));
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 2));
  const uint64_t before = version();
  // Client 2 asks the objects and is slow to say so; client 1 writes more and goes.
  CHECK_OK(close(file, 1, 1));
  BOOST_TEST(version() > before);
  CHECK_OK(close_with(file, 1, size_report(before, 20, 1, now()), 2));
  BOOST_TEST(!valid());
  BOOST_TEST(!report(file, size_report(before, 20, 1, now()), 3)->size_valid);
  BOOST_TEST(report(file, size_report(version(), 30, 1, now()), 3)->size_valid);
}

BOOST_AUTO_TEST_CASE(the_last_writers_unreported_end_makes_delayed_reports_void) {
  CHECK_OK(open(file, O_WRONLY, 1));
  const uint64_t before = version();
  CHECK_OK(close(file, 1));
  BOOST_TEST(version() > before);
  BOOST_TEST(!report(file, size_report(before, 20, 1, now()), 2)->size_valid);
}

BOOST_AUTO_TEST_CASE(a_close_of_a_client_that_writes_on_through_another_handle_changes_nothing) {
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_OK(open(file, O_WRONLY, 2));
  CHECK_OK(open(file, O_RDONLY, 3));
  const uint64_t before = version();
  CHECK_OK(close(file, 1));
  CHECK_OK(close(file, 3));
  BOOST_TEST(version() == before);
  CHECK_OK(close_with(file, 2, size_report(before, 20, 1, now())));
  BOOST_TEST(valid());
  BOOST_TEST(version() == before);
}

BOOST_AUTO_TEST_CASE(nobody_but_the_truncating_client_reports_while_it_holds_the_file_open) {
  written(100);
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_OK(truncate(file, 50, kRoot, 1));
  const uint64_t cut = version();
  BOOST_TEST(!report(file, size_report(cut, 100, 1, now()), 2)->size_valid);
  CHECK_OK(close_with(file, 1, size_report(cut, 50, 1, now())));
  BOOST_TEST(valid());
  // What was found out before comes too late.
  BOOST_TEST(report(file, size_report(cut, 100, 1, now()), 2)->size == 50U);
}

BOOST_AUTO_TEST_CASE(
    a_writer_that_comes_and_goes_during_a_truncation_does_not_report_the_old_size) {
  written(100);
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 1));
  CHECK_OK(truncate(file, 50, kRoot, 1));
  const uint64_t cut = version();
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 2));
  CHECK_OK(close_with(file, 1, size_report(version(), 100, 1, now()), 2));
  BOOST_TEST(!valid());
  // Nor is the truncating client's word good any more: the other may have written behind it.
  CHECK_OK(close_with(file, 1, size_report(cut, 50, 1, now()), 1));
  BOOST_TEST(!valid());
  BOOST_TEST(report(file, size_report(version(), 50, 1, now()), 3)->size_valid);
}

BOOST_AUTO_TEST_CASE(readers_do_not_count) {
  CHECK_OK(open(file, O_RDONLY, 5, kRoot, 2));
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_OK(close_with(file, 1, size_report(version(), 10, 1, now())));
  BOOST_TEST(valid());
}

BOOST_AUTO_TEST_CASE(a_readers_close_does_not_excuse_the_writer) {
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 1));
  CHECK_OK(open(file, O_RDONLY, 2, kRoot, 1));
  CHECK_OK(close_with(file, 2, size_report(version(), 10, 1, now())));
  BOOST_TEST(!valid());
}

BOOST_AUTO_TEST_CASE(a_report_about_an_earlier_state_is_void) {
  CHECK_OK(open(file, O_WRONLY, 1));
  const uint64_t old = version();
  CHECK_OK(truncate(file, 5));
  BOOST_TEST(version() > old);
  CHECK_OK(close_with(file, 1, size_report(old, 10, 1, now())));
  BOOST_TEST(!valid());
  BOOST_TEST(report(file, size_report(version(), 5, 1, now()))->size_valid);
  BOOST_TEST(attr(file).size == 5U);
}

BOOST_AUTO_TEST_CASE(whoever_looks_later_may_report) {
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_OK(close(file, 1));
  BOOST_TEST(!valid());
  const auto reported = report(file, size_report(version(), 77, 1, now()), 2);
  BOOST_TEST(reported->size_valid);
  BOOST_TEST(reported->size == 77U);
  // What is known already is not changed by another report.
  BOOST_TEST(report(file, size_report(version(), 78, 1, now()), 2)->size == 77U);
}

BOOST_AUTO_TEST_CASE(an_evicted_writer_leaves_the_size_to_the_osts) {
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 3));
  const uint64_t before = version();
  end_session(3);
  BOOST_TEST(!valid());
  // What was found out while it still wrote is void.
  BOOST_TEST(!report(file, size_report(before, 8, 1, now()))->size_valid);
  BOOST_TEST(report(file, size_report(version(), 9, 1, now()))->size_valid);
}

BOOST_AUTO_TEST_CASE(an_evicted_reader_makes_no_report_void) {
  CHECK_OK(open(file, O_RDONLY, 1, kRoot, 3));
  CHECK_OK(open(file, O_WRONLY, 1, kRoot, 1));
  const uint64_t before = version();
  end_session(3);
  BOOST_TEST(version() == before);
}

BOOST_AUTO_TEST_CASE(during_recovery_no_report_is_taken_because_a_writer_may_come_back) {
  CHECK_OK(open(file, O_WRONLY, 1));
  restart();
  BOOST_TEST(!valid());
  BOOST_TEST(!report(file, size_report(version(), 9, 1, now()), 2)->size_valid);
  finish_recovery();
  BOOST_TEST(report(file, size_report(version(), 9, 1, now()), 2)->size_valid);
}

BOOST_AUTO_TEST_CASE(impossible_reports_are_void) {
  CHECK_OK(open(file, O_WRONLY, 1));
  CHECK_OK(close_with(file, 1, size_report(version(), kFileSizeMax + 1, 1, now())));
  BOOST_TEST(!valid());
  CHECK_OK(report(kRootFid, size_report(0, 5, 1, now())));
  BOOST_TEST(attr(kRootFid).size == 4096U);
  CHECK_ERRC(report(Fid{0x99'0000'0001}, size_report(0, 5, 1, now())), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(truncation_hands_the_truth_to_the_osts_and_says_where) {
  written(100);
  const uint64_t before = version();
  now() += kSecond;
  const auto reply = truncate(file, 50);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(!reply->attr->size_valid);
  BOOST_TEST(reply->attr->size_version == before + 1);
  BOOST_TEST(reply->attr->mtime == now());
  BOOST_TEST(reply->attr->ctime == now());
  BOOST_TEST((reply->layout != nullptr));
}

BOOST_AUTO_TEST_CASE(truncating_an_empty_file_to_nothing_is_no_work) {
  const uint64_t before = version();
  now() += kSecond;
  const auto reply = truncate(file, 0, kRoot, 0);
  BOOST_TEST(reply->attr->size_valid);
  BOOST_TEST((reply->layout == nullptr));
  BOOST_TEST(version() == before);
}

BOOST_AUTO_TEST_CASE(truncate_to_the_same_size_moves_the_times_there_and_on_the_objects) {
  written(100);
  now() += kSecond;
  const auto same = truncate(file, 100);
  BOOST_TEST(same->attr->mtime == now());
  BOOST_TEST(same->attr->ctime == now());
  BOOST_TEST((same->layout != nullptr));
  CHECK_OK(open(file, O_RDWR, 1));
  now() += kSecond;
  const auto by_handle = truncate(file, 100, kRoot, 1);
  BOOST_TEST(by_handle->attr->mtime == now());
  BOOST_TEST((by_handle->layout != nullptr));
}

BOOST_AUTO_TEST_CASE(a_truncating_open_is_a_truncation) {
  written(100);
  const uint64_t before = version();
  now() += kSecond;
  const auto opened = open(file, O_WRONLY | O_TRUNC, 1);
  BOOST_TEST(!opened->attr->size_valid);
  BOOST_TEST(opened->attr->size_version > before);
  BOOST_TEST(opened->attr->mtime == now());
  const auto created = create(kRootFid, "f", O_WRONLY | O_TRUNC, 2);
  BOOST_TEST(created->attr->size_version > opened->attr->size_version);
  BOOST_TEST(!created->created);
}

BOOST_AUTO_TEST_CASE(an_explicit_mtime_makes_reports_about_the_time_before_void) {
  CHECK_OK(open(file, O_WRONLY, 1));
  const uint64_t old = version();
  wire::SetAttrRequestT request;
  request.fid = file.value;
  request.valid = wire::kSetMtime;
  request.mtime = 42;
  const auto set = set_attr(std::move(request));
  BOOST_TEST(set->attr->size_version == old + 1);
  BOOST_TEST(!set->attr->size_valid);
  BOOST_TEST(set->attr->mtime == 42);
  CHECK_OK(close_with(file, 1, size_report(old, 10, 1, now())));
  BOOST_TEST(!valid());
  BOOST_TEST(attr(file).mtime == 42);
}

BOOST_AUTO_TEST_CASE(an_explicit_mtime_keeps_a_size_that_is_known) {
  written(100);
  wire::SetAttrRequestT request;
  request.fid = file.value;
  request.valid = wire::kSetMtime;
  request.mtime = 42;
  BOOST_TEST(set_attr(std::move(request))->attr->size_valid);
  BOOST_TEST(attr(file).size == 100U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
