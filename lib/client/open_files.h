// SPDX-License-Identifier: Apache-2.0
#pragma once

// The open files of this client: one OpenFile per handle, one OpenInode per file that has handles.
// An OpenInode collects what this client learns about the file while it has it open, above all the
// state of its objects, so that the last writer can report size and times when it closes.
// Calls in flight keep what they use alive; the table forgets a handle at its release.
// The client's thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lib/base/function.h"
#include "lib/client/object_state.h"
#include "lib/client/types.h"

namespace sheen::client {

// What this client knows of a file's atime; calls/atime.cc.
struct Atime {
  RealtimeNs time = 0;
  RealtimeNs changed = 0;  // the later of the MDT's mtime and ctime
  bool untold = false;     // `time` is that of a read that the MDT was not told of
  bool waiting = false;    // for the pause between two tellings to end
  std::optional<MonotonicNs> told_at;
};

class OpenInode {
 public:
  OpenInode(Fid fid, uint16_t mdt, wire::Striping striping)
      : fid_(fid), mdt_(mdt), striping_(std::move(striping)), known_(object_count(striping_)) {}

  Fid fid() const { return fid_; }
  uint16_t mdt() const { return mdt_; }
  const wire::Striping& striping() const { return striping_; }

  // What a write has to know about privileges; from the latest Attr seen here.
  uint32_t mode = 0;
  bool has_capability = false;
  uint32_t writers = 0;  // handles open for writing
  uint32_t handles = 0;
  Atime atime;
  // What an Attr from the MDT says of them. Its atime becomes that of a read here which the MDT was
  // not told of yet.
  void take(Attr& attr);

  // --- fcntl and OFD locks. close(2) ends the former, by their owner, and the kernel tells us; an
  // OFD lock ends with the handle, and the kernel says nothing.
  void lock_owner_uses(Handle handle, uint64_t owner);
  void forget_lock_owner(uint64_t owner);
  // The owners that locked through the handle and have not been forgotten since.
  std::vector<uint64_t> take_lock_owners(Handle handle);

  // --- size_version: which state of the file the objects' states belong to
  uint64_t size_version() const { return size_version_; }
  // The file was made by this very open: it has no objects but those that this client makes.
  void created(uint64_t version);
  // An open, truncation or utimens of ours raised the version to `version`. If anybody else raised
  // it in between, what is known here may have been changed by others.
  void raised(uint64_t version);
  // An Attr that nothing of ours explains: somebody else opened, cut or touched the file.
  void observed(uint64_t version) {
    if (version > size_version_) sole_ = false;
  }
  // The states are this client's work alone: nobody else has had the file open for writing since
  // they were learnt, as far as the version tells.
  bool sole() const { return sole_; }

  // --- objects
  // Requests for an object draw a ticket when they go out. A reply whose request went out after the
  // latest state was learnt replaces it; replies that crossed are ordered by ctime.
  using Ticket = uint64_t;
  Ticket draw() { return ++ticks_; }
  enum class From { kWrite, kOther };  // what the reply answers
  void learn(size_t index, const ObjectState& state, Ticket asked, From from);
  // A change of the object failed, and nobody knows how far it came, or changes crossed: what
  // replies to earlier requests say does not count any more.
  void forget(size_t index);
  // All states, if every one is known.
  std::optional<std::vector<ObjectState>> states() const;
  // What the known objects say of the file's size: it may be larger.
  uint64_t known_size() const;
  // Since created(), as far as the version tells. An object that was truncated away does not count:
  // its end may not be durable.
  bool never_existed(size_t index) const { return sole_ && known_[index].never_existed; }

  // --- calls that change objects. An application that is killed in one lets its handle go before
  // the objects have answered; the last writer's close waits, as its report would be wrong.
  void begin_change() { ++changes_; }
  void end_change();
  bool quiet() const { return changes_ == 0; }
  // Calls `then` when no such call is on its way: perhaps at once.
  void when_quiet(UniqueFunction<void()> then);

 private:
  struct Known {
    std::optional<ObjectState> state;
    From from = From::kOther;
    uint64_t learnt = 0;
    uint64_t forgotten = 0;  // replies to requests before that say nothing
    bool never_existed = false;
  };
  // In reply to a request that was on its way when `known` was learnt. False: which of the two
  // states came last cannot be told.
  static bool learn_crossed(Known& known, const ObjectState& state, From from);
  struct LockUse {
    Handle handle = 0;
    uint64_t owner = 0;
    bool operator==(const LockUse&) const = default;
  };
  const Fid fid_;
  const uint16_t mdt_;
  const wire::Striping striping_;
  uint64_t size_version_ = 0;
  bool sole_ = false;
  std::vector<Known> known_;
  uint64_t ticks_ = 0;
  size_t changes_ = 0;
  std::vector<UniqueFunction<void()>> waiting_for_quiet_;
  std::vector<LockUse> lock_uses_;
};

// A call's `done` that also ends its change, which begins here.
template <class T>
Done<T> as_change(std::shared_ptr<OpenInode> inode, Done<T> done) {
  inode->begin_change();
  return [inode = std::move(inode), done = std::move(done)](Result<T> result) mutable {
    inode->end_change();
    done(std::move(result));
  };
}

struct OpenFile {
  Handle handle = 0;
  std::shared_ptr<OpenInode> inode;
  int flags = 0;
  bool dead = false;      // the MDT does not know the handle any more
  bool no_atime = false;  // its reads leave atime alone
  bool writes() const;    // false if it is dead: the MDT does not count it as a writer either
};

class OpenFiles {
 public:
  Handle next_handle() { return ++last_handle_; }

  // The inode if any handle is open on it.
  std::shared_ptr<OpenInode> find_inode(Fid fid) const;
  std::shared_ptr<OpenFile> find(Handle handle) const;
  std::shared_ptr<OpenFile> add(Handle handle, int flags, std::shared_ptr<OpenInode> inode);
  // The inode that a new handle goes to: the one that is open, or a new one.
  std::shared_ptr<OpenInode> inode_for(Fid fid, uint16_t mdt, const wire::Striping& striping);
  void remove(OpenFile& file);
  // The handle is dead from now on.
  void lose(OpenFile& file);
  bool writing(Fid fid) const;

  size_t size() const { return files_.size(); }
  std::vector<std::shared_ptr<OpenFile>> of_mdt(uint16_t mdt) const;  // in order of handle

 private:
  Handle last_handle_ = 0;
  std::unordered_map<Handle, std::shared_ptr<OpenFile>> files_;
  std::unordered_map<Fid, std::shared_ptr<OpenInode>> inodes_;
};

}  // namespace sheen::client
