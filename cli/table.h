// SPDX-License-Identifier: Apache-2.0
#pragma once

// Table: columns for people. Numbers stand right, words left; the last column is not padded.
// Built and printed by one thread.

#include <string>
#include <vector>

namespace sheen::cli {

class Table {
 public:
  // A header that starts with '>' makes its column right-aligned.
  explicit Table(std::vector<std::string> headers);
  void row(std::vector<std::string> cells);  // as many as there are headers
  bool empty() const { return rows_.empty(); }
  std::string to_string() const;  // lines, each ended by a newline

 private:
  std::vector<std::string> headers_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

std::string format_bytes(uint64_t bytes);                   // "1.5G", powers of 1024, as df -h
std::string format_duration_ms(uint64_t ms);                // "3.2s", "4m12s", "2h05m", "3d04h"
std::string format_percent(uint64_t part, uint64_t whole);  // "37%", "-" of nothing

}  // namespace sheen::cli
