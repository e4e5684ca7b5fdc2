// SPDX-License-Identifier: Apache-2.0
#pragma once

// Json: a JSON value, for --json and for the answers of mounts and admin sockets, which are JSON.
// Keys keep the order in which they were set. Text that is not UTF-8 (names are bytes) is written
// with \udcXX for each stray byte, as Python's surrogateescape reads it. A value; any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/base/result.h"

namespace sheen::cli {

class Json {
 public:
  Json() = default;                                             // null
  Json(bool value) : value_(value) {}                           // NOLINT: implicit
  Json(std::string value) : value_(std::move(value)) {}         // NOLINT: implicit
  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT: implicit
  Json(const char* value) : value_(std::string(value)) {}       // NOLINT: implicit
  template <class Int>
  requires(std::is_integral_v<Int> && !std::is_same_v<Int, bool>)
      Json(Int value) {  // NOLINT: implicit
    if constexpr (std::is_signed_v<Int>)
      value_ = static_cast<int64_t>(value);
    else
      value_ = static_cast<uint64_t>(value);
  }

  static Json object() { return Json(Object{}); }
  static Json array() { return Json(Array{}); }
  // kInvalid if it is not JSON, or nested deeper than any of ours.
  static Result<Json> parse(std::string_view text);

  Json& set(std::string key, Json value);  // of an object
  Json& push(Json value);                  // of an array

  // What is there if it has that type, else null, "" or the fallback.
  const Json& operator[](std::string_view key) const;
  const std::vector<Json>& items() const;
  std::string_view text() const;
  int64_t number(int64_t fallback = 0) const;
  bool flag(bool fallback = false) const;
  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }

  std::string to_string(bool indented) const;

 private:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;
  explicit Json(Array value) : value_(std::move(value)) {}
  explicit Json(Object value) : value_(std::move(value)) {}
  void write(std::string& out, int indent) const;
  friend class JsonParser;

  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

}  // namespace sheen::cli
