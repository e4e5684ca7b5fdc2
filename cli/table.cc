// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "lib/base/assert.h"

namespace sheen::cli {

Table::Table(std::vector<std::string> headers) {
  for (std::string& header : headers) {
    const bool right = header.starts_with('>');
    right_.push_back(right);
    headers_.push_back(right ? header.substr(1) : std::move(header));
  }
}

void Table::row(std::vector<std::string> cells) {
  SHEEN_ASSERT(cells.size() == headers_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::to_string() const {
  std::vector<size_t> widths;
  for (const std::string& header : headers_) widths.push_back(header.size());
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  const auto add = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += "  ";
      if (right_[i])
        out += fmt::format("{:>{}}", cells[i], widths[i]);
      else if (i + 1 == cells.size())
        out += cells[i];
      else
        out += fmt::format("{:<{}}", cells[i], widths[i]);
    }
    out += '\n';
  };
  add(headers_);
  for (const auto& row : rows_) add(row);
  return out;
}

std::string format_bytes(uint64_t bytes) {
  static constexpr std::array kUnits = {'K', 'M', 'G', 'T', 'P', 'E'};
  if (bytes < 1024) return fmt::format("{}", bytes);
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (value /= 1024; value >= 999.5 && unit + 1 < kUnits.size(); value /= 1024) ++unit;
  return value < 9.95 ? fmt::format("{:.1f}{}", value, kUnits[unit])
                      : fmt::format("{:.0f}{}", value, kUnits[unit]);
}

std::string format_duration_ms(uint64_t ms) {
  const uint64_t s = ms / 1000;
  if (s < 60) return fmt::format("{}.{}s", s, ms % 1000 / 100);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d{:02}h", s / 86400, s / 3600 % 24);
}

std::string format_percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  // Rounded up, as df does: 100% is shown before it is full, never 0% for something.
  return fmt::format(
      "{:.0f}%",
      std::min(100.0, static_cast<double>(part) * 100 / static_cast<double>(whole) + 0.499));
}

}  // namespace sheen::cli
