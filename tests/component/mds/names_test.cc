// SPDX-License-Identifier: Apache-2.0
// Lookup, mknod, mkdir, symlink, readlink, link, unlink and rmdir: what they change, which errno
// they give, and what a failure in the middle leaves (nothing).

#include <boost/test/unit_test.hpp>

#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

const std::string kLong(256, 'x');
const std::string kLongest(255, 'x');

}  // namespace

BOOST_FIXTURE_TEST_SUITE(names_ops, MdtFixture)

BOOST_AUTO_TEST_CASE(the_root_is_there) {
  const wire::AttrT root = attr(kRootFid);
  BOOST_TEST(root.mode == (S_IFDIR | 0755U));
  BOOST_TEST(root.nlink == 2U);
  BOOST_TEST(root.parent == kRootFid.value);
  BOOST_TEST(names(kRootFid).empty());
}

BOOST_AUTO_TEST_CASE(a_new_directory_has_two_links_and_its_parent_one_more) {
  const int64_t before = now();
  now() += kSecond;
  const auto made = mkdir(kRootFid, "d", 0777, kRoot);
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->mode == (S_IFDIR | 0755U));
  BOOST_TEST(made->nlink == 2U);
  BOOST_TEST(made->parent == kRootFid.value);
  BOOST_TEST(attr(kRootFid).nlink == 3U);
  BOOST_TEST(attr(kRootFid).mtime == now());
  BOOST_TEST(attr(kRootFid).ctime == now());
  BOOST_TEST(attr(kRootFid).btime == before);
  for (const int64_t time : {made->atime, made->mtime, made->ctime, made->btime})
    BOOST_TEST(time == now());
  BOOST_TEST(lookup(kRootFid, "d")->fid == made->fid);
}

BOOST_AUTO_TEST_CASE(every_creation_refuses_a_name_that_exists) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_ERRC(mkdir(kRootFid, "f"), Errc::kExists);
  CHECK_ERRC(mknod(kRootFid, "f", S_IFIFO | 0644), Errc::kExists);
  CHECK_ERRC(symlink(kRootFid, "f", "target"), Errc::kExists);
  CHECK_ERRC(link(file, kRootFid, "f"), Errc::kExists);
}

BOOST_AUTO_TEST_CASE(names_are_checked) {
  const Fid file = make_file(kRootFid, "f");
  for (const std::string& name :
       {kLong, std::string("a/b"), std::string("a\0b", 3), std::string("."), std::string("..")}) {
    const Errc expected = name.size() > kNameMax ? Errc::kNameTooLong : Errc::kInvalid;
    CHECK_ERRC(lookup(kRootFid, name), expected);
    CHECK_ERRC(mkdir(kRootFid, name), expected);
    CHECK_ERRC(mknod(kRootFid, name, S_IFREG | 0644), expected);
    CHECK_ERRC(symlink(kRootFid, name, "t"), expected);
    CHECK_ERRC(link(file, kRootFid, name), expected);
    CHECK_ERRC(unlink(kRootFid, name), expected);
    CHECK_ERRC(rmdir(kRootFid, name), expected);
    CHECK_ERRC(rename(kRootFid, name, kRootFid, "y"), expected);
    CHECK_ERRC(rename(kRootFid, "f", kRootFid, name), expected);
  }
  CHECK_ERRC(mkdir(kRootFid, ""), Errc::kNotFound);
  CHECK_OK(mkdir(kRootFid, kLongest));
  BOOST_TEST(lookup(kRootFid, kLongest).has_value());
}

BOOST_AUTO_TEST_CASE(names_are_bytes) {
  std::string name;
  for (int i = 1; i < 256; ++i)
    if (i != '/') name.push_back(static_cast<char>(i));
  const Fid fid = make_file(kRootFid, name);
  BOOST_TEST(lookup(kRootFid, name)->fid == fid.value);
  BOOST_TEST((names(kRootFid) == std::vector<std::string>{name}));
}

