// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/params.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"

namespace sheen::rpc {
namespace {

constexpr int64_t kMib = 1 << 20;

constexpr std::array kTable = {
    ParamInfo{kParamBulkCrc, ParamType::kSwitch, 0, 0, 1,
              "checksum file data on the network as well"},
    ParamInfo{kParamRequestTimeoutMs, ParamType::kInteger, 20'000, 100, 600'000,
              "a server that answers nothing for this long is connected to anew"},
    ParamInfo{kParamWriteWindow, ParamType::kSize, 32 * kMib, kMib, 1024 * kMib,
              "unanswered written bytes of one client to one OST"},
    ParamInfo{kParamStatfsIntervalMs, ParamType::kInteger, 1'000, 50, 60'000,
              "how often an MDT asks each OST for its free space"},
    ParamInfo{kParamPingIntervalMs, ParamType::kInteger, 5'000, 100, 60'000,
              "an idle client says that it lives"},
    ParamInfo{kParamRecoveryLimitMs, ParamType::kInteger, 60'000, 1'000, 3'600'000,
              "a restarted target waits no longer for the clients it knew"},
    ParamInfo{kParamSessionTimeoutMs, ParamType::kInteger, 60'000, 1'000, 3'600'000,
              "a client not heard of for this long is evicted when another waits for it"},
    ParamInfo{kParamStripeCount, ParamType::kInteger, 1, -1, kStripeCountMax,
              "OSTs of a new file where no directory says otherwise; -1: all"},
    ParamInfo{kParamStripeSize, ParamType::kSize, kStripeSizeDefault, kStripeSizeMin,
              kStripeSizeMax, "bytes on one OST before the next; a multiple of 64k"},
};

constexpr bool sorted_and_sane() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (i > 0 && kTable[i - 1].name >= kTable[i].name) return false;
    if (kTable[i].default_value < kTable[i].min || kTable[i].default_value > kTable[i].max)
      return false;
  }
  return true;
}
static_assert(sorted_and_sane(), "by name, each default within its bounds");

constexpr std::string_view kSuffixes = "kmgt";

// A number, for a size followed by one of k, m, g, t. Nothing else may follow.
std::optional<int64_t> parse_number(std::string_view text, bool with_suffix) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, 10);
  if (error != std::errc{}) return std::nullopt;
  if (rest == end) return value;
  if (!with_suffix || rest + 1 != end) return std::nullopt;
  const size_t power = kSuffixes.find(static_cast<char>(*rest | 0x20));
  if (power == std::string_view::npos) return std::nullopt;
  int64_t scaled = 0;
  if (__builtin_mul_overflow(value, int64_t{1} << (10 * (power + 1)), &scaled)) return std::nullopt;
  return scaled;
}

std::optional<int64_t> parse_switch(std::string_view text) {
  if (text == "on" || text == "1") return 1;
  if (text == "off" || text == "0") return 0;
  return std::nullopt;
}

// With the two rules that a range cannot say.
bool acceptable(const ParamInfo& info, int64_t value) {
  if (value < info.min || value > info.max) return false;
  if (info.name == kParamStripeCount) return value != 0;  // which means "not said" in a layout hint
  return info.name != kParamStripeSize || value % kStripeSizeMin == 0;  // see Striping::from()
}

}  // namespace

std::span<const ParamInfo> params() { return kTable; }

const ParamInfo* find_param(std::string_view name) {
  const auto* row =
      std::lower_bound(kTable.begin(), kTable.end(), name,
                       [](const ParamInfo& a, std::string_view b) { return a.name < b; });
  return row != kTable.end() && row->name == name ? row : nullptr;
}

std::string accepted_range(const ParamInfo& info) {
  if (info.type == ParamType::kSwitch) return "on or off";
  if (info.name == kParamStripeCount) return fmt::format("1 to {}, or -1 for all", info.max);
  const char* rule = info.name == kParamStripeSize ? " in steps of 64k" : "";
  return fmt::format("{} to {}{}", format_param(info, info.min), format_param(info, info.max),
                     rule);
}

Result<int64_t> parse_param(const ParamInfo& info, std::string_view text) {
  const auto value = info.type == ParamType::kSwitch
                         ? parse_switch(text)
                         : parse_number(text, info.type == ParamType::kSize);
  if (value && acceptable(info, *value)) return *value;
  return Error(Errc::kInvalid,
               fmt::format("'{}' is no value for {}: {}", text, info.name, accepted_range(info)));
}

std::string format_param(const ParamInfo& info, int64_t value) {
  if (info.type == ParamType::kSwitch) return value != 0 ? "on" : "off";
  if (info.type == ParamType::kSize && value > 0) {
    for (size_t power = kSuffixes.size(); power > 0; --power)
      if (value % (int64_t{1} << (10 * power)) == 0)
        return fmt::format("{}{}", value >> (10 * power), kSuffixes[power - 1]);
  }
  return fmt::format("{}", value);
}

int64_t param(const ClusterMap& map, std::string_view name) {
  const ParamInfo* info = find_param(name);
  SHEEN_ASSERT(info != nullptr);
  const auto set = map.params.find(std::string(name));
  if (set == map.params.end()) return info->default_value;
  return parse_param(*info, set->second).value_or(info->default_value);
}

}  // namespace sheen::rpc
