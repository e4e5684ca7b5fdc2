// SPDX-License-Identifier: Apache-2.0
#include "lib/target/lane.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "lib/base/assert.h"
#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/rpc/params.h"
#include "lib/target/host_name.h"
#include "lib/target/target_meta.h"

namespace sheen::target {
namespace {

constexpr const char* kEpochKey = "epoch";
constexpr const char* kFormatKey = "format_version";
constexpr const char* kCachedInKey = "cached_in";  // the boot whose page cache may hold changes
constexpr size_t kPostsMax = 1024;
// An OST holds new changes back until its clients have sent their unanswered ones again. Those that
// live are back within seconds; the rest are evicted, which costs them those changes.
constexpr int64_t kOstAbsenceMax = 15 * kSecond;
constexpr int64_t kAbsenceMax = 24 * 3600 * kSecond;  // beyond any limit of a recovery
// What is held; beyond it clients are put off and ask again.
constexpr size_t kHeldBytesMax = 64 << 20;
constexpr size_t kHeldMax = 8192;
// A client may miss this many of its own pings in a row.
constexpr int64_t kPingsMissed = 3;
// Rounds are a second apart at most. One that comes later than this was not the clients' fault.
constexpr int64_t kPauseMin = 2 * kSecond;
// What somebody said may not have been read yet by a target with more to do than it can; but it
// takes from everybody in turn.
constexpr int64_t kUnreadMax = 10 * kSecond;
constexpr size_t kClientNameMax = 255;
constexpr size_t kErrorDetailMax = 1024;
constexpr size_t kSessionsShownMax = 2000;  // what fits into a body by far
constexpr int64_t kGoodbyeNs = 1 * kSecond;
constexpr int64_t kMgsPatience = 1 * kSecond;

// The fault points that every operation has, named at run time: op.Create.before, .after_run (in
// the transaction), .after_commit (before the reply), .reply (drop: the reply is lost).
std::optional<fault::Hit> pass_op(std::string_view op, std::string_view place) {
  if (!fault::any_armed()) [[likely]]
    return std::nullopt;
  return fault::pass_named(fmt::format("op.{}.{}", op, place));
}

}  // namespace

Lane::Lane(net::Transport& transport, store::Disk& disk, const Clock& clock, Random& random,
           LaneOptions options)
    : transport_(transport),
      disk_(disk),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      started_(clock.monotonic()),
      posts_(kPostsMax) {}

Lane::~Lane() {
  // Closing the database writes what is in its log into it.
  if (database_) confirm_ownership();
}

Result<std::unique_ptr<Lane>> Lane::open(net::Transport& transport, store::Disk& disk,
                                         const Clock& clock, Random& random, LaneOptions options,
                                         RoleFactory make_role) {
  std::unique_ptr<Lane> lane(new Lane(transport, disk, clock, random, std::move(options)));
  SHEEN_ASSIGN(lane->config_, TargetConfig::load(lane->options_.directory));
  SHEEN_ASSIGN(lane->directory_lock_, TargetDirectory::lock(lane->options_.directory));
  lane->lost_writes_ =
      std::make_unique<LostWrites>(lane->options_.run_directory, lane->config_.uuid);
  if (Status lost = lane->lost_writes_->check(); !lost)
    return std::move(lost).error().with(lane->config_.label.to_string());
  SHEEN_TRY(lane->take_ownership());
  if (const Status opened = lane->open_store(); !opened) {
    if (lane->database_ && lane->database_->sync_failed()) lane->lost_writes_->note(opened.error());
    return opened.error();
  }
  SHEEN_TRY(lane->open_listeners());
  SHEEN_TRY(lane->open_role(make_role));
  return lane;
}

Status Lane::take_ownership() {
  if (!options_.guard_owner) return ok();
  OwnerOptions owner;
  owner.node = host_name();
  owner.boot = boot_id();
  owner.instance = Uuid::generate(random_);
  owner.on_superseded = [this](const Error& why) { end_at_once(why); };
  auto guard = OwnerGuard::take(clock_, options_.directory, std::move(owner));
  if (!guard) return std::move(guard).error().with(config_.label.to_string());
  owner_ = std::move(*guard);
  return ok();
}

// Without closing the database, which would write to what belongs to somebody else now.
void Lane::end_at_once(const Error& why) const {
  SHEEN_ERROR("{}: {}; this process ends at once and writes nothing more",
              config_.label.to_string(), why.message());
  _exit(1);
}

Status Lane::open_store() {
  store::DatabaseOptions options;
  options.path = options_.directory + "/store.db";
  options.create = true;
  confirm_ownership();
  SHEEN_ASSIGN(database_, store::Database::open(disk_, options));
  SHEEN_TRY(TargetMeta::create(*database_));
  SHEEN_ASSIGN(const int64_t format,
               TargetMeta::get_number(*database_, kFormatKey, kFormatVersion));
  if (format > kFormatVersion)
    return Error(
        Errc::kNotSupported,
        fmt::format("{}: written by a newer version of Sheen (format {}, this one reads {})",
                    options.path, format, kFormatVersion));
  SHEEN_TRY(migrate(format));
  SHEEN_ASSIGN(sessions_, SessionTable::open(*database_));

  // A new life begins: its number is durable before anybody hears of it.
  SHEEN_ASSIGN(const int64_t last, TargetMeta::get_number(*database_, kEpochKey, 0));
  epoch_ = static_cast<Epoch>(last) + 1;
  if (epoch_ > kEpochMax) return Error(Errc::kOverflow, "epochs are used up");
  SHEEN_TRY(database_->begin());
  SHEEN_TRY(TargetMeta::put_number(*database_, kFormatKey, kFormatVersion));
  SHEEN_TRY(TargetMeta::put_number(*database_, kEpochKey, static_cast<int64_t>(epoch_)));
  SHEEN_TRY(forget_replies_of_lost_data());
  confirm_ownership();
  SHEEN_TRY(database_->commit());
  SHEEN_TRY(database_->sync_wal());
  if (owner_) owner_->publish(epoch_);
  SHEEN_ASSIGN(replies_, ReplyCache::open(*database_));

  const MonotonicNs now = clock_.monotonic();
  last_round_ = now;
  sessions_->for_each([now](Session& session) { session.last_heard = now; });
  const bool ost = config_.label.kind == TargetKind::kOst;
  recovery_ = std::make_unique<Recovery>(*sessions_, now, options_.recovery_limit_ns,
                                         ost ? kOstAbsenceMax : kAbsenceMax);
  return ok();
}

// Each step together with its number.
Status Lane::migrate(int64_t from) {
  if (from >= 2) return ok();
  SHEEN_TRY(database_->begin());
  // Epochs before; no client knows its session under such a name, so that it hears of a new one.
  SHEEN_TRY(database_->execute("ALTER TABLE session RENAME COLUMN created TO made_by"));
  SHEEN_TRY(TargetMeta::put_number(*database_, kFormatKey, 2));
  confirm_ownership();
  return database_->commit();
}

// An OST's changes lie in files beside the database. After a power cut a reply can be there without
// its change; what is sent again must then run again.
Status Lane::forget_replies_of_lost_data() {
  if (config_.label.kind != TargetKind::kOst) return ok();
  SHEEN_ASSIGN(const std::string boot, TargetMeta::get(*database_, kCachedInKey));
  if (!boot.empty() && boot != boot_id()) SHEEN_TRY(ReplyCache::forget_all(*database_));
  return TargetMeta::put(*database_, kCachedInKey, boot_id());
}

Status Lane::open_listeners() {
  const std::string ipc = "ipc://@sheen/" + config_.uuid.to_string();
  std::vector<net::Address> control = options_.control;
  control.push_back(ipc);
  SHEEN_ASSIGN(control_, transport_.listen(control));
  if (config_.label.kind != TargetKind::kOst) return ok();
  std::vector<net::Address> bulk = options_.bulk;
  bulk.push_back(ipc + "-bulk");
  SHEEN_ASSIGN(bulk_, transport_.listen(bulk));
  return ok();
}

Status Lane::open_role(RoleFactory make_role) {
  if (config_.label.kind != TargetKind::kMgt) {
    SHEEN_ASSIGN(mgs_link_, MgsLink::open(*this, advertised(), [this](const rpc::ClusterMap& map) {
                   take_params(map);
                   if (role_) role_->on_cluster_map(map);
                 }));
    mgs_link_->on_node_down([this](const std::string& host) {
      if (role_) role_->on_node_down(host);
    });
  }
  SHEEN_ASSIGN(role_, make_role(*this));
  for (const Operation& op : role_->operations()) {
    const auto index = static_cast<size_t>(op.opcode);
    if (table_.size() <= index) table_.resize(index + 1);
    table_[index] = &op;
  }
  syncer_ = std::make_unique<Syncer>([this] { return sync_everything(); }, [this] { wake(); },
                                     options_.threads);
  // What earlier lives left in the page cache is not known to be durable: one pass covers it.
  next_transno();
  if (!recovery_->active()) role_->on_recovery_finished();
  return ok();
}

wire::AddressesT Lane::advertised() const {
  wire::AddressesT out;
  out.host = transport_.host_id();
  out.control = control_->addresses();
  if (bulk_) out.bulk = bulk_->addresses();
  return out;
}

void Lane::take_params(const rpc::ClusterMap& map) {
  options_.ping_interval_ns = rpc::param(map, rpc::kParamPingIntervalMs) * kMillisecond;
  recovery_->set_limit(rpc::param(map, rpc::kParamRecoveryLimitMs) * kMillisecond);
  options_.session_timeout_ns = rpc::param(map, rpc::kParamSessionTimeoutMs) * kMillisecond;
}

rpc::ImportOptions Lane::import_options() const {
  rpc::ImportOptions options;
  options.client = config_.uuid;
  options.client_name = config_.label.to_string();
  options.role =
      config_.label.kind == TargetKind::kMdt ? wire::PeerRole::kMdt : wire::PeerRole::kOst;
  options.first_xid = rpc::first_xid_of(epoch_);
  return options;
}

void Lane::wake() {
  // A full queue is awake already.
  posts_.push([](Lane&) {});
}

void Lane::send_notice(Session& session, wire::Opcode opcode, Buffer body) {
  if (session.control_peer.empty()) return;
  wire::Message message;
  message.header.opcode = opcode;
  message.header.flags = wire::kFlagNotice;
  message.header.client = session.client;
  message.header.target = config_.uuid;
  message.header.epoch = epoch_;
  message.header.committed = syncer_->committed();
  if (body.size() > kBodyMax) {
    SHEEN_ERROR("{}: a notice of {} bytes to {} is too large", config_.label.to_string(),
                body.size(), session.name);
    return;
  }
  message.body = std::move(body);
  replies_out_.push_back(outgoing(session.control_peer, false, std::move(message), {}));
}

// ---------------------------------------------------------------------------------------------
// One round

// The sync thread. The note is there before the lane can meet the failure and end. A database that
// failed otherwise is not synced any more either, but nothing is lost with that.
Status Lane::sync_everything() {
  confirm_ownership();
  if (const Status data = role_->sync_data(); !data) {
    lost_writes_->note(data.error());
    return data;
  }
  Status wal = database_->sync_wal();
  if (!wal && database_->sync_failed()) lost_writes_->note(wal.error());
  return wal;
}

Result<bool> Lane::step() {
  Result<bool> progressed = round();
  if (!progressed && database_->sync_failed()) return end_after_failed_sync();
  return progressed;
}

Result<bool> Lane::round() {
  confirm_ownership();
  excuse_pause(clock_.monotonic());
  bool progressed = false;
  for (auto& task : posts_.take_all()) task(*this);
  if (syncer_->failed()) return end_after_failed_sync();

  SHEEN_ASSIGN(const bool batched, run_batch());
  progressed = batched;
  if (mgs_link_) {
    progressed = mgs_link_->step() || progressed;
    if (mgs_link_->refusal()) {
      if (owner_ && mgs_link_->ever_registered()) end_at_once(*mgs_link_->refusal());
      return *mgs_link_->refusal();
    }
  }
  SHEEN_TRY(role_->step(clock_.monotonic()));
  // Before any of the answers that rest on it goes out.
  SHEEN_TRY(store_outcome_);
  if (role_->sync_failed()) return end_after_failed_sync();
  SHEEN_TRY(expire_sessions());
  SHEEN_TRY(end_recovery_if_done());
  SHEEN_TRY(finish_transaction());
  request_sync();
  release_parked();
  flush();
  SHEEN_TRY(database_->checkpoint_if_due());
  return progressed;
}

Status Lane::finish() {
  SHEEN_TRY(finish_transaction());
  request_sync();
  if (!syncer_->finish()) return end_after_failed_sync();
  // Everything is on the disk, whoever reads it next.
  confirm_ownership();
  if (config_.label.kind == TargetKind::kOst)
    SHEEN_TRY(TargetMeta::put(*database_, kCachedInKey, ""));
  release_parked();
  // The next owner has nothing to make up for; who knows that we go looks for it at once.
  sessions_->for_each(
      [this](Session& session) { send_notice(session, wire::Opcode::kMovingNotice, {}); });
  flush();
  if (mgs_link_) mgs_link_->close(kGoodbyeNs);
  if (auto hit = SHEEN_FAULT("target.lane.goodbye")) return hit->error();
  if (owner_) owner_->release_at_end();
  return ok();
}

// Those who wait for durability hear that it failed, and nobody is told otherwise by a later life.
Error Lane::end_after_failed_sync() {
  Error why(Errc::kIo, "a sync failed: what was not durable yet may be lost");
  lost_writes_->note(why);
  // Of what cannot be committed any more nobody hears.
  if (database_->poisoned() || !finish_transaction()) replies_out_.clear();
  for (Parked& parked : parked_) {
    parked.reply.message.header.status = why.code();
    parked.reply.message.body = Buffer::copy_of(why.detail());
    replies_out_.push_back(std::move(parked.reply));
  }
  parked_.clear();
  flush();
  return why;
}

bool Lane::settled() const {
  return !mgs_link_ || mgs_link_->answered() || clock_.monotonic() - started_ > kMgsPatience;
}

MonotonicNs Lane::next_wakeup() const {
  MonotonicNs at = std::min(role_->next_wakeup(), next_expiry_);
  at = std::min(at, recovery_->deadline());
  if (mgs_link_) at = std::min(at, mgs_link_->next_wakeup());
  return at;
}

Result<bool> Lane::run_batch() {
  batch_time_ = clock_.realtime();
  bool any = false;
  batch_full_ = false;
  for (const bool bulk : {false, true}) {
    net::Listener* listener = bulk ? bulk_.get() : control_.get();
    if (listener == nullptr) continue;
    uint32_t taken = 0;
    while (taken < kLaneBatchMax) {
      std::optional<net::Received> received = listener->receive();
      if (!received) break;
      ++taken;
      SHEEN_TRY(handle(std::move(*received), bulk));
      if (database_->poisoned()) return Error(Errc::kIo, "the store failed");
    }
    any = any || taken != 0;
    batch_full_ = batch_full_ || taken == kLaneBatchMax;
  }
  SHEEN_TRY(finish_transaction());
  flush();
  return any;
}

Status Lane::ensure_transaction() {
  return database_->in_transaction() ? ok() : database_->begin();
}

// Only between transactions: a sync pass that starts now covers every transno given so far.
void Lane::request_sync() {
  if (counter_ != sync_requested_ || !parked_.empty()) {
    sync_requested_ = counter_;
    syncer_->changed(Transno::make(epoch_, counter_), !parked_.empty());
  }
  if (!options_.threads) syncer_->run_inline();
}

Status Lane::finish_transaction() {
  if (!database_->in_transaction()) return ok();
  if (auto hit = SHEEN_FAULT("target.lane.before_commit")) return hit->error();
  confirm_ownership();
  SHEEN_TRY(database_->commit());
  if (auto hit = SHEEN_FAULT("target.lane.after_commit")) return hit->error();
  return ok();
}

// ---------------------------------------------------------------------------------------------
// The driver

Status Lane::handle(net::Received received, bool bulk) {
  const wire::Header& header = received.message.header;
  ++request_count_;
  if (header.is_reply() || header.is_notice()) return ok();
  if (!received.status) {
    answer(received, bulk, received.status.error());
    return ok();
  }
  if (auto hit = SHEEN_FAULT("target.request.drop"); hit && hit->drop()) return ok();

  const bool any_target = header.target.is_nil() && config_.label.kind == TargetKind::kMgt;
  if (header.target != config_.uuid && !any_target) {
    answer(received, bulk, Error(Errc::kWrongTarget, "this is " + config_.label.to_string()));
    return ok();
  }
  // 0 stands for a slot's first use, and a floor above the request would declare itself answered.
  if (header.xid == 0 || header.xid_floor > header.xid) {
    answer(received, bulk,
           Error(Errc::kBadRequest, fmt::format("xid {}, floor {}", header.xid, header.xid_floor)));
    return ok();
  }
  if (header.epoch > epoch_ && owner_) owner_->suspect();
  if (header.opcode == wire::Opcode::kConnect) return handle_connect(received, bulk);

  Session* session = sessions_->find(header.client);
  if (session == nullptr || !session->connected) {
    answer(received, bulk, Errc::kNoSession);
    return ok();
  }
  if (header.epoch != epoch_) {
    answer(received, bulk, Errc::kWrongEpoch);
    return ok();
  }
  if (is_stale(*session, received, bulk)) {
    ++stale_count_;
    return ok();
  }
  session->last_heard = clock_.monotonic();
  if (header.xid_floor > session->xid_floor) {
    session->xid_floor = header.xid_floor;
    session->calls.pass(header.xid_floor);
  }

  bool handled = false;
  SHEEN_TRY(handle_builtin(*session, received, bulk, handled));
  if (handled) return ok();

  const auto index = static_cast<size_t>(header.opcode);
  const Operation* op = index < table_.size() ? table_[index] : nullptr;
  if (op == nullptr) {
    answer(received, bulk, Error(Errc::kBadRequest, fmt::format("opcode {}", index)));
    return ok();
  }
  // The client was told that these ended with its last session: an old connection delivers late.
  if (bulk && op->changes && header.xid < session->first_change) {
    ++stale_count_;
    return ok();
  }
  if (auto hit = pass_op(wire::opcode_name(op->opcode), "before"); hit && hit->drop()) return ok();
  switch (op->kind) {
    case OpKind::kRead: return run_read(*op, *session, received, bulk);
    case OpKind::kChange: return run_change(*op, *session, received, bulk);
    case OpKind::kDeferred: return run_deferred(*op, *session, std::move(received), bulk);
  }
  return ok();
}

// What an earlier connection of the client still delivers, perhaps into a newer session, and late
// copies of what it has the answer of.
bool Lane::is_stale(Session& session, const net::Received& received, bool bulk) {
  if (received.message.header.xid < session.xid_floor) return true;
  if (!bulk) return received.peer != session.control_peer;
  if (received.peer == session.old_bulk_peer) return true;
  session.bulk_peer = received.peer;
  return false;
}

Status Lane::run_read(const Operation& op, Session& session, const net::Received& received,
                      bool bulk) {
  const OpContext ctx{session, received.message.header.xid, batch_time_, {}};
  answer(received, bulk, op.run(role_->self(), ctx, received.message), {},
         wire::opcode_name(op.opcode));
  return ok();
}

Status Lane::run_change(const Operation& op, Session& session, const net::Received& received,
                        bool bulk) {
  const wire::Header& header = received.message.header;
  SHEEN_ASSIGN(const bool is_new, answer_from_slot(op, session, received, bulk));
  if (!is_new) return ok();
  SHEEN_TRY(ensure_transaction());
  return execute_change(op, {session, header.xid, batch_time_, next_transno()}, received, bulk);
}

// True: nobody ran it yet. Otherwise it is dealt with.
Result<bool> Lane::answer_from_slot(const Operation& op, Session& session,
                                    const net::Received& received, bool bulk) {
  const wire::Header& header = received.message.header;
  if (header.slot >= kSlotsPerSession) {
    answer(received, bulk, Error(Errc::kBadRequest, fmt::format("slot {}", header.slot)));
    return false;
  }
  const StoredReply* stored = nullptr;
  switch (replies_->look_up(header.client, header.slot, header.xid, stored)) {
    case SlotState::kStale: ++stale_count_; return false;
    case SlotState::kStored:
      SHEEN_TRY(send_stored(op, session, received, *stored, bulk));
      return false;
    case SlotState::kNew: break;
  }
  return true;
}

Status Lane::execute_change(const Operation& op, const OpContext& ctx,
                            const net::Received& received, bool bulk) {
  const wire::Header& header = received.message.header;
  const std::string_view name = wire::opcode_name(op.opcode);
  SHEEN_TRY(database_->savepoint());
  Result<ReplyBody> reply = op.run(role_->self(), ctx, received.message);
  if (database_->poisoned()) return Error(Errc::kIo, fmt::format("the store failed in {}", name));
  if (!reply) {
    SHEEN_TRY(database_->rollback_to_savepoint());
    // kRecovering is "ask again", not an outcome.
    if (reply.code() != Errc::kRecovering)
      replies_->remember_failure(header.client, header.slot, header.xid, reply.code());
    answer(received, bulk, std::move(reply), {}, name);
    return ok();
  }
  SHEEN_TRY(replies_->store(header.client, header.slot,
                            {header.xid, Errc::kOk, ctx.transno, reply->body}));
  SHEEN_TRY(database_->release());
  (void)pass_op(name, "after_run");
  answer(received, bulk, std::move(reply), ctx.transno, name);
  return ok();
}

Status Lane::send_stored(const Operation& op, Session& session, const net::Received& received,
                         const StoredReply& stored, bool bulk) {
  ++stored_count_;
  if (stored.status != Errc::kOk) {
    answer(received, bulk, stored.status, {}, wire::opcode_name(op.opcode));
    return ok();
  }
  if (op.reconstruct != nullptr && stored.transno.epoch() < epoch_) {
    const OpContext ctx{session, received.message.header.xid, batch_time_, stored.transno};
    op.reconstruct(role_->self(), ctx, received.message, stored.body);
  }
  answer(received, bulk, ReplyBody{stored.body, {}}, stored.transno, wire::opcode_name(op.opcode));
  return ok();
}

Status Lane::run_deferred(const Operation& op, Session& session, net::Received received,
                          bool bulk) {
  const wire::Header& header = received.message.header;
  if (DeferredCall* known = session.calls.find(header.xid)) {
    ++stored_count_;
    known->peer = received.peer;
    known->bulk = bulk;
    if (known->answered) answer(received, bulk, known->reply(), {}, wire::opcode_name(op.opcode));
    return ok();
  }
  if (op.changes) {
    SHEEN_ASSIGN(const bool is_new, answer_from_slot(op, session, received, bulk));
    if (!is_new) return ok();
    // What a client sends again comes before it says Recovered.
    if (recovery_->awaits_clients() && session.recovered) {
      hold(std::move(received), bulk);
      return ok();
    }
  }
  if (session.calls.full()) {
    // kAgain would tell the application that somebody has the lock.
    const Errc code = op.once ? Errc::kNoLocks : Errc::kAgain;
    answer(received, bulk, Error(code, "too many unanswered requests"));
    return ok();
  }
  session.calls.add(header.xid, received.peer, bulk);
  auto call = std::make_unique<Call>(std::move(received.message), received.peer, bulk, batch_time_);
  call->on_answer = [this, &op](Call& done, Result<ReplyBody> reply) {
    answer_deferred(op, done, std::move(reply));
  };
  op.start(role_->self(), session, std::move(call));
  return ok();
}

void Lane::hold(net::Received received, bool bulk) {
  Held one{std::move(received), bulk};
  if (held_bytes_ + one.bytes() > kHeldBytesMax || held_.size() >= kHeldMax)
    return answer(one.received, bulk, Errc::kRecovering);
  held_bytes_ += one.bytes();
  held_.push_back(std::move(one));
}

// As if they came now: their sessions may have ended, and copies of them may have come.
Status Lane::release_held() {
  held_bytes_ = 0;
  std::vector<Held> held = std::exchange(held_, {});
  for (Held& one : held) SHEEN_TRY(handle(std::move(one.received), one.bulk));
  return ok();
}

// Its session may have ended, and its client may have another connection by now.
void Lane::answer_deferred(const Operation& op, Call& call, Result<ReplyBody> reply) {
  const wire::Header& header = call.header();
  Transno transno;
  if (op.changes && reply) transno = next_transno();
  net::PeerId peer = call.peer();
  bool bulk = call.bulk_listener();
  Session* session = sessions_->find(header.client);
  if (DeferredCall* known = session != nullptr ? session->calls.find(header.xid) : nullptr) {
    peer = known->peer;
    bulk = known->bulk;
    if (op.once && reply.code() != Errc::kRecovering && header.xid >= session->xid_floor)
      session->calls.keep_answer(header.xid, reply);
    else
      session->calls.forget(header.xid);
    if (op.changes && store_outcome_) store_outcome_ = store_deferred(header, transno, reply);
  }
  replies_out_.push_back(outgoing(peer, bulk, make_reply(header, std::move(reply), transno),
                                  wire::opcode_name(op.opcode)));
}

// Changes of one object are answered in the order in which they ran, so the row of one is there
// before another client can hear of a later one.
Status Lane::store_deferred(const wire::Header& header, Transno transno,
                            const Result<ReplyBody>& reply) {
  if (!reply) {
    if (reply.code() != Errc::kAgain)
      replies_->remember_failure(header.client, header.slot, header.xid, reply.code());
    return ok();
  }
  SHEEN_TRY(ensure_transaction());
  return replies_->store(header.client, header.slot, {header.xid, Errc::kOk, transno, reply->body});
}

// ---------------------------------------------------------------------------------------------
// Requests that every target answers

Status Lane::handle_connect(const net::Received& received, bool bulk) {
  const wire::Header& header = received.message.header;
  const auto request = wire::decode<wire::ConnectRequest>(received.message.body);
  if (!request || header.client.is_nil()) {
    answer(received, bulk, Error(Errc::kBadRequest, "connect"));
    return ok();
  }
  const std::string_view label = wire::text((*request)->label());
  if (!label.empty() && label != config_.label.to_string()) {
    answer(received, bulk, Error(Errc::kWrongTarget, "this is " + config_.label.to_string()));
    return ok();
  }
  Session* session = sessions_->find(header.client);
  const bool known = session != nullptr;
  if (known && header.xid <= session->connect_xid) {
    ++stale_count_;  // of an earlier connection
    return ok();
  }
  if (!known) {
    const std::string_view name = wire::text((*request)->client_name()).substr(0, kClientNameMax);
    SHEEN_TRY(ensure_transaction());
    SHEEN_ASSIGN(session,
                 sessions_->add(header.client, std::string(name),
                                static_cast<wire::PeerRole>((*request)->role()), header.xid));
    if ((*request)->session() != 0) session->first_change = header.xid;
    role_->on_session_open(*session);
    session->durable_at = next_transno();
    SHEEN_INFO("{}: new session of {}", config_.label.to_string(), session->name);
  }
  session->connected = true;
  session->control_peer = received.peer;
  session->connect_xid = header.xid;
  if (!session->bulk_peer.empty()) session->old_bulk_peer = std::move(session->bulk_peer);
  session->bulk_peer.clear();
  session->ping_interval_ns = options_.ping_interval_ns;
  session->last_heard = clock_.monotonic();
  // A new session's xids may start anywhere; a returning client goes on where it was.
  if (!known) session->xid_floor = header.xid_floor;

  wire::ConnectReplyT reply;
  reply.version_minor = std::min(wire::kVersionMinor, (*request)->version_minor());
  reply.epoch = epoch_;
  reply.slots = kSlotsPerSession;
  reply.session = session->made_by;
  reply.new_session = (*request)->session() != session->made_by;
  // It has nothing to restate or to send again.
  if (reply.new_session) session->recovered = true;
  // A new session's changes wait for the others as well.
  reply.recovering = reply.new_session ? recovery_->awaits_clients() : !session->recovered;
  reply.ping_interval_ms = static_cast<uint32_t>(options_.ping_interval_ns / kMillisecond);
  reply.session_timeout_ms = static_cast<uint32_t>(options_.session_timeout_ns / kMillisecond);
  reply.boot_id = boot_id();
  ReplyBody body{wire::encode(reply), {}};
  // A starting target must know who has to come back, so the session is durable first.
  if (session->role == wire::PeerRole::kAdmin || session->durable_at <= syncer_->committed())
    answer(received, bulk, std::move(body));
  else
    park(received, bulk, std::move(body), session->durable_at);
  return ok();
}

Status Lane::handle_builtin(Session& session, const net::Received& received, bool bulk,
                            bool& handled) {
  handled = true;
  switch (received.message.header.opcode) {
    case wire::Opcode::kPing:
      answer(received, bulk, ReplyBody{wire::encode(wire::PingReplyT{}), {}});
      return ok();
    case wire::Opcode::kDisconnect: {
      const Uuid client = session.client;
      SHEEN_TRY(close_session(client, CloseReason::kDisconnected));
      answer(received, bulk, ReplyBody{wire::encode(wire::DisconnectReplyT{}), {}});
      return ok();
    }
    case wire::Opcode::kRecovered:
      session.recovered = true;
      handle_recovered(session, received, bulk);
      return ok();
    case wire::Opcode::kSync: {
      const auto request = wire::decode<wire::SyncRequest>(received.message.body);
      if (!request) {
        answer(received, bulk, request.error());
        return ok();
      }
      Transno goal{(*request)->transno()};
      // An OST's page cache can hold what an earlier life wrote, so "everything" is one more pass.
      if (goal.value == 0) goal = next_transno();
      if (goal.counter() > counter_ || goal.epoch() != epoch_)
        goal = Transno::make(epoch_, counter_);
      park(received, bulk, ReplyBody{wire::encode(wire::SyncReplyT{}), {}}, goal);
      return ok();
    }
    case wire::Opcode::kStatfs: {
      const store::DiskSpace space = role_->space();
      wire::StatfsReplyT reply;
      reply.bytes_total = space.bytes_total;
      reply.bytes_free = space.bytes_free;
      reply.bytes_available = space.bytes_available;
      reply.inodes_total = space.inodes_total;
      reply.inodes_free = space.inodes_free;
      reply.read_only = space.read_only;
      answer(received, bulk, ReplyBody{wire::encode(reply), {}});
      return ok();
    }
    case wire::Opcode::kTargetStatus:
      answer(received, bulk, ReplyBody{wire::encode(status()), {}});
      return ok();
    default: handled = false; return ok();
  }
}

// Servers make no changes that would have to wait, and an MDT has no use for an OST until then.
void Lane::handle_recovered(const Session& session, const net::Received& received, bool bulk) {
  ReplyBody body{wire::encode(wire::RecoveredReplyT{}), {}};
  if (session.role != wire::PeerRole::kClient) return answer(received, bulk, std::move(body));
  recovered_.insert_or_assign(
      session.client,
      outgoing(received.peer, bulk, make_reply(received.message.header, std::move(body), {}), {}));
}

// ---------------------------------------------------------------------------------------------
// Sessions

Status Lane::close_session(const Uuid& client, CloseReason reason) {
  Session* session = sessions_->find(client);
  SHEEN_ASSERT(session != nullptr);
  SHEEN_TRY(ensure_transaction());
  SHEEN_TRY(role_->on_session_close(*session, reason));
  SHEEN_TRY(replies_->forget(client));
  std::erase_if(held_, [&](const Held& one) {
    if (one.received.message.header.client != client) return false;
    held_bytes_ -= one.bytes();
    return true;
  });
  recovered_.erase(client);
  if (reason == CloseReason::kEvicted)
    SHEEN_WARN(
        "{}: session of {} evicted: nothing heard for {} s; its open files and locks are gone",
        config_.label.to_string(), session->name,
        (clock_.monotonic() - session->last_heard) / kSecond);
  return sessions_->remove(client);
}

Status Lane::expire_sessions() {
  const MonotonicNs now = clock_.monotonic();
  if (now < next_expiry_) return ok();
  next_expiry_ = now + kSecond;
  const MonotonicNs as_of = batch_full_ ? now - kUnreadMax : now;
  std::vector<Uuid> gone = recovery_->overdue(as_of);
  sessions_->for_each([&](Session& session) {
    // A client keeps to the interval that it was told of, whatever the parameters say since.
    const int64_t timeout_ns =
        std::max(options_.session_timeout_ns, kPingsMissed * session.ping_interval_ns);
    if (as_of - session.last_heard > timeout_ns) gone.push_back(session.client);
  });
  std::sort(gone.begin(), gone.end());
  gone.erase(std::unique(gone.begin(), gone.end()), gone.end());
  for (const Uuid& client : gone) SHEEN_TRY(close_session(client, CloseReason::kEvicted));
  return ok();
}

// A host that was suspended, or a disk that stood still: nobody was heard because nobody listened.
void Lane::excuse_pause(MonotonicNs now) {
  const int64_t round_ns = now - std::exchange(last_round_, now);
  if (round_ns < kPauseMin) return;
  const int64_t pause_ns = round_ns - kSecond;
  sessions_->for_each(
      [&](Session& session) { session.last_heard = std::min(now, session.last_heard + pause_ns); });
  recovery_->excuse(pause_ns);
}

Status Lane::end_recovery_if_done() {
  const bool ended = recovery_->update();
  if (!recovery_->awaits_clients()) {
    SHEEN_TRY(release_held());
    // Only now may they send changes that are new: after the next restart these must not be taken
    // for changes that may have been done before this one.
    for (auto& [client, reply] : std::exchange(recovered_, {}))
      replies_out_.push_back(std::move(reply));
  }
  if (!ended) return ok();
  SHEEN_NOTICE("{}: every client is back or gone after {} ms", config_.label.to_string(),
               recovery_->duration_ms(clock_.monotonic()));
  role_->on_recovery_finished();
  return ok();
}

// ---------------------------------------------------------------------------------------------
// Replies

wire::Message Lane::make_reply(const wire::Header& request, Result<ReplyBody> reply,
                               Transno transno) {
  wire::Message message;
  wire::Header& header = message.header;
  header.opcode = request.opcode;
  header.flags = wire::kFlagReply;
  header.status = reply.code();
  header.client = request.client;
  header.target = config_.uuid;
  header.epoch = epoch_;
  header.slot = request.slot;
  header.xid = request.xid;
  header.transno = transno;
  if (reply && (reply->body.size() > kBodyMax || reply->bulk.size() > kBulkMax)) {
    SHEEN_ERROR("{}: the reply to {} is too large", config_.label.to_string(),
                wire::opcode_name(header.opcode));
    reply = Error(Errc::kTooBig, "the reply is larger than a message may be");
    header.status = Errc::kTooBig;
    header.transno = {};
  }
  if (reply) {
    message.body = std::move(reply->body);
    message.bulk = std::move(reply->bulk);
  } else {
    // Of an error, the body is its detail in plain text.
    message.body =
        Buffer::copy_of(std::string_view(reply.error().detail()).substr(0, kErrorDetailMax));
  }
  return message;
}

Lane::Outgoing Lane::outgoing(const net::PeerId& peer, bool bulk, wire::Message message,
                              std::string_view fault_name) {
  return {bulk ? bulk_.get() : control_.get(), peer, std::move(message), fault_name};
}

void Lane::answer(const net::Received& received, bool bulk, Result<ReplyBody> reply,
                  Transno transno, std::string_view fault_name) {
  replies_out_.push_back(outgoing(received.peer, bulk,
                                  make_reply(received.message.header, std::move(reply), transno),
                                  fault_name));
}

void Lane::park(const net::Received& received, bool bulk, Result<ReplyBody> reply, Transno goal) {
  parked_.push_back(
      {goal, outgoing(received.peer, bulk,
                      make_reply(received.message.header, std::move(reply), {}), {})});
}

void Lane::release_parked() {
  const Transno committed = syncer_->committed();
  std::erase_if(parked_, [&](Parked& parked) {
    if (parked.goal > committed) return false;
    replies_out_.push_back(std::move(parked.reply));
    return true;
  });
}

void Lane::flush() {
  if (replies_out_.empty()) return;
  confirm_ownership();
  const Transno committed = syncer_->committed();
  for (Outgoing& out : replies_out_) {
    out.message.header.committed = committed;
    if (!out.fault_name.empty()) {
      (void)pass_op(out.fault_name, "after_commit");
      if (auto hit = pass_op(out.fault_name, "reply"); hit && hit->drop()) continue;
    }
    if (auto hit = SHEEN_FAULT("target.reply.drop"); hit && hit->drop()) continue;
    // A reply that cannot be sent is dropped: the client asks again and gets it from the cache.
    if (const Status sent = out.listener->send(out.peer, std::move(out.message)); !sent)
      SHEEN_DEBUG("{}: reply not sent: {}", config_.label.to_string(), sent.error().message());
  }
  replies_out_.clear();
}

wire::TargetStatusReplyT Lane::status() {
  wire::TargetStatusReplyT out;
  const MonotonicNs now = clock_.monotonic();
  out.label = config_.label.to_string();
  out.uuid = config_.uuid.to_string();
  out.epoch = epoch_;
  out.pid = static_cast<uint32_t>(getpid());
  out.host_name = host_name();
  out.state = recovery_->active() ? "recovering" : "up";
  out.uptime_ms = static_cast<uint64_t>((now - started_) / kMillisecond);
  out.transno = Transno::make(epoch_, counter_).value;
  out.committed = syncer_->committed().value;
  sessions_->for_each([&](Session& session) {
    if (out.sessions.size() >= kSessionsShownMax) return;
    auto row = std::make_unique<wire::SessionStatusT>();
    row->uuid = session.client.to_string();
    row->name = session.name;
    row->role = static_cast<uint8_t>(session.role);
    row->last_heard_ms = static_cast<uint64_t>((now - session.last_heard) / kMillisecond);
    std::tie(row->opens, row->locks) = role_->opens_and_locks(session);
    row->recovered = session.recovered;
    out.sessions.push_back(std::move(row));
  });
  std::sort(out.sessions.begin(), out.sessions.end(),
            [](const auto& a, const auto& b) { return a->uuid < b->uuid; });
  const store::DiskSpace space = role_->space();
  out.space = std::make_unique<wire::StatfsReplyT>();
  out.space->bytes_total = space.bytes_total;
  out.space->bytes_free = space.bytes_free;
  out.space->bytes_available = space.bytes_available;
  out.space->inodes_total = space.inodes_total;
  out.space->inodes_free = space.inodes_free;
  out.space->read_only = space.read_only;
  const auto count = [&out](std::string key, uint64_t value) {
    auto row = std::make_unique<wire::KeyValueT>();
    row->key = std::move(key);
    row->value = fmt::to_string(value);
    out.counters.push_back(std::move(row));
  };
  count("sessions", sessions_->size());
  count("requests", request_count_);
  count("stale_requests", stale_count_);
  count("stored_replies", stored_count_);
  count("malformed_messages", control_->dropped() + (bulk_ ? bulk_->dropped() : 0));
  for (auto& [key, value] : role_->counters()) count(std::move(key), value);
  return out;
}

}  // namespace sheen::target
