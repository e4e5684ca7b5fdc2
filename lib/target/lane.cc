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
constexpr size_t kPostsMax = 1024;

// The fault points that every operation has, named at run time: op.Create.before, .after_run (in the
// transaction), .after_commit (before the reply), .reply (drop: the reply is lost).
std::optional<fault::Hit> pass_op(std::string_view op, std::string_view place) {
  if (!fault::any_armed()) [[likely]] return std::nullopt;
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

Lane::~Lane() = default;

Result<std::unique_ptr<Lane>> Lane::open(net::Transport& transport, store::Disk& disk,
                                         const Clock& clock, Random& random, LaneOptions options,
                                         RoleFactory make_role) {
  std::unique_ptr<Lane> lane(new Lane(transport, disk, clock, random, std::move(options)));
  SHEEN_ASSIGN(lane->config_, TargetConfig::load(lane->options_.directory));
  SHEEN_ASSIGN(lane->directory_lock_, TargetDirectory::lock(lane->options_.directory));
  SHEEN_TRY(lane->open_store());
  SHEEN_TRY(lane->open_listeners());
  SHEEN_TRY(lane->open_role(make_role));
  return lane;
}

Status Lane::open_store() {
  store::DatabaseOptions options;
  options.path = options_.directory + "/store.db";
  options.create = true;
  SHEEN_ASSIGN(database_, store::Database::open(disk_, options));
  SHEEN_TRY(TargetMeta::create(*database_));
  SHEEN_ASSIGN(const int64_t format,
               TargetMeta::get_number(*database_, kFormatKey, kFormatVersion));
  if (format > kFormatVersion)
    return Error(Errc::kNotSupported,
                 fmt::format("{}: written by a newer version of Sheen (format {}, this one reads {})",
                             options.path, format, kFormatVersion));
  SHEEN_ASSIGN(sessions_, SessionTable::open(*database_));
  SHEEN_ASSIGN(replies_, ReplyCache::open(*database_));

  // A new life begins: its number is durable before anybody hears of it.
  SHEEN_ASSIGN(const int64_t last, TargetMeta::get_number(*database_, kEpochKey, 0));
  epoch_ = static_cast<Epoch>(last) + 1;
  if (epoch_ > kEpochMax) return Error(Errc::kOverflow, "epochs are used up");
  SHEEN_TRY(database_->begin());
  SHEEN_TRY(TargetMeta::put_number(*database_, kFormatKey, kFormatVersion));
  SHEEN_TRY(TargetMeta::put_number(*database_, kEpochKey, static_cast<int64_t>(epoch_)));
  SHEEN_TRY(database_->commit());
  SHEEN_TRY(database_->sync_wal());

  const MonotonicNs now = clock_.monotonic();
  sessions_->for_each([now](Session& session) { session.last_heard = now; });
  recovery_ = std::make_unique<Recovery>(*sessions_, now, options_.recovery_limit_ns);
  return ok();
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
  }
  SHEEN_ASSIGN(role_, make_role(*this));
  for (const Operation& op : role_->operations()) {
    const auto index = static_cast<size_t>(op.opcode);
    if (table_.size() <= index) table_.resize(index + 1);
    table_[index] = &op;
  }
  syncer_ = std::make_unique<Syncer>(
      [this]() -> Status {
        SHEEN_TRY(role_->sync_data());
        return database_->sync_wal();
      },
      [this] { wake(); }, options_.threads);
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
  options.role = config_.label.kind == TargetKind::kMdt ? wire::PeerRole::kMdt : wire::PeerRole::kOst;
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
  message.body = std::move(body);
  replies_out_.push_back(outgoing(session.control_peer, false, std::move(message), {}));
}

// ---------------------------------------------------------------------------------------------
// One round

Result<bool> Lane::step() {
  bool progressed = false;
  for (auto& task : posts_.take_all()) task(*this);
  if (syncer_->failed()) return Error(Errc::kIo, "a sync failed");

  SHEEN_ASSIGN(const bool batched, run_batch());
  progressed = batched;
  if (mgs_link_) {
    progressed = mgs_link_->step() || progressed;
    if (mgs_link_->refusal()) return *mgs_link_->refusal();
  }
  SHEEN_TRY(role_->step(clock_.monotonic()));
  SHEEN_TRY(expire_sessions());
  SHEEN_TRY(end_recovery_if_done());
  SHEEN_TRY(finish_transaction());
  request_sync();
  release_parked();
  flush();
  SHEEN_TRY(database_->checkpoint_if_due());
  return progressed;
}

