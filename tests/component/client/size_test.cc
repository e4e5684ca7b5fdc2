// SPDX-License-Identifier: Apache-2.0
// Proves what the client asks and reports about size and times (docs/architecture.md, Size and
// times): who is asked, what the MDT is told at close, and when nothing may be told.
#include <linux/falloc.h>

#include "lib/client/open_files.h"
#include "tests/component/client/client_fixture.h"

namespace sheen::test {
namespace {

struct SizeFixture : ClientFixture {
  // A file of that content that nobody has open.
  Fid closed_file(const std::string& bytes) {
    const auto file = create("f");
    write(file.handle, 0, bytes);
    release(file.handle);
    return file.attr.fid;
  }
  // Begins and does not wait; `done` is for run_until().
  void begin_setattr(Fid fid, client::SetAttr change, client::Handle handle = 0) {
    client->setattr(root, fid, change, handle, [this](Result<client::Attr> attr) {
      BOOST_TEST(attr.has_value());
      setattr_done = true;
    });
  }
  static client::SetAttr size_of(uint64_t size) {
    client::SetAttr change;
    change.valid = wire::kSetSize;
    change.size = size;
    return change;
  }
  static client::SetAttr mtime_of(RealtimeNs mtime) {
    client::SetAttr change;
    change.valid = wire::kSetMtime;
    change.mtime = mtime;
    return change;
  }
  static wire::Striping striping_of_one_object() {
    wire::Striping striping;
    striping.components.push_back({0, UINT64_MAX, kStripe, {0}});
    return striping;
  }
  bool setattr_done = false;
};

BOOST_FIXTURE_TEST_SUITE(size, SizeFixture)

BOOST_AUTO_TEST_CASE(the_creator_reports_at_close_without_asking) {
  stripe_over({0, 1});
  const auto file = create("f");
  write(file.handle, 0, pattern(kStripe + 10));
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 0U);
  const auto close = cluster.last(wire::Opcode::kClose)->body<wire::CloseRequest>();
  BOOST_REQUIRE(close->report != nullptr);
  BOOST_TEST(close->report->size == kStripe + 10);
  BOOST_TEST(close->report->blocks == object(file.attr.fid, 0)->data_pages.size() * 8 + 8);
  BOOST_TEST(close->report->mtime == object(file.attr.fid, 1)->mtime);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(getattr(file.attr.fid).size == kStripe + 10);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 0U);
}

BOOST_AUTO_TEST_CASE(an_empty_new_file_is_reported_as_empty) {
  const auto file = create("f");
  release(file.handle);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == 0U);
  BOOST_TEST(cluster.last(wire::Opcode::kClose)->body<wire::CloseRequest>()->report->mtime == 0);
}

BOOST_AUTO_TEST_CASE(a_writer_of_an_old_file_asks_the_objects_before_it_reports) {
  stripe_over({0, 1});
  auto file = create("f");
  write(file.handle, 0, pattern(kStripe + 10));
  release(file.handle);
  file = open(file.attr.fid, O_WRONLY);
  // Somebody else had it open, too, and has written since.
  object(file.attr.fid, 1)->bytes.resize(500);
  write(file.handle, 0, "x");
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 2U);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == kStripe + 500);
}

BOOST_AUTO_TEST_CASE(a_reader_reports_nothing_at_close) {
  auto file = create("f");
  release(file.handle);
  file = open(file.attr.fid, O_RDONLY);
  release(file.handle);
  BOOST_TEST((cluster.last(wire::Opcode::kClose)->body<wire::CloseRequest>()->report == nullptr));
}

BOOST_AUTO_TEST_CASE(only_the_last_writer_of_a_client_reports) {
  const auto file = create("f");
  const auto second = open(file.attr.fid, O_WRONLY);
  write(file.handle, 0, "abc");
  release(file.handle);
  BOOST_TEST((cluster.last(wire::Opcode::kClose)->body<wire::CloseRequest>()->report == nullptr));
  write(second.handle, 3, "def");
  release(second.handle);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == 6U);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 0U);
}

