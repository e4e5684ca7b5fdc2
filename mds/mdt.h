// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mdt: the role of an MDS. It owns the tables, the open handles, the locks, the view of the OSTs
// and the destroyer, and is what the operations in ops/ get as their first argument. One thread,
// the lane's, calls everything.

#include <memory>
#include <set>

#include "lib/base/limits.h"
#include "lib/target/environment.h"
#include "lib/target/role.h"
#include "mds/destroyer.h"
#include "mds/file_locks.h"
#include "mds/open_table.h"
#include "mds/ost_pool.h"
#include "mds/store/layout_codec.h"
#include "mds/store/store.h"

namespace sheen::mds {

class Mdt final : public target::Role {
 public:
  static Result<std::unique_ptr<Mdt>> open(target::Environment& env, StoreOptions options = {});
  ~Mdt() override;

  target::Environment& env() { return env_; }
  Store& store() { return store_; }
  OpenTable& opens() { return opens_; }
  FileLocks& file_locks() { return file_locks_; }
  OstPool& ost_pool() { return ost_pool_; }
  Destroyer& destroyer() { return *destroyer_; }

  // For a change that needs space: kNoSpace if the disk is (nearly) full. Removing and truncating
  // do not ask.
  Status check_space();
  // What a directory's default leaves open, filled in from the file system's parameters.
  StripeHint with_defaults(StripeHint hint) const;
  // An inode without links was closed or evicted: step() destroys it if nobody has it open.
  void reap_later(Fid fid) { reap_.insert(fid); }
  // The end of an inode: its rows go, destroy rows for its objects come. Part of the transaction.
  Status destroy(const Inode& inode);

  std::span<const target::Operation> operations() const override;
  void* self() override { return this; }
  Status on_session_close(target::Session& session, target::CloseReason reason) override;
  void on_recovery_finished() override;
  void on_cluster_map(const rpc::ClusterMap& map) override;
  void on_node_down(const std::string& host_name) override { ost_pool_.on_node_down(host_name); }
  Status step(MonotonicNs now) override;
  MonotonicNs next_wakeup() const override;
  store::DiskSpace space() override;
  std::pair<uint32_t, uint32_t> opens_and_locks(const target::Session& session) override;
  std::vector<std::pair<std::string, uint64_t>> counters() override;

 private:
  Mdt(target::Environment& env, Store store);
  Status reap_orphans();
  Status flush_atimes();
  void ask_for_sequences(MonotonicNs now);
  Status take_sequences(MonotonicNs now);
  Result<uint64_t> reusable_bytes();

  target::Environment& env_;
  Store store_;
  OpenTable opens_;
  FileLocks file_locks_;
  OstPool ost_pool_;
  std::unique_ptr<Destroyer> destroyer_;
  store::Statement freelist_;

  std::set<Fid> reap_;  // ordered, so that the simulator repeats itself
  bool reap_all_ = false;
  MonotonicNs space_checked_at_ = 0;
  bool space_known_ = false;
  bool full_ = false;
  uint64_t page_bytes_ = 4096;
  bool registered_ = false;  // the MGS's configuration has this target
  int32_t default_stripe_count_ = 1;
  uint32_t default_stripe_size_ = kStripeSizeDefault;

  // AllocSequences. The completion may come after this is gone, hence a shared mailbox.
  struct SequenceReply;
  static void make_durable(rpc::Import& mgs, const wire::Header& given,
                           std::shared_ptr<SequenceReply> box);
  std::shared_ptr<SequenceReply> sequence_reply_;
  MonotonicNs sequences_retry_at_ = 0;
};

// The factory of this role for the daemon and the simulator.
Result<std::unique_ptr<target::Role>> open_mdt(target::Environment& env);

}  // namespace sheen::mds
