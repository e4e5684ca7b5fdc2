// SPDX-License-Identifier: Apache-2.0
// Proves that bytes written through the client land in the right objects and come back, with holes,
// ends, appends and errors as read(2) and write(2) have them.
#include "lib/base/limits.h"
#include "tests/component/client/client_fixture.h"

namespace sheen::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(io, ClientFixture)

BOOST_AUTO_TEST_CASE(bytes_are_striped_over_the_objects_and_come_back) {
  stripe_over({0, 1, 2, 3});
  const auto file = create("f");
  const std::string bytes = pattern(5 * kStripe + 123);
  BOOST_TEST(write(file.handle, 1000, bytes) == bytes.size());
  BOOST_TEST((read(file.handle, 1000, bytes.size()) == bytes));
  BOOST_TEST(object(file.attr.fid, 0)->bytes.size() == 2 * kStripe);
  BOOST_TEST(object(file.attr.fid, 1)->bytes.size() == kStripe + 1000 + 123);
  BOOST_TEST(object(file.attr.fid, 2)->bytes.size() == kStripe);
  BOOST_TEST((object(file.attr.fid, 0)->bytes.substr(1000, 100) == bytes.substr(0, 100)));
}

BOOST_AUTO_TEST_CASE(no_request_carries_more_than_a_bulk_payload) {
  stripe_over({0});
  const auto file = create("f");
  const std::string bytes = pattern(3 * kBulkMax + 5);
  BOOST_TEST(write(file.handle, 0, bytes) == bytes.size());
  BOOST_TEST(cluster.count(wire::Opcode::kWrite) == 4U);
  BOOST_TEST((read(file.handle, 0, bytes.size()) == bytes));
}

BOOST_AUTO_TEST_CASE(a_write_goes_out_without_being_copied) {
  const auto file = create("f");
  const Buffer data = Buffer::copy_of(pattern(100));
  BOOST_REQUIRE(
      wait<size_t>([&](auto done) { client->write(file.handle, 0, data, {}, std::move(done)); }));
  BOOST_TEST(cluster.last(wire::Opcode::kWrite)->message.bulk.data() == data.data());
}

BOOST_AUTO_TEST_CASE(a_read_ends_at_the_end_of_the_file) {
  stripe_over({0, 1});
  const auto file = create("f");
  write(file.handle, 0, pattern(100));
  BOOST_TEST((read(file.handle, 0, 4 * kStripe) == pattern(100)));
  BOOST_TEST(read(file.handle, 50, 10).size() == 10U);
  BOOST_TEST(read(file.handle, 100, 10).empty());
  BOOST_TEST(read(file.handle, 10 * kStripe, 10).empty());
  BOOST_TEST(read(file.handle, kFileSizeMax, 10).empty());
}

BOOST_AUTO_TEST_CASE(a_hole_between_stripes_reads_as_zeros_up_to_the_end) {
  stripe_over({0, 1, 2, 3});
  const auto file = create("f");
  write(file.handle, 0, "begin");
  write(file.handle, 6 * kStripe, "end");
  std::string expected(6 * kStripe + 3, '\0');
  expected.replace(0, 5, "begin");
  expected.replace(6 * kStripe, 3, "end");
  BOOST_TEST((read(file.handle, 0, 20 * kStripe) == expected));
  // A range that touches no data at all.
  BOOST_TEST((read(file.handle, kStripe, 3 * kStripe) == std::string(3 * kStripe, '\0')));
}

BOOST_AUTO_TEST_CASE(a_hole_that_was_filled_after_it_was_read_is_read_again) {
  stripe_over({0, 1});
  const auto file = create("f");
  write(file.handle, 0, "x");
  cluster.hold(wire::Opcode::kGlimpse);
  std::optional<Result<client::ReadResult>> result;
  client->read(file.handle, 0, 2 * kStripe,
               [&](Result<client::ReadResult> r) { result = std::move(r); });
  run_until([&] { return cluster.held() == 2; });
  // An appender fills the first stripe and goes on to the second.
  const std::string filled = "x" + pattern(kStripe + 10);
  write(file.handle, 0, filled);
  cluster.release_all();
  run_until([&] { return result.has_value(); });
  std::string bytes;
  for (const Buffer& b : (*result)->buffers) bytes += b.view();
  BOOST_TEST((bytes == filled));
}

