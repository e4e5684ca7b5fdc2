// SPDX-License-Identifier: Apache-2.0
// Create, Open, Close and Restate: permissions, flags, open-unlinked files over closes, evictions
// and restarts, and what is restored when a stored reply is sent again.

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

struct Fixture : MdtFixture {
  Result<wire::RestateReplyT> restate(uint64_t handle, Fid fid, uint32_t flags, uint8_t client) {
    wire::RestateRequestT request;
    request.opens.push_back(std::make_unique<wire::OpenHandleT>());
    request.opens[0]->handle = handle;
    request.opens[0]->fid = fid.value;
    request.opens[0]->flags = flags;
    return run<wire::RestateRequest>(request, client);
  }
  size_t destroyed_objects() {
    size_t n = 0;
    for (const auto& [index, ost] : env.osts)
      for (const auto& batch : ost->destroyed) n += batch.size();
    return n;
  }
  // Destroys travel as fast as the two ends let them.
  void let_destroys_finish() {
    env.durable = env.last = Transno::make(env.epoch() + 1, 0);
    for (int i = 0; i < 50; ++i) pass(200 * kMillisecond);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(open_ops, Fixture)

BOOST_AUTO_TEST_CASE(create_makes_a_file_and_opens_it) {
  const auto made = create(kRootFid, "f", O_RDWR, 7, kRoot, 0666);
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->created);
  BOOST_TEST(made->handle == 7U);
  BOOST_TEST((made->layout != nullptr));
  BOOST_TEST(made->attr->mode == (S_IFREG | 0644U));
  BOOST_TEST(made->attr->nlink == 1U);
  BOOST_TEST(!made->attr->size_valid);
  const Fid fid{made->attr->fid};
  BOOST_TEST(mdt().opens().writers(fid) == 1U);
  BOOST_TEST(mdt().opens_and_locks(session(1)).first == 1U);
  CHECK_OK(close(fid, 7));
  BOOST_TEST(!mdt().opens().is_open(fid));
}

BOOST_AUTO_TEST_CASE(create_needs_no_permission_on_the_file_it_makes) {
  const Fid dir = make_dir(kRootFid, "d", 0777);
  CHECK_OK(create(dir, "f", O_RDWR, 7, kAlice, 0));
  CHECK_ERRC(create(dir, "f", O_RDONLY, 8, kAlice, 0), Errc::kAccess);
}

BOOST_AUTO_TEST_CASE(create_of_an_existing_file_opens_it) {
  const Fid file = make_file(kRootFid, "f");
  const auto opened = create(kRootFid, "f", O_RDONLY, 7);
  BOOST_REQUIRE(opened.has_value());
  BOOST_TEST(!opened->created);
  BOOST_TEST(opened->attr->fid == file.value);
  CHECK_ERRC(create(kRootFid, "f", O_RDONLY | O_EXCL, 8), Errc::kExists);
  CHECK_ERRC(create(kRootFid, "f", O_WRONLY, 9, kAlice), Errc::kAccess);
  make_dir(kRootFid, "d");
  CHECK_ERRC(create(kRootFid, "d", O_RDONLY, 9), Errc::kIsDirectory);
  CHECK_ERRC(create(kRootFid, "d", O_RDONLY | O_EXCL, 9), Errc::kExists);
  CHECK_OK(symlink(kRootFid, "l", "f"));
  CHECK_ERRC(create(kRootFid, "l", O_RDONLY, 9), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(create_in_a_directory_that_one_may_not_write) {
  const Fid dir = make_dir(kRootFid, "d", 0755);
  make_file(dir, "f", 0666);
  CHECK_ERRC(create(dir, "g", O_WRONLY, 7, kAlice), Errc::kAccess);
  CHECK_OK(create(dir, "f", O_WRONLY, 7, kAlice));
}

BOOST_AUTO_TEST_CASE(a_handle_must_have_a_number) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_ERRC(create(kRootFid, "g", O_RDONLY, 0), Errc::kBadRequest);
  CHECK_ERRC(open(file, O_RDONLY, 0), Errc::kBadRequest);
}

BOOST_AUTO_TEST_CASE(open_asks_for_what_its_flags_mean) {
  const Fid dir = make_dir(kRootFid, "d", 0777);
  const Fid file = make_file(dir, "f", 0600, kAlice);
  CHECK_OK(open(file, O_RDWR, 1, kAlice));
  CHECK_ERRC(open(file, O_RDONLY, 2, kBob), Errc::kAccess);
  CHECK_OK(chmod(file, 0444));
  CHECK_OK(open(file, O_RDONLY, 2, kBob));
  CHECK_ERRC(open(file, O_WRONLY, 3, kBob), Errc::kAccess);
  CHECK_ERRC(open(file, O_RDWR, 3, kBob), Errc::kAccess);
  CHECK_ERRC(open(file, O_RDONLY | O_TRUNC, 3, kBob), Errc::kAccess);
  CHECK_ERRC(open(file, O_RDONLY | O_NOATIME, 3, kBob), Errc::kPermission);
  CHECK_OK(open(file, O_RDONLY | O_NOATIME, 3, kAlice));
  CHECK_ERRC(open(file, kOpenForExec, 4, kBob), Errc::kAccess);
  CHECK_ERRC(open(file, kOpenForExec, 4, kRoot), Errc::kAccess);
  CHECK_OK(chmod(file, 0111));
  CHECK_OK(open(file, kOpenForExec, 4, kBob));
  CHECK_ERRC(open(file, O_RDONLY, 5, kBob), Errc::kAccess);
  CHECK_OK(open(file, O_RDWR, 5, kRoot));
}

BOOST_AUTO_TEST_CASE(open_looks_at_the_type) {
  const Fid dir = make_dir(kRootFid, "d");
  const Fid file = make_file(kRootFid, "f");
  const Fid link{symlink(kRootFid, "l", "f")->fid};
  CHECK_OK(open(dir, O_RDONLY | O_DIRECTORY, 1));
  CHECK_ERRC(open(dir, O_WRONLY, 2), Errc::kIsDirectory);
  CHECK_ERRC(open(dir, O_RDONLY | O_TRUNC, 2), Errc::kIsDirectory);
  CHECK_ERRC(open(dir, kOpenForExec, 2), Errc::kAccess);
  CHECK_ERRC(open(file, O_RDONLY | O_DIRECTORY, 2), Errc::kNotDirectory);
  CHECK_ERRC(open(link, O_RDONLY, 2), Errc::kLoop);
  CHECK_ERRC(open(Fid{0x99'0000'0001}, O_RDONLY, 2), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(a_truncating_open_by_another_user_clears_setuid) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_OK(chmod(file, 06777));
  now() += kSecond;
  CHECK_OK(open(file, O_WRONLY | O_TRUNC, 1, kBob));
  BOOST_TEST(attr(file).mode == (S_IFREG | 0777U));
  BOOST_TEST(attr(file).mtime == now());
  BOOST_TEST(attr(file).ctime == now());
}

BOOST_AUTO_TEST_CASE(open_and_close_may_be_repeated) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_OK(open(file, O_RDWR, 1));
  CHECK_OK(open(file, O_RDWR, 1));
  BOOST_TEST(mdt().opens().writers(file) == 1U);
  CHECK_OK(close(file, 1));
  CHECK_OK(close(file, 1));
  BOOST_TEST(mdt().opens().size() == 0U);
  // Another client's handle of the same number is another handle.
  CHECK_OK(open(file, O_RDWR, 1, kRoot, 1));
  CHECK_OK(open(file, O_RDWR, 1, kRoot, 2));
  CHECK_OK(close(file, 1, 2));
  BOOST_TEST(mdt().opens().writers(file) == 1U);
  // A handle of another file is not closed.
  const Fid other = make_file(kRootFid, "g");
  CHECK_OK(close(other, 1, 1));
  BOOST_TEST(mdt().opens().writers(file) == 1U);
}

BOOST_AUTO_TEST_CASE(an_open_unlinked_file_lives_until_its_last_close) {
  const Fid file{create(kRootFid, "f", O_RDWR, 1)->attr->fid};
  CHECK_OK(open(file, O_RDONLY, 2, kRoot, 2));
  BOOST_TEST(unlink(kRootFid, "f")->nlink == 0U);
  settle();
  BOOST_TEST(attr(file).nlink == 0U);
  CHECK_ERRC(link(file, kRootFid, "back"), Errc::kNotFound);
  CHECK_OK(close(file, 1));
  settle();
  CHECK_OK(get_attr(file));
  CHECK_OK(open(file, O_RDONLY, 3, kRoot, 2));
  CHECK_OK(close(file, 2, 2));
  settle();
  CHECK_OK(get_attr(file));
  CHECK_OK(close(file, 3, 2));
  settle();
  CHECK_ERRC(get_attr(file), Errc::kStale);
  BOOST_TEST(store().inodes.orphans()->empty());
}

BOOST_AUTO_TEST_CASE(an_eviction_closes_and_destroys) {
  const Fid file{create(kRootFid, "f", O_RDWR, 1, kRoot, 0644, 3)->attr->fid};
  CHECK_OK(unlink(kRootFid, "f"));
  settle();
  CHECK_OK(get_attr(file));
  end_session(3);
  settle();
  CHECK_ERRC(get_attr(file), Errc::kStale);
  BOOST_TEST(mdt().opens().size() == 0U);
}

BOOST_AUTO_TEST_CASE(an_open_removed_directory_lives_until_its_last_close) {
  const Fid dir = make_dir(kRootFid, "d");
  CHECK_OK(open(dir, O_RDONLY | O_DIRECTORY, 1));
  CHECK_OK(rmdir(kRootFid, "d"));
  settle();
  BOOST_TEST(attr(dir).nlink == 0U);
  CHECK_ERRC(mkdir(dir, "x"), Errc::kNotFound);
  CHECK_ERRC(read_dir(dir), Errc::kNotFound);
  CHECK_OK(close(dir, 1));
  settle();
  CHECK_ERRC(get_attr(dir), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(the_objects_of_a_destroyed_file_are_destroyed_too) {
  const Fid written{create(kRootFid, "f", O_RDWR, 1)->attr->fid};
  CHECK_OK(unlink(kRootFid, "f"));
  CHECK_OK(close(written, 1));
  let_destroys_finish();
  BOOST_TEST(destroyed_objects() == 1U);
  // A file that is surely empty has none.
  make_file(kRootFid, "empty");
  CHECK_OK(unlink(kRootFid, "empty"));
  let_destroys_finish();
  BOOST_TEST(destroyed_objects() == 1U);
}

BOOST_AUTO_TEST_CASE(restated_handles_keep_orphans_over_a_restart) {
  const Fid kept{create(kRootFid, "kept", O_RDWR, 1)->attr->fid};
  const Fid left{create(kRootFid, "left", O_RDWR, 2)->attr->fid};
  CHECK_OK(unlink(kRootFid, "kept"));
  CHECK_OK(unlink(kRootFid, "left"));
  restart();
  CHECK_OK(get_attr(kept));
  CHECK_OK(get_attr(left));
  const auto reply = restate(1, kept, O_RDWR, 1);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->lost_handles.empty());
  finish_recovery();
  CHECK_OK(get_attr(kept));
  CHECK_ERRC(get_attr(left), Errc::kStale);
  CHECK_OK(close(kept, 1));
  settle();
  CHECK_ERRC(get_attr(kept), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(a_file_unlinked_during_recovery_waits_for_its_end) {
  const Fid file{create(kRootFid, "f", O_RDWR, 1)->attr->fid};
  const Fid other = make_file(kRootFid, "g");
  restart();
  CHECK_OK(unlink(kRootFid, "f"));
  CHECK_OK(unlink(kRootFid, "g"));
  settle();
  CHECK_OK(get_attr(file));
  CHECK_OK(restate(1, file, O_RDWR, 1));
  finish_recovery();
  CHECK_OK(get_attr(file));
  CHECK_ERRC(get_attr(other), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(handles_of_files_that_are_gone_are_lost) {
  const auto reply = restate(5, Fid{0x99'0000'0001}, O_RDWR, 1);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST((reply->lost_handles == std::vector<uint64_t>{5}));
  BOOST_TEST(mdt().opens().size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_stored_create_opens_its_handle_again) {
  wire::CreateRequestT request;
  request.cred = cred(kRoot);
  request.parent = kRootFid.value;
  request.name = wire::to_bytes("f");
  request.mode = 0644;
  request.flags = O_CREAT | O_RDWR;
  request.handle = 77;
  request.now = now();
  const auto stored = run<wire::CreateRequest>(request);
  BOOST_REQUIRE(stored.has_value());
  const Fid fid{stored->attr->fid};
  restart();
  BOOST_TEST(!mdt().opens().is_open(fid));
  reconstruct<wire::CreateRequest>(request, *stored);
  BOOST_TEST(mdt().opens().writers(fid) == 1U);
  reconstruct<wire::CreateRequest>(request, *stored);
  BOOST_TEST(mdt().opens().writers(fid) == 1U);
}

BOOST_AUTO_TEST_CASE(a_stored_open_opens_its_handle_again_and_a_stored_close_closes_it) {
  const Fid file = make_file(kRootFid, "f");
  wire::OpenRequestT open_request;
  open_request.cred = cred(kRoot);
  open_request.fid = file.value;
  open_request.flags = O_WRONLY;
  open_request.handle = 5;
  const auto stored_open = run<wire::OpenRequest>(open_request);
  BOOST_REQUIRE(stored_open.has_value());
  CHECK_OK(unlink(kRootFid, "f"));
  restart();
  reconstruct<wire::OpenRequest>(open_request, *stored_open);
  BOOST_TEST(mdt().opens().writers(file) == 1U);
  wire::CloseRequestT close_request;
  close_request.fid = file.value;
  close_request.handle = 5;
  const auto stored_close = run<wire::CloseRequest>(close_request);
  BOOST_REQUIRE(stored_close.has_value());
  // The answer was lost with the server; the client restates what it believes to be open.
  restart();
  CHECK_OK(restate(5, file, O_WRONLY, 1));
  reconstruct<wire::CloseRequest>(close_request, *stored_close);
  BOOST_TEST(!mdt().opens().is_open(file));
  finish_recovery();
  CHECK_ERRC(get_attr(file), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(names_and_attributes_survive_a_restart) {
  const Fid dir = make_dir(kRootFid, "d");
  const Fid file = make_file(dir, "f");
  CHECK_OK(chmod(file, 0123));
  CHECK_OK(set_xattr(file, "user.a", "b"));
  const wire::AttrT before = attr(file);
  restart();
  const wire::AttrT after = attr(file);
  BOOST_TEST(after.mode == before.mode);
  BOOST_TEST(after.ctime == before.ctime);
  BOOST_TEST(after.btime == before.btime);
  BOOST_TEST(*get_xattr(file, "user.a") == "b");
  BOOST_TEST(lookup(dir, "f")->fid == file.value);
  BOOST_TEST(attr(kRootFid).nlink == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
