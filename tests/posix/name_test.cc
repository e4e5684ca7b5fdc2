// SPDX-License-Identifier: Apache-2.0
// Names and paths: their lengths and bytes.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

const std::string kLongest(255, 'n');
const std::string kTooLong(256, 'n');

// "./././f" of exactly this many bytes.
std::string path_of_length(size_t length, const std::string& last) {
  std::string path;
  while (path.size() + 2 + last.size() <= length) path += "./";
  while (path.size() + last.size() < length) path += "/";
  return path + last;
}

CASE(names, of_255_bytes_work_everywhere) {
  file(kLongest, "abc");
  IS(content(kLongest), "abc");
  HOLDS(names_in(".") == kLongest);
  const std::string other(255, 'm');
  OK(rename(kLongest.c_str(), other.c_str()));
  OK(link(other.c_str(), kLongest.c_str()));
  OK(unlink(kLongest.c_str()));
  OK(mkdir(kLongest.c_str(), 0755));
  OK(rmdir(kLongest.c_str()));
  OK(symlink("x", kLongest.c_str()));
  IS(target_of(kLongest), "x");
}

CASE(names, of_256_bytes_are_ENAMETOOLONG) {
  file("f");
  directory("d");
  const char* name = kTooLong.c_str();
  FAILS(ENAMETOOLONG, open(name, O_RDWR | O_CREAT, 0644));
  FAILS(ENAMETOOLONG, open(name, O_RDONLY));
  FAILS(ENAMETOOLONG, mkdir(name, 0755));
  FAILS(ENAMETOOLONG, rmdir(name));
  FAILS(ENAMETOOLONG, unlink(name));
  FAILS(ENAMETOOLONG, symlink("x", name));
  FAILS(ENAMETOOLONG, link("f", name));
  FAILS(ENAMETOOLONG, rename("f", name));
  FAILS(ENAMETOOLONG, mkfifo(name, 0644));
  struct stat st;
  FAILS(ENAMETOOLONG, stat(name, &st));
  FAILS(ENAMETOOLONG, stat((kTooLong + "/x").c_str(), &st));
}

CASE(names, of_255_bytes_in_three_byte_characters) {
  std::string name;
  for (int i = 0; i < 85; ++i) name += "\xe2\x82\xac";
  file(name, "abc");
  IS(names_in("."), name);
  FAILS(ENAMETOOLONG, open((name + "x").c_str(), O_RDWR | O_CREAT, 0644));
}

CASE(names, of_every_length_from_1_to_255) {
  for (size_t length = 1; length <= 255; ++length) {
    if (mknod(std::string(length, 'x').c_str(), S_IFREG | 0644, 0) != 0) abandon("mknod");
  }
  const auto names = list(".");
  IS(names.size(), 255);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] != std::string(i + 1, 'x')) broken("name no. " + std::to_string(i));
  }
}

CASE(names, of_every_byte_but_slash_and_nul) {
  for (int byte = 1; byte < 256; ++byte) {
    if (byte == '/') continue;
    const std::string name = "n" + std::string(1, static_cast<char>(byte));
    file(name, std::to_string(byte));
    if (content(name) != std::to_string(byte)) broken("content of " + text_of(name));
  }
  const auto names = list(".");
  IS(names.size(), 254);
  std::string joined;
  for (const auto& name : names) joined += name;
  SEE(joined);
}

CASE(names, of_a_single_byte_of_every_value) {
  for (int byte = 1; byte < 256; ++byte) {
    if (byte == '/' || byte == '.') continue;
    file(std::string(1, static_cast<char>(byte)));
  }
  IS(list(".").size(), 253);
}

CASE(names, are_not_folded_or_normalised) {
  file("abc", "lower");
  file("ABC", "upper");
  file("\xc3\xa4", "composed");
  file("a\xcc\x88", "decomposed");
  IS(content("abc"), "lower");
  IS(content("\xc3\xa4"), "composed");
  IS(content("a\xcc\x88"), "decomposed");
  IS(list(".").size(), 4);
}

CASE(names, that_are_not_UTF_8) {
  file("\xff\xfe\x80", "abc");
  IS(content("\xff\xfe\x80"), "abc");
  IS(names_in("."), "\xff\xfe\x80");
}

CASE(names, of_spaces_newlines_and_leading_dashes) {
  file(" ", "space");
  file("\n", "newline");
  file("-rf", "dash");
  file("a b", "inner");
  IS(content(" "), "space");
  IS(content("\n"), "newline");
  IS(list(".").size(), 4);
}

CASE(names, that_look_like_internal_ones) {
  for (const char* name : {".fuse_hidden0000000100000001", ".lustre", ".sheen", ".snapshot",
                           ".nfs0001", "lost+found"}) {
    OK(mkdir(name, 0755));
    OK(rmdir(name));
    file(name, "abc");
    IS(content(name), "abc");
  }
}

CASE(names, that_differ_in_the_last_byte_only) {
  for (int i = 0; i < 64; ++i) {
    file(std::string(254, 'x') + static_cast<char>('0' + i), std::to_string(i));
  }
  IS(content(std::string(254, 'x') + '7'), "7");
  IS(list(".").size(), 64);
}

CASE(paths, of_4095_bytes_work) {
  file("f", "abc");
  const std::string path = path_of_length(4095, "f");
  IS(path.size(), 4095);
  IS(content(path), "abc");
}

CASE(paths, of_4096_bytes_are_ENAMETOOLONG) {
  file("f", "abc");
  const std::string path = path_of_length(4096, "f");
  struct stat st;
  FAILS(ENAMETOOLONG, stat(path.c_str(), &st));
  FAILS(ENAMETOOLONG, open(path.c_str(), O_RDONLY));
  FAILS(ENAMETOOLONG, unlink(path.c_str()));
}

CASE(paths, with_many_slashes_are_one) {
  directory("d");
  file("d/f", "abc");
  IS(content("d///f"), "abc");
  IS(content(".//./d//.//f"), "abc");
}

CASE(paths, through_symlinks_may_exceed_PATH_MAX_in_all) {
  directory("d");
  file("d/f", "abc");
  OK(symlink(path_of_length(4000, "d").c_str(), "l"));
  IS(content(path_of_length(4000, "l") + "/f"), "abc");
}

CASE(paths, of_directories_of_255_bytes_deeper_than_PATH_MAX) {
  for (int i = 0; i < 20; ++i) {
    if (mkdir(kLongest.c_str(), 0755) != 0 || chdir(kLongest.c_str()) != 0) abandon("mkdir");
  }
  file("f", "abc");
  IS(content("f"), "abc");
  char path[4096];
  FAILS(ERANGE, getcwd(path, sizeof path) == nullptr ? -1 : 0);
}

CASE(pathconf, tells_the_limits) {
  IS(pathconf(".", _PC_NAME_MAX), 255);
  IS(pathconf(".", _PC_PATH_MAX), 4096);
  IS(pathconf(".", _PC_NO_TRUNC), 1);
  IS(pathconf(".", _PC_CHOWN_RESTRICTED), 1);
  IS(pathconf(".", _PC_PIPE_BUF), 4096);
}

}  // namespace
}  // namespace sheen::posix