BOOST_AUTO_TEST_CASE(what_grew_while_a_hole_was_read_again_is_not_taken_for_another_hole) {
  stripe_over({0, 1});
  const auto file = create("f");
  const std::string bytes = "x" + pattern(3 * kStripe + 9);
  write(file.handle, 0, "x");
  cluster.hold(wire::Opcode::kGlimpse);
  std::optional<Result<client::ReadResult>> result;
  client->read(file.handle, 0, 4 * kStripe,
               [&](Result<client::ReadResult> r) { result = std::move(r); });
  run_until([&] { return cluster.held() == 2; });
  write(file.handle, 0, bytes.substr(0, kStripe + 10));
  cluster.hold(wire::Opcode::kRead);
  for (int i = 0; i < 2; ++i) cluster.release();
  // The first two stripes are read again, and before that the appender comes to the fourth.
  run_until([&] { return cluster.held() == 2; });
  write(file.handle, 0, bytes);
  cluster.release_all();
  run_until([&] { return result.has_value(); });
  std::string got;
  for (const Buffer& b : (*result)->buffers) got += b.view();
  BOOST_TEST((got == bytes.substr(0, 2 * kStripe)));
}

BOOST_AUTO_TEST_CASE(a_single_object_needs_no_glimpse_to_know_the_end) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  BOOST_TEST(read(file.handle, 0, 100) == "abc");
  BOOST_TEST(cluster.count(wire::Opcode::kGlimpse) == 0U);
}

BOOST_AUTO_TEST_CASE(appends_of_one_client_never_overlap) {
  stripe_over({0, 1});
  const auto file = create("f", O_RDWR | O_APPEND);
  const auto other = open(file.attr.fid, O_WRONLY | O_APPEND);
  size_t finished = 0;
  client::WriteOptions append;
  append.append = true;
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    const std::string line = pattern(30000, static_cast<char>('a' + i));
    expected += line;
    client->write(i % 2 == 0 ? file.handle : other.handle, 0, Buffer::copy_of(line), append,
                  [&](Result<size_t> n) {
                    BOOST_TEST(*n == 30000U);
                    ++finished;
                  });
  }
  run_until([&] { return finished == 10; });
  BOOST_TEST((read(file.handle, 0, 400000) == expected));
}

BOOST_AUTO_TEST_CASE(a_full_ost_gives_the_bytes_before_it_and_then_the_error) {
  stripe_over({0, 1});
  const auto file = create("f");
  cluster.osts[1]->full = true;
  BOOST_TEST(write(file.handle, 0, pattern(2 * kStripe)) == kStripe);
  auto result = wait<size_t>([&](auto done) {
    client->write(file.handle, kStripe, Buffer::copy_of("x"), {}, std::move(done));
  });
  BOOST_TEST((result.code() == Errc::kNoSpace));
}

BOOST_AUTO_TEST_CASE(a_piece_that_cannot_be_written_leaves_nothing_behind_it) {
  stripe_over({0, 1, 2});
  const auto file = create("f");
  cluster.osts[1]->full = true;
  BOOST_TEST(write(file.handle, 0, pattern(3 * kStripe)) == kStripe);
  BOOST_TEST((object(file.attr.fid, 2) == nullptr));
  BOOST_TEST(getattr(file.attr.fid).size == kStripe);
}

BOOST_AUTO_TEST_CASE(pieces_below_the_end_that_is_known_are_written_at_once) {
  stripe_over({0, 1, 2});
  const auto file = create("f");
  write(file.handle, 2 * kStripe, "end");
  cluster.hold(wire::Opcode::kWrite);
  std::optional<Result<size_t>> result;
  client->write(file.handle, 0, Buffer::copy_of(pattern(5 * kStripe)), {},
                [&](Result<size_t> r) { result = std::move(r); });
  settle();
  BOOST_TEST(cluster.held() == 3U);
  cluster.release_all();
  run_until([&] { return result.has_value(); });
  BOOST_TEST(**result == 5 * kStripe);
  BOOST_TEST((read(file.handle, 0, 6 * kStripe) == pattern(5 * kStripe)));
}

BOOST_AUTO_TEST_CASE(writes_beyond_the_window_wait_their_turn) {
  client::ClientOptions options;
  options.write_window_bytes = 2 * kBulkMax;
  client = make_client(options);
  BOOST_REQUIRE(wait<void>([&](auto done) { client->start(std::move(done)); }));
  const auto file = create("f");
  // Behind the end of the file the pieces would wait for one another.
  write(file.handle, 5 * kBulkMax, "end");
  cluster.hold(wire::Opcode::kWrite);
  const std::string bytes = pattern(5 * kBulkMax);
  std::optional<Result<size_t>> result;
  client->write(file.handle, 0, Buffer::copy_of(bytes), {},
                [&](Result<size_t> r) { result = std::move(r); });
  run_until([&] { return cluster.held() == 2; });
  settle();
  BOOST_TEST(cluster.held() == 2U);
  cluster.release();
  settle();
  BOOST_TEST(cluster.held() == 2U);
  cluster.release_all();
  run_until([&] { return result.has_value(); });
  BOOST_TEST(**result == bytes.size());
  BOOST_TEST((read(file.handle, 0, bytes.size()) == bytes));
}

