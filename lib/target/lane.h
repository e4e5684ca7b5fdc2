// SPDX-License-Identifier: Apache-2.0
#pragma once

// Lane: the one thread's worth of work that serves a target. It drains its listeners, runs the
// requests through the operation driver in one SQLite transaction, commits, and sends the replies.
// It owns everything the target has in memory and is the Environment its Role lives in.
//
// The driver, per request: is it ours (target, epoch), who asks (session), is it a stale copy
// (xid_floor), did it happen already (reply cache), then the operation under the rules of its kind.
//
// step() never blocks on anything but SQLite. An error from step() is final: the target cannot
// vouch for its state any more, the process must end and come back through recovery.
// All members belong to the lane's thread, except wake() and post().

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/event_queue.h"
#include "lib/target/environment.h"
#include "lib/target/lost_writes.h"
#include "lib/target/mgs_link.h"
#include "lib/target/owner_guard.h"
#include "lib/target/recovery.h"
#include "lib/target/reply_cache.h"
#include "lib/target/role.h"
#include "lib/target/syncer.h"
#include "lib/target/target_directory.h"

namespace sheen::target {

using RoleFactory = Result<std::unique_ptr<Role>> (*)(Environment&);

struct LaneOptions {
  std::string directory;
  std::vector<net::Address> control;  // to bind
  std::vector<net::Address> bulk;     // to bind; OSTs only
  unsigned io_threads = 2;
  bool threads = true;  // false: sync inline, for the simulator
  int64_t ping_interval_ns = 5 * kSecond;
  int64_t session_timeout_ns = 60 * kSecond;
  int64_t recovery_limit_ns = 60 * kSecond;
  std::string run_directory;  // for the note of lost writes; empty: none is kept
  bool guard_owner = false;   // against a server on another node; the simulator has one "node"
};

class Lane final : public Environment {
 public:
  static Result<std::unique_ptr<Lane>> open(net::Transport& transport, store::Disk& disk,
                                            const Clock& clock, Random& random, LaneOptions options,
                                            RoleFactory make_role);
  ~Lane() override;

  // One round; true in the result if there was anything to do.
  Result<bool> step();
  // The orderly end: what was done is made durable, those who wait for that are answered, and the
  // MGS hears that this life is over. Waits for the disk, and a moment for the MGS.
  Status finish();
  MonotonicNs next_wakeup() const;
  // Readable when somebody called wake() or post().
  int wake_fd() const { return posts_.fd(); }
  // Any thread: runs `task` on the lane in its next step(). False if the queue is full.
  bool post(UniqueFunction<void(Lane&)> task) { return posts_.push(std::move(task)); }

  wire::TargetStatusReplyT status();
  const std::vector<net::Address>& control_addresses() const { return control_->addresses(); }
  // The MGS has said whether this life is the one that serves, or is not to be heard just now.
  bool settled() const;
  bool registered() const { return !mgs_link_ || mgs_link_->registered(); }
  // Since the storage was last written to; 0 without an owner guard.
  int64_t store_age_ns() const { return owner_ ? owner_->age_ns() : 0; }

  // Environment
  const TargetConfig& config() const override { return config_; }
  const std::string& directory() const override { return options_.directory; }
  Epoch epoch() const override { return epoch_; }
  store::Disk& disk() override { return disk_; }
  store::Database& database() override { return *database_; }
  const Clock& clock() const override { return clock_; }
  Random& random() override { return random_; }
  net::Transport& transport() override { return transport_; }
  rpc::ImportOptions import_options() const override;
  rpc::Import* mgs() override { return mgs_link_ ? &mgs_link_->import() : nullptr; }
  SessionTable& sessions() override { return *sessions_; }
  void send_notice(Session& session, wire::Opcode opcode, Buffer body) override;
  bool recovering() const override { return recovery_->active(); }
  Transno last_transno() const override { return Transno::make(epoch_, counter_); }
  Transno committed() const override { return syncer_->committed(); }
  unsigned io_threads() const override { return options_.io_threads; }
  void wake() override;
  void confirm_ownership() override {
    if (owner_) owner_->confirm();
  }

 private:
  struct Outgoing {
    net::Listener* listener;
    net::PeerId peer;
    wire::Message message;
    std::string_view fault_name;  // of the operation, for its reply fault point; may be empty
  };
  struct Parked {  // waits for `committed`
    Transno goal;
    Outgoing reply;
  };
  struct Held {  // waits until every client is back
    net::Received received;
    bool bulk = false;
    size_t bytes() const { return received.message.body.size() + received.message.bulk.size(); }
  };

