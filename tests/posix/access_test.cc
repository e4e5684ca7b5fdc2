// SPDX-License-Identifier: Apache-2.0
// Permissions: access and faccessat, the matrix of owner, group and others, search along the path,
// sticky directories, supplementary groups.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

struct Relation {
  const char* name;
  User user;
  int shift;  // of the three mode bits that count
};

const Relation kRelations[] = {{"owner", kAlice, 6},
                               {"group_member", {kBob.uid, kStaff}, 3},
                               {"supplementary_group_member", kCarolOfStaff, 3},
                               {"other", {2009, 2009}, 0}};

// Only the class that applies counts, so the others' bits are the opposite.
mode_t mode_for(const Relation& relation, mode_t bits) {
  const mode_t opposite = ~bits & 7;
  const mode_t all = (opposite << 6) | (opposite << 3) | opposite;
  return (all & ~(static_cast<mode_t>(7) << relation.shift)) | (bits << relation.shift);
}

// The call succeeds exactly if the mode allows it.
void allowed_if(bool allowed, const char* what, long result) {
  const Site site{"access_test.cc", 0, what};
  if (allowed) {
    see_ok(site, result);
  } else {
    see_failure(site, EACCES, result);
  }
}

void check_file(const Relation& relation, mode_t bits) {
  file("f", "abc");
  own("f", kAlice.uid, kStaff);
  OK(chmod("f", mode_for(relation, bits)));
  as(relation.user, [=] {
    const bool r = (bits & 4) != 0;
    const bool w = (bits & 2) != 0;
    const bool x = (bits & 1) != 0;
    allowed_if(r, "open for reading", open("f", O_RDONLY));
    allowed_if(w, "open for writing", open("f", O_WRONLY));
    allowed_if(r && w, "open for both", open("f", O_RDWR));
    allowed_if(r, "access R_OK", access("f", R_OK));
    allowed_if(w, "access W_OK", access("f", W_OK));
    allowed_if(x, "access X_OK", access("f", X_OK));
    allowed_if(w, "truncate", truncate("f", 1));
  });
}

void check_directory(const Relation& relation, mode_t bits) {
  directory("d");
  file("d/f", "abc", 0666);
  file("d/old", "", 0666);
  directory("d/old_directory", 0777);
  own("d", kAlice.uid, kStaff);
  OK(chmod("d", mode_for(relation, bits)));
  as(relation.user, [=] {
    const bool r = (bits & 4) != 0;
    const bool w = (bits & 2) != 0;
    const bool x = (bits & 1) != 0;
    allowed_if(r, "open for listing", open("d", O_RDONLY | O_DIRECTORY));
    allowed_if(x, "open a file", open("d/f", O_RDONLY));
    struct stat st;
    allowed_if(x, "stat a file", stat("d/f", &st));
    allowed_if(x, "access a file", access("d/f", F_OK));
    allowed_if(w && x, "create", open("d/new", O_WRONLY | O_CREAT | O_EXCL, 0644));
    allowed_if(w && x, "mkdir", mkdir("d/dir", 0755));
    allowed_if(w && x, "symlink", symlink("x", "d/l"));
    allowed_if(w && x, "link", link("d/f", "d/g"));
    allowed_if(w && x, "rename", rename("d/f", "d/h"));
    allowed_if(w && x, "unlink", unlink("d/old"));
    allowed_if(w && x, "rmdir", rmdir("d/old_directory"));
    allowed_if(x, "enter", chdir("d"));
  });
}

[[maybe_unused]] const bool matrix_registered = [] {
  for (const Relation& relation : kRelations) {
    for (mode_t bits = 0; bits < 8; ++bits) {
      std::string rwx = "___";
      if ((bits & 4) != 0) rwx[0] = 'r';
      if ((bits & 2) != 0) rwx[1] = 'w';
      if ((bits & 1) != 0) rwx[2] = 'x';
      Registration("permission/file_of_" + rwx + "_for_" + relation.name,
                   [&relation, bits] { check_file(relation, bits); });
      Registration("permission/directory_of_" + rwx + "_for_" + relation.name,
                   [&relation, bits] { check_directory(relation, bits); });
    }
  }
  return true;
}();

CASE(permission, root_may_read_and_write_everything) {
  file("f", "abc", 0000);
  directory("d", 0000);
  file("d/g", "", 0000);
  OK(open("f", O_RDWR));
  OK(open("d/g", O_RDWR));
  IS(names_in("d"), "g");
}

CASE(permission, root_may_execute_only_what_someone_may) {
  file("f", "", 0666);
  FAILS(EACCES, access("f", X_OK));
  OK(chmod("f", 0001));
  OK(access("f", X_OK));
}

CASE(permission, search_is_needed_on_every_directory_of_the_path) {
  directory("a");
  directory("a/b");
  directory("a/b/c");
  file("a/b/c/f", "abc", 0666);
  as(kAlice, [] { IS(content("a/b/c/f"), "abc"); });
  for (const char* closed : {"a", "a/b", "a/b/c"}) {
    OK(chmod(closed, 0700));
    as(kAlice, [] { FAILS(EACCES, open("a/b/c/f", O_RDONLY)); });
    OK(chmod(closed, 0755));
  }
}