BOOST_AUTO_TEST_CASE(a_write_that_crosses_the_largest_size_is_cut_there) {
  const auto file = create("f");
  auto result = wait<size_t>([&](auto done) {
    client->write(file.handle, kFileSizeMax, Buffer::copy_of("x"), {}, std::move(done));
  });
  BOOST_TEST((result.code() == Errc::kFileTooBig));
}

BOOST_AUTO_TEST_CASE(privileges_are_killed_before_the_first_write_and_only_then) {
  const auto file = create("f", O_RDWR, 06755);
  client::WriteOptions unprivileged;
  unprivileged.kill_setid = true;
  write(file.handle, 0, "a");
  BOOST_TEST(cluster.count(wire::Opcode::kKillPriv) == 0U);
  cluster.hold(wire::Opcode::kKillPriv);
  std::optional<Result<size_t>> result;
  client->write(file.handle, 0, Buffer::copy_of("b"), unprivileged,
                [&](Result<size_t> r) { result = std::move(r); });
  run_until([&] { return cluster.held() == 1; });
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kWrite) == 1U);
  cluster.release_all();
  run_until([&] { return result.has_value(); });
  BOOST_TEST(inode(file.attr.fid).attr.mode == (S_IFREG | 0755));
  write(file.handle, 0, "c", unprivileged);
  BOOST_TEST(cluster.count(wire::Opcode::kKillPriv) == 1U);
}

BOOST_AUTO_TEST_CASE(a_write_clears_a_capability_whoever_writes) {
  const auto file = create("f", O_RDWR, 06755);
  inode(file.attr.fid).attr.has_capability = true;
  const auto again = open(file.attr.fid, O_RDWR);
  write(again.handle, 0, "a");
  BOOST_TEST(cluster.count(wire::Opcode::kKillPriv) == 1U);
  BOOST_TEST(cluster.last(wire::Opcode::kKillPriv)->body<wire::KillPrivRequest>()->keep_setid);
  write(again.handle, 0, "b");
  BOOST_TEST(cluster.count(wire::Opcode::kKillPriv) == 1U);
}

BOOST_AUTO_TEST_CASE(a_read_after_a_write_through_one_handle_renews_atime_but_not_at_any_price) {
  const auto file = create("f");
  const auto reader = open(file.attr.fid, O_RDONLY);
  write(file.handle, 0, "abc");
  clock.advance(kMillisecond);
  read(reader.handle, 0, 3);
  BOOST_TEST(cluster.count(wire::Opcode::kSetAttr) == 1U);
  for (int i = 0; i < 10; ++i) {
    clock.advance(kMillisecond);
    write(file.handle, 0, "def");
    clock.advance(kMillisecond);
    read(reader.handle, 0, 3);
    // It shows here at once.
    BOOST_TEST(getattr(file.attr.fid).atime == clock.realtime());
  }
  BOOST_TEST(cluster.count(wire::Opcode::kSetAttr) == 1U);
  const RealtimeNs last = clock.realtime();
  clock.advance(kSecond);
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kSetAttr) == 2U);
  BOOST_TEST(cluster.last(wire::Opcode::kSetAttr)->body<wire::SetAttrRequest>()->atime == last);
}

BOOST_AUTO_TEST_CASE(what_the_mdt_was_not_told_of_a_read_it_is_told_before_the_close) {
  const auto file = create("f");
  for (int i = 0; i < 2; ++i) {
    write(file.handle, 0, "abc");
    clock.advance(kMillisecond);
    read(file.handle, 0, 3);
  }
  BOOST_TEST(cluster.count(wire::Opcode::kSetAttr) == 1U);
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kSetAttr) == 2U);
}

BOOST_AUTO_TEST_CASE(the_first_read_of_a_handle_tells_the_mdt_and_no_later_one_does) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  read(file.handle, 0, 3);
  read(file.handle, 0, 3);
  BOOST_REQUIRE(cluster.count(wire::Opcode::kSetAttr) == 1U);
  const auto request = cluster.last(wire::Opcode::kSetAttr)->body<wire::SetAttrRequest>();
  BOOST_TEST((request->valid & wire::kSetAtimeRelaxed) != 0U);
  const auto quiet = open(file.attr.fid, O_RDONLY | O_NOATIME);
  read(quiet.handle, 0, 3);
  BOOST_TEST(cluster.count(wire::Opcode::kSetAttr) == 1U);
}