BOOST_AUTO_TEST_CASE(an_open_by_somebody_else_makes_the_creator_ask) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  ++inode(file.attr.fid).attr.size_version;  // another client's open
  getattr(file.attr.fid);
  cluster.forget_seen();
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 1U);
  // Its version is an old one: the report is refused.
  BOOST_TEST(!inode(file.attr.fid).attr.size_valid);
}

BOOST_AUTO_TEST_CASE(stat_of_an_unknown_size_asks_the_objects_and_reports) {
  stripe_over({0, 1});
  const auto file = create("f");
  write(file.handle, 0, pattern(kStripe + 10));
  // The writer's client goes away without a word.
  client = make_client();
  BOOST_REQUIRE(wait<void>([&](auto done) { client->start(std::move(done)); }));
  cluster.mdt->opens.clear();
  const auto attr = getattr(file.attr.fid);
  BOOST_TEST(attr.size == kStripe + 10);
  BOOST_TEST(attr.mtime == object(file.attr.fid, 1)->mtime);
  settle();
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == kStripe + 10);
  cluster.forget_seen();
  getattr(file.attr.fid);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 0U);
}

BOOST_AUTO_TEST_CASE(stat_of_a_file_that_is_being_written_here_reports_nothing) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  BOOST_TEST(getattr(file.attr.fid).size == 3U);
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kReportSize) == 0U);
}

BOOST_AUTO_TEST_CASE(lookup_and_readdir_resolve_unknown_sizes) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  create("empty");
  auto found =
      wait<client::Attr>([&](auto done) { client->lookup(root, kRootFid, "f", std::move(done)); });
  BOOST_TEST(found->size == 3U);
  auto page = wait<client::DirPage>(
      [&](auto done) { client->readdir(root, kRootFid, 0, 4096, true, std::move(done)); });
  BOOST_REQUIRE(page->entries.size() == 2U);
  BOOST_TEST(page->entries[0].name == "empty");
  BOOST_TEST(page->entries[0].attr->size == 0U);
  BOOST_TEST(page->entries[1].attr->size == 3U);
}

BOOST_AUTO_TEST_CASE(readdir_leaves_out_attributes_that_cannot_be_had) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  cluster.fail(wire::Opcode::kGlimpse, Errc::kIo);
  auto page = wait<client::DirPage>(
      [&](auto done) { client->readdir(root, kRootFid, 0, 4096, true, std::move(done)); });
  BOOST_REQUIRE(page);
  BOOST_TEST(!page->entries.at(0).attr.has_value());
}

BOOST_AUTO_TEST_CASE(truncate_cuts_every_object_and_reports) {
  stripe_over({0, 1, 2});
  const auto file = create("f");
  write(file.handle, 0, pattern(6 * kStripe));
  release(file.handle);
  client::SetAttr change;
  change.valid = wire::kSetSize;
  change.size = 4 * kStripe + 5;
  auto attr = wait<client::Attr>(
      [&](auto done) { client->setattr(root, file.attr.fid, change, 0, std::move(done)); });
  BOOST_TEST(attr->size == change.size);
  BOOST_TEST(object(file.attr.fid, 0)->bytes.size() == 2 * kStripe);
  BOOST_TEST(object(file.attr.fid, 1)->bytes.size() == kStripe + 5);
  BOOST_TEST(object(file.attr.fid, 2)->bytes.size() == kStripe);
  settle();
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == change.size);
}

BOOST_AUTO_TEST_CASE(truncate_extends_and_the_hole_reads_as_zeros) {
  stripe_over({0, 1, 2});
  const auto file = create("f");
  write(file.handle, 0, "abc");
  client::SetAttr change;
  change.valid = wire::kSetSize;
  change.size = 3 * kStripe;
  BOOST_REQUIRE(wait<client::Attr>([&](auto done) {
    client->setattr(root, file.attr.fid, change, file.handle, std::move(done));
  }));
  BOOST_TEST(getattr(file.attr.fid).size == 3 * kStripe);
  std::string expected(3 * kStripe, '\0');
  expected.replace(0, 3, "abc");
  BOOST_TEST((read(file.handle, 0, 5 * kStripe) == expected));
  // The handle is still the sole writer's: its close reports without asking.
  cluster.forget_seen();
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 0U);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == 3 * kStripe);
}

