// SPDX-License-Identifier: Apache-2.0
// Core's answer to an MDT that restarted or that ended this client's session.
#include <fcntl.h>

#include "lib/base/log.h"
#include "lib/client/core.h"
#include "lib/client/wire_lock.h"

namespace sheen::client {
namespace {

// Small enough that a batch stays far below the limits of a body and of the verifier.
constexpr size_t kRestateBatch = 1000;

// Brings the MDT the open handles and locks, one batch after the other. A handle whose Close is on
// its way is not among them: the Close will be sent again and says all there is to say.
class Restatement : public std::enable_shared_from_this<Restatement> {
 public:
  Restatement(Core& core, uint16_t mdt, rpc::Import& import, UniqueFunction<void()> done)
      : core_(core), import_(import), done_(std::move(done)), opens_(core.files.of_mdt(mdt)) {
    for (const HeldLocks::Held& held : core.locks.all())
      if (core.targets.map().mdt_of(held.fid) == mdt) locks_.push_back(held);
    std::erase_if(opens_, [](const auto& file) { return file->dead; });
    SHEEN_NOTICE("{} restarted: telling it {} open files and {} locks", import.target().label,
                 opens_.size(), locks_.size());
  }

  void next() {
    if (opens_done_ == opens_.size() && locks_done_ == locks_.size()) return done_();
    wire::RestateRequestT request;
    size_t room = kRestateBatch;
    for (; room > 0 && opens_done_ < opens_.size(); --room, ++opens_done_) {
      auto row = std::make_unique<wire::OpenHandleT>();
      row->handle = opens_[opens_done_]->handle;
      row->fid = opens_[opens_done_]->inode->fid().value;
      row->flags = static_cast<uint32_t>(opens_[opens_done_]->flags);
      request.opens.push_back(std::move(row));
    }
    for (; room > 0 && locks_done_ < locks_.size(); --room, ++locks_done_) {
      auto row = std::make_unique<wire::HeldLockT>();
      row->fid = locks_[locks_done_].fid.value;
      row->lock = std::make_unique<wire::LockRangeT>(to_wire(locks_[locks_done_].lock));
      request.locks.push_back(std::move(row));
    }
    import_.restate(
        make_request<wire::RestateRequest>(request),
        rpc::typed<wire::RestateRequest>(
            [self = shared_from_this()](Result<rpc::ReplyFor<wire::RestateRequest>> reply) {
              self->answered(std::move(reply));
            }));
  }

 private:
  void answered(Result<rpc::ReplyFor<wire::RestateRequest>> reply) {
    if (!reply) {
      // If the connection was lost again, the next one begins with a restatement of its own.
      SHEEN_WARN("{}: telling it the open files and locks failed: {}", import_.target().label,
                 reply.error().message());
      return done_();
    }
    if (const auto* lost = (*reply)->lost_handles(); lost != nullptr) {
      for (const uint64_t handle : *lost) {
        auto file = core_.files.find(handle);
        if (file == nullptr) continue;
        SHEEN_ERROR("{} lost the open file {} (handle {})", import_.target().label,
                    file->inode->fid().to_string(), handle);
        core_.files.lose(*file);
      }
    }
    if (const auto* lost = (*reply)->lost_locks(); lost != nullptr) {
      for (const wire::HeldLock* held : *lost) {
        if (held->lock() == nullptr) continue;
        FileLock gone = from_wire(*held->lock());
        SHEEN_ERROR("{} lost a lock on {}", import_.target().label, Fid{held->fid()}.to_string());
        gone.type = F_UNLCK;
        core_.locks.apply(Fid{held->fid()}, gone);
      }
    }
    next();
  }

  Core& core_;
  rpc::Import& import_;
  UniqueFunction<void()> done_;
  std::vector<std::shared_ptr<OpenFile>> opens_;
  std::vector<HeldLocks::Held> locks_;
  size_t opens_done_ = 0;
  size_t locks_done_ = 0;
};

}  // namespace

void Core::on_mdt_restate(uint16_t mdt, rpc::Import& import, UniqueFunction<void()> done) {
  forget_let_go(mdt);
  std::make_shared<Restatement>(*this, mdt, import, std::move(done))->next();
}

// What is not restated the MDT does not hold, whatever it answers.
void Core::forget_let_go(uint16_t mdt) {
  lock_waits.change_let_go([&](HeldLocks& gone) {
    gone.forget_if([&](Fid fid) { return targets.map().mdt_of(fid) == mdt; });
  });
}

void Core::on_mdt_evicted(uint16_t mdt) {
  size_t count = 0;
  for (const auto& file : files.of_mdt(mdt)) {
    count += file->dead ? 0 : 1;
    files.lose(*file);
  }
  locks.forget_if([&](Fid fid) { return targets.map().mdt_of(fid) == mdt; });
  forget_let_go(mdt);
  SHEEN_ERROR("{} open files of MDT{:04x} were lost; calls on them fail with EIO", count, mdt);
}

}  // namespace sheen::client
