// SPDX-License-Identifier: Apache-2.0
#pragma once

// A case of the conformance suite: one rule of POSIX or Linux, run in a fresh directory of the file
// system under test. A case is a function that says what it sees with the words below; each word
// leaves one line of text (an observation), and most also assert a rule. The suite runs every case
// on a reference and on a subject and compares the observations, so they must hold nothing that
// legitimately varies between two directories (inode numbers, descriptors, absolute times).
//
// A case runs in its own process, its working directory is the fresh directory, its umask is 0 and
// it is root. The words may be used in that process and in processes forked from it, by one thread
// each.

#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sheen::posix {

struct Case {
  std::string name;  // "family/rule_in_words"
  std::function<void()> body;
};

// Every case of the program, in order of registration.
std::vector<Case>& all_cases();

struct Registration {
  Registration(std::string name, std::function<void()> body);
};

// Where in the source an observation was made, and the text of the expression.
struct Site {
  const char* file;
  int line;
  const char* text;
};

// Observations go to this descriptor; the runner reads the other end.
void record_to(int fd);
// Called in a process just forked: what it sees is ordered by which process it is, not by when it
// saw it, so that concurrent processes leave the same record every time. `number` counts the
// processes its parent has started.
void record_as_child(int number);
// Says that the body ran to its end; without it the case counts as died.
void record_end();

std::string text_of(std::string_view value);
std::string text_of(bool value);
std::string text_of_number(long long value);
std::string text_of_number(unsigned long long value);
std::string errno_name(int error);

template <typename T>
std::string text_of(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return text_of(std::string_view(value));
  } else if constexpr (std::is_signed_v<T>) {
    return text_of_number(static_cast<long long>(value));
  } else {
    return text_of_number(static_cast<unsigned long long>(value));
  }
}

long see_ok(const Site& site, long result);
void see_failure(const Site& site, int expected, long result);
void see_equal(const Site& site, const std::string& actual, const std::string& expected);
void see_true(const Site& site, bool holds);
void see(const Site& site, const std::string& value);
long see_answer(const Site& site, long result);

// The rule is broken and the case goes on.
void broken(const std::string& what);
// The case cannot go on; what was seen so far stands.
[[noreturn]] void abandon(const std::string& why);
// The case cannot be run here, for a reason that says nothing about the file system.
[[noreturn]] void skip(const std::string& reason);

}  // namespace sheen::posix

#define POSIX_SITE(text) (::sheen::posix::Site{__FILE__, __LINE__, text})

// CASE(rename, onto_itself_does_nothing) { ... }
#define CASE(family, rule)                                                  \
  static void case_##family##_##rule();                                     \
  static const ::sheen::posix::Registration registration_##family##_##rule{ \
      #family "/" #rule, case_##family##_##rule};                           \
  static void case_##family##_##rule()

// The call must succeed (not give -1), else the case ends. Gives the call's result.
#define OK(...) ::sheen::posix::see_ok(POSIX_SITE(#__VA_ARGS__), (errno = 0, (__VA_ARGS__)))
// The call must give -1 and this errno.
#define FAILS(expected, ...) \
  ::sheen::posix::see_failure(POSIX_SITE(#__VA_ARGS__), expected, (errno = 0, (__VA_ARGS__)))
// The value must be this one.
#define IS(actual, expected)                                                                   \
  ::sheen::posix::see_equal(POSIX_SITE(#actual), (errno = 0, ::sheen::posix::text_of(actual)), \
                            ::sheen::posix::text_of(expected))
// The condition must hold.
#define HOLDS(...) ::sheen::posix::see_true(POSIX_SITE(#__VA_ARGS__), (__VA_ARGS__))
// No rule: reference and subject must merely agree on the value.
#define SEE(...) ::sheen::posix::see(POSIX_SITE(#__VA_ARGS__), ::sheen::posix::text_of(__VA_ARGS__))
// No rule: reference and subject must merely agree whether the call succeeds, or on its errno.
#define ANSWER(...) ::sheen::posix::see_answer(POSIX_SITE(#__VA_ARGS__), (errno = 0, (__VA_ARGS__)))