BOOST_AUTO_TEST_CASE(a_truncation_by_path_holds_the_file_open_for_writing_until_it_has_reported) {
  const Fid fid = closed_file(pattern(100));
  cluster.hold(wire::Opcode::kTruncate);
  begin_setattr(fid, size_of(10));
  run_until([&] { return cluster.held() == 1; });
  // So the MDT takes nobody else's report, and this client makes none.
  BOOST_TEST(cluster.mdt->writers(fid.value) == 1U);
  BOOST_TEST(getattr(fid).size == 100U);
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kReportSize) == 0U);
  cluster.release_all();
  run_until([&] { return setattr_done; });
  settle();
  BOOST_TEST(cluster.mdt->opens.empty());
  BOOST_TEST(client->open_files() == 0U);
  BOOST_TEST(inode(fid).attr.size_valid);
  BOOST_TEST(inode(fid).attr.size == 10U);
}

BOOST_AUTO_TEST_CASE(an_extending_truncation_of_an_empty_file_is_not_reported_as_empty_meanwhile) {
  const Fid fid = closed_file("");
  cluster.hold(wire::Opcode::kTruncate);
  begin_setattr(fid, size_of(10));
  run_until([&] { return cluster.held() == 1; });
  BOOST_TEST(getattr(fid).size == 0U);
  settle();
  BOOST_TEST(!inode(fid).attr.size_valid);
  cluster.release_all();
  run_until([&] { return setattr_done; });
  settle();
  BOOST_TEST(inode(fid).attr.size_valid);
  BOOST_TEST(inode(fid).attr.size == 10U);
}

BOOST_AUTO_TEST_CASE(
    a_writer_that_closes_while_the_path_is_truncated_leaves_the_report_to_the_end) {
  const auto file = create("f");
  write(file.handle, 0, pattern(100));
  cluster.hold(wire::Opcode::kTruncate);
  begin_setattr(file.attr.fid, size_of(10));
  run_until([&] { return cluster.held() == 1; });
  release(file.handle);
  BOOST_TEST((cluster.last(wire::Opcode::kClose)->body<wire::CloseRequest>()->report == nullptr));
  BOOST_TEST(!inode(file.attr.fid).attr.size_valid);
  cluster.release_all();
  run_until([&] { return setattr_done; });
  settle();
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == 10U);
}

BOOST_AUTO_TEST_CASE(a_truncation_by_path_that_ends_during_utimens_leaves_the_report_to_it) {
  const Fid fid = closed_file(pattern(100));
  cluster.hold(wire::Opcode::kTruncate);
  begin_setattr(fid, size_of(10));
  run_until([&] { return cluster.held() == 1; });
  cluster.hold(wire::Opcode::kSetTimes);
  bool times_set = false;
  client->setattr(root, fid, mtime_of(12345), 0, [&](Result<client::Attr>) { times_set = true; });
  run_until([&] { return cluster.held() == 2; });
  cluster.forget_seen();
  cluster.release();
  run_until([&] { return setattr_done; });
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kClose) == 0U);
  cluster.release_all();
  run_until([&] { return times_set; });
  settle();
  BOOST_TEST(cluster.mdt->opens.empty());
  BOOST_TEST(inode(fid).attr.size_valid);
  BOOST_TEST(inode(fid).attr.size == 10U);
  BOOST_TEST(inode(fid).attr.mtime == 12345);
}

