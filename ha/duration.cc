// SPDX-License-Identifier: Apache-2.0
#include "ha/duration.h"

#include <cctype>
#include <ctime>

namespace sheen::ha {
namespace {

std::optional<time_t> to_time(const std::string& text) {
  std::tm parts{};
  if (::strptime(text.c_str(), "%a %b %e %H:%M:%S %Y", &parts) == nullptr) return std::nullopt;
  parts.tm_isdst = -1;
  return std::mktime(&parts);
}

}  // namespace

std::optional<int64_t> seconds(std::string_view text) {
  size_t digits = 0;
  int64_t number = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0 &&
         digits < 12)
    number = number * 10 + (text[digits++] - '0');
  if (digits == 0) return std::nullopt;
  const std::string_view unit = text.substr(digits);
  if (unit.empty() || unit == "s" || unit == "sec") return number;
  if (unit == "ms" || unit == "msec") return number / 1000;
  if (unit == "m" || unit == "min") return number * 60;
  if (unit == "h" || unit == "hr") return number * 3600;
  return std::nullopt;
}

std::optional<int64_t> seconds_between(const std::string& then, const std::string& now) {
  const auto from = to_time(then);
  const auto to = to_time(now);
  if (!from || !to) return std::nullopt;
  return *to - *from;
}

}  // namespace sheen::ha
