// SPDX-License-Identifier: Apache-2.0

// posix_suite: runs every case on a reference directory (ext4) and on a subject directory (the
// mount) and reports where a rule is broken or the two disagree.

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <getopt.h>
#include <regex.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "tests/posix/case.h"
#include "tests/posix/runner.h"

namespace sheen::posix {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitSkipped = 77;  // what CTest's SKIP_RETURN_CODE names
constexpr int kHangsMax = 10;     // a dead mount must not cost the limit in every case
constexpr size_t kDifferencesShown = 5;

struct Options {
  std::string reference;
  std::string subject;
  std::string known;
  std::shared_ptr<regex_t> filter;
  bool list = false;
  bool verbose = false;
  std::chrono::milliseconds limit{60000};
};

struct Counts {
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  int known = 0;
  int hangs = 0;
};

using KnownDifferences = std::map<std::string, std::string>;  // case -> reason

constexpr const char* kUsage =
    "usage: posix_suite --reference DIR --subject DIR [--filter REGEX] [--known FILE]\n"
    "                   [--limit SECONDS] [--verbose]\n"
    "       posix_suite --list [--filter REGEX]\n"
    "\n"
    "Runs each case in a fresh directory under both DIRs, as root, and compares the answers.\n"
    "  --reference DIR   the file system that is right (ext4)\n"
    "  --subject DIR     the file system under test\n"
    "  --filter REGEX    only the cases whose name matches\n"
    "  --known FILE      lines 'CASE reason': differences that are expected\n"
    "  --limit SECONDS   time limit of one case on one side (60)\n"
    "  --verbose         also name the cases that are ok, with the time both sides took\n";

[[noreturn]] void usage_error(const std::string& what) {
  std::cerr << "posix_suite: " << what << "\n" << kUsage;
  std::exit(kExitUsage);
}

std::shared_ptr<regex_t> compile(const char* pattern) {
  auto expression = std::make_unique<regex_t>();
  if (regcomp(expression.get(), pattern, REG_EXTENDED | REG_NOSUB) != 0) {
    usage_error("--filter is not an extended regular expression");
  }
  return {expression.release(), [](regex_t* compiled) {
            regfree(compiled);
            delete compiled;
          }};
}

Options parse(int argc, char** argv) {
  static const option longs[] = {{"reference", required_argument, nullptr, 'r'},
                                 {"subject", required_argument, nullptr, 's'},
                                 {"filter", required_argument, nullptr, 'f'},
                                 {"known", required_argument, nullptr, 'k'},
                                 {"limit", required_argument, nullptr, 't'},
                                 {"list", no_argument, nullptr, 'l'},
                                 {"verbose", no_argument, nullptr, 'v'},
                                 {"help", no_argument, nullptr, 'h'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  for (int letter = 0; (letter = getopt_long(argc, argv, "vh", longs, nullptr)) != -1;) {
    switch (letter) {
      case 'r': options.reference = optarg; break;
      case 's': options.subject = optarg; break;
      case 'k': options.known = optarg; break;
      case 'l': options.list = true; break;
      case 'v': options.verbose = true; break;
      case 't': {
        const int seconds = std::atoi(optarg);
        if (seconds <= 0) usage_error("--limit must be a positive number of seconds");
        options.limit = std::chrono::seconds(seconds);
        break;
      }
      case 'f': options.filter = compile(optarg); break;
      case 'h': std::cout << kUsage; std::exit(0);
      default: std::cerr << kUsage; std::exit(kExitUsage);
    }
  }
  if (optind != argc) usage_error(std::string("unexpected argument ") + argv[optind]);
  if (!options.list && (options.reference.empty() || options.subject.empty())) {
    usage_error("--reference and --subject are needed");
  }
  return options;
}

KnownDifferences read_known(const std::string& path) {
  KnownDifferences known;
  if (path.empty()) return known;
  std::ifstream in(path);
  if (!in) usage_error("cannot read " + path + ": " + std::strerror(errno));
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.find(' ');
    const size_t reason = space == std::string::npos ? space : line.find_first_not_of(' ', space);
    if (reason == std::string::npos) usage_error(path + ": no reason given for " + line);
    known[line.substr(0, space)] = line.substr(reason);
  }
  return known;
}

std::string flat(std::string name) {
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

// A directory of this run under `root`, open to every user.
std::string make_root(const std::string& root, const char* side) {
  const std::string path = root + "/posix_suite." + std::to_string(getpid()) + "." + side;
  if (mkdir(path.c_str(), 0755) != 0) {
    usage_error("cannot make " + path + ": " + std::strerror(errno));
  }
  return path;
}

void print_indented(const std::string& label, const std::string& text) {
  std::cout << "    " << label << text << "\n";
}

void print_differences(const Outcome& reference, const Outcome& subject) {
  const auto& left = reference.observations;
  const auto& right = subject.observations;
  size_t shown = 0;
  for (size_t i = 0; i < std::max(left.size(), right.size()) && shown < kDifferencesShown; ++i) {
    const std::string a = i < left.size() ? left[i] : "(nothing more)";
    const std::string b = i < right.size() ? right[i] : "(nothing more)";
    if (a == b) continue;
    print_indented("reference: ", a);
    print_indented("subject:   ", b);
    ++shown;
  }
}

void print_broken(const char* label, const Outcome& outcome) {
  for (const std::string& what : outcome.broken) print_indented(label, what);
}

class Suite {
 public:
  Suite(const Options& options, const KnownDifferences& known)
      : options_(options),
        known_(known),
        reference_root_(make_root(options.reference, "reference")),
        subject_root_(make_root(options.subject, "subject")) {}

  void run(const Case& test) {
    if (counts_.hangs >= kHangsMax) {
      ++counts_.failed;
      return;
    }
    const auto begin = std::chrono::steady_clock::now();
    const Outcome reference =
        run_case(test, reference_root_ + "/" + flat(test.name), options_.limit);
    const Outcome subject = run_case(test, subject_root_ + "/" + flat(test.name), options_.limit);
    counts_.hangs += (reference.hung ? 1 : 0) + (subject.hung ? 1 : 0);
    elapsed_ = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    judge(test.name, reference, subject);
    if (counts_.hangs >= kHangsMax) {
      std::cout << "failed   every case from here on: too many cases hung\n";
    }
    std::cout.flush();
  }

  Counts finish() const {
    rmdir(reference_root_.c_str());
    rmdir(subject_root_.c_str());
    return counts_;
  }

 private:
  void judge(const std::string& name, const Outcome& reference, const Outcome& subject) {
    const auto known = known_.find(name);
    const bool same = reference.observations == subject.observations &&
                      reference.skipped.empty() == subject.skipped.empty();
    if (!reference.broken.empty() || (!subject.broken.empty() && known == known_.end())) {
      ++counts_.failed;
      std::cout << "failed   " << name << "\n";
      print_broken("broken on the reference: ", reference);
      print_broken("broken: ", subject);
    } else if (same && subject.broken.empty()) {
      if (known != known_.end()) {
        std::cout << "stale    " << name << ": listed as a known difference, but does not differ\n";
      }
      if (!reference.skipped.empty()) {
        ++counts_.skipped;
        std::cout << "skipped  " << name << ": " << reference.skipped << "\n";
      } else {
        ++counts_.passed;
        if (options_.verbose)
          std::cout << "ok       " << name << " (" << elapsed_.count() << " ms)\n";
      }
    } else if (known != known_.end()) {
      ++counts_.known;
      std::cout << "known    " << name << ": " << known->second << "\n";
      if (options_.verbose) print_differences(reference, subject);
    } else {
      ++counts_.failed;
      std::cout << "differs  " << name << "\n";
      if (!subject.skipped.empty()) print_indented("subject skipped: ", subject.skipped);
      print_differences(reference, subject);
    }
  }

  const Options& options_;
  const KnownDifferences& known_;
  std::string reference_root_;
  std::string subject_root_;
  Counts counts_;
  std::chrono::milliseconds elapsed_{0};
};

std::vector<Case> chosen_cases(const Options& options) {
  std::vector<Case> cases = all_cases();
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.name < b.name; });
  std::erase_if(cases, [&](const Case& test) {
    return options.filter && regexec(options.filter.get(), test.name.c_str(), 0, nullptr, 0) != 0;
  });
  return cases;
}

int report_unknown_names(const KnownDifferences& known) {
  std::set<std::string> names;
  for (const Case& test : all_cases()) names.insert(test.name);
  int unknown = 0;
  for (const auto& [name, reason] : known) {
    if (names.contains(name)) continue;
    std::cout << "failed   the list of known differences names no case: " << name << "\n";
    ++unknown;
  }
  return unknown;
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const std::vector<Case> cases = chosen_cases(options);
  if (options.list) {
    for (const Case& test : cases) std::cout << test.name << "\n";
    return 0;
  }
  if (geteuid() != 0) {
    std::cout << "posix_suite must run as root\n0 passed, 0 failed, " << cases.size()
              << " skipped\n";
    return kExitSkipped;
  }
  const KnownDifferences known = read_known(options.known);
  Suite suite(options, known);
  for (const Case& test : cases) suite.run(test);
  Counts counts = suite.finish();
  counts.failed += report_unknown_names(known);
  if (counts.known > 0) std::cout << counts.known << " known differences (counted as skipped)\n";
  std::cout << counts.passed << " passed, " << counts.failed << " failed, "
            << counts.skipped + counts.known << " skipped\n";
  return counts.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sheen::posix

int main(int argc, char** argv) { return sheen::posix::run(argc, argv); }
