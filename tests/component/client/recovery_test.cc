// SPDX-License-Identifier: Apache-2.0
// Proves that callers see neither a restarted server nor a new configuration, what an MDT is told
// when it comes back, and what becomes of open files when a session is lost.
#include "lib/base/limits.h"
#include "tests/component/client/client_fixture.h"

namespace sheen::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(recovery, ClientFixture)

BOOST_AUTO_TEST_CASE(open_files_and_locks_are_restated_to_an_mdt_that_restarted) {
  const auto file = create("f");
  const auto reader = open(file.attr.fid, O_RDONLY);
  client::FileLock lock;
  lock.start = 10;
  lock.end = 20;
  lock.type = F_WRLCK;
  lock.owner = 77;
  BOOST_REQUIRE(
      wait<void>([&](auto done) { client->setlk(file.handle, lock, false, std::move(done)); }));
  cluster.restart(*cluster.mdt);
  BOOST_TEST(getattr(file.attr.fid).fid.value == file.attr.fid.value);
  BOOST_TEST(cluster.mdt->opens.size() == 2U);
  BOOST_TEST(cluster.mdt->opens.at(reader.handle).flags == static_cast<uint32_t>(O_RDONLY));
  BOOST_REQUIRE(cluster.mdt->locks.size() == 1U);
  BOOST_TEST(cluster.mdt->locks[0].lock->owner == 77U);
  BOOST_TEST(cluster.mdt->locks[0].lock->start == 10U);
  BOOST_TEST(!cluster.mdt->recovering);
  BOOST_TEST(client->alive(file.handle));
}

BOOST_AUTO_TEST_CASE(the_targets_of_a_host_that_was_fenced_are_connected_to_anew_and_no_others) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  FakeTarget& ost = *cluster.osts[0];
  cluster.forget_seen();
  cluster.push_node_down(ost);
  write(file.handle, 0, "def");
  BOOST_TEST(read(file.handle, 0, 10) == "def");
  BOOST_TEST(cluster.count(wire::Opcode::kConnect) == 1U);
  BOOST_TEST(client->alive(file.handle));
}

BOOST_AUTO_TEST_CASE(many_open_files_are_restated_in_batches) {
  const auto file = create("f");
  for (int i = 0; i < 2100; ++i) open(file.attr.fid, O_RDONLY);
  cluster.restart(*cluster.mdt);
  getattr(file.attr.fid);
  BOOST_TEST(cluster.count(wire::Opcode::kRestate) == 3U);
  BOOST_TEST(cluster.mdt->opens.size() == 2101U);
}

BOOST_AUTO_TEST_CASE(a_handle_that_the_mdt_lost_is_dead) {
  const auto file = create("f");
  cluster.mdt->lose_handles = {file.handle};
  cluster.restart(*cluster.mdt);
  getattr(kRootFid);
  BOOST_TEST(!client->alive(file.handle));
  auto result = wait<size_t>(
      [&](auto done) { client->write(file.handle, 0, Buffer::copy_of("x"), {}, std::move(done)); });
  BOOST_TEST((result.code() == Errc::kIo));
  cluster.forget_seen();
  release(file.handle);
  BOOST_TEST(cluster.count(wire::Opcode::kClose) == 0U);
}

BOOST_AUTO_TEST_CASE(a_session_that_was_ended_kills_its_handles_and_not_the_mount) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  client::FileLock lock;
  lock.type = F_RDLCK;
  BOOST_REQUIRE(
      wait<void>([&](auto done) { client->setlk(file.handle, lock, false, std::move(done)); }));
  cluster.evict(*cluster.mdt);
  BOOST_TEST(getattr(file.attr.fid).size == 3U);
  BOOST_TEST(!client->alive(file.handle));
  const auto again = open(file.attr.fid, O_RDONLY);
  BOOST_TEST(client->alive(again.handle));
  BOOST_TEST(read(again.handle, 0, 10) == "abc");
  // The lock is gone with the session: there is nothing to restate.
  cluster.forget_seen();
  cluster.restart(*cluster.mdt);
  getattr(file.attr.fid);
  const auto restated = cluster.last(wire::Opcode::kRestate)->body<wire::RestateRequest>();
  BOOST_TEST(restated->opens.size() == 1U);
  BOOST_TEST(restated->locks.empty());
}

