// SPDX-License-Identifier: Apache-2.0
// Several processes at once: what is atomic stays atomic.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <new>
#include <set>
#include <sstream>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

// A counter that forked processes share.
std::atomic<int>& shared_counter() {
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) abandon("mmap");
  return *new (memory) std::atomic<int>(0);
}

// Runs `count` processes at once, each with its number, and waits for all.
void together(int count, const std::function<void(int)>& body) {
  const Gate gate;
  std::vector<pid_t> pids;
  for (int i = 0; i < count; ++i) {
    pids.push_back(start([&, i] {
      gate.pass();
      body(i);
    }));
  }
  for (int i = 0; i < count; ++i) gate.open();
  for (const pid_t pid : pids) finish(pid);
}

std::string name_of(const char* prefix, int i) { return prefix + std::to_string(i); }

CASE(concurrent, appends_lose_no_line) {
  constexpr int kWriters = 4;
  constexpr int kLines = 250;
  file("f");
  together(kWriters, [](int writer) {
    const int fd = OK(open("f", O_WRONLY | O_APPEND));
    for (int i = 0; i < kLines; ++i) {
      const std::string line = std::to_string(writer) + "." + std::to_string(i) + "\n";
      if (write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        abandon("short append");
      }
    }
  });
  std::set<std::string> lines;
  std::istringstream in(content("f"));
  for (std::string line; std::getline(in, line);) lines.insert(line);
  IS(lines.size(), kWriters * kLines);
}

CASE(concurrent, large_appends_are_not_mixed) {
  static constexpr int kBlock = 100000;
  file("f");
  together(4, [](int writer) {
    const int fd = OK(open("f", O_WRONLY | O_APPEND));
    const std::string block(kBlock, static_cast<char>('a' + writer));
    for (int i = 0; i < 10; ++i) IS(write(fd, block.data(), block.size()), kBlock);
  });
  const std::string bytes = content("f");
  IS(bytes.size(), 40 * kBlock);
  for (size_t at = 0; at < bytes.size(); at += kBlock) {
    if (bytes.compare(at, kBlock, std::string(kBlock, bytes[at])) != 0) broken("a mixed block");
  }
}

CASE(concurrent, O_EXCL_has_exactly_one_winner) {
  std::atomic<int>& winners = shared_counter();
  together(4, [&](int) {
    for (int i = 0; i < 50; ++i) {
      const int fd = open(name_of("f", i).c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
      if (fd >= 0) {
        ++winners;
        close(fd);
      } else if (errno != EEXIST) {
        abandon("open: " + errno_name(errno));
      }
    }
  });
  IS(winners.load(), 50);
  IS(list(".").size(), 50);
}

CASE(concurrent, O_CREAT_without_O_EXCL_never_fails) {
  together(4, [](int) {
    for (int i = 0; i < 50; ++i) {
      const int fd = open(name_of("f", i).c_str(), O_WRONLY | O_CREAT, 0644);
      if (fd < 0) abandon("open: " + errno_name(errno));
      close(fd);
    }
  });
  IS(list(".").size(), 50);
}

CASE(concurrent, mkdir_has_exactly_one_winner) {
  std::atomic<int>& winners = shared_counter();
  together(4, [&](int) {
    for (int i = 0; i < 50; ++i) {
      if (mkdir(name_of("d", i).c_str(), 0755) == 0) ++winners;
    }
  });
  IS(winners.load(), 50);
  IS(links_of("."), 52);
}

CASE(concurrent, unlink_has_exactly_one_winner) {
  std::atomic<int>& winners = shared_counter();
  for (int i = 0; i < 50; ++i) file(name_of("f", i));
  together(4, [&](int) {
    for (int i = 0; i < 50; ++i) {
      if (unlink(name_of("f", i).c_str()) == 0) {
        ++winners;
      } else if (errno != ENOENT) {
        abandon("unlink: " + errno_name(errno));
      }
    }
  });
  IS(winners.load(), 50);
}

CASE(concurrent, link_has_exactly_one_winner) {
  std::atomic<int>& winners = shared_counter();
  file("f");
  together(4, [&](int) {
    for (int i = 0; i < 50; ++i) {
      if (link("f", name_of("l", i).c_str()) == 0) ++winners;
    }
  });
  IS(winners.load(), 50);
  IS(links_of("f"), 51);
}

CASE(concurrent, RENAME_NOREPLACE_has_exactly_one_winner) {
  std::atomic<int>& winners = shared_counter();
  for (int writer = 0; writer < 4; ++writer) file(name_of("from", writer), std::to_string(writer));
  together(4, [&](int writer) {
    if (renameat2(AT_FDCWD, name_of("from", writer).c_str(), AT_FDCWD, "to", RENAME_NOREPLACE) ==
        0) {
      ++winners;
    }
  });
  IS(winners.load(), 1);
  IS(list(".").size(), 4);
}

CASE(concurrent, rename_never_leaves_the_name_missing) {
  file("f", "0");
  const pid_t pid = start([] {
    for (int i = 0; i < 200; ++i) {
      file("new", std::to_string(i));
      if (rename("new", "f") != 0) abandon("rename: " + errno_name(errno));
    }
  });
  for (int i = 0; i < 400; ++i) {
    const int fd = open("f", O_RDONLY);
    if (fd < 0) abandon("the name is missing: " + errno_name(errno));
    if (content(fd).empty()) broken("the file is incomplete");
    close(fd);
  }
  finish(pid);
}

CASE(concurrent, exchange_never_leaves_a_name_missing) {
  file("a", "1");
  file("b", "2");
  const pid_t pid = start([] {
    for (int i = 0; i < 200; ++i) {
      if (renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE) != 0) abandon("exchange");
    }
  });
  for (int i = 0; i < 400; ++i) {
    if (access("a", F_OK) != 0 || access("b", F_OK) != 0) abandon("a name is missing");
  }
  finish(pid);
  HOLDS(content("a") + content("b") == "12");
}

