// SPDX-License-Identifier: Apache-2.0
#include "ha/toml_section.h"

#include <fmt/format.h>

namespace sheen::ha {
namespace {

constexpr int64_t kNumberMax = 24 * 3600;

}  // namespace

Error toml_mistake(std::string_view where, std::string_view what) {
  return {Errc::kInvalid, fmt::format("{} {}", where, what)};
}

std::string TomlSection::where(std::string_view key) const {
  return fmt::format("{}: '{}'", name_, key);
}

const toml::node* TomlSection::take(std::string_view key) {
  taken_.emplace(key);
  return table_.get(key);
}

Result<std::string> TomlSection::text(std::string_view key) {
  const toml::node* node = take(key);
  const auto value = node != nullptr ? node->value_exact<std::string>() : std::nullopt;
  if (!value || value->empty()) return toml_mistake(where(key), "must be a text that is not empty");
  return *value;
}

Result<std::optional<int64_t>> TomlSection::number(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::optional<int64_t>();
  const auto value = node->value_exact<int64_t>();
  if (!value || *value < 0 || *value > kNumberMax)
    return toml_mistake(where(key), fmt::format("must be a whole number from 0 to {}", kNumberMax));
  return value;
}

Result<std::vector<std::string>> TomlSection::texts(std::string_view key) {
  std::vector<std::string> out;
  const toml::node* node = take(key);
  if (node == nullptr) return out;
  const toml::array* list = node->as_array();
  if (list == nullptr) return toml_mistake(where(key), "must be a list of texts");
  for (const toml::node& item : *list) {
    const auto value = item.value_exact<std::string>();
    if (!value || value->empty()) return toml_mistake(where(key), "must be a list of texts");
    out.push_back(*value);
  }
  return out;
}

Result<std::map<std::string, std::string>> TomlSection::values(std::string_view key) {
  std::map<std::string, std::string> out;
  const toml::node* node = take(key);
  if (node == nullptr) return out;
  const toml::table* table = node->as_table();
  if (table == nullptr) return toml_mistake(where(key), "must be a table");
  for (const auto& [name, value] : *table) {
    std::string text;
    if (const auto string = value.value_exact<std::string>())
      text = *string;
    else if (const auto number = value.value_exact<int64_t>())
      text = fmt::to_string(*number);
    else if (const auto boolean = value.value_exact<bool>())
      text = *boolean ? "true" : "false";
    else
      return toml_mistake(fmt::format("{}.{}", where(key), name.str()),
                          "must be a text, a whole number, true or false");
    out[std::string(name.str())] = std::move(text);
  }
  return out;
}

Status TomlSection::finish() const {
  for (const auto& [key, value] : table_)
    if (!taken_.contains(key.str())) return toml_mistake(where(key.str()), "is not known here");
  return ok();
}

}  // namespace sheen::ha
