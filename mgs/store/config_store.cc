// SPDX-License-Identifier: Apache-2.0
#include "mgs/store/config_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sheen::mgs {

Result<std::unique_ptr<ConfigStore>> ConfigStore::open(store::Database& database) {
  SHEEN_ASSIGN(auto filesystems, FilesystemTable::open(database));
  SHEEN_ASSIGN(auto targets, TargetTable::open(database));
  SHEEN_ASSIGN(auto params, ParamTable::open(database));
  SHEEN_ASSIGN(auto sequences, SequenceTable::open(database));
  return std::unique_ptr<ConfigStore>(new ConfigStore(std::move(filesystems), std::move(targets),
                                                      std::move(params), std::move(sequences)));
}

Result<FilesystemRow> ConfigStore::require(std::string_view fsname) {
  SHEEN_ASSIGN(const auto row, filesystems_.find(fsname));
  if (row) return *row;
  SHEEN_ASSIGN(const auto names, filesystems_.names());
  return Error(Errc::kNotConfigured,
               fmt::format("file system '{}' (known: {})", fsname,
                           names.empty() ? "none yet" : fmt::format("{}", fmt::join(names, ", "))));
}

Result<std::unique_ptr<wire::FsConfigT>> ConfigStore::read(std::string_view fsname) {
  SHEEN_ASSIGN(const auto row, filesystems_.find(fsname));
  if (!row) return std::unique_ptr<wire::FsConfigT>();
  auto config = std::make_unique<wire::FsConfigT>();
  config->fsname = fsname;
  config->version = row->version;
  SHEEN_ASSIGN(config->targets, targets_.list(fsname));
  SHEEN_ASSIGN(config->params, params_.list(fsname));
  SHEEN_ASSIGN(config->sequences, sequences_.list(fsname));
  return config;
}

Result<uint64_t> ConfigStore::touch(std::string_view fsname) {
  SHEEN_ASSIGN(const auto known, filesystems_.find(fsname));
  FilesystemRow row = known.value_or(FilesystemRow{0, kFirstSequence});
  ++row.version;
  SHEEN_TRY(filesystems_.put(fsname, row));
  return row.version;
}

}  // namespace sheen::mgs
