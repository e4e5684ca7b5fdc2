// SPDX-License-Identifier: Apache-2.0
#include "lib/target/target_meta.h"

#include <charconv>

#include <fmt/format.h>

namespace sheen::target {

Status TargetMeta::create(store::Database& database) {
  return database.execute(
      "CREATE TABLE IF NOT EXISTS meta(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID");
}

Result<std::string> TargetMeta::get(store::Database& database, std::string_view key) {
  SHEEN_ASSIGN(store::Statement find, database.prepare("SELECT value FROM meta WHERE key = ?"));
  SHEEN_ASSIGN(const bool found, find.bind(key).row());
  return found ? std::string(find.blob(0)) : std::string();
}

Status TargetMeta::put(store::Database& database, std::string_view key, std::string_view value) {
  SHEEN_ASSIGN(store::Statement upsert,
               database.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES(?,?)"));
  return upsert.bind(key, value).run();
}

Result<int64_t> TargetMeta::get_number(store::Database& database, std::string_view key,
                                       int64_t absent) {
  SHEEN_ASSIGN(const std::string text, get(database, key));
  if (text.empty()) return absent;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return Error(Errc::kCorrupt, fmt::format("value of '{}'", key));
  return value;
}

Status TargetMeta::put_number(store::Database& database, std::string_view key, int64_t value) {
  return put(database, key, fmt::to_string(value));
}

}  // namespace sheen::target