CASE(permission, a_handle_inside_a_closed_directory_keeps_working) {
  directory("d", 0777);
  file("d/f", "abc", 0666);
  const int dir = OK(open("d", O_RDONLY));
  const int fd = OK(open("d/f", O_RDWR));
  OK(chmod("d", 0000));
  as(kAlice, [&] {
    IS(content(fd), "abc");
    FAILS(EACCES, openat(dir, "f", O_RDONLY));
  });
}

CASE(permission, of_a_symlink_is_that_of_its_target_and_path) {
  directory("d", 0700);
  file("d/f", "abc", 0666);
  file("g", "", 0600);
  OK(symlink("d/f", "l"));
  OK(symlink("g", "m"));
  as(kAlice, [] {
    FAILS(EACCES, open("l", O_RDONLY));
    FAILS(EACCES, open("m", O_RDONLY));
  });
}

CASE(permission, the_owner_is_bound_by_the_owner_bits_even_if_others_may) {
  file("f", "abc", 0077);
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] { FAILS(EACCES, open("f", O_RDONLY)); });
  as(kBob, [] { OK(open("f", O_RDWR)); });
}

CASE(permission, of_the_thirtieth_supplementary_group_counts) {
  file("f", "abc", 0060);
  own("f", 0, 3030);
  User member{2010, 2010};
  for (gid_t gid = 3001; gid <= 3030; ++gid) member.groups.push_back(gid);
  as(member, [] { OK(open("f", O_RDWR)); });
  member.groups.pop_back();
  as(member, [] { FAILS(EACCES, open("f", O_RDONLY)); });
}

CASE(permission, of_a_supplementary_group_lets_create_in_a_directory) {
  directory("d", 0770);
  own("d", 0, kStaff);
  as(kCarolOfStaff, [] {
    file("d/f", "abc");
    OK(mkdir("d/e", 0755));
    OK(rename("d/f", "d/e/g"));
    OK(unlink("d/e/g"));
  });
  as(kAlice, [] { FAILS(EACCES, mkdir("d/x", 0755)); });
}

CASE(access, F_OK_asks_for_existence) {
  file("f", "", 0000);
  OK(access("f", F_OK));
  FAILS(ENOENT, access("x", F_OK));
  as(kAlice, [] { OK(access("f", F_OK)); });
}

CASE(access, with_an_unknown_mode_is_EINVAL) {
  file("f");
  FAILS(EINVAL, access("f", 8));
}

CASE(access, follows_symlinks) {
  OK(symlink("x", "l"));
  FAILS(ENOENT, access("l", F_OK));
  file("x", "", 0600);
  as(kAlice, [] { FAILS(EACCES, access("l", R_OK)); });
}

CASE(access, uses_the_real_and_AT_EACCESS_the_effective_user) {
  file("f", "", 0600);
  finish(start([] {
    OK(setresuid(kAlice.uid, 0, 0));
    FAILS(EACCES, access("f", R_OK));
    OK(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS));
    OK(open("f", O_RDONLY));
  }));
}

CASE(access, faccessat_is_relative_to_its_directory) {
  directory("d");
  file("d/f");
  const int dir = OK(open("d", O_RDONLY));
  OK(faccessat(dir, "f", R_OK, 0));
  FAILS(ENOENT, faccessat(dir, "x", R_OK, 0));
  FAILS(EBADF, faccessat(77, "f", R_OK, 0));
}

CASE(access, of_a_symlink_itself_with_AT_SYMLINK_NOFOLLOW) {
  OK(symlink("x", "l"));
  OK(syscall(SYS_faccessat2, AT_FDCWD, "l", F_OK, AT_SYMLINK_NOFOLLOW));
}

CASE(sticky, others_may_not_unlink_what_is_not_theirs) {
  directory("t", 01777);
  as(kAlice, [] { file("t/f", "", 0666); });
  as(kBob, [] { FAILS(EPERM, unlink("t/f")); });
  as(kAlice, [] { OK(unlink("t/f")); });
}

CASE(sticky, the_owner_of_the_directory_may_unlink) {
  directory("t", 01777);
  own("t", kBob.uid, kBob.gid);
  as(kAlice, [] { file("t/f"); });
  as(kBob, [] { OK(unlink("t/f")); });
}

CASE(sticky, root_may_unlink) {
  directory("t", 01777);
  own("t", kBob.uid, kBob.gid);
  as(kAlice, [] { file("t/f"); });
  OK(unlink("t/f"));
}

CASE(sticky, the_group_gives_no_right_to_unlink) {
  directory("t", 01770);
  own("t", 0, kStaff);
  as({2011, 2011, {kStaff}}, [] { file("t/f", "", 0660); });
  as(kCarolOfStaff, [] { FAILS(EPERM, unlink("t/f")); });
}

CASE(sticky, everyone_may_create_and_link) {
  directory("t", 01777);
  file("f", "", 0666);
  own("f", kBob.uid, kBob.gid);
  as(kBob, [] {
    OK(link("f", "t/g"));
    OK(mkdir("t/d", 0755));
  });
}

}  // namespace
}  // namespace sheen::posix