BOOST_AUTO_TEST_CASE(a_truncating_open_that_fails_during_utimens_leaves_the_report_to_it) {
  const Fid fid = closed_file(pattern(100));
  cluster.hold(wire::Opcode::kTruncate);
  std::optional<Errc> opened;
  client->open(root, fid, O_WRONLY | O_TRUNC,
               [&](Result<client::Opened> result) { opened = result.code(); });
  run_until([&] { return cluster.held() == 1; });
  cluster.hold(wire::Opcode::kSetTimes);
  begin_setattr(fid, mtime_of(12345));
  run_until([&] { return cluster.held() == 2; });
  cluster.forget_seen();
  cluster.fail(wire::Opcode::kTruncate, Errc::kIo);
  cluster.release();
  run_until([&] { return opened.has_value(); });
  BOOST_TEST((*opened == Errc::kIo));
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kClose) == 0U);
  cluster.release_all();
  run_until([&] { return setattr_done; });
  settle();
  BOOST_TEST(cluster.mdt->opens.empty());
  BOOST_TEST(inode(fid).attr.size_valid);
  BOOST_TEST(inode(fid).attr.size == 100U);
  BOOST_TEST(inode(fid).attr.mtime == 12345);
}

BOOST_AUTO_TEST_CASE(a_truncation_that_fails_at_an_ost_leaves_what_the_objects_say) {
  stripe_over({0, 1});
  const Fid fid = closed_file(pattern(2 * kStripe));
  cluster.fail(wire::Opcode::kTruncate, Errc::kIo);
  const auto attr = wait<client::Attr>(
      [&](auto done) { client->setattr(root, fid, size_of(0), 0, std::move(done)); });
  BOOST_TEST((attr.code() == Errc::kIo));
  settle();
  BOOST_TEST(cluster.mdt->opens.empty());
  BOOST_TEST(inode(fid).attr.size_valid);
  BOOST_TEST(inode(fid).attr.size == kStripe);
}

BOOST_AUTO_TEST_CASE(a_truncation_goes_on_over_a_restart_of_the_mdt_as_a_writer) {
  const Fid fid = closed_file(pattern(100));
  cluster.hold(wire::Opcode::kTruncate);
  begin_setattr(fid, size_of(10));
  run_until([&] { return cluster.held() == 1; });
  cluster.restart(*cluster.mdt);
  run_until([&] { return cluster.count(wire::Opcode::kRestate) == 1; });
  BOOST_TEST(cluster.mdt->writers(fid.value) == 1U);
  cluster.release_all();
  run_until([&] { return setattr_done; });
  run_until([&] { return inode(fid).attr.size_valid; });
  BOOST_TEST(inode(fid).attr.size == 10U);
}

BOOST_AUTO_TEST_CASE(a_release_during_a_truncation_through_the_handle_waits_for_it) {
  const auto file = create("f");
  write(file.handle, 0, pattern(100));
  cluster.hold(wire::Opcode::kTruncate);
  begin_setattr(file.attr.fid, size_of(10), file.handle);
  run_until([&] { return cluster.held() == 1; });
  bool released = false;
  // The process was killed.
  client->release(file.handle, std::nullopt, [&](Status) { released = true; });
  settle();
  BOOST_TEST(cluster.mdt->writers(file.attr.fid.value) == 1U);
  BOOST_TEST(cluster.count(wire::Opcode::kClose) == 0U);
  cluster.release_all();
  run_until([&] { return setattr_done && released; });
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == 10U);
}

BOOST_AUTO_TEST_CASE(a_release_during_a_write_waits_for_it) {
  const auto file = create("f");
  cluster.hold(wire::Opcode::kWrite);
  client->write(file.handle, 0, Buffer::copy_of("abc"), {}, [](Result<size_t>) {});
  run_until([&] { return cluster.held() == 1; });
  bool released = false;
  client->release(file.handle, std::nullopt, [&](Status) { released = true; });
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kClose) == 0U);
  cluster.release_all();
  run_until([&] { return released; });
  BOOST_TEST(inode(file.attr.fid).attr.size == 3U);
}

