// SPDX-License-Identifier: Apache-2.0
#include "lib/base/fault.h"

#include <charconv>
#include <map>
#include <memory>
#include <mutex>

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

namespace sheen::fault {
namespace {

enum class Kind { kError, kCrash, kDelay, kDrop };

struct Arming {
  std::string text;
  Kind kind = Kind::kError;
  Errc code = Errc::kFaultInjected;
  uint32_t delay_ms = 0;
  uint64_t times = UINT64_MAX;  // left
  uint64_t one_in = 1;
  uint64_t passes = 0;
  uint64_t hits = 0;
};

std::atomic<bool> g_unlocked{false};
std::atomic<bool> g_any_armed{false};

// Cuts "<separator>number" off the end of text.
bool take_number(std::string& text, char separator, uint64_t& number) {
  const size_t at = text.rfind(separator);
  if (at == std::string::npos) return true;
  const char* first = text.data() + at + 1;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, number);
  if (error != std::errc{} || end != last || number == 0) return false;
  text.resize(at);
  return true;
}

}  // namespace

// Owns the armings and knows every point that was passed; one per process, made on first use.
class Registry {
 public:
  static Registry& get() {
    static Registry registry;
    return registry;
  }

  void add(Point& point) {
    const std::lock_guard lock(mutex_);
    points_.emplace(point.name_, &point);
    if (armings_.contains(point.name_)) point.armed_.store(true);
  }

  Status arm(std::string_view spec) {
    const Error bad{Errc::kInvalid,
                    fmt::format("'{}' is no fault like name=crash, name=error:28*1, "
                                "name=delay:100 or name=drop%3",
                                spec)};
    const size_t equals = spec.find('=');
    if (equals == std::string_view::npos || equals == 0) return bad;
    const std::string name(spec.substr(0, equals));
    Arming arming;
    arming.text = spec.substr(equals + 1);
    std::string action = arming.text;
    if (!take_number(action, '%', arming.one_in) || !take_number(action, '*', arming.times))
      return bad;
    uint64_t argument = 0;
    if (action == "crash") {
      arming.kind = Kind::kCrash;
    } else if (action == "drop") {
      arming.kind = Kind::kDrop;
    } else if (action.starts_with("delay") && take_number(action, ':', argument) &&
               action == "delay" && argument > 0 && argument <= 600'000) {
      arming.kind = Kind::kDelay;
      arming.delay_ms = static_cast<uint32_t>(argument);
    } else if (action == "error") {
      arming.kind = Kind::kError;
    } else if (action.starts_with("error:") && take_number(action, ':', argument)) {
      arming.kind = Kind::kError;
      arming.code = static_cast<Errc>(argument);
    } else {
      return bad;
    }
    const std::lock_guard lock(mutex_);
    armings_[name] = arming;
    g_any_armed = true;
    set_armed(name, true);
    return ok();
  }

  void disarm(const std::string& name) {
    const std::lock_guard lock(mutex_);
    for (auto it = armings_.begin(); it != armings_.end();) {
      if (!name.empty() && it->first != name) {
        ++it;
        continue;
      }
      set_armed(it->first, false);
      it = armings_.erase(it);
    }
    g_any_armed = !armings_.empty();
  }

  std::vector<Armed> list() {
    const std::lock_guard lock(mutex_);
    std::vector<Armed> out;
    for (const auto& [name, arming] : armings_) out.push_back({name, arming.text, arming.hits});
    return out;
  }

  std::optional<Hit> fire(const char* name) {
    uint32_t delay_ms = 0;
    {
      const std::lock_guard lock(mutex_);
      const auto found = armings_.find(name);
      if (found == armings_.end() || found->second.times == 0) return std::nullopt;
      Arming& arming = found->second;
      if (++arming.passes % arming.one_in != 0) return std::nullopt;
      ++arming.hits;
      if (--arming.times == 0) set_armed(name, false);
      switch (arming.kind) {
        case Kind::kError: return Hit{Action::kError, arming.code};
        case Kind::kDrop: return Hit{Action::kDrop, Errc::kFaultInjected};
        case Kind::kCrash: _exit(137);  // what a shell reports for SIGKILL
        case Kind::kDelay: delay_ms = arming.delay_ms; break;
      }
    }
    const timespec pause{delay_ms / 1000, static_cast<long>(delay_ms % 1000) * 1'000'000};
    nanosleep(&pause, nullptr);
    return std::nullopt;
  }

 private:
  void set_armed(const std::string& name, bool armed) {
    auto [first, last] = points_.equal_range(name);
    for (; first != last; ++first) first->second->armed_.store(armed);
  }

  std::mutex mutex_;
  std::multimap<std::string, Point*> points_;  // several places may share a name
  std::map<std::string, Arming> armings_;
};

Point::Point(const char* name) : name_(name) { Registry::get().add(*this); }
std::optional<Hit> Point::fire() { return Registry::get().fire(name_); }

bool any_armed() { return g_any_armed.load(std::memory_order_relaxed); }
std::optional<Hit> pass_named(const std::string& name) {
  return Registry::get().fire(name.c_str());
}

void unlock() { g_unlocked.store(true); }
bool unlocked() { return g_unlocked.load(); }

Status arm(std::string_view spec) {
  if (!unlocked())
    return Error(Errc::kPermission,
                 "fault points are locked; start the process with --unlock-unsafe");
  return Registry::get().arm(spec);
}

void disarm(std::string_view name) { Registry::get().disarm(std::string(name)); }
std::vector<Armed> list() { return Registry::get().list(); }

}  // namespace sheen::fault