BOOST_AUTO_TEST_CASE(a_handle_that_died_is_no_writer_here_any_more) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  cluster.evict(*cluster.mdt);
  getattr(kRootFid);
  BOOST_REQUIRE(!client->alive(file.handle));
  // So the size can be told by whoever asks for it, ...
  getattr(file.attr.fid);
  settle();
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  // ... utimens opens the file for itself, ...
  client::SetAttr change;
  change.valid = wire::kSetMtime;
  change.mtime = 12345;
  BOOST_REQUIRE(wait<client::Attr>(
      [&](auto done) { client->setattr(root, file.attr.fid, change, 0, std::move(done)); }));
  BOOST_TEST(cluster.count(wire::Opcode::kOpen) == 1U);
  settle();
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  // ... and a writer that came later is the last one.
  const auto again = open(file.attr.fid, O_WRONLY);
  write(again.handle, 0, "abcdef");
  release(again.handle);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
  BOOST_TEST(inode(file.attr.fid).attr.size == 6U);
  release(file.handle);
  BOOST_TEST(client->open_files() == 0U);
}

BOOST_AUTO_TEST_CASE(io_waits_for_an_ost_that_is_away) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  cluster.set_reachable(*cluster.osts[0], false);
  std::optional<Result<size_t>> result;
  client->write(file.handle, 3, Buffer::copy_of("def"), {},
                [&](Result<size_t> r) { result = std::move(r); });
  const MonotonicNs start = clock.monotonic();
  run_until([&] { return clock.monotonic() > start + 2 * kSecond; });
  BOOST_TEST(!result.has_value());
  cluster.set_reachable(*cluster.osts[0], true);
  run_until([&] { return result.has_value(); });
  BOOST_TEST(**result == 3U);
  BOOST_TEST(read(file.handle, 0, 10) == "abcdef");
}

BOOST_AUTO_TEST_CASE(writes_that_wait_for_the_window_end_with_the_session_of_their_ost) {
  client::ClientOptions options;
  options.write_window_bytes = kBulkMax;
  client = make_client(options);
  BOOST_REQUIRE(wait<void>([&](auto done) { client->start(std::move(done)); }));
  const auto file = create("f");
  cluster.hold(wire::Opcode::kWrite);
  std::vector<Errc> results;
  for (int i = 0; i < 3; ++i)
    client->write(file.handle, 0, Buffer::copy_of(pattern(kBulkMax)), {},
                  [&](Result<size_t> written) { results.push_back(written.code()); });
  run_until([&] { return cluster.held() == 1; });
  cluster.evict(*cluster.osts[0]);
  cluster.osts[0]->objects[ObjectId{file.attr.fid, 0, 0}].bytes = "theirs";
  cluster.release_all();
  run_until([&] { return results.size() == 3; });
  settle();
  BOOST_TEST((results == std::vector<Errc>(3, Errc::kEvicted)));
  BOOST_TEST(object(file.attr.fid, 0)->bytes == "theirs");
  // The file is still open at the MDT, and the OST has a session again.
  BOOST_TEST(write(file.handle, 0, "ours") == 4U);
}

