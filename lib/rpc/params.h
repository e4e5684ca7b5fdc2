// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parameters: the one table of settings that an administrator can change for a whole file system
// while it runs (`sheen param`). The MGS checks values against it and pushes those that were set;
// servers and clients take a value from their ClusterMap and the default from here.
//
//   const int64_t interval_ms = rpc::param(map, rpc::kParamStatfsIntervalMs);
//
// Pure functions of plain values; any thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/rpc/cluster_map.h"

namespace sheen::rpc {

enum class ParamType : uint8_t {
  kInteger,  // a decimal number
  kSize,     // bytes; k, m, g, t (1024 times) may follow the number
  kSwitch,   // on or off; 1 or 0 as a number
};

struct ParamInfo {
  std::string_view name;
  ParamType type = ParamType::kInteger;
  int64_t default_value = 0;
  int64_t min = 0;
  int64_t max = 0;
  std::string_view meaning;  // one line for people
};

inline constexpr std::string_view kParamBulkCrc = "client.bulk_crc";
inline constexpr std::string_view kParamRequestTimeoutMs = "client.request_timeout_ms";
inline constexpr std::string_view kParamWriteWindow = "client.write_window";
inline constexpr std::string_view kParamStatfsIntervalMs = "mdt.statfs_interval_ms";
inline constexpr std::string_view kParamPingIntervalMs = "session.ping_interval_ms";
inline constexpr std::string_view kParamRecoveryLimitMs = "session.recovery_limit_ms";
inline constexpr std::string_view kParamSessionTimeoutMs = "session.timeout_ms";
inline constexpr std::string_view kParamStripeCount = "stripe.default_count";
inline constexpr std::string_view kParamStripeSize = "stripe.default_size";

std::span<const ParamInfo> params();  // by name
const ParamInfo* find_param(std::string_view name);

// The value of a text a person typed. kInvalid, naming the accepted range, if it is none.
Result<int64_t> parse_param(const ParamInfo& info, std::string_view text);
// As it is kept in the configuration and shown to people: parse_param() takes it back.
std::string format_param(const ParamInfo& info, int64_t value);
std::string accepted_range(const ParamInfo& info);  // "100 to 60000"

// What is in force. A stored value that this program's table does not accept (it was set under
// another release) counts as not set.
int64_t param(const ClusterMap& map, std::string_view name);

}  // namespace sheen::rpc
