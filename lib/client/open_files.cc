// SPDX-License-Identifier: Apache-2.0
#include "lib/client/open_files.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "lib/base/assert.h"

namespace sheen::client {

void OpenInode::created(uint64_t version) {
  size_version_ = version;
  sole_ = true;
  for (Known& known : known_) known = {ObjectState{}, From::kOther, ++ticks_, 0, true};
}

void OpenInode::raised(uint64_t version) {
  if (version <= size_version_) return;
  if (version != size_version_ + 1) sole_ = false;
  size_version_ = version;
}

void OpenInode::learn(size_t index, const ObjectState& state, Ticket asked, From from) {
  SHEEN_ASSERT(index < known_.size());
  Known& known = known_[index];
  if (state.exists) known.never_existed = false;
  if (asked <= known.forgotten) return;
  if (!known.state || asked > known.learnt) {
    known.state = state;
    known.from = from;
  } else if (!learn_crossed(known, state, from)) {
    return forget(index);
  }
  known.learnt = ++ticks_;
}

bool OpenInode::learn_crossed(Known& known, const ObjectState& state, From from) {
  if (state == *known.state) return true;
  // A removal crossed another change: which came last cannot be told from the times.
  if (!state.exists || !known.state->exists) return false;
  if (state.ctime > known.state->ctime) {
    known.state = state;
    known.from = from;
  } else if (state.ctime == known.state->ctime) {
    // Nor can it within one tick of the OST's clock, but writes only add.
    if (from != From::kWrite || known.from != From::kWrite) return false;
    known.state->size = std::max(known.state->size, state.size);
    known.state->blocks = std::max(known.state->blocks, state.blocks);
    known.state->mtime = std::max(known.state->mtime, state.mtime);
  }
  return true;
}

void OpenInode::forget(size_t index) {
  SHEEN_ASSERT(index < known_.size());
  known_[index] = {std::nullopt, From::kOther, 0, ++ticks_, false};
}

std::optional<std::vector<ObjectState>> OpenInode::states() const {
  std::vector<ObjectState> out;
  out.reserve(known_.size());
  for (const Known& known : known_) {
    if (!known.state) return std::nullopt;
    out.push_back(*known.state);
  }
  return out;
}

uint64_t OpenInode::known_size() const {
  std::vector<ObjectState> states;
  states.reserve(known_.size());
  for (const Known& known : known_) states.push_back(known.state.value_or(ObjectState{}));
  return file_state(striping_, states).size;
}

void OpenInode::end_change() {
  SHEEN_ASSERT(changes_ != 0);
  if (--changes_ != 0) return;
  for (auto& then : std::exchange(waiting_for_quiet_, {})) then();
}

void OpenInode::when_quiet(UniqueFunction<void()> then) {
  if (changes_ == 0) return then();
  waiting_for_quiet_.push_back(std::move(then));
}

void OpenInode::take(Attr& attr) {
  mode = attr.mode;
  has_capability = attr.has_capability;
  atime.changed = std::max(attr.mtime, attr.ctime);
  if (atime.untold)
    attr.atime = atime.time;
  else
    atime.time = attr.atime;
}

void OpenInode::lock_owner_uses(Handle handle, uint64_t owner) {
  const LockUse use{handle, owner};
  if (std::find(lock_uses_.begin(), lock_uses_.end(), use) == lock_uses_.end())
    lock_uses_.push_back(use);
}

void OpenInode::forget_lock_owner(uint64_t owner) {
  std::erase_if(lock_uses_, [owner](const LockUse& use) { return use.owner == owner; });
}

std::vector<uint64_t> OpenInode::take_lock_owners(Handle handle) {
  std::vector<uint64_t> owners;
  for (const LockUse& use : lock_uses_)
    if (use.handle == handle) owners.push_back(use.owner);
  std::erase_if(lock_uses_, [handle](const LockUse& use) { return use.handle == handle; });
  return owners;
}

bool OpenFile::writes() const {
  if (dead) return false;
  return (flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR;
}

std::shared_ptr<OpenInode> OpenFiles::find_inode(Fid fid) const {
  const auto found = inodes_.find(fid);
  return found == inodes_.end() ? nullptr : found->second;
}

std::shared_ptr<OpenFile> OpenFiles::find(Handle handle) const {
  const auto found = files_.find(handle);
  return found == files_.end() ? nullptr : found->second;
}

std::shared_ptr<OpenInode> OpenFiles::inode_for(Fid fid, uint16_t mdt,
                                                const wire::Striping& striping) {
  if (auto inode = find_inode(fid)) {
    // A layout can change (setstripe) only while the file has no objects and, as far as the MDT
    // knows, nobody has it open. So a newer one starts anew.
    if (inode->striping().generation == striping.generation &&
        object_count(inode->striping()) == object_count(striping))
      return inode;
  }
  auto inode = std::make_shared<OpenInode>(fid, mdt, striping);
  inodes_[fid] = inode;
  return inode;
}

std::shared_ptr<OpenFile> OpenFiles::add(Handle handle, int flags,
                                         std::shared_ptr<OpenInode> inode) {
  auto file = std::make_shared<OpenFile>();
  file->handle = handle;
  file->flags = flags;
  file->inode = std::move(inode);
  ++file->inode->handles;
  if (file->writes()) ++file->inode->writers;
  files_.emplace(handle, file);
  return file;
}

void OpenFiles::remove(OpenFile& file) {
  OpenInode& inode = *file.inode;
  if (file.writes()) --inode.writers;
  if (--inode.handles == 0) {
    const auto found = inodes_.find(inode.fid());
    if (found != inodes_.end() && found->second.get() == &inode) inodes_.erase(found);
  }
  files_.erase(file.handle);
}

void OpenFiles::lose(OpenFile& file) {
  if (file.writes()) --file.inode->writers;
  file.dead = true;
}

bool OpenFiles::writing(Fid fid) const {
  const auto inode = find_inode(fid);
  return inode != nullptr && inode->writers != 0;
}

std::vector<std::shared_ptr<OpenFile>> OpenFiles::of_mdt(uint16_t mdt) const {
  std::vector<std::shared_ptr<OpenFile>> out;
  for (const auto& [handle, file] : files_)
    if (file->inode->mdt() == mdt) out.push_back(file);
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a->handle < b->handle; });
  return out;
}

}  // namespace sheen::client