MonotonicNs Lane::next_wakeup() const {
  MonotonicNs at = std::min(role_->next_wakeup(), next_expiry_);
  at = std::min(at, recovery_->deadline());
  if (mgs_link_) at = std::min(at, mgs_link_->next_wakeup());
  return at;
}

Result<bool> Lane::run_batch() {
  batch_time_ = clock_.realtime();
  uint32_t taken = 0;
  for (const bool bulk : {false, true}) {
    net::Listener* listener = bulk ? bulk_.get() : control_.get();
    if (listener == nullptr) continue;
    while (taken < kLaneBatchMax) {
      std::optional<net::Received> received = listener->receive();
      if (!received) break;
      ++taken;
      SHEEN_TRY(handle(std::move(*received), bulk));
      if (database_->poisoned()) return Error(Errc::kIo, "the store failed");
    }
  }
  SHEEN_TRY(finish_transaction());
  flush();
  return taken != 0;
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
    answer(received, bulk,
           Error(Errc::kWrongTarget, "this is " + config_.label.to_string()));
    return ok();
  }
  // 0 stands for a slot's first use, and a floor above the request would declare itself answered.
  if (header.xid == 0 || header.xid_floor > header.xid) {
    answer(received, bulk,
           Error(Errc::kBadRequest, fmt::format("xid {}, floor {}", header.xid, header.xid_floor)));
    return ok();
  }
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
  session->last_heard = clock_.monotonic();
  session->fresh = false;
  if (header.xid < session->xid_floor) {
    ++stale_count_;
    return ok();
  }
  session->xid_floor = std::max(session->xid_floor, header.xid_floor);
  if (!bulk) session->control_peer = received.peer;

  bool handled = false;
  SHEEN_TRY(handle_builtin(*session, received, bulk, handled));
  if (handled) return ok();

  const auto index = static_cast<size_t>(header.opcode);
  const Operation* op = index < table_.size() ? table_[index] : nullptr;
  if (op == nullptr) {
    answer(received, bulk, Error(Errc::kBadRequest, fmt::format("opcode {}", index)));
    return ok();
  }
  if (auto hit = pass_op(wire::opcode_name(op->opcode), "before"); hit && hit->drop()) return ok();
  switch (op->kind) {
    case OpKind::kRead: return run_read(*op, *session, received, bulk);
    case OpKind::kChange: return run_change(*op, *session, received, bulk);
    case OpKind::kDeferred: start_deferred(*op, *session, std::move(received), bulk); return ok();
  }
  return ok();
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
  if (header.slot >= kSlotsPerSession) {
    answer(received, bulk, Error(Errc::kBadRequest, fmt::format("slot {}", header.slot)));
    return ok();
  }
  const StoredReply* stored = nullptr;
  switch (replies_->look_up(header.client, header.slot, header.xid, stored)) {
    case SlotState::kStale: ++stale_count_; return ok();
    case SlotState::kStored: return send_stored(op, session, received, *stored, bulk);
    case SlotState::kNew: break;
  }
  SHEEN_TRY(ensure_transaction());
  return execute_change(op, {session, header.xid, batch_time_, next_transno()}, received, bulk);
}

