// SPDX-License-Identifier: Apache-2.0
// chmod, chown, umask, and what happens to set-user-id and set-group-id bits.

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

constexpr uid_t kSameUid = static_cast<uid_t>(-1);
constexpr gid_t kSameGid = static_cast<gid_t>(-1);

CASE(chmod, sets_all_bits) {
  file("f");
  directory("d");
  for (const mode_t mode : {0000, 0777, 0421, 01777, 02755, 04711, 07777}) {
    OK(chmod("f", mode));
    OK(chmod("d", mode));
    IS(info("f").st_mode & 07777, mode);
    IS(info("d").st_mode & 07777, mode);
  }
}

CASE(chmod, keeps_the_type) {
  OK(mkfifo("p", 0644));
  OK(chmod("p", S_IFREG | 0600));
  IS(type_of("p") + mode_of("p"), "fifo0600");
}

CASE(chmod, follows_symlinks) {
  file("f");
  OK(symlink("f", "l"));
  OK(chmod("l", 0600));
  IS(mode_of("f"), "0600");
  IS(mode_of("l"), "0777");
}

CASE(chmod, by_the_owner_is_allowed_and_by_others_EPERM) {
  file("f", "", 0666);
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] { OK(chmod("f", 0600)); });
  as(kBob, [] { FAILS(EPERM, chmod("f", 0666)); });
  IS(mode_of("f"), "0600");
}

CASE(chmod, of_a_missing_file_is_ENOENT) {
  FAILS(ENOENT, chmod("f", 0644));
  FAILS(ENOENT, chmod("", 0644));
}

CASE(chmod, fchmod_works_on_any_handle) {
  file("f");
  directory("d");
  const int reading = OK(open("f", O_RDONLY));
  const int writing = OK(open("f", O_WRONLY));
  const int dir = OK(open("d", O_RDONLY));
  OK(fchmod(reading, 0600));
  IS(mode_of("f"), "0600");
  OK(fchmod(writing, 0640));
  IS(mode_of("f"), "0640");
  OK(fchmod(dir, 0700));
  IS(mode_of("d"), "0700");
  FAILS(EBADF, fchmod(77, 0644));
}

CASE(chmod, by_an_owner_outside_the_group_drops_setgid) {
  file("f", "", 0644);
  own("f", kAlice.uid, kStaff);
  as(kAlice, [] { OK(chmod("f", 02755)); });
  IS(mode_of("f"), "0755");
}

CASE(chmod, by_an_owner_in_the_group_keeps_setgid) {
  file("f", "", 0644);
  file("g", "", 0644);
  own("f", kAlice.uid, kAlice.gid);
  own("g", kCarolOfStaff.uid, kStaff);
  as(kAlice, [] { OK(chmod("f", 06755)); });
  as(kCarolOfStaff, [] { OK(chmod("g", 02755)); });
  IS(mode_of("f"), "6755");
  IS(mode_of("g"), "2755");
}

CASE(chmod, of_a_directory_by_an_owner_outside_the_group_drops_setgid) {
  directory("d", 0755);
  own("d", kAlice.uid, kStaff);
  as(kAlice, [] { OK(chmod("d", 02755)); });
  IS(mode_of("d"), "0755");
}

CASE(chmod, an_ordinary_user_may_set_the_sticky_bit) {
  directory("d");
  file("f");
  own("d", kAlice.uid, kAlice.gid);
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] {
    OK(chmod("d", 01777));
    OK(chmod("f", 01644));
  });
  IS(mode_of("d"), "1777");
  IS(mode_of("f"), "1644");
}

CASE(chmod, takes_effect_at_once_for_others) {
  file("f", "abc", 0644);
  as(kAlice, [] { IS(content("f"), "abc"); });
  OK(chmod("f", 0600));
  as(kAlice, [] { FAILS(EACCES, open("f", O_RDONLY)); });
  OK(chmod("f", 0604));
  as(kAlice, [] { IS(content("f"), "abc"); });
}

CASE(chown, sets_owner_and_group) {
  file("f");
  directory("d");
  OK(chown("f", 12, 34));
  OK(chown("d", 56, 78));
  IS(owner_of("f"), "12:34");
  IS(owner_of("d"), "56:78");
}

CASE(chown, of_minus_1_keeps_that_one) {
  file("f");
  OK(chown("f", 12, 34));
  OK(chown("f", kSameUid, 99));
  IS(owner_of("f"), "12:99");
  OK(chown("f", 77, kSameGid));
  IS(owner_of("f"), "77:99");
}

CASE(chown, takes_32_bit_ids) {
  file("f");
  OK(chown("f", 4294967294U, 3000000000U));
  IS(owner_of("f"), "4294967294:3000000000");
}