BOOST_AUTO_TEST_CASE(a_client_may_be_destroyed_with_a_release_that_waits) {
  const auto file = create("f");
  cluster.hold(wire::Opcode::kWrite);
  bool called = false;
  client->write(file.handle, 0, Buffer::copy_of("abc"), {}, [&](Result<size_t>) { called = true; });
  client->release(file.handle, std::nullopt, [&](Status) { called = true; });
  settle();
  client.reset();
  BOOST_TEST(!called);
}

BOOST_AUTO_TEST_CASE(a_writer_asks_the_objects_after_a_change_that_failed) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  cluster.fail(wire::Opcode::kWrite, Errc::kIo);
  BOOST_TEST(!wait<size_t>([&](auto done) {
    client->write(file.handle, 3, Buffer::copy_of("def"), {}, std::move(done));
  }));
  // It came to the object all the same.
  object(file.attr.fid, 0)->bytes += "def";
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 1U);
  BOOST_TEST(inode(file.attr.fid).attr.size == 6U);
}

BOOST_AUTO_TEST_CASE(a_truncating_open_for_reading_counts_as_one_for_writing) {
  const Fid fid = closed_file(pattern(100));
  cluster.hold(wire::Opcode::kTruncate);
  std::optional<Result<client::Opened>> opened;
  client->open(root, fid, O_RDONLY | O_TRUNC,
               [&](Result<client::Opened> result) { opened = std::move(result); });
  run_until([&] { return cluster.held() == 1; });
  BOOST_TEST(cluster.mdt->writers(fid.value) == 1U);
  cluster.release_all();
  run_until([&] { return opened.has_value(); });
  BOOST_TEST((*opened)->attr.size == 0U);
  release((*opened)->handle);
  BOOST_TEST(inode(fid).attr.size_valid);
  BOOST_TEST(inode(fid).attr.size == 0U);
}

BOOST_AUTO_TEST_CASE(truncating_an_empty_file_with_its_open_asks_no_ost) {
  const auto file = create("f");
  release(file.handle);
  const auto opened = open(file.attr.fid, O_WRONLY | O_TRUNC);
  BOOST_TEST(cluster.count(wire::Opcode::kTruncate) == 0U);
  release(opened.handle);
}

BOOST_AUTO_TEST_CASE(open_with_o_trunc_removes_the_objects) {
  stripe_over({0, 1});
  const auto file = create("f");
  write(file.handle, 0, pattern(2 * kStripe));
  release(file.handle);
  const auto opened = open(file.attr.fid, O_WRONLY | O_TRUNC);
  BOOST_TEST(cluster.count(wire::Opcode::kTruncate) == 2U);
  BOOST_TEST((object(file.attr.fid, 0) == nullptr));
  BOOST_TEST(getattr(file.attr.fid).size == 0U);
  write(opened.handle, 0, "new");
  release(opened.handle);
  BOOST_TEST(inode(file.attr.fid).attr.size == 3U);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
}

BOOST_AUTO_TEST_CASE(create_of_an_existing_file_with_o_trunc_removes_the_objects) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  release(file.handle);
  const auto again = create("f", O_RDWR | O_TRUNC);
  BOOST_TEST(!again.created);
  BOOST_TEST(again.attr.size == 0U);
  BOOST_TEST((object(file.attr.fid, 0) == nullptr));
  release(again.handle);
}

BOOST_AUTO_TEST_CASE(an_open_whose_truncation_fails_is_closed_again) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  release(file.handle);
  cluster.fail(wire::Opcode::kTruncate, Errc::kIo);
  auto opened = wait<client::Opened>(
      [&](auto done) { client->open(root, file.attr.fid, O_WRONLY | O_TRUNC, std::move(done)); });
  BOOST_TEST((opened.code() == Errc::kIo));
  settle();
  BOOST_TEST(cluster.mdt->opens.empty());
  BOOST_TEST(client->open_files() == 0U);
}

