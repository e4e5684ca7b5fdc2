// SPDX-License-Identifier: Apache-2.0
//
// Fault points: mds.destroy.before_rows (an inode ends), mds.reap.before_commit (orphans end).
#include "mds/mdt.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/rpc/params.h"
#include "mds/file_state.h"
#include "mds/operations.h"
#include "mds/store/layout_codec.h"

namespace sheen::mds {
namespace {

constexpr int64_t kSpaceCheckInterval = 100 * kMillisecond;
constexpr int64_t kSequencesRetry = kSecond;
// Orphans that one step() ends, so that a client which leaves thousands behind does not stop the
// lane.
constexpr size_t kReapBatch = 256;
// With the database file at its size, changes that reuse its free pages need room in the WAL only.
constexpr uint64_t kReusableMin = 256U << 10;

}  // namespace

// What the MGS said; kept alive by the completion, which may run after the Mdt is gone.
struct Mdt::SequenceReply {
  bool asked = false;
  bool answered = false;
  Status status;
  uint32_t first = 0;
  uint32_t count = 0;

  void end(Status how) {
    answered = true;
    status = std::move(how);
  }
};

Mdt::Mdt(target::Environment& env, Store store)
    : env_(env),
      store_(std::move(store)),
      file_locks_(env),
      ost_pool_(env),
      sequence_reply_(std::make_shared<SequenceReply>()) {}

Mdt::~Mdt() = default;

Result<std::unique_ptr<Mdt>> Mdt::open(target::Environment& env, StoreOptions options) {
  SHEEN_ASSIGN(Store store, Store::open(env.database(), env.clock().realtime(), options));
  std::unique_ptr<Mdt> mdt(new Mdt(env, std::move(store)));
  SHEEN_ASSIGN(mdt->destroyer_, Destroyer::open(env, mdt->ost_pool_));
  SHEEN_ASSIGN(mdt->freelist_, env.database().prepare("PRAGMA freelist_count"));
  SHEEN_ASSIGN(store::Statement page_size, env.database().prepare("PRAGMA page_size"));
  SHEEN_ASSIGN(const bool any, page_size.row());
  if (any) mdt->page_bytes_ = static_cast<uint64_t>(page_size.int64(0));
  return mdt;
}

Result<std::unique_ptr<target::Role>> open_mdt(target::Environment& env) {
  SHEEN_ASSIGN(std::unique_ptr<Mdt> mdt, Mdt::open(env));
  return std::unique_ptr<target::Role>(std::move(mdt));
}

std::span<const target::Operation> Mdt::operations() const { return operation_table(); }

// ---------------------------------------------------------------------------------------------
// Space

// Removals must go on when the disk is full, and they need room: the WAL grows to its bound, and
// moving it into the database can make that grow by what is in the WAL, together at most one
// bound. So changes that need space stop one and a half bounds before the end (the half is for
// what happens between two looks, and for sparse reports of the file system). The database file
// never shrinks: after a removal its free pages are the space that was won, and using them needs
// no more than the WAL's room.
Status Mdt::check_space() {
  const MonotonicNs now = env_.clock().monotonic();
  if (!space_known_ || now - space_checked_at_ >= kSpaceCheckInterval) {
    SHEEN_ASSIGN(const store::DiskSpace disk, env_.disk().space(env_.directory()));
    SHEEN_ASSIGN(const uint64_t reusable, reusable_bytes());
    const auto bound = static_cast<uint64_t>(env_.database().wal_bound_bytes());
    const uint64_t floor = bound + bound / 2;
    const bool was_full = full_;
    full_ = disk.bytes_available < floor &&
            (disk.bytes_available < bound / 8 || reusable < kReusableMin);
    if (full_ != was_full)
      SHEEN_NOTICE("{}: {} ({} MiB available)", env_.directory(),
                   full_ ? "full, new files are refused" : "has space again",
                   disk.bytes_available >> 20);
    space_known_ = true;
    space_checked_at_ = now;
  }
  if (full_) return Error(Errc::kNoSpace, "the MDT's disk is full");
  return ok();
}

Result<uint64_t> Mdt::reusable_bytes() {
  store::Statement::Use use(freelist_);
  freelist_.reset();
  SHEEN_ASSIGN(const bool any, freelist_.row());
  return any ? static_cast<uint64_t>(freelist_.int64(0)) * page_bytes_ : 0;
}

store::DiskSpace Mdt::space() {
  auto space = env_.disk().space(env_.directory());
  if (!space) return {};
  if (const auto reusable = reusable_bytes()) {
    space->bytes_free += *reusable;
    space->bytes_available += *reusable;
  }
  return *space;
}

// ---------------------------------------------------------------------------------------------
// The end of inodes

Status Mdt::destroy(const Inode& inode) {
  if (auto fault = SHEEN_FAULT("mds.destroy.before_rows")) return fault->error();
  SHEEN_TRY(store_.xattrs.erase_all(inode.fid));
  SHEEN_TRY(store_.inodes.erase(inode.fid));
  if (!inode.is_regular()) return ok();
  // An empty file has no objects.
  if (inode.size_valid && inode.size == 0 && inode.blocks == 0) return ok();
  SHEEN_ASSIGN(const wire::Striping striping, decode_striping(inode.content));
  return destroyer_->add(striping, inode.fid);
}

Status Mdt::reap_orphans() {
  if (env_.recovering()) return ok();
  if (reap_all_) {
    SHEEN_ASSIGN(const std::vector<Fid> orphans, store_.inodes.orphans());
    reap_.insert(orphans.begin(), orphans.end());
    reap_all_ = false;
  }
  if (reap_.empty()) return ok();
  SHEEN_TRY(env_.database().begin());
  for (size_t n = 0; n < kReapBatch && !reap_.empty(); ++n) {
    const Fid fid = *reap_.begin();
    reap_.erase(reap_.begin());
    if (opens_.is_open(fid)) continue;
    SHEEN_ASSIGN(const std::optional<Inode> inode, store_.inodes.find(fid));
    if (!inode) {
      SHEEN_TRY(store_.inodes.remove_orphan(fid));
    } else if (inode->nlink == 0) {
      SHEEN_TRY(destroy(*inode));
    }
  }
  if (auto fault = SHEEN_FAULT("mds.reap.before_commit")) return fault->error();
  return env_.database().commit();
}

Status Mdt::on_session_close(target::Session& session, target::CloseReason) {
  file_locks_.on_session_close(session);
  std::set<Fid> written;
  for (const OpenFile& file : opens_.remove_client(session.client)) {
    reap_later(file.fid);
    if (opens_for_write(file.flags)) written.insert(file.fid);
  }
  for (const Fid fid : written) {
    SHEEN_ASSIGN(std::optional<Inode> inode, store_.inodes.find(fid));
    if (!inode || !inode->is_regular()) continue;
    note_unreported_end(*inode);
    SHEEN_TRY(store_.inodes.update(*inode));
  }
  return ok();
}

void Mdt::on_recovery_finished() {
  reap_all_ = true;
  file_locks_.on_recovery_finished();
}

// ---------------------------------------------------------------------------------------------
// Sequences

void Mdt::ask_for_sequences(MonotonicNs now) {
  rpc::Import* mgs = env_.mgs();
  if (mgs == nullptr || !store_.fids.wants_more() || sequence_reply_->asked) return;
  // The MGS gives sequences to targets that it knows.
  if (!registered_ || now < sequences_retry_at_) return;
  wire::AllocSequencesRequestT request;
  request.label = env_.config().label.to_string();
  request.count = kSequencesPerRequest;
  sequence_reply_ = std::make_shared<SequenceReply>();
  sequence_reply_->asked = true;
  rpc::call<wire::AllocSequencesRequest>(
      *mgs, rpc::RequestKind::kChange, request,
      [box = sequence_reply_, mgs](Result<rpc::ReplyFor<wire::AllocSequencesRequest>> reply) {
        if (!reply) return box->end(std::move(reply).error());
        box->first = (*reply)->first();
        box->count = (*reply)->count();
        make_durable(*mgs, reply->message.header, box);
      });
}

// An MGS that loses its last second (its host crashed) would give the same sequences again, so they
// are used once they are on its disk. If it restarted in between, what it gave before may be lost,
// and a Sync says nothing about it: there are enough sequences to ask for others.
void Mdt::make_durable(rpc::Import& mgs, const wire::Header& given,
                       std::shared_ptr<SequenceReply> box) {
  wire::SyncRequestT request;
  request.transno = given.transno.value;
  rpc::call<wire::SyncRequest>(
      mgs, rpc::RequestKind::kRead, request,
      [box = std::move(box), life = given.epoch](Result<rpc::ReplyFor<wire::SyncRequest>> reply) {
        if (!reply) return box->end(std::move(reply).error());
        if (reply->message.header.epoch != life)
          return box->end(Error(Errc::kWrongEpoch, "it restarted meanwhile"));
        box->end(ok());
      });
}

Status Mdt::take_sequences(MonotonicNs now) {
  if (!sequence_reply_->answered) return ok();
  const SequenceReply reply = *sequence_reply_;
  *sequence_reply_ = SequenceReply{};
  sequences_retry_at_ = now + kSequencesRetry;
  if (!reply.status) {
    SHEEN_WARN("the MGS gave no sequences: {}", reply.status.error().message());
    return ok();
  }
  const Status added = store_.fids.add_range(reply.first, reply.count);
  if (added.code() == Errc::kBadRequest) {
    SHEEN_WARN("the MGS gave bad sequences: {}", added.error().message());
    return ok();
  }
  return added;
}

// ---------------------------------------------------------------------------------------------
// Background

void Mdt::on_cluster_map(const rpc::ClusterMap& map) {
  const TargetLabel& own = env_.config().label;
  registered_ = map.find(own.kind, own.index) != nullptr;
  default_stripe_count_ = static_cast<int32_t>(rpc::param(map, rpc::kParamStripeCount));
  default_stripe_size_ = static_cast<uint32_t>(rpc::param(map, rpc::kParamStripeSize));
  ost_pool_.on_cluster_map(map);
}

StripeHint Mdt::with_defaults(StripeHint hint) const {
  if (hint.stripe_count == 0) hint.stripe_count = default_stripe_count_;
  if (hint.stripe_size == 0) hint.stripe_size = default_stripe_size_;
  return hint;
}

Status Mdt::step(MonotonicNs now) {
  ost_pool_.step(now);
  SHEEN_TRY(take_sequences(now));
  SHEEN_TRY(store_.fids.refill());
  ask_for_sequences(now);
  SHEEN_TRY(reap_orphans());
  SHEEN_TRY(destroyer_->step(now));
  return flush_atimes();
}

Status Mdt::flush_atimes() {
  if (!store_.inodes.has_touched()) return ok();
  SHEEN_TRY(env_.database().begin());
  SHEEN_TRY(store_.inodes.flush_atimes());
  return env_.database().commit();
}

MonotonicNs Mdt::next_wakeup() const {
  // More to do at once.
  if ((!reap_.empty() || reap_all_) && !env_.recovering()) return 0;
  MonotonicNs at = std::min(ost_pool_.next_wakeup(), destroyer_->next_wakeup());
  if (store_.fids.wants_more() && !sequence_reply_->asked) at = std::min(at, sequences_retry_at_);
  return at;
}

std::pair<uint32_t, uint32_t> Mdt::opens_and_locks(const target::Session& session) {
  return {opens_.count(session.client), file_locks_.held_count(session.client)};
}

std::vector<std::pair<std::string, uint64_t>> Mdt::counters() {
  return {{"open_handles", opens_.size()},
          {"sequences_left", store_.fids.pooled()},
          {"destroys_pending", destroyer_->pending()}};
}

}  // namespace sheen::mds