CASE(chown, of_the_owner_is_for_root) {
  file("f");
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] {
    FAILS(EPERM, chown("f", kBob.uid, kSameGid));
    OK(chown("f", kAlice.uid, kSameGid));
  });
}

CASE(chown, of_the_group_by_the_owner_to_a_group_of_hers) {
  file("f");
  own("f", kCarolOfStaff.uid, kCarolOfStaff.gid);
  as(kCarolOfStaff, [] {
    OK(chown("f", kSameUid, kStaff));
    OK(chown("f", kSameUid, kCarolOfStaff.gid));
    OK(chown("f", kCarolOfStaff.uid, kStaff));
    FAILS(EPERM, chown("f", kSameUid, kBob.gid));
  });
  IS(owner_of("f"), "2003:3001");
}

CASE(chown, of_the_group_by_others_is_EPERM) {
  file("f", "", 0666);
  as(kCarolOfStaff, [] { FAILS(EPERM, chown("f", kSameUid, kStaff)); });
}

CASE(chown, of_nothing_by_a_stranger) {
  file("f", "", 0666);
  as(kAlice, [] { ANSWER(chown("f", kSameUid, kSameGid)); });
}

CASE(chown, by_an_ordinary_user_clears_setuid_and_setgid) {
  file("f", "", 06755);
  own("f", kCarolOfStaff.uid, kCarolOfStaff.gid);
  OK(chmod("f", 06755));
  as(kCarolOfStaff, [] { OK(chown("f", kSameUid, kStaff)); });
  IS(mode_of("f"), "0755");
}

CASE(chown, by_root_clears_setuid_and_setgid_of_executables) {
  file("f");
  OK(chmod("f", 06755));
  OK(chown("f", 12, 34));
  IS(mode_of("f"), "0755");
}

CASE(chown, keeps_setgid_without_group_execute) {
  file("f");
  OK(chmod("f", 02745));
  OK(chown("f", 12, 34));
  SEE(mode_of("f"));
}

CASE(chown, of_a_directory_keeps_setgid) {
  directory("d");
  OK(chmod("d", 02755));
  OK(chown("d", 12, 34));
  IS(mode_of("d"), "2755");
}

CASE(chown, fchown_works_on_any_handle) {
  file("f");
  const int fd = OK(open("f", O_RDONLY));
  OK(fchown(fd, 5, 6));
  IS(owner_of("f"), "5:6");
  FAILS(EBADF, fchown(77, 5, 6));
}

CASE(chown, fchownat_with_AT_EMPTY_PATH) {
  file("f");
  const int fd = OK(open("f", O_PATH));
  OK(fchownat(fd, "", 5, 6, AT_EMPTY_PATH));
  IS(owner_of("f"), "5:6");
}

CASE(chown, of_a_missing_file_is_ENOENT) {
  FAILS(ENOENT, chown("f", 1, 1));
  FAILS(ENOENT, lchown("", 1, 1));
}

CASE(chown, takes_effect_at_once) {
  file("f", "abc", 0600);
  as(kAlice, [] { FAILS(EACCES, open("f", O_RDONLY)); });
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] { IS(content("f"), "abc"); });
}

CASE(umask, takes_bits_from_everything_new) {
  umask(027);
  file("f", "", 0666);
  directory("d", 0777);
  OK(mkfifo("p", 0666));
  OK(mknod("n", S_IFREG | 0777, 0));
  IS(mode_of("f"), "0640");
  IS(mode_of("d"), "0750");
  IS(mode_of("p"), "0640");
  IS(mode_of("n"), "0750");
}

CASE(umask, does_not_concern_chmod_and_existing_files) {
  file("f", "", 0666);
  umask(077);
  file("f", "abc", 0666);
  IS(mode_of("f"), "0666");
  OK(chmod("f", 0777));
  IS(mode_of("f"), "0777");
}

CASE(umask, of_0777_leaves_nothing) {
  umask(0777);
  OK(mknod("f", S_IFREG | 0777, 0));
  OK(mkdir("d", 0777));
  IS(mode_of("f"), "0000");
  IS(mode_of("d"), "0000");
}

CASE(umask, keeps_set_id_bits) {
  umask(022);
  OK(open("f", O_RDWR | O_CREAT, 06777));
  IS(mode_of("f"), "6755");
}

// A file with both set-id bits, which anyone may write.
void set_id_file() {
  file("f", "abc");
  if (chmod("f", 06777) != 0) abandon("chmod");
}

