// SPDX-License-Identifier: Apache-2.0
#pragma once

// Outcome<T>: what a subcommand's steps return, a T or a Complaint. A Complaint is the one line
// that the user gets to read:
//
//   sheen: <what happened>, <to which target>: <what to do>
//
// Works with SHEEN_TRY and SHEEN_ASSIGN. Plain values; any thread.

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "lib/base/result.h"

namespace sheen::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,       // it was tried and did not work, or something is not as it should be
  kExitUsage = 2,        // wrong arguments; nothing was tried
  kExitUnreachable = 3,  // nobody answered
};

struct Complaint {
  ExitCode exit_code = kExitFailed;
  std::string what;    // "no answer within 5 s"
  std::string target;  // "demo-OST0003", a path, a host; may be empty
  std::string advice;  // "start it or ask another MGS with --mgs"; may be empty

  // Without a newline and without control characters, whatever the texts contain.
  std::string line(std::string_view program) const;
};

template <class T>
class [[nodiscard]] Outcome : public tl::expected<T, Complaint> {
  using Base = tl::expected<T, Complaint>;

 public:
  using Base::Base;
  Outcome(Complaint complaint)  // NOLINT: implicit, as Result's
      : Base(tl::unexpected<Complaint>(std::move(complaint))) {}
};

// The exit code, or why there is none to be proud of.
using ExitOutcome = Outcome<int>;

inline Complaint usage(std::string what, std::string advice = "see --help") {
  return {kExitUsage, std::move(what), {}, std::move(advice)};
}

// What happened, without the target's name, without addresses, and nothing twice.
std::string plain_words(const Error& error, std::string_view target);

// An Error in the terms of a person. Without `advice`, the code's usual one is given.
Complaint complain(const Error& error, std::string target, std::string advice = {});

// Turns a Result into an Outcome: at("demo-MGT", session.call(...)).
template <class T>
Outcome<T> at(std::string target, Result<T> result, std::string advice = {}) {
  if (!result) return complain(result.error(), std::move(target), std::move(advice));
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return std::move(*result);
}

}  // namespace sheen::cli