BOOST_AUTO_TEST_CASE(utimens_of_a_file_being_written_reaches_the_objects_and_survives_the_close) {
  stripe_over({0, 1});
  const auto file = create("f");
  write(file.handle, 0, "abc");
  client::SetAttr change;
  change.valid = wire::kSetMtime;
  change.mtime = 12345;
  auto attr = wait<client::Attr>([&](auto done) {
    client->setattr(root, file.attr.fid, change, file.handle, std::move(done));
  });
  BOOST_TEST(attr->mtime == 12345);
  BOOST_TEST(cluster.count(wire::Opcode::kSetTimes) == 2U);
  BOOST_TEST((object(file.attr.fid, 1) == nullptr));
  release(file.handle);
  BOOST_TEST(inode(file.attr.fid).attr.mtime == 12345);
  BOOST_TEST(getattr(file.attr.fid).mtime == 12345);
  BOOST_TEST(inode(file.attr.fid).attr.size == 3U);
}

BOOST_AUTO_TEST_CASE(utimens_of_a_closed_file_reaches_its_objects_for_when_they_count_again) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  release(file.handle);
  client::SetAttr change;
  change.valid = wire::kSetMtime;
  change.mtime = 12345;
  auto attr = wait<client::Attr>(
      [&](auto done) { client->setattr(root, file.attr.fid, change, 0, std::move(done)); });
  BOOST_TEST(attr->mtime == 12345);
  BOOST_TEST(attr->size == 3U);
  BOOST_TEST(object(file.attr.fid, 0)->mtime == 12345);
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kReportSize) == 0U);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  // The next writer changes nothing, and nothing changes.
  const auto writer = open(file.attr.fid, O_WRONLY);
  BOOST_TEST(getattr(file.attr.fid).mtime == 12345);
  release(writer.handle);
  BOOST_TEST(inode(file.attr.fid).attr.mtime == 12345);
}

BOOST_AUTO_TEST_CASE(utimens_of_an_empty_file_reaches_what_is_allocated_behind_its_end) {
  const auto file = create("f");
  BOOST_REQUIRE(wait<void>([&](auto done) {
    client->fallocate(file.handle, FALLOC_FL_KEEP_SIZE, 0, 100, false, std::move(done));
  }));
  release(file.handle);
  BOOST_REQUIRE(inode(file.attr.fid).attr.size == 0U);
  BOOST_REQUIRE(inode(file.attr.fid).attr.blocks != 0U);
  BOOST_REQUIRE(wait<client::Attr>([&](auto done) {
    client->setattr(root, file.attr.fid, mtime_of(12345), 0, std::move(done));
  }));
  settle();
  const auto writer = open(file.attr.fid, O_WRONLY);
  release(writer.handle);
  BOOST_TEST(getattr(file.attr.fid).mtime == 12345);
}

BOOST_AUTO_TEST_CASE(utimens_holds_the_file_open_for_writing_whatever_its_owner_may_do_with_it) {
  const Fid fid = closed_file("abc");
  cluster.hold(wire::Opcode::kSetTimes);
  client::SetAttr change;
  change.valid = wire::kSetMtime;
  change.mtime = 12345;
  client::Caller owner;
  owner.uid = 1000;
  std::optional<Result<client::Attr>> attr;
  client->setattr(owner, fid, change, 0, [&](Result<client::Attr> a) { attr = std::move(a); });
  run_until([&] { return cluster.held() == 1; });
  BOOST_TEST(cluster.mdt->writers(fid.value) == 1U);
  BOOST_TEST(cluster.last(wire::Opcode::kSetAttr)->body<wire::SetAttrRequest>()->cred->uid ==
             1000U);
  BOOST_TEST(cluster.last(wire::Opcode::kOpen)->body<wire::OpenRequest>()->cred->privileged);
  // Meanwhile somebody's report brought the old time again.
  inode(fid).attr.mtime = 1;
  cluster.release_all();
  run_until([&] { return attr.has_value(); });
  BOOST_TEST((*attr)->mtime == 12345);
  settle();
  BOOST_TEST(cluster.mdt->opens.empty());
  BOOST_TEST(inode(fid).attr.size_valid);
  BOOST_TEST(inode(fid).attr.mtime == 12345);
}