BOOST_AUTO_TEST_CASE(a_write_that_was_put_off_by_a_busy_ost_ends_with_its_session) {
  const auto file = create("f");
  write(file.handle, 0, "ours");
  cluster.forget_seen();
  cluster.fail(wire::Opcode::kWrite, Errc::kAgain, 6);
  std::optional<Result<size_t>> result;
  client->write(file.handle, 0, Buffer::copy_of("late"), {},
                [&](Result<size_t> written) { result = std::move(written); });
  // The next attempt is so far away that the new session is there before.
  run_until([&] { return cluster.count(wire::Opcode::kWrite) == 6; });
  cluster.evict(*cluster.osts[0]);
  run_until([&] { return cluster.osts[0]->session; });
  object(file.attr.fid, 0)->bytes = "theirs";
  run_until([&] { return result.has_value(); });
  BOOST_TEST((result->code() == Errc::kEvicted));
  BOOST_TEST(object(file.attr.fid, 0)->bytes == "theirs");
}

BOOST_AUTO_TEST_CASE(a_piece_that_waits_for_the_one_before_is_not_written_with_a_dead_handle) {
  stripe_over({0, 1});
  const auto file = create("f");
  cluster.hold(wire::Opcode::kWrite);
  std::optional<Result<size_t>> result;
  client->write(file.handle, 0, Buffer::copy_of(pattern(2 * kStripe)), {},
                [&](Result<size_t> written) { result = std::move(written); });
  run_until([&] { return cluster.held() == 1; });
  cluster.evict(*cluster.mdt);
  getattr(kRootFid);
  BOOST_REQUIRE(!client->alive(file.handle));
  cluster.release_all();
  run_until([&] { return result.has_value(); });
  BOOST_TEST(**result == kStripe);
  BOOST_TEST((object(file.attr.fid, 1) == nullptr));
}

BOOST_AUTO_TEST_CASE(an_allocation_that_waits_for_the_mdt_is_not_made_with_a_dead_handle) {
  const auto file = create("f");
  inode(file.attr.fid).attr.has_capability = true;
  getattr(file.attr.fid);
  cluster.set_reachable(*cluster.mdt, false);
  settle();
  std::optional<Status> result;
  client->fallocate(file.handle, 0, 0, 100, true, [&](Status s) { result = std::move(s); });
  cluster.evict(*cluster.mdt);
  cluster.set_reachable(*cluster.mdt, true);
  run_until([&] { return result.has_value(); });
  BOOST_TEST((result->code() == Errc::kIo));
  BOOST_TEST(cluster.count(wire::Opcode::kAllocate) == 0U);
}

BOOST_AUTO_TEST_CASE(times_that_wait_for_a_truncation_are_not_set_with_a_dead_handle) {
  const auto file = create("f");
  write(file.handle, 0, "abc");
  release(file.handle);
  cluster.hold(wire::Opcode::kTruncate);
  client::SetAttr change;
  change.valid = wire::kSetSize | wire::kSetMtime;
  change.size = 1;
  std::optional<Errc> result;
  client->setattr(root, file.attr.fid, change, 0,
                  [&](Result<client::Attr> attr) { result = attr.code(); });
  run_until([&] { return cluster.held() == 1; });
  cluster.evict(*cluster.mdt);
  getattr(kRootFid);
  cluster.release_all();
  run_until([&] { return result.has_value(); });
  BOOST_TEST((*result == Errc::kIo));
  BOOST_TEST(cluster.count(wire::Opcode::kSetTimes) == 0U);
}

BOOST_AUTO_TEST_CASE(a_fid_of_a_new_sequence_waits_for_the_configuration_that_names_it) {
  const Fid fid = Fid::make(kFirstSequence + 5, 1);
  std::optional<Result<client::Attr>> result;
  client->getattr(fid, [&](Result<client::Attr> r) { result = std::move(r); });
  run_until([&] { return result.has_value(); });
  // The MGS was asked anew and names no owner.
  BOOST_TEST((result->code() == Errc::kStale));
  BOOST_TEST(cluster.count(wire::Opcode::kGetConfig) >= 2U);
}