BOOST_AUTO_TEST_CASE(a_parent_must_be_a_directory_that_exists) {
  const Fid file = make_file(kRootFid, "f");
  const Fid gone{0x99'0000'0001};
  CHECK_ERRC(lookup(file, "x"), Errc::kNotDirectory);
  CHECK_ERRC(mkdir(file, "x"), Errc::kNotDirectory);
  CHECK_ERRC(unlink(file, "x"), Errc::kNotDirectory);
  CHECK_ERRC(rmdir(file, "x"), Errc::kNotDirectory);
  CHECK_ERRC(rename(kRootFid, "f", file, "x"), Errc::kNotDirectory);
  CHECK_ERRC(read_dir(file), Errc::kNotDirectory);
  CHECK_ERRC(lookup(gone, "x"), Errc::kNotFound);
  CHECK_ERRC(mkdir(gone, "x"), Errc::kNotFound);
  CHECK_ERRC(read_dir(gone), Errc::kNotFound);
  CHECK_ERRC(get_attr(gone), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(missing_names_are_not_found) {
  CHECK_ERRC(lookup(kRootFid, "x"), Errc::kNotFound);
  CHECK_ERRC(unlink(kRootFid, "x"), Errc::kNotFound);
  CHECK_ERRC(rmdir(kRootFid, "x"), Errc::kNotFound);
  CHECK_ERRC(rename(kRootFid, "x", kRootFid, "y"), Errc::kNotFound);
}

BOOST_AUTO_TEST_CASE(mknod_makes_every_type_it_may) {
  BOOST_TEST(mknod(kRootFid, "fifo", S_IFIFO | 0600)->mode == (S_IFIFO | 0600U));
  BOOST_TEST(mknod(kRootFid, "sock", S_IFSOCK | 0666)->mode == (S_IFSOCK | 0644U));
  BOOST_TEST(mknod(kRootFid, "chr", S_IFCHR | 0600, kRoot, 0x103)->rdev == 0x103U);
  BOOST_TEST(mknod(kRootFid, "blk", S_IFBLK | 0600, kRoot, 0x800)->rdev == 0x800U);
  BOOST_TEST(mknod(kRootFid, "plain", 0600)->mode == (S_IFREG | 0600U));
  CHECK_ERRC(mknod(kRootFid, "dir", S_IFDIR | 0700), Errc::kPermission);
  CHECK_ERRC(mknod(kRootFid, "link", S_IFLNK | 0700), Errc::kInvalid);
}

BOOST_AUTO_TEST_CASE(devices_need_privilege_except_whiteouts) {
  const Fid dir = make_dir(kRootFid, "d", 0777);
  CHECK_ERRC(mknod(dir, "chr", S_IFCHR | 0600, kAlice, 0x103), Errc::kPermission);
  CHECK_ERRC(mknod(dir, "blk", S_IFBLK | 0600, kAlice, 0x103), Errc::kPermission);
  CHECK_OK(mknod(dir, "whiteout", S_IFCHR | 0600, kAlice, 0));
  CHECK_OK(mknod(dir, "fifo", S_IFIFO | 0600, kAlice));
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_keeps_its_bytes) {
  const std::string target = "../\xff weird \x01/target";
  const auto made = symlink(kRootFid, "l", target);
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->mode == (S_IFLNK | 0777U));
  BOOST_TEST(made->size == target.size());
  wire::ReadlinkRequestT request;
  request.fid = made->fid;
  request.now = now();
  const auto reply = run<wire::ReadlinkRequest>(request);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST((reply->target == wire::to_bytes(target)));
  request.fid = kRootFid.value;
  CHECK_ERRC(run<wire::ReadlinkRequest>(request), Errc::kInvalid);
  CHECK_OK(symlink(kRootFid, "longest", std::string(kSymlinkMax, 'x')));
  CHECK_ERRC(symlink(kRootFid, "longer", std::string(kSymlinkMax + 1, 'x')), Errc::kNameTooLong);
  CHECK_ERRC(symlink(kRootFid, "empty", ""), Errc::kNotFound);
}

BOOST_AUTO_TEST_CASE(reading_a_link_moves_its_atime_by_relatimes_rule) {
  const Fid fid{symlink(kRootFid, "l", "t")->fid};
  const auto read = [&] {
    wire::ReadlinkRequestT request;
    request.fid = fid.value;
    request.now = now();
    BOOST_REQUIRE(run<wire::ReadlinkRequest>(request).has_value());
    return attr(fid).atime;
  };
  now() += kSecond;
  const int64_t first = now();
  BOOST_TEST(read() == first);
  now() += kSecond;
  BOOST_TEST(read() == first);
  settle();
  BOOST_TEST(attr(fid).atime == first);
  now() += 25 * 3600 * kSecond;
  BOOST_TEST(read() == now());
  settle();
  const int64_t last = now();
  restart();
  BOOST_TEST(attr(fid).atime == last);
}

BOOST_AUTO_TEST_CASE(a_hard_link_is_the_same_inode) {
  const Fid file = make_file(kRootFid, "a");
  const Fid dir = make_dir(kRootFid, "d");
  now() += kSecond;
  const auto linked = link(file, dir, "b");
  BOOST_REQUIRE(linked.has_value());
  BOOST_TEST(linked->fid == file.value);
  BOOST_TEST(linked->nlink == 2U);
  BOOST_TEST(linked->ctime == now());
  BOOST_TEST(linked->mtime == now() - kSecond);
  BOOST_TEST(attr(dir).mtime == now());
  const auto first = unlink(kRootFid, "a");
  BOOST_TEST(first->nlink == 1U);
  BOOST_TEST(attr(file).nlink == 1U);
  BOOST_TEST(unlink(dir, "b")->nlink == 0U);
  CHECK_ERRC(get_attr(file), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(directories_have_no_hard_links) {
  const Fid dir = make_dir(kRootFid, "d");
  CHECK_ERRC(link(dir, kRootFid, "e"), Errc::kPermission);
  CHECK_ERRC(link(Fid{0x99'0000'0001}, kRootFid, "e"), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(links_to_a_file_are_bounded) {
  const Fid file = make_file(kRootFid, "f");
  BOOST_REQUIRE(env.database().begin().has_value());
  auto inode = store().inodes.get(file);
  inode->nlink = kLinkMax;
  BOOST_REQUIRE(store().inodes.update(*inode).has_value());
  BOOST_REQUIRE(env.database().commit().has_value());
  CHECK_ERRC(link(file, kRootFid, "g"), Errc::kTooManyLinks);
}

BOOST_AUTO_TEST_CASE(unlink_is_for_files_and_rmdir_for_directories) {
  make_dir(kRootFid, "d");
  make_file(kRootFid, "f");
  CHECK_ERRC(unlink(kRootFid, "d"), Errc::kIsDirectory);
  CHECK_ERRC(rmdir(kRootFid, "f"), Errc::kNotDirectory);
  CHECK_OK(unlink(kRootFid, "f"));
  CHECK_OK(rmdir(kRootFid, "d"));
  BOOST_TEST(attr(kRootFid).nlink == 2U);
  BOOST_TEST(names(kRootFid).empty());
}

BOOST_AUTO_TEST_CASE(only_empty_directories_are_removed) {
  const Fid dir = make_dir(kRootFid, "d");
  make_file(dir, "f");
  CHECK_ERRC(rmdir(kRootFid, "d"), Errc::kNotEmpty);
  CHECK_OK(unlink(dir, "f"));
  CHECK_OK(rmdir(kRootFid, "d"));
  CHECK_ERRC(get_attr(dir), Errc::kStale);
  CHECK_ERRC(mkdir(dir, "x"), Errc::kNotFound);
}

BOOST_AUTO_TEST_CASE(removal_moves_the_times_of_the_parent_and_of_what_remains) {
  const Fid file = make_file(kRootFid, "a");
  CHECK_OK(link(file, kRootFid, "b"));
  now() += kSecond;
  CHECK_OK(unlink(kRootFid, "a"));
  BOOST_TEST(attr(kRootFid).mtime == now());
  BOOST_TEST(attr(kRootFid).ctime == now());
  BOOST_TEST(attr(file).ctime == now());
  BOOST_TEST(attr(file).mtime == now() - kSecond);
}

BOOST_AUTO_TEST_CASE(new_inodes_belong_to_who_made_them_and_obey_the_umask) {
  const Fid dir = make_dir(kRootFid, "d", 0777);
  User user = kAlice;
  user.umask = 027;
  const auto file = mknod(dir, "f", S_IFREG | 0666, user);
  BOOST_TEST(file->uid == 1000U);
  BOOST_TEST(file->gid == 1000U);
  BOOST_TEST(file->mode == (S_IFREG | 0640U));
  BOOST_TEST(mkdir(dir, "e", 0777, user)->mode == (S_IFDIR | 0750U));
  BOOST_TEST(mkdir(dir, "g", 07777, user)->mode == (S_IFDIR | 01750U));
  BOOST_TEST(symlink(dir, "l", "t", user)->mode == (S_IFLNK | 0777U));
}

BOOST_AUTO_TEST_CASE(a_setgid_directory_hands_down_its_group) {
  const Fid dir = make_dir(kRootFid, "d", 0777);
  CHECK_OK(chown(dir, 0, 500));
  CHECK_OK(chmod(dir, 02777));
  BOOST_TEST(mknod(dir, "f", S_IFREG | 0666, kAlice)->gid == 500U);
  const auto sub = mkdir(dir, "e", 0777, kAlice);
  BOOST_TEST(sub->gid == 500U);
  BOOST_TEST(sub->mode == (S_IFDIR | S_ISGID | 0755U));
  // Setgid on an executable is only for members of the group.
  BOOST_TEST(mknod(dir, "x", S_IFREG | 02755, kAlice)->mode == (S_IFREG | 0755U));
  User member = kAlice;
  member.groups = {500};
  BOOST_TEST(mknod(dir, "y", S_IFREG | 02755, member)->mode == (S_IFREG | 02755U));
  BOOST_TEST(mknod(dir, "z", S_IFREG | 02644, kAlice)->mode == (S_IFREG | 02644U));
}

BOOST_AUTO_TEST_CASE(search_and_write_permission_of_the_directory_are_asked_for) {
  const Fid dir = make_dir(kRootFid, "d", 0755);
  const Fid file = make_file(dir, "f", 0644);
  const Fid closed = make_dir(kRootFid, "closed", 0700);
  make_file(closed, "f");
  CHECK_OK(lookup(dir, "f", kAlice));
  CHECK_ERRC(lookup(closed, "f", kAlice), Errc::kAccess);
  CHECK_ERRC(mkdir(dir, "x", 0755, kAlice), Errc::kAccess);
  CHECK_ERRC(mknod(dir, "x", S_IFREG | 0644, kAlice), Errc::kAccess);
  CHECK_ERRC(mknod(dir, "x", S_IFCHR | 0644, kAlice, 5), Errc::kAccess);
  CHECK_ERRC(symlink(dir, "x", "t", kAlice), Errc::kAccess);
  CHECK_ERRC(link(file, dir, "x", kAlice), Errc::kAccess);
  CHECK_ERRC(unlink(dir, "f", kAlice), Errc::kAccess);
  CHECK_ERRC(rename(dir, "f", dir, "g", 0, kAlice), Errc::kAccess);
  // A name that exists is told before the missing permission, as path walk does.
  CHECK_ERRC(mkdir(dir, "f", 0755, kAlice), Errc::kExists);
  CHECK_ERRC(mkdir(closed, "f", 0755, kAlice), Errc::kAccess);
}

BOOST_AUTO_TEST_CASE(in_a_sticky_directory_only_owners_remove) {
  const Fid tmp = make_dir(kRootFid, "tmp", 01777);
  make_file(tmp, "alice", 0644, kAlice);
  make_dir(tmp, "alicedir", 0755, kAlice);
  CHECK_ERRC(unlink(tmp, "alice", kBob), Errc::kPermission);
  CHECK_ERRC(rmdir(tmp, "alicedir", kBob), Errc::kPermission);
  CHECK_ERRC(rename(tmp, "alice", tmp, "bob", 0, kBob), Errc::kPermission);
  make_file(tmp, "bob", 0644, kBob);
  CHECK_ERRC(rename(tmp, "bob", tmp, "alice", 0, kBob), Errc::kPermission);
  CHECK_OK(rename(tmp, "alice", tmp, "mine", 0, kAlice));
  CHECK_OK(unlink(tmp, "mine", kAlice));
  CHECK_OK(rmdir(tmp, "alicedir"));
  CHECK_OK(chown(tmp, 1001, -1));
  make_file(tmp, "again", 0644, kAlice);
  CHECK_OK(unlink(tmp, "again", kBob));
}

BOOST_AUTO_TEST_CASE(new_files_get_a_layout_and_others_do_not) {
  const Fid file = make_file(kRootFid, "f");
  wire::GetAttrRequestT request;
  request.fid = file.value;
  const auto reply = run<wire::GetAttrRequest>(request);
  BOOST_REQUIRE(reply->layout != nullptr);
  BOOST_REQUIRE(reply->layout->components.size() == 1U);
  BOOST_TEST(reply->layout->components[0]->osts.size() == 1U);
  BOOST_TEST(reply->layout->components[0]->stripe_size == kStripeSizeDefault);
  BOOST_TEST(reply->attr->size_valid);
  request.fid = kRootFid.value;
  BOOST_TEST((run<wire::GetAttrRequest>(request)->layout == nullptr));
}

BOOST_AUTO_TEST_CASE(without_any_ost_files_wait_but_directories_do_not) {
  env.osts.clear();
  mdt().on_cluster_map(env.cluster_map());
  CHECK_ERRC(mknod(kRootFid, "f", S_IFREG | 0644), Errc::kRecovering);
  CHECK_OK(mkdir(kRootFid, "d"));
  CHECK_OK(mknod(kRootFid, "fifo", S_IFIFO | 0644));
}

BOOST_AUTO_TEST_CASE(a_request_without_credentials_is_malformed) {
  wire::MkdirRequestT request;
  request.parent = kRootFid.value;
  request.name = wire::to_bytes("d");
  CHECK_ERRC(run<wire::MkdirRequest>(request), Errc::kBadRequest);
  wire::LookupRequestT lookup_request;
  CHECK_ERRC(run<wire::LookupRequest>(lookup_request), Errc::kBadRequest);
}

BOOST_AUTO_TEST_CASE(a_change_that_fails_half_way_leaves_nothing) {
  fault::unlock();
  const Fid dir = make_dir(kRootFid, "d");
  const Fid file = make_file(kRootFid, "f");
  const auto fails = [&](std::string_view point, auto call) {
    BOOST_TEST_CONTEXT(point) {
      const wire::AttrT root = attr(kRootFid);
      BOOST_REQUIRE(fault::arm(std::string(point) + "=error*1").has_value());
      CHECK_ERRC(call(), Errc::kFaultInjected);
      fault::disarm("");
      BOOST_TEST(names(kRootFid).size() == 2U);
      BOOST_TEST(lookup(kRootFid, "f")->fid == file.value);
      BOOST_TEST(lookup(kRootFid, "d")->fid == dir.value);
      BOOST_TEST(attr(kRootFid).nlink == root.nlink);
      BOOST_TEST(attr(kRootFid).mtime == root.mtime);
      BOOST_TEST(attr(file).nlink == 1U);
    }
    now() += kSecond;
  };
  fails("mds.new_inode.before_entry", [&] { return mkdir(kRootFid, "x"); });
  fails("mds.new_inode.before_entry", [&] { return mknod(kRootFid, "x", S_IFREG | 0644); });
  fails("mds.link.before_inode", [&] { return link(file, kRootFid, "x"); });
  fails("mds.unlink.before_inode", [&] { return unlink(kRootFid, "f"); });
  fails("mds.destroy.before_rows", [&] { return unlink(kRootFid, "f"); });
  fails("mds.rmdir.before_inode", [&] { return rmdir(kRootFid, "d"); });
  fails("mds.rename.after_entries", [&] { return rename(kRootFid, "f", dir, "x"); });
  fails("mds.rename.before_parents", [&] { return rename(kRootFid, "d", kRootFid, "x"); });
}

BOOST_AUTO_TEST_CASE(a_change_whose_nth_write_fails_leaves_nothing_for_every_n) {
  fault::unlock();
  const Fid a = make_dir(kRootFid, "a");
  const Fid b = make_dir(kRootFid, "b");
  const Fid moved = make_dir(a, "moved");
  make_dir(b, "target");
  make_file(a, "f");
  const auto sweep = [&](auto call) {
    for (int n = 1; n < 100; ++n) {
      BOOST_REQUIRE(fault::arm("store.database.write=error:5%" + std::to_string(n)).has_value());
      const Errc code = call().code();
      fault::disarm("");
      if (code == Errc::kOk) return;
      BOOST_TEST(attr(a).nlink == 3U);
      BOOST_TEST(attr(b).nlink == 3U);
      BOOST_TEST(attr(moved).parent == a.value);
      BOOST_TEST(names(a).size() == 2U);
      BOOST_TEST((names(b) == std::vector<std::string>{"target"}));
    }
    BOOST_FAIL("never succeeded");
  };
  sweep([&] { return rename(a, "moved", b, "target"); });
  BOOST_TEST(attr(a).nlink == 2U);
  BOOST_TEST(attr(b).nlink == 3U);
  BOOST_TEST(attr(moved).parent == b.value);
  BOOST_TEST(env.database().integrity_check().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