CASE(concurrent, creation_and_removal_leave_the_directory_consistent) {
  together(4, [](int writer) {
    for (int i = 0; i < 60; ++i) {
      const std::string name = name_of("f", i % 20);
      if ((i + writer) % 2 == 0) {
        const int fd = open(name.c_str(), O_WRONLY | O_CREAT, 0644);
        if (fd < 0) abandon("open: " + errno_name(errno));
        close(fd);
      } else if (unlink(name.c_str()) != 0 && errno != ENOENT) {
        abandon("unlink: " + errno_name(errno));
      }
    }
  });
  for (const std::string& name : list(".")) {
    if (!exists(name)) broken(name + " is listed but missing");
    if (unlink(name.c_str()) != 0) broken("unlink " + name);
  }
  IS(names_in("."), "");
}

CASE(concurrent, subdirectory_counts_stay_right) {
  directory("d");
  together(4, [](int writer) {
    for (int i = 0; i < 40; ++i) {
      const std::string name = name_of("d/", writer * 100 + i);
      if (mkdir(name.c_str(), 0755) != 0) abandon("mkdir");
      if (i % 2 == 0 && rmdir(name.c_str()) != 0) abandon("rmdir");
    }
  });
  IS(links_of("d"), 82);
  IS(list("d").size(), 80);
}

CASE(concurrent, writers_of_disjoint_ranges_do_not_disturb_each_other) {
  constexpr off_t kPart = 700001;
  file("f");
  together(4, [](int writer) {
    const int fd = OK(open("f", O_WRONLY));
    const std::string bytes = pattern(kPart, writer * kPart);
    for (off_t at = 0; at < kPart; at += 10007) {
      const auto size = static_cast<size_t>(std::min<off_t>(10007, kPart - at));
      write_at(fd, std::string_view(bytes).substr(static_cast<size_t>(at), size),
               writer * kPart + at);
    }
  });
  HOLDS(content("f") == pattern(4 * kPart));
}

CASE(concurrent, rmdir_and_creation_inside_never_both_succeed) {
  for (int round = 0; round < 30; ++round) {
    directory("d");
    std::atomic<int>& successes = shared_counter();
    together(2, [&](int who) {
      const int result = who == 0 ? rmdir("d") : open("d/f", O_WRONLY | O_CREAT, 0644);
      if (result >= 0) ++successes;
    });
    if (successes.load() != 1) broken("both or neither succeeded");
    unlink("d/f");
    rmdir("d");
  }
  IS(names_in("."), "");
}

CASE(concurrent, crossed_directory_moves_make_no_loop) {
  for (int round = 0; round < 30; ++round) {
    directory("a");
    directory("b");
    together(2, [](int who) {
      const int result = who == 0 ? rename("a", "b/a") : rename("b", "a/b");
      if (result != 0 && errno != EINVAL && errno != ENOENT) abandon(errno_name(errno));
    });
    const std::string top = names_in(".");
    if (top != "a" && top != "b") broken("left at the top: " + top);
    const std::string inner = top == "a" ? "a/b" : "b/a";
    if (rmdir(inner.c_str()) != 0 || rmdir(top.c_str()) != 0) broken("cannot clean up");
  }
}

CASE(concurrent, shared_offset_of_a_forked_handle_loses_no_write) {
  const int fd = OK(open("f", O_WRONLY | O_CREAT, 0644));
  together(4, [=](int writer) {
    const std::string block(100, static_cast<char>('a' + writer));
    for (int i = 0; i < 50; ++i) {
      if (write(fd, block.data(), block.size()) != 100) abandon("write");
    }
  });
  const std::string bytes = content("f");
  IS(bytes.size(), 20000);
  HOLDS(bytes.find('\0') == std::string::npos);
}

CASE(concurrent, size_never_shrinks_under_appends) {
  file("f");
  const pid_t pid = start([] {
    const int fd = OK(open("f", O_WRONLY | O_APPEND));
    for (int i = 0; i < 500; ++i) {
      if (write(fd, "0123456789", 10) != 10) abandon("append");
    }
  });
  off_t last = 0;
  for (int i = 0; i < 500; ++i) {
    const off_t size = size_of("f");
    // Not that it is whole: a write across a page may be seen half done, on ext4 as well.
    if (size < last) broken("size went to " + std::to_string(size));
    last = size;
  }
  finish(pid);
  IS(size_of("f"), 5000);
}

}  // namespace
}  // namespace sheen::posix