BOOST_AUTO_TEST_CASE(a_pushed_configuration_is_taken) {
  const uint64_t before = client->map().version;
  cluster.push_config();
  run_until([&] { return client->map().version > before; });
  BOOST_TEST(client->map().version == before + 1);
}

BOOST_AUTO_TEST_CASE(an_unknown_file_system_is_an_error_at_the_start) {
  cluster.known_fsname = false;
  client = make_client();
  auto result = wait<void>([&](auto done) { client->start(std::move(done)); });
  BOOST_TEST((result.code() == Errc::kNotConfigured));
}

BOOST_AUTO_TEST_CASE(a_mount_can_give_up_on_an_mgs_that_is_away) {
  cluster.set_reachable(*cluster.mgs, false);
  client::ClientOptions options;
  options.mount_timeout_ns = 3 * kSecond;
  client = make_client(options);
  auto result = wait<void>([&](auto done) { client->start(std::move(done)); });
  BOOST_TEST((result.code() == Errc::kNotConnected));
}

BOOST_AUTO_TEST_CASE(statfs_adds_up_and_leaves_out_who_is_away) {
  auto all = wait<client::FsStat>([&](auto done) { client->statfs(std::move(done)); });
  BOOST_TEST(all->bytes_total == 4000U);
  BOOST_TEST(all->inodes_total == 100U);
  BOOST_TEST(all->targets_missing == 0U);
  cluster.set_reachable(*cluster.osts[2], false);
  for (int i = 0; i < 3; ++i) {
    auto some = wait<client::FsStat>([&](auto done) { client->statfs(std::move(done)); });
    BOOST_TEST(some->bytes_total == 3000U);
    BOOST_TEST(some->targets_missing == 1U);
  }
  cluster.forget_seen();
  cluster.set_reachable(*cluster.osts[2], true);
  run_until([&] { return cluster.count(wire::Opcode::kStatfs) != 0; });
  settle();
  // However often it was asked for, one request waited.
  BOOST_TEST(cluster.count(wire::Opcode::kStatfs) == 1U);
}

BOOST_AUTO_TEST_CASE(stop_makes_everything_durable_and_ends_the_sessions) {
  create("f");
  BOOST_REQUIRE(wait<void>([&](auto done) { client->stop(std::move(done)); }));
  BOOST_TEST(cluster.count(wire::Opcode::kSync) == 5U);
  BOOST_TEST(!cluster.mdt->session);
  BOOST_TEST(!cluster.osts[3]->session);
}

BOOST_AUTO_TEST_CASE(stop_gives_up_on_a_target_that_is_away) {
  cluster.set_reachable(*cluster.osts[0], false);
  auto result = wait<void>([&](auto done) { client->stop(std::move(done)); });
  BOOST_TEST((result.code() == Errc::kTimedOut));
  BOOST_TEST(!cluster.mdt->session);
}

BOOST_AUTO_TEST_CASE(a_client_may_be_destroyed_with_calls_outstanding) {
  stripe_over({0, 1});
  const auto file = create("f");
  write(file.handle, 0, pattern(3 * kStripe));
  for (const auto opcode : {wire::Opcode::kGlimpse, wire::Opcode::kWrite, wire::Opcode::kRead,
                            wire::Opcode::kGetAttr, wire::Opcode::kStatfs})
    cluster.hold(opcode);
  client::WriteOptions append;
  append.append = true;
  bool called = false;
  const auto count = [&](auto) { called = true; };
  for (int i = 0; i < 3; ++i) client->write(file.handle, 0, Buffer::copy_of("x"), append, count);
  client->write(file.handle, 0, Buffer::copy_of(pattern(kStripe)), {}, count);
  client->read(file.handle, 0, kStripe, count);
  client->getattr(file.attr.fid, count);
  client->statfs(count);
  client->copy_file_range(file.handle, 0, file.handle, 10 * kStripe, kStripe, false, count);
  settle();
  client.reset();
  BOOST_TEST(!called);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace sheen::test
