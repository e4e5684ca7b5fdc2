// SPDX-License-Identifier: Apache-2.0
#pragma once

// TomlSection: one table of a TOML file, read strictly. A value is asked for by its key; every key
// that nobody asked for is a mistake of the writer's, which finish() names. All errors are kInvalid
// and say where. Of one thread; the table must outlive it.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "lib/base/result.h"

namespace sheen::ha {

Error toml_mistake(std::string_view where, std::string_view what);

class TomlSection {
 public:
  TomlSection(std::string name, const toml::table& table) : name_(std::move(name)), table_(table) {}

  const std::string& name() const { return name_; }
  bool has(std::string_view key) const { return table_.contains(key); }
  const toml::node* take(std::string_view key);

  Result<std::string> text(std::string_view key);
  Result<std::optional<int64_t>> number(std::string_view key);  // 0 to a day's seconds
  Result<std::vector<std::string>> texts(std::string_view key);
  // A table of texts, numbers and booleans, as text.
  Result<std::map<std::string, std::string>> values(std::string_view key);
  Status finish() const;

 private:
  std::string where(std::string_view key) const;

  std::string name_;
  const toml::table& table_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace sheen::ha