BOOST_AUTO_TEST_CASE(an_ost_with_too_much_in_hand_is_asked_again) {
  const auto file = create("f");
  cluster.fail(wire::Opcode::kWrite, Errc::kAgain, 3);
  BOOST_TEST(write(file.handle, 0, "abc") == 3U);
  BOOST_TEST(cluster.count(wire::Opcode::kWrite) == 4U);
}

BOOST_AUTO_TEST_CASE(a_file_being_written_has_its_atime_set_by_the_times_of_its_objects) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  clock.advance(kSecond);
  const auto reader = open(file.attr.fid, O_RDONLY);
  read(reader.handle, 0, 3);
  clock.advance(kSecond);
  // The MDT's times are older than this atime, and so are the objects'.
  const auto idle = open(file.attr.fid, O_RDONLY);
  read(idle.handle, 0, 3);
  BOOST_TEST(cluster.count(wire::Opcode::kSetAttr) == 1U);
  clock.advance(kSecond);
  write(file.handle, 0, "def");
  read(idle.handle, 0, 3);
  BOOST_TEST(cluster.count(wire::Opcode::kSetAttr) == 2U);
}

BOOST_AUTO_TEST_CASE(fsync_asks_the_objects_that_exist_and_the_mdt) {
  stripe_over({0, 1, 2, 3});
  const auto file = create("f");
  write(file.handle, kStripe, "abc");
  BOOST_REQUIRE(wait<void>([&](auto done) { client->fsync(file.handle, false, std::move(done)); }));
  BOOST_TEST(cluster.count(wire::Opcode::kObjectSync) == 1U);
  BOOST_TEST(cluster.last(wire::Opcode::kObjectSync)->label == "demo-OST0001");
  BOOST_TEST(cluster.last(wire::Opcode::kSync)->label == "demo-MDT0000");
  // Opened anew, nothing is known about who wrote what.
  const auto again = open(file.attr.fid, O_RDONLY);
  release(file.handle);
  release(again.handle);
  const auto fresh = open(file.attr.fid, O_RDONLY);
  cluster.forget_seen();
  BOOST_REQUIRE(wait<void>([&](auto done) { client->fsync(fresh.handle, true, std::move(done)); }));
  BOOST_TEST(cluster.count(wire::Opcode::kObjectSync) == 4U);
}

BOOST_AUTO_TEST_CASE(the_creators_fsync_asks_objects_that_another_mount_has_made) {
  stripe_over({0, 1, 2, 3});
  const auto file = create("f");
  write(file.handle, 0, "abc");
  ++inode(file.attr.fid).attr.size_version;  // another client's open
  cluster.osts[2]->objects[ObjectId{file.attr.fid, 0, 2}].bytes = "theirs";
  BOOST_REQUIRE(wait<void>([&](auto done) { client->fsync(file.handle, false, std::move(done)); }));
  BOOST_TEST(cluster.count(wire::Opcode::kObjectSync) == 4U);
}

BOOST_AUTO_TEST_CASE(fsync_of_a_new_file_whose_objects_all_exist_asks_nobody_whose_they_are) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  BOOST_REQUIRE(wait<void>([&](auto done) { client->fsync(file.handle, false, std::move(done)); }));
  BOOST_TEST(cluster.count(wire::Opcode::kGetAttr) == 0U);
  BOOST_TEST(cluster.count(wire::Opcode::kObjectSync) == 1U);
}

BOOST_AUTO_TEST_CASE(fsync_asks_an_object_that_was_truncated_away) {
  stripe_over({0, 1});
  const auto file = create("f");
  write(file.handle, 0, "abc");
  client::SetAttr change;
  change.valid = wire::kSetSize;
  BOOST_REQUIRE(wait<client::Attr>([&](auto done) {
    client->setattr(root, file.attr.fid, change, file.handle, std::move(done));
  }));
  BOOST_REQUIRE((object(file.attr.fid, 0) == nullptr));
  BOOST_REQUIRE(wait<void>([&](auto done) { client->fsync(file.handle, false, std::move(done)); }));
  BOOST_TEST(cluster.count(wire::Opcode::kObjectSync) == 1U);
  BOOST_TEST(cluster.last(wire::Opcode::kObjectSync)->label == "demo-OST0000");
}

BOOST_AUTO_TEST_CASE(a_synchronous_write_is_durable_on_both_sides) {
  const auto file = create("f");
  client::WriteOptions sync;
  sync.sync = true;
  write(file.handle, 0, "abc", sync);
  BOOST_TEST(cluster.last(wire::Opcode::kWrite)->body<wire::WriteRequest>()->sync);
  BOOST_TEST(cluster.count(wire::Opcode::kSync) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace sheen::test