CASE(set_id, a_write_by_an_ordinary_user_clears_both_bits) {
  set_id_file();
  as(kAlice, [] {
    const int fd = OK(open("f", O_WRONLY));
    IS(mode_of("f"), "6777");
    IS(write(fd, "x", 1), 1);
  });
  IS(mode_of("f"), "0777");
}

CASE(set_id, a_write_by_the_owner_clears_both_bits) {
  set_id_file();
  own("f", kAlice.uid, kAlice.gid);
  OK(chmod("f", 06777));
  as(kAlice, [] { IS(write(static_cast<int>(OK(open("f", O_WRONLY))), "x", 1), 1); });
  IS(mode_of("f"), "0777");
}

CASE(set_id, a_write_by_root_keeps_them) {
  set_id_file();
  IS(write(static_cast<int>(OK(open("f", O_WRONLY))), "x", 1), 1);
  IS(mode_of("f"), "6777");
}

CASE(set_id, a_write_keeps_setgid_without_group_execute) {
  file("f");
  OK(chmod("f", 02767));
  as(kAlice, [] { IS(write(static_cast<int>(OK(open("f", O_WRONLY))), "x", 1), 1); });
  SEE(mode_of("f"));
}

CASE(set_id, a_write_through_the_same_handle_clears_them_each_time) {
  set_id_file();
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] {
    const int fd = OK(open("f", O_WRONLY));
    for (int i = 0; i < 2; ++i) {
      OK(chmod("f", 04777));
      IS(write(fd, "x", 1), 1);
      IS(mode_of("f"), "0777");
    }
  });
}

CASE(set_id, truncation_by_an_ordinary_user_clears_both_bits) {
  set_id_file();
  as(kAlice, [] { OK(truncate("f", 1)); });
  IS(mode_of("f"), "0777");
}

CASE(set_id, ftruncate_by_an_ordinary_user_clears_both_bits) {
  set_id_file();
  as(kAlice, [] { OK(ftruncate(static_cast<int>(OK(open("f", O_WRONLY))), 1)); });
  IS(mode_of("f"), "0777");
}

CASE(set_id, O_TRUNC_by_an_ordinary_user_clears_both_bits) {
  set_id_file();
  as(kAlice, [] { OK(open("f", O_WRONLY | O_TRUNC)); });
  IS(mode_of("f"), "0777");
}

CASE(set_id, fallocate_by_an_ordinary_user_clears_both_bits) {
  set_id_file();
  as(kAlice, [] { OK(fallocate(static_cast<int>(OK(open("f", O_WRONLY))), 0, 0, 10000)); });
  IS(mode_of("f"), "0777");
}

CASE(set_id, truncation_by_root_keeps_them) {
  set_id_file();
  OK(truncate("f", 1));
  IS(mode_of("f"), "6777");
}

CASE(set_id, reading_and_opening_keep_them) {
  set_id_file();
  as(kAlice, [] {
    OK(open("f", O_RDWR));
    content("f");
  });
  IS(mode_of("f"), "6777");
}

CASE(setgid_directory, files_inherit_the_group) {
  directory("d", 0777);
  own("d", 0, kStaff);
  OK(chmod("d", 02777));
  as(kAlice, [] {
    file("d/f");
    OK(symlink("x", "d/l"));
    OK(mkfifo("d/p", 0644));
  });
  IS(owner_of("d/f"), "2001:3001");
  IS(owner_of("d/l"), "2001:3001");
  IS(owner_of("d/p"), "2001:3001");
  IS(mode_of("d/f"), "0644");
}

CASE(setgid_directory, subdirectories_inherit_group_and_bit) {
  directory("d", 0777);
  own("d", 0, kStaff);
  OK(chmod("d", 02777));
  as(kAlice, [] { OK(mkdir("d/e", 0755)); });
  IS(owner_of("d/e"), "2001:3001");
  IS(mode_of("d/e"), "2755");
}

CASE(setgid_directory, a_new_setgid_file_of_a_stranger_to_the_group_loses_the_bit) {
  directory("d", 0777);
  own("d", 0, kStaff);
  OK(chmod("d", 02777));
  as(kAlice, [] { OK(open("d/f", O_RDWR | O_CREAT, 02755)); });
  as(kCarolOfStaff, [] { OK(open("d/g", O_RDWR | O_CREAT, 02755)); });
  IS(mode_of("d/f"), "0755");
  IS(mode_of("d/g"), "2755");
}

CASE(setgid_directory, a_file_moved_in_keeps_its_group) {
  directory("d", 0777);
  own("d", 0, kStaff);
  OK(chmod("d", 02777));
  as(kAlice, [] {
    file("f");
    OK(rename("f", "d/f"));
  });
  IS(owner_of("d/f"), "2001:2001");
}

}  // namespace
}  // namespace sheen::posix
