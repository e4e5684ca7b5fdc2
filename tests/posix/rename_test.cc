// SPDX-License-Identifier: Apache-2.0
// rename, renameat2: what may replace what, flags, subtrees, sticky directories, permissions.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

int rename2(const char* from, const char* to, unsigned flags) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags);
}

// Makes something of the named kind.
void make(const std::string& kind, const std::string& path) {
  if (kind == "file") {
    file(path, "content of " + path);
  } else if (kind == "empty_directory") {
    directory(path);
  } else if (kind == "full_directory") {
    directory(path);
    file(path + "/inside");
  } else if (kind == "symlink") {
    if (symlink("nowhere", path.c_str()) != 0) abandon("symlink");
  } else if (kind == "fifo") {
    if (mkfifo(path.c_str(), 0644) != 0) abandon("mkfifo");
  }
}

bool is_directory(const std::string& kind) { return kind.ends_with("directory"); }

// What POSIX wants of renaming one kind onto another: 0 or an errno.
int expected_error(const std::string& from, const std::string& to) {
  if (is_directory(from) && !is_directory(to)) return ENOTDIR;
  if (!is_directory(from) && is_directory(to)) return EISDIR;
  return to == "full_directory" ? ENOTEMPTY : 0;
}

void rename_onto(const std::string& from, const std::string& to) {
  make(from, "from");
  make(to, "to");
  const auto inode = info("from").st_ino;
  const int error = expected_error(from, to);
  if (error != 0) {
    FAILS(error, rename("from", "to"));
    HOLDS(info("from").st_ino == inode);
    IS(names_in("."), "from to");
  } else {
    OK(rename("from", "to"));
    HOLDS(info("to").st_ino == inode);
    IS(names_in("."), "to");
  }
}

void exchange(const std::string& from, const std::string& to) {
  make(from, "from");
  make(to, "to");
  const auto first = info("from").st_ino;
  const auto second = info("to").st_ino;
  OK(rename2("from", "to", RENAME_EXCHANGE));
  HOLDS(info("to").st_ino == first);
  HOLDS(info("from").st_ino == second);
}

[[maybe_unused]] const bool combinations_registered = [] {
  const std::string kinds[] = {"file", "empty_directory", "full_directory", "symlink", "fifo"};
  for (const std::string& from : kinds) {
    for (const std::string& to : kinds) {
      std::string answer = "_replaces_it";
      if (const int error = expected_error(from, to)) answer = "_is_" + errno_name(error);
      Registration("rename/" + from + "_onto_" + to + answer, [=] { rename_onto(from, to); });
      Registration("rename/RENAME_EXCHANGE_swaps_" + from + "_and_" + to,
                   [=] { exchange(from, to); });
    }
  }
  return true;
}();

CASE(rename, moves_a_file) {
  file("f", "abc", 0640);
  OK(rename("f", "g"));
  IS(names_in("."), "g");
  IS(content("g"), "abc");
  IS(mode_of("g"), "0640");
}

CASE(rename, moves_a_file_across_directories) {
  directory("a");
  directory("b");
  file("a/f", "abc");
  OK(rename("a/f", "b/g"));
  IS(names_in("a"), "");
  IS(content("b/g"), "abc");
}

CASE(rename, moves_a_directory_with_all_below) {
  directory("a");
  directory("a/sub");
  file("a/sub/f", "abc");
  directory("b");
  OK(rename("a", "b/c"));
  IS(content("b/c/sub/f"), "abc");
  HOLDS(!exists("a"));
}

CASE(rename, of_a_directory_corrects_dotdot_and_link_counts) {
  directory("a");
  directory("a/d");
  directory("b");
  OK(rename("a/d", "b/d"));
  IS(links_of("a"), 2);
  IS(links_of("b"), 3);
  HOLDS(same_file("b/d/..", "b"));
}

CASE(rename, of_a_directory_onto_an_empty_one_counts_links) {
  directory("a");
  directory("a/d");
  directory("b");
  directory("b/e");
  OK(rename("a/d", "b/e"));
  IS(links_of("a"), 2);
  IS(links_of("b"), 3);
}

CASE(rename, onto_itself_does_nothing) {
  file("f", "abc");
  directory("d");
  OK(rename("f", "f"));
  OK(rename("d", "d"));
  IS(content("f"), "abc");
}

CASE(rename, onto_another_name_of_the_same_file_does_nothing) {
  file("f", "abc");
  OK(link("f", "g"));
  OK(rename("f", "g"));
  IS(names_in("."), "f g");
  IS(links_of("f"), 2);
}

CASE(rename, onto_a_name_of_a_file_with_two_names_keeps_the_other) {
  file("f", "abc");
  OK(link("f", "g"));
  file("h", "new");
  OK(rename("h", "g"));
  IS(links_of("f"), 1);
  IS(content("f"), "abc");
  IS(content("g"), "new");
}

CASE(rename, of_a_missing_name_is_ENOENT) {
  file("g", "abc");
  FAILS(ENOENT, rename("f", "g"));
  FAILS(ENOENT, rename("", "g"));
  FAILS(ENOENT, rename("g", ""));
  IS(content("g"), "abc");
}