  Lane(net::Transport& transport, store::Disk& disk, const Clock& clock, Random& random,
       LaneOptions options);
  Status take_ownership();
  [[noreturn]] void end_at_once(const Error& why) const;
  Status open_store();
  Status migrate(int64_t from);
  Status forget_replies_of_lost_data();
  Status open_listeners();
  Status open_role(RoleFactory make_role);
  wire::AddressesT advertised() const;
  void take_params(const rpc::ClusterMap& map);

  Status sync_everything();
  Result<bool> round();
  Result<bool> run_batch();
  Status handle(net::Received received, bool bulk);
  bool is_stale(Session& session, const net::Received& received, bool bulk);
  Status handle_connect(const net::Received& received, bool bulk);
  Status handle_builtin(Session& session, const net::Received& received, bool bulk, bool& handled);
  Status run_read(const Operation& op, Session& session, const net::Received& received, bool bulk);
  Status run_change(const Operation& op, Session& session, const net::Received& received,
                    bool bulk);
  Status execute_change(const Operation& op, const OpContext& ctx, const net::Received& received,
                        bool bulk);
  Result<bool> answer_from_slot(const Operation& op, Session& session,
                                const net::Received& received, bool bulk);
  void handle_recovered(const Session& session, const net::Received& received, bool bulk);
  void hold(net::Received received, bool bulk);
  Status release_held();
  Status run_deferred(const Operation& op, Session& session, net::Received received, bool bulk);
  void answer_deferred(const Operation& op, Call& call, Result<ReplyBody> reply);
  Status store_deferred(const wire::Header& header, Transno transno,
                        const Result<ReplyBody>& reply);
  Status send_stored(const Operation& op, Session& session, const net::Received& received,
                     const StoredReply& stored, bool bulk);

  Status ensure_transaction();
  Status finish_transaction();
  void request_sync();
  Status close_session(const Uuid& client, CloseReason reason);
  Status expire_sessions();
  void excuse_pause(MonotonicNs now);
  Status end_recovery_if_done();
  void release_parked();
  Error end_after_failed_sync();
  Transno next_transno() { return Transno::make(epoch_, ++counter_); }

  wire::Message make_reply(const wire::Header& request, Result<ReplyBody> reply, Transno transno);
  void answer(const net::Received& received, bool bulk, Result<ReplyBody> reply,
              Transno transno = {}, std::string_view fault_name = {});
  void park(const net::Received& received, bool bulk, Result<ReplyBody> reply, Transno goal);
  void flush();
  Outgoing outgoing(const net::PeerId& peer, bool bulk, wire::Message message,
                    std::string_view fault_name);

  net::Transport& transport_;
  store::Disk& disk_;
  const Clock& clock_;
  Random& random_;
  LaneOptions options_;

  std::unique_ptr<TargetDirectory> directory_lock_;
  std::unique_ptr<OwnerGuard> owner_;  // ends after everything that writes
  std::unique_ptr<LostWrites> lost_writes_;
  TargetConfig config_;
  Epoch epoch_ = 0;
  uint64_t counter_ = 0;         // of transnos in this epoch
  uint64_t sync_requested_ = 0;  // up to this counter
  uint64_t request_count_ = 0;
  uint64_t stale_count_ = 0;
  uint64_t stored_count_ = 0;
  MonotonicNs started_ = 0;
  MonotonicNs next_expiry_ = 0;
  MonotonicNs last_round_ = 0;
  bool batch_full_ = false;  // more messages may be waiting
  RealtimeNs batch_time_ = 0;

  std::unique_ptr<store::Database> database_;
  std::unique_ptr<SessionTable> sessions_;
  std::unique_ptr<ReplyCache> replies_;
  std::unique_ptr<Recovery> recovery_;
  EventQueue<UniqueFunction<void(Lane&)>> posts_;
  std::unique_ptr<net::Listener> control_;
  std::unique_ptr<net::Listener> bulk_;
  std::unique_ptr<Role> role_;
  std::vector<const Operation*> table_;  // by opcode
  std::unique_ptr<MgsLink> mgs_link_;
  std::unique_ptr<Syncer> syncer_;  // after everything its pass uses, so that it ends first

  std::vector<Outgoing> replies_out_;
  Status store_outcome_;  // of the reply rows of deferred changes
  std::vector<Parked> parked_;
  std::vector<Held> held_;
  size_t held_bytes_ = 0;
  std::map<Uuid, Outgoing> recovered_;  // answers to those who wait for the others to be back
};

}  // namespace sheen::target