Status Lane::execute_change(const Operation& op, const OpContext& ctx, const net::Received& received,
                            bool bulk) {
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

void Lane::start_deferred(const Operation& op, Session& session, net::Received received, bool bulk) {
  auto call =
      std::make_unique<Call>(std::move(received.message), received.peer, bulk, batch_time_);
  call->on_answer = [this, &op](Call& done, Result<ReplyBody> reply) {
    Transno transno;
    if (op.changes && reply) transno = next_transno();
    const std::string_view name = wire::opcode_name(op.opcode);
    replies_out_.push_back(outgoing(done.peer(), done.bulk_listener(),
                                    make_reply(done.header(), std::move(reply), transno), name));
  };
  op.start(role_->self(), session, std::move(call));
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
  Transno goal;
  if (!known) {
    SHEEN_TRY(ensure_transaction());
    SHEEN_ASSIGN(session, sessions_->add(header.client, std::string(wire::text((*request)->client_name())),
                                         static_cast<wire::PeerRole>((*request)->role()), epoch_));
    role_->on_session_open(*session);
    goal = next_transno();
    SHEEN_INFO("{}: new session of {}", config_.label.to_string(), session->name);
  }
  session->connected = true;
  session->control_peer = received.peer;
  session->last_heard = clock_.monotonic();
  // A new session's xids may start anywhere; a returning client goes on where it was.
  if (!known) session->xid_floor = header.xid_floor;

  wire::ConnectReplyT reply;
  reply.version_minor = std::min(wire::kVersionMinor, (*request)->version_minor());
  reply.epoch = epoch_;
  reply.slots = kSlotsPerSession;
  // The client must learn of an eviction even if this answer, or the process, is lost: the answer
  // stays the same until it has said something else, and a session younger than the client's is new.
  reply.new_session = session->fresh || ((*request)->known_session() &&
                                         (*request)->last_epoch() < session->created);
  reply.recovering = known && !session->recovered;
  reply.ping_interval_ms = static_cast<uint32_t>(options_.ping_interval_ns / kMillisecond);
  reply.session_timeout_ms = static_cast<uint32_t>(options_.session_timeout_ns / kMillisecond);
  reply.boot_id = boot_id();
  ReplyBody body{wire::encode(reply), {}};
  if (known || session->role == wire::PeerRole::kAdmin) {
    answer(received, bulk, std::move(body));
  } else {
    // A starting target must know who has to come back, so the session is durable first.
    park(received, bulk, std::move(body), goal);
  }
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
      answer(received, bulk, ReplyBody{wire::encode(wire::RecoveredReplyT{}), {}});
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
      if (goal.counter() > counter_ || goal.epoch() != epoch_) goal = Transno::make(epoch_, counter_);
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

// ---------------------------------------------------------------------------------------------
// Sessions

Status Lane::close_session(const Uuid& client, CloseReason reason) {
  Session* session = sessions_->find(client);
  SHEEN_ASSERT(session != nullptr);
  SHEEN_TRY(ensure_transaction());
  SHEEN_TRY(role_->on_session_close(*session, reason));
  SHEEN_TRY(replies_->forget(client));
  if (reason == CloseReason::kEvicted)
    SHEEN_WARN("{}: session of {} evicted: nothing heard for {} s; its open files and locks are gone",
               config_.label.to_string(), session->name,
               (clock_.monotonic() - session->last_heard) / kSecond);
  return sessions_->remove(client);
}

Status Lane::expire_sessions() {
  const MonotonicNs now = clock_.monotonic();
  if (now < next_expiry_) return ok();
  next_expiry_ = now + kSecond;
  std::vector<Uuid> gone = recovery_->overdue(now);
  sessions_->for_each([&](Session& session) {
    if (now - session.last_heard > options_.session_timeout_ns) gone.push_back(session.client);
  });
  std::sort(gone.begin(), gone.end());
  gone.erase(std::unique(gone.begin(), gone.end()), gone.end());
  for (const Uuid& client : gone) SHEEN_TRY(close_session(client, CloseReason::kEvicted));
  return ok();
}

Status Lane::end_recovery_if_done() {
  if (!recovery_->update()) return ok();
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
  if (reply) {
    message.body = std::move(reply->body);
    message.bulk = std::move(reply->bulk);
  } else {
    // Of an error, the body is its detail in plain text.
    message.body = Buffer::copy_of(reply.error().detail());
  }
  return message;
}

Lane::Outgoing Lane::outgoing(const net::PeerId& peer, bool bulk, wire::Message message,
                              std::string_view fault_name) {
  return {bulk ? bulk_.get() : control_.get(), peer, std::move(message), fault_name};
}

void Lane::answer(const net::Received& received, bool bulk, Result<ReplyBody> reply, Transno transno,
                  std::string_view fault_name) {
  replies_out_.push_back(outgoing(received.peer, bulk,
                                  make_reply(received.message.header, std::move(reply), transno),
                                  fault_name));
}

void Lane::park(const net::Received& received, bool bulk, Result<ReplyBody> reply, Transno goal) {
  parked_.push_back({goal, outgoing(received.peer, bulk,
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
  count("requests", request_count_);
  count("stale_requests", stale_count_);
  count("stored_replies", stored_count_);
  count("malformed_messages", control_->dropped() + (bulk_ ? bulk_->dropped() : 0));
  for (auto& [key, value] : role_->counters()) count(std::move(key), value);
  return out;
}

}  // namespace sheen::target