CASE(rename, into_a_missing_directory_is_ENOENT) {
  file("f");
  FAILS(ENOENT, rename("f", "d/f"));
}

CASE(rename, into_its_own_subtree_is_EINVAL) {
  directory("a");
  directory("a/b");
  directory("a/b/c");
  FAILS(EINVAL, rename("a", "a/b/x"));
  FAILS(EINVAL, rename("a", "a/b/c/x"));
  FAILS(EINVAL, rename("a", "a/x"));
}

CASE(rename, onto_its_own_ancestor_is_ENOTEMPTY) {
  directory("a");
  directory("a/b");
  directory("a/b/c");
  FAILS(ENOTEMPTY, rename("a/b", "a"));
  FAILS(ENOTEMPTY, rename("a/b/c", "a"));
}

CASE(rename, of_dot_or_dotdot_is_EBUSY) {
  directory("d");
  FAILS(EBUSY, rename("d/.", "e"));
  FAILS(EBUSY, rename("d/..", "e"));
  FAILS(EBUSY, rename("d", "."));
  FAILS(EBUSY, rename("d", "d/.."));
}

CASE(rename, of_a_directory_may_end_with_a_slash) {
  directory("d");
  OK(rename("d/", "e/"));
  IS(type_of("e"), "directory");
}

CASE(rename, of_a_file_with_a_trailing_slash_is_ENOTDIR) {
  file("f");
  FAILS(ENOTDIR, rename("f/", "g"));
  FAILS(ENOTDIR, rename("f", "g/"));
  HOLDS(exists("f"));
}

CASE(rename, of_a_symlink_moves_the_symlink) {
  file("f", "abc");
  OK(symlink("f", "l"));
  OK(rename("l", "m"));
  IS(type_of("m"), "symlink");
  IS(target_of("m"), "f");
}

CASE(rename, onto_a_symlink_replaces_the_symlink) {
  file("f", "abc");
  file("g", "def");
  OK(symlink("g", "l"));
  OK(rename("f", "l"));
  IS(type_of("l"), "file");
  IS(content("g"), "def");
}

CASE(rename, of_a_directory_onto_a_symlink_to_a_directory_is_ENOTDIR) {
  directory("d");
  directory("e");
  OK(symlink("e", "l"));
  FAILS(ENOTDIR, rename("d", "l"));
}

CASE(rename, onto_a_file_opened_by_others_is_allowed) {
  file("f", "new");
  file("g", "old");
  const int fd = OK(open("g", O_RDWR));
  OK(rename("f", "g"));
  IS(write(fd, "OLD", 3), 3);
  IS(content(fd), "OLD");
  IS(content("g"), "new");
}

CASE(rename, needs_write_permission_on_both_directories) {
  directory("open", 0777);
  directory("closed", 0755);
  file("open/f", "", 0666);
  file("closed/g", "", 0666);
  as(kAlice, [] {
    FAILS(EACCES, rename("open/f", "closed/f"));
    FAILS(EACCES, rename("closed/g", "open/g"));
    FAILS(EACCES, rename("closed/g", "closed/h"));
    OK(rename("open/f", "open/h"));
  });
}

CASE(rename, needs_search_permission_on_both_directories) {
  directory("open", 0777);
  directory("dark", 0666);
  file("open/f", "", 0666);
  as(kAlice, [] { FAILS(EACCES, rename("open/f", "dark/f")); });
}

CASE(rename, of_a_directory_of_another_owner_to_another_parent_needs_write_permission_on_it) {
  directory("a", 0777);
  directory("b", 0777);
  directory("a/d", 0755);
  directory("a/e", 0777);
  as(kAlice, [] {
    FAILS(EACCES, rename("a/d", "b/d"));
    OK(rename("a/e", "b/e"));
    OK(rename("a/d", "a/x"));
  });
}

CASE(rename, in_a_sticky_directory_is_for_owners) {
  directory("t", 01777);
  as(kAlice, [] { file("t/f", "", 0666); });
  as(kBob, [] {
    FAILS(EPERM, rename("t/f", "t/g"));
    FAILS(EPERM, rename("t/f", "g"));
  });
  as(kAlice, [] { OK(rename("t/f", "t/g")); });
}

CASE(rename, onto_a_foreign_file_in_a_sticky_directory_is_EPERM) {
  directory("t", 01777);
  as(kAlice, [] { file("t/f", "alice", 0666); });
  as(kBob, [] {
    file("t/g", "bob");
    FAILS(EPERM, rename("t/g", "t/f"));
  });
  IS(content("t/f"), "alice");
}

CASE(rename, in_ones_own_sticky_directory_is_allowed) {
  directory("t", 01777);
  own("t", kBob.uid, kBob.gid);
  as(kAlice, [] { file("t/f"); });
  as(kBob, [] { OK(rename("t/f", "t/g")); });
}