BOOST_AUTO_TEST_CASE(utimens_of_a_file_being_written_here_opens_nothing_and_its_close_waits) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  cluster.hold(wire::Opcode::kSetTimes);
  client::SetAttr change;
  change.valid = wire::kSetMtime;
  change.mtime = 12345;
  begin_setattr(file.attr.fid, change);
  run_until([&] { return cluster.held() == 1; });
  bool released = false;
  client->release(file.handle, std::nullopt, [&](Status) { released = true; });
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kClose) == 0U);
  cluster.release_all();
  run_until([&] { return setattr_done && released; });
  BOOST_TEST(cluster.count(wire::Opcode::kOpen) == 0U);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.mtime == 12345);
}

BOOST_AUTO_TEST_CASE(replies_that_crossed_leave_the_larger_state) {
  const auto file = create("f");
  cluster.hold(wire::Opcode::kWrite);
  size_t finished = 0;
  const auto count = [&](Result<size_t>) { ++finished; };
  client->write(file.handle, 0, Buffer::copy_of("a"), {}, count);
  client->write(file.handle, 4096, Buffer::copy_of("b"), {}, count);
  run_until([&] { return cluster.held() == 2; });
  cluster.release(1);
  cluster.release_all();
  run_until([&] { return finished == 2; });
  release(file.handle);
  BOOST_TEST(inode(file.attr.fid).attr.size == 4097U);
  BOOST_TEST(inode(file.attr.fid).attr.blocks == 16U);
}

BOOST_AUTO_TEST_CASE(a_truncation_that_crossed_a_write_within_a_tick_is_asked_for) {
  cluster.osts[0]->tick_ns = 3600 * kSecond;
  const auto file = create("f");
  write(file.handle, 0, pattern(100));
  cluster.hold(wire::Opcode::kWrite);
  cluster.hold(wire::Opcode::kTruncate);
  bool written = false;
  client->write(file.handle, 0, Buffer::copy_of(pattern(200)), {},
                [&](Result<size_t>) { written = true; });
  begin_setattr(file.attr.fid, size_of(10), file.handle);
  run_until([&] { return cluster.held() == 2; });
  cluster.release_all();
  run_until([&] { return written && setattr_done; });
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 1U);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == 10U);
}

BOOST_AUTO_TEST_CASE(writes_that_crossed_within_a_tick_leave_the_larger_state) {
  cluster.osts[0]->tick_ns = 3600 * kSecond;
  const auto file = create("f");
  cluster.hold(wire::Opcode::kWrite);
  size_t finished = 0;
  const auto count = [&](Result<size_t>) { ++finished; };
  client->write(file.handle, 0, Buffer::copy_of("a"), {}, count);
  client->write(file.handle, 4096, Buffer::copy_of("b"), {}, count);
  run_until([&] { return cluster.held() == 2; });
  cluster.release(1);
  cluster.release_all();
  run_until([&] { return finished == 2; });
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 0U);
  BOOST_TEST(inode(file.attr.fid).attr.size == 4097U);
}

BOOST_AUTO_TEST_CASE(a_reply_that_crossed_two_that_cannot_be_ordered_says_nothing) {
  client::OpenInode inode(Fid{2}, 0, striping_of_one_object());
  const auto write = inode.draw();
  const auto truncation = inode.draw();
  const auto glimpse = inode.draw();
  using From = client::OpenInode::From;
  inode.learn(0, {true, 200, 8, 5, 5}, write, From::kWrite);
  inode.learn(0, {true, 10, 8, 5, 5}, truncation, From::kOther);
  inode.learn(0, {true, 100, 8, 4, 4}, glimpse, From::kOther);
  BOOST_TEST(!inode.states().has_value());
  inode.learn(0, {true, 10, 8, 5, 5}, inode.draw(), From::kOther);
  BOOST_TEST(inode.states().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace sheen::test
