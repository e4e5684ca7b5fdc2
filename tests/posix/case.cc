// SPDX-License-Identifier: Apache-2.0
#include "tests/posix/case.h"

#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <algorithm>
#include <utility>

namespace sheen::posix {
namespace {

// Lines of one write up to PIPE_BUF do not mix with those of other processes of the case.
constexpr size_t kLineMax = 3000;
constexpr size_t kValueShown = 240;

int record_fd = -1;
std::string record_label = "0";  // "0.2.1": the first child of the second child of the case

uint64_t fnv1a(std::string_view bytes) {
  uint64_t hash = 14695981039346656037ULL;
  for (const unsigned char byte : bytes) hash = (hash ^ byte) * 1099511628211ULL;
  return hash;
}

void record(char kind, const std::string& text) {
  std::string line = kind + record_label + ' ' + text.substr(0, kLineMax);
  std::replace(line.begin(), line.end(), '\n', ' ');
  line += '\n';
  if (write(record_fd, line.data(), line.size()) < 0) _exit(99);
}

std::string where(const Site& site) {
  const char* slash = std::strrchr(site.file, '/');
  return std::string(slash != nullptr ? slash + 1 : site.file) + ":" + std::to_string(site.line) +
         " " + site.text;
}

void observe(const Site& site, const std::string& value) {
  record('o', where(site) + " = " + value);
}

}  // namespace

std::vector<Case>& all_cases() {
  static std::vector<Case> cases;
  return cases;
}

Registration::Registration(std::string name, std::function<void()> body) {
  all_cases().push_back({std::move(name), std::move(body)});
}

void record_to(int fd) { record_fd = fd; }

void record_as_child(int number) {
  // Of a fixed width, so that labels sort as numbers.
  record_label += "." + std::to_string(1000 + number);
}

void record_end() { record('e', ""); }

std::string text_of(std::string_view value) {
  std::string text = "\"";
  for (const unsigned char byte : value.substr(0, kValueShown)) {
    if (byte == '"' || byte == '\\') {
      text += '\\';
      text += static_cast<char>(byte);
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += static_cast<char>(byte);
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      text += escaped;
    }
  }
  text += '"';
  if (value.size() > kValueShown) {
    text += "... (" + std::to_string(value.size()) + " bytes, hash " +
            std::to_string(fnv1a(value)) + ")";
  }
  return text;
}

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of_number(long long value) {
  return value == -1 && errno != 0 ? "-1 " + errno_name(errno) : std::to_string(value);
}
std::string text_of_number(unsigned long long value) { return std::to_string(value); }

std::string errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "errno " + std::to_string(error);
}

long see_ok(const Site& site, long result) {
  const int error = errno;
  observe(site, result == -1 ? errno_name(error) : "ok");
  if (result == -1) abandon(where(site) + " gave " + errno_name(error) + ", must succeed");
  return result;
}

void see_failure(const Site& site, int expected, long result) {
  const std::string answer = result == -1 ? errno_name(errno) : "ok";
  observe(site, answer);
  if (answer != errno_name(expected)) {
    broken(where(site) + " gave " + answer + ", must give " + errno_name(expected));
  }
}

void see_equal(const Site& site, const std::string& actual, const std::string& expected) {
  observe(site, actual);
  if (actual != expected) broken(where(site) + " is " + actual + ", must be " + expected);
}

void see_true(const Site& site, bool holds) {
  observe(site, text_of(holds));
  if (!holds) broken(where(site) + " does not hold");
}

void see(const Site& site, const std::string& value) { observe(site, value); }

long see_answer(const Site& site, long result) {
  observe(site, result == -1 ? errno_name(errno) : "ok");
  return result;
}

void broken(const std::string& what) { record('f', what); }

void abandon(const std::string& why) {
  broken(why);
  _exit(1);
}

void skip(const std::string& reason) {
  record('s', reason);
  _exit(0);
}

}  // namespace sheen::posix