CASE(rename, RENAME_NOREPLACE_onto_an_existing_name_is_EEXIST) {
  file("f", "abc");
  file("g", "def");
  directory("d");
  OK(symlink("nowhere", "l"));
  FAILS(EEXIST, rename2("f", "g", RENAME_NOREPLACE));
  FAILS(EEXIST, rename2("f", "d", RENAME_NOREPLACE));
  FAILS(EEXIST, rename2("f", "l", RENAME_NOREPLACE));
  FAILS(EEXIST, rename2("f", "f", RENAME_NOREPLACE));
  IS(content("g"), "def");
}

CASE(rename, RENAME_NOREPLACE_onto_a_free_name_moves) {
  file("f", "abc");
  OK(rename2("f", "g", RENAME_NOREPLACE));
  IS(content("g"), "abc");
  HOLDS(!exists("f"));
}

CASE(rename, RENAME_EXCHANGE_with_a_missing_name_is_ENOENT) {
  file("f", "abc");
  FAILS(ENOENT, rename2("f", "g", RENAME_EXCHANGE));
  FAILS(ENOENT, rename2("g", "f", RENAME_EXCHANGE));
}

CASE(rename, RENAME_EXCHANGE_across_directories_counts_links) {
  directory("a");
  directory("b");
  directory("a/d");
  file("b/f", "abc");
  OK(rename2("a/d", "b/f", RENAME_EXCHANGE));
  IS(links_of("a"), 2);
  IS(links_of("b"), 3);
  IS(content("a/d"), "abc");
  HOLDS(same_file("b/f/..", "b"));
}

CASE(rename, RENAME_EXCHANGE_with_its_own_ancestor_is_EINVAL) {
  directory("a");
  directory("a/b");
  directory("a/b/c");
  FAILS(EINVAL, rename2("a", "a/b/c", RENAME_EXCHANGE));
  FAILS(EINVAL, rename2("a/b/c", "a", RENAME_EXCHANGE));
}

CASE(rename, RENAME_EXCHANGE_keeps_link_counts_of_files) {
  file("f", "abc");
  file("g", "def");
  OK(link("f", "f2"));
  OK(rename2("f", "g", RENAME_EXCHANGE));
  IS(links_of("g"), 2);
  IS(links_of("f"), 1);
  HOLDS(same_file("g", "f2"));
}

CASE(rename, RENAME_EXCHANGE_needs_permission_on_both_sides) {
  directory("open", 0777);
  directory("closed", 0755);
  file("open/f");
  file("closed/g");
  as(kAlice, [] { FAILS(EACCES, rename2("open/f", "closed/g", RENAME_EXCHANGE)); });
}

CASE(rename, RENAME_EXCHANGE_in_a_sticky_directory_is_for_owners) {
  directory("t", 01777);
  as(kAlice, [] { file("t/f"); });
  as(kBob, [] {
    file("t/g");
    FAILS(EPERM, rename2("t/g", "t/f", RENAME_EXCHANGE));
  });
}

CASE(rename, with_both_flags_or_unknown_ones_is_EINVAL) {
  file("f");
  file("g");
  FAILS(EINVAL, rename2("f", "g", RENAME_NOREPLACE | RENAME_EXCHANGE));
  FAILS(EINVAL, rename2("f", "g", 1 << 20));
}

CASE(rename, RENAME_WHITEOUT_leaves_a_whiteout_device) {
  file("f", "abc");
  ANSWER(rename2("f", "g", RENAME_WHITEOUT));
  SEE(type_of("f"));
}

CASE(rename, is_relative_to_its_directories) {
  directory("a");
  directory("b");
  file("a/f", "abc");
  const int a = OK(open("a", O_RDONLY));
  const int b = OK(open("b", O_RDONLY));
  OK(renameat(a, "f", b, "g"));
  IS(content("b/g"), "abc");
  FAILS(EBADF, renameat(77, "f", b, "g"));
}

CASE(rename, keeps_the_inode_number_and_times_but_ctime) {
  file("f", "abc");
  const auto inode = info("f").st_ino;
  const struct stat before = info("f");
  tick();
  OK(rename("f", "g"));
  const struct stat after = info("g");
  HOLDS(after.st_ino == inode);
  HOLDS(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
  HOLDS(after.st_ctim.tv_nsec != before.st_ctim.tv_nsec);
}

CASE(rename, the_old_name_can_be_made_again_at_once) {
  file("f", "abc");
  OK(rename("f", "g"));
  file("f", "new");
  IS(content("f"), "new");
  IS(content("g"), "abc");
}

CASE(rename, the_working_directory_follows) {
  directory("d");
  file("d/f", "abc");
  OK(chdir("d"));
  OK(rename("../d", "../e"));
  IS(content("f"), "abc");
  IS(content("../e/f"), "abc");
}

CASE(rename, into_a_removed_directory_is_ENOENT) {
  file("f");
  directory("d");
  const int dir = OK(open("d", O_RDONLY));
  OK(rmdir("d"));
  FAILS(ENOENT, renameat(AT_FDCWD, "f", dir, "f"));
}

CASE(rename, of_a_file_through_a_file_is_ENOTDIR) {
  file("f");
  file("g");
  FAILS(ENOTDIR, rename("f", "g/h"));
  FAILS(ENOTDIR, rename("g/h", "f"));
}

}  // namespace
}  // namespace sheen::posix
