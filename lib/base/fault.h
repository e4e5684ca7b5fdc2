// SPDX-License-Identifier: Apache-2.0
#pragma once

// Fault points: named places where a test can make something go wrong in the shipped binary.
// Unarmed, a point costs one relaxed load and a branch that is never taken. Arming needs the
// process to have been started with --unlock-unsafe. docs/fault-points.md lists every point.
//
//   if (auto fault = SHEEN_FAULT("target.lane.before_commit")) return fault->error();
//
// Actions:  error[:NUMBER]  the code that asked gets an Error with that code (default
// fault_injected)
//           crash         the process ends at once, as by SIGKILL (_exit without any flush)
//           delay:MS      sleeps there (a real sleep: for threads of daemons, never in simulation)
//           drop          the code that asked throws the message or reply away, if it can
// Each may carry "*N" (N times, then disarmed) and "%N" (one time in N).
// Any thread may pass a point; arm(), disarm() and list() are serialised by a mutex.

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace sheen::fault {

enum class Action { kError, kDrop };

struct Hit {
  Action action;
  Errc code;
  Error error() const { return Error(code, "fault point"); }
  bool drop() const { return action == Action::kDrop; }
};

class Point {
 public:
  explicit Point(const char* name);
  // The fast path; see SHEEN_FAULT.
  std::optional<Hit> pass() {
    if (!armed_.load(std::memory_order_relaxed)) [[likely]]
      return std::nullopt;
    return fire();
  }
  const char* name() const { return name_; }

 private:
  friend class Registry;
  std::optional<Hit> fire();
  const char* name_;
  std::atomic<bool> armed_{false};
};

struct Armed {
  std::string point;
  std::string action;  // as given
  uint64_t hits = 0;
};

// For points whose name is made at run time (one per operation): true if anything at all is armed.
bool any_armed();
std::optional<Hit> pass_named(const std::string& name);

void unlock();  // --unlock-unsafe
bool unlocked();
// "name=action", for instance "target.lane.after_commit=crash*1". A name that no point has been
// reached under yet is remembered. kPermission unless unlocked; kInvalid if it does not parse.
Status arm(std::string_view spec);
void disarm(std::string_view name);  // "" : all
std::vector<Armed> list();

}  // namespace sheen::fault

#define SHEEN_FAULT(name)                       \
  ([]() -> std::optional<::sheen::fault::Hit> { \
    static ::sheen::fault::Point point{name};   \
    return point.pass();                        \
  }())
