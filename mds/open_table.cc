// SPDX-License-Identifier: Apache-2.0
#include "mds/open_table.h"

#include <fcntl.h>

#include "lib/base/assert.h"

namespace sheen::mds {

bool opens_for_write(uint32_t flags) {
  const uint32_t mode = flags & O_ACCMODE;
  return mode == O_WRONLY || mode == O_RDWR;
}

void OpenTable::add(const Uuid& client, uint64_t handle, OpenFile file) {
  remove(client, handle);
  Counts& counts = counts_[file.fid];
  ++counts.opens;
  if (opens_for_write(file.flags)) ++counts.writers;
  clients_[client].emplace(handle, file);
  ++size_;
}

const OpenFile* OpenTable::find(const Uuid& client, uint64_t handle) const {
  const auto handles = clients_.find(client);
  if (handles == clients_.end()) return nullptr;
  const auto file = handles->second.find(handle);
  return file == handles->second.end() ? nullptr : &file->second;
}

bool OpenTable::has_open(const Uuid& client, Fid fid) const {
  if (!is_open(fid)) return false;
  const auto handles = clients_.find(client);
  if (handles == clients_.end()) return false;
  for (const auto& [handle, file] : handles->second)
    if (file.fid == fid) return true;
  return false;
}

uint32_t OpenTable::writers_of(const Uuid& client, Fid fid) const {
  if (writers(fid) == 0) return 0;
  const auto handles = clients_.find(client);
  if (handles == clients_.end()) return 0;
  uint32_t count = 0;
  for (const auto& [handle, file] : handles->second)
    if (file.fid == fid && opens_for_write(file.flags)) ++count;
  return count;
}

bool OpenTable::remove(const Uuid& client, uint64_t handle) {
  const auto handles = clients_.find(client);
  if (handles == clients_.end()) return false;
  const auto file = handles->second.find(handle);
  if (file == handles->second.end()) return false;
  release(file->second);
  handles->second.erase(file);
  if (handles->second.empty()) clients_.erase(handles);
  return true;
}

std::vector<OpenFile> OpenTable::remove_client(const Uuid& client) {
  std::vector<OpenFile> files;
  const auto handles = clients_.find(client);
  if (handles == clients_.end()) return files;
  for (const auto& [handle, file] : handles->second) {
    files.push_back(file);
    release(file);
  }
  clients_.erase(handles);
  return files;
}

void OpenTable::release(const OpenFile& file) {
  const auto counts = counts_.find(file.fid);
  SHEEN_ASSERT(counts != counts_.end() && counts->second.opens > 0);
  if (opens_for_write(file.flags)) --counts->second.writers;
  if (--counts->second.opens == 0) counts_.erase(counts);
  --size_;
}

uint32_t OpenTable::writers(Fid fid) const {
  const auto counts = counts_.find(fid);
  return counts == counts_.end() ? 0 : counts->second.writers;
}

uint32_t OpenTable::count(const Uuid& client) const {
  const auto handles = clients_.find(client);
  return handles == clients_.end() ? 0 : static_cast<uint32_t>(handles->second.size());
}

}  // namespace sheen::mds
