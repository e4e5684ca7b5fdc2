// SPDX-License-Identifier: Apache-2.0
#include "tests/component/mds/mdt_fixture.h"

#include <fcntl.h>

#include "mds/operations.h"

namespace sheen::mds {
namespace {

constexpr uint8_t kMgsUuid = 200;

// An MGS that hands out sequences.
class MgsLink final : public net::Link {
 public:
  explicit MgsLink(MdtEnvironment& env) : env_(env) {}
  Status send(wire::Message message) override {
    wire::Message reply;
    reply.header = message.header;
    reply.header.flags = wire::kFlagReply;
    reply.header.status = Errc::kOk;
    reply.header.epoch = env_.mgs_life;
    switch (message.header.opcode) {
      case wire::Opcode::kConnect: {
        wire::ConnectReplyT connected;
        connected.epoch = env_.mgs_life;
        connected.slots = 8;
        connected.session = 1;
        connected.new_session = true;
        connected.ping_interval_ms = 5'000;
        connected.session_timeout_ms = 60'000;
        reply.body = wire::encode(connected);
        break;
      }
      case wire::Opcode::kPing: reply.body = wire::encode(wire::PingReplyT{}); break;
      case wire::Opcode::kSync:
        if (!env_.mgs_syncs) return ok();
        reply.body = wire::encode(wire::SyncReplyT{});
        break;
      case wire::Opcode::kAllocSequences: {
        if (!env_.mgs_answers) return ok();
        const auto request = wire::decode<wire::AllocSequencesRequest>(message.body);
        BOOST_REQUIRE(request.has_value());
        wire::AllocSequencesReplyT range;
        range.first = env_.next_sequence;
        range.count = (*request)->count();
        env_.next_sequence += range.count;
        reply.body = wire::encode(range);
        break;
      }
      default: return ok();
    }
    replies_.push_back(std::move(reply));
    return ok();
  }
  std::optional<wire::Message> receive() override {
    if (replies_.empty()) return std::nullopt;
    wire::Message message = std::move(replies_.front());
    replies_.pop_front();
    return message;
  }
  net::LinkState state() override { return net::LinkState::kUp; }

 private:
  MdtEnvironment& env_;
  std::deque<wire::Message> replies_;
};

std::vector<uint8_t> name_bytes(std::string_view name) { return wire::to_bytes(name); }

template <class Reply>
Result<wire::AttrT> attr_in(Result<Reply> reply) {
  if (!reply) return std::move(reply).error();
  BOOST_REQUIRE(reply->attr != nullptr);
  return *reply->attr;
}

}  // namespace

MdtEnvironment::MdtEnvironment() {
  rpc::TargetInfo info;
  info.fsname = "demo";
  info.label = "demo-MGT";
  info.uuid = uuid(kMgsUuid);
  info.control = {"mgs://"};
  mgs_ = std::make_unique<rpc::Import>(*this, clock(), random(), std::move(info), import_options(),
                                       nullptr);
}

MdtEnvironment::~MdtEnvironment() = default;

Result<std::unique_ptr<net::Link>> MdtEnvironment::connect(const net::Address& address) {
  if (address != "mgs://") return LoneEnvironment::connect(address);
  return std::unique_ptr<net::Link>(std::make_unique<MgsLink>(*this));
}

std::unique_ptr<wire::CredentialsT> cred(const User& user) {
  auto out = std::make_unique<wire::CredentialsT>();
  out->uid = user.uid;
  out->gid = user.gid;
  out->groups = user.groups;
  out->privileged = user.privileged;
  out->umask = user.umask;
  return out;
}

wire::SizeReportT size_report(uint64_t version, uint64_t size, uint64_t blocks, int64_t mtime,
                              int64_t ctime) {
  wire::SizeReportT report;
  report.size_version = version;
  report.size = size;
  report.blocks = blocks;
  report.mtime = mtime;
  report.ctime = ctime;
  return report;
}

MdtFixture::MdtFixture(StoreOptions options) : options_(options) {
  env.add_ost(0);
  env.add_ost(1);
  start();
  mdt_->on_recovery_finished();
  settle();
}

MdtFixture::~MdtFixture() { mdt_.reset(); }

void MdtFixture::start() {
  auto opened = Mdt::open(env, options_);
  if (!opened) BOOST_FAIL(opened.error().message());
  mdt_ = std::move(*opened);
  mdt_->on_cluster_map(env.cluster_map());
}

void MdtFixture::restart() {
  mdt_.reset();
  env.open_database();
  ++env.life;
  env.in_recovery = !sessions_.empty();
  start();
  if (!env.in_recovery) mdt_->on_recovery_finished();
  settle();
}

void MdtFixture::finish_recovery() {
  env.in_recovery = false;
  mdt_->on_recovery_finished();
  settle();
}

void MdtFixture::settle() {
  for (int i = 0; i < 20; ++i) {
    env.mgs()->step();
    const Status stepped = mdt_->step(now());
    if (!stepped) BOOST_FAIL(stepped.error().message());
  }
}

void MdtFixture::pass(int64_t ns) {
  now() += ns;
  settle();
}

target::Session& MdtFixture::session(uint8_t client) {
  auto& session = sessions_[client];
  if (!session) {
    session = std::make_unique<target::Session>();
    session->client = LoneEnvironment::uuid(client);
    session->connected = true;
  }
  return *session;
}

void MdtFixture::end_session(uint8_t client) {
  store::Database& database = env.database();
  BOOST_REQUIRE(database.begin().has_value());
  BOOST_REQUIRE(mdt_->on_session_close(session(client), target::CloseReason::kEvicted).has_value());
  BOOST_REQUIRE(database.commit().has_value());
  sessions_.erase(client);
}

Result<Buffer> MdtFixture::run_encoded(wire::Opcode opcode, const Buffer& body, uint8_t client) {
  const target::Operation* op = nullptr;
  for (const target::Operation& row : operation_table())
    if (row.opcode == opcode) op = &row;
  BOOST_REQUIRE(op != nullptr && op->run != nullptr);
  wire::Message message;
  message.header.opcode = opcode;
  message.header.xid = next_xid_++;
  message.body = body;
  const target::OpContext ctx{session(client), message.header.xid, now(),
                              Transno::make(env.epoch(), next_transno_)};
  if (op->kind == target::OpKind::kRead) {
    SHEEN_ASSIGN(target::ReplyBody reply, op->run(mdt_.get(), ctx, message));
    return reply.body;
  }
  ++next_transno_;
  store::Database& database = env.database();
  SHEEN_TRY(database.begin());
  SHEEN_TRY(database.savepoint());
  Result<target::ReplyBody> reply = op->run(mdt_.get(), ctx, message);
  SHEEN_TRY(reply ? database.release() : database.rollback_to_savepoint());
  SHEEN_TRY(database.commit());
  if (!reply) return std::move(reply).error();
  return reply->body;
}

void MdtFixture::reconstruct_encoded(wire::Opcode opcode, const Buffer& body, const Buffer& stored,
                                     uint8_t client) {
  for (const target::Operation& row : operation_table()) {
    if (row.opcode != opcode) continue;
    BOOST_REQUIRE(row.reconstruct != nullptr);
    wire::Message message;
    message.header.opcode = opcode;
    message.body = body;
    const target::OpContext ctx{session(client), next_xid_++, now(), Transno::make(1, 1)};
    row.reconstruct(mdt_.get(), ctx, message, stored);
  }
}

// ---------------------------------------------------------------------------------------------
// Calls

Result<wire::AttrT> MdtFixture::lookup(Fid parent, std::string_view name, const User& user) {
  wire::LookupRequestT request;
  request.cred = cred(user);
  request.parent = parent.value;
  request.name = name_bytes(name);
  return attr_in(run<wire::LookupRequest>(request));
}

Result<wire::AttrT> MdtFixture::get_attr(Fid fid) {
  wire::GetAttrRequestT request;
  request.fid = fid.value;
  return attr_in(run<wire::GetAttrRequest>(request));
}

wire::AttrT MdtFixture::attr(Fid fid) {
  auto attr = get_attr(fid);
  if (!attr) BOOST_FAIL(attr.error().message());
  return *attr;
}

Result<wire::AttrT> MdtFixture::mkdir(Fid parent, std::string_view name, uint32_t mode,
                                      const User& user) {
  wire::MkdirRequestT request;
  request.cred = cred(user);
  request.parent = parent.value;
  request.name = name_bytes(name);
  request.mode = mode;
  request.now = now();
  return attr_in(run<wire::MkdirRequest>(request));
}

Result<wire::AttrT> MdtFixture::mknod(Fid parent, std::string_view name, uint32_t mode,
                                      const User& user, uint32_t rdev) {
  wire::MknodRequestT request;
  request.cred = cred(user);
  request.parent = parent.value;
  request.name = name_bytes(name);
  request.mode = mode;
  request.rdev = rdev;
  request.now = now();
  return attr_in(run<wire::MknodRequest>(request));
}

Result<wire::AttrT> MdtFixture::symlink(Fid parent, std::string_view name, std::string_view target,
                                        const User& user) {
  wire::SymlinkRequestT request;
  request.cred = cred(user);
  request.parent = parent.value;
  request.name = name_bytes(name);
  request.target = name_bytes(target);
  request.now = now();
  return attr_in(run<wire::SymlinkRequest>(request));
}

Result<wire::AttrT> MdtFixture::link(Fid fid, Fid parent, std::string_view name, const User& user) {
  wire::LinkRequestT request;
  request.cred = cred(user);
  request.fid = fid.value;
  request.parent = parent.value;
  request.name = name_bytes(name);
  request.now = now();
  return attr_in(run<wire::LinkRequest>(request));
}

Result<wire::UnlinkReplyT> MdtFixture::unlink(Fid parent, std::string_view name, const User& user) {
  wire::UnlinkRequestT request;
  request.cred = cred(user);
  request.parent = parent.value;
  request.name = name_bytes(name);
  request.now = now();
  return run<wire::UnlinkRequest>(request);
}

Result<wire::UnlinkReplyT> MdtFixture::rmdir(Fid parent, std::string_view name, const User& user) {
  wire::RmdirRequestT request;
  request.cred = cred(user);
  request.parent = parent.value;
  request.name = name_bytes(name);
  request.now = now();
  return run<wire::RmdirRequest>(request);
}

Result<wire::RenameReplyT> MdtFixture::rename(Fid old_parent, std::string_view old_name,
                                              Fid new_parent, std::string_view new_name,
                                              uint32_t flags, const User& user) {
  wire::RenameRequestT request;
  request.cred = cred(user);
  request.old_parent = old_parent.value;
  request.old_name = name_bytes(old_name);
  request.new_parent = new_parent.value;
  request.new_name = name_bytes(new_name);
  request.flags = flags;
  request.now = now();
  return run<wire::RenameRequest>(request);
}

Result<wire::CreateReplyT> MdtFixture::create(Fid parent, std::string_view name, uint32_t flags,
                                              uint64_t handle, const User& user, uint32_t mode,
                                              uint8_t client) {
  wire::CreateRequestT request;
  request.cred = cred(user);
  request.parent = parent.value;
  request.name = name_bytes(name);
  request.mode = mode;
  request.flags = flags | O_CREAT;
  request.handle = handle;
  request.now = now();
  return run<wire::CreateRequest>(request, client);
}

Result<wire::OpenReplyT> MdtFixture::open(Fid fid, uint32_t flags, uint64_t handle,
                                          const User& user, uint8_t client) {
  wire::OpenRequestT request;
  request.cred = cred(user);
  request.fid = fid.value;
  request.flags = flags;
  request.handle = handle;
  request.now = now();
  return run<wire::OpenRequest>(request, client);
}

Result<wire::CloseReplyT> MdtFixture::close(Fid fid, uint64_t handle, uint8_t client) {
  wire::CloseRequestT request;
  request.fid = fid.value;
  request.handle = handle;
  return run<wire::CloseRequest>(request, client);
}

Result<wire::CloseReplyT> MdtFixture::close_with(Fid fid, uint64_t handle, wire::SizeReportT report,
                                                 uint8_t client) {
  wire::CloseRequestT request;
  request.fid = fid.value;
  request.handle = handle;
  request.report = std::make_unique<wire::SizeReportT>(report);
  return run<wire::CloseRequest>(request, client);
}

Result<wire::AttrT> MdtFixture::report(Fid fid, wire::SizeReportT report, uint8_t client) {
  wire::ReportSizeRequestT request;
  request.fid = fid.value;
  request.report = std::make_unique<wire::SizeReportT>(report);
  return attr_in(run<wire::ReportSizeRequest>(request, client));
}

Result<wire::SetAttrReplyT> MdtFixture::set_attr(wire::SetAttrRequestT request, const User& user) {
  request.cred = cred(user);
  request.now = now();
  return run<wire::SetAttrRequest>(request);
}

Result<wire::SetAttrReplyT> MdtFixture::chmod(Fid fid, uint32_t mode, const User& user) {
  wire::SetAttrRequestT request;
  request.fid = fid.value;
  request.valid = wire::kSetMode;
  request.mode = mode;
  return set_attr(std::move(request), user);
}

Result<wire::SetAttrReplyT> MdtFixture::chown(Fid fid, int64_t uid, int64_t gid, const User& user) {
  wire::SetAttrRequestT request;
  request.fid = fid.value;
  if (uid >= 0) {
    request.valid |= wire::kSetUid;
    request.uid = static_cast<uint32_t>(uid);
  }
  if (gid >= 0) {
    request.valid |= wire::kSetGid;
    request.gid = static_cast<uint32_t>(gid);
  }
  return set_attr(std::move(request), user);
}

Result<wire::SetAttrReplyT> MdtFixture::truncate(Fid fid, uint64_t size, const User& user,
                                                 uint64_t handle) {
  wire::SetAttrRequestT request;
  request.fid = fid.value;
  request.valid = wire::kSetSize;
  if (!user.privileged) request.valid |= wire::kSetKillSuidgid;
  request.size = size;
  request.handle = handle;
  return set_attr(std::move(request), user);
}

Result<wire::AttrT> MdtFixture::set_xattr(Fid fid, std::string_view name, std::string_view value,
                                          const User& user, uint32_t flags) {
  wire::SetXattrRequestT request;
  request.cred = cred(user);
  request.fid = fid.value;
  request.name = name_bytes(name);
  request.value = name_bytes(value);
  request.flags = flags;
  request.now = now();
  return attr_in(run<wire::SetXattrRequest>(request));
}

Result<std::string> MdtFixture::get_xattr(Fid fid, std::string_view name, const User& user) {
  wire::GetXattrRequestT request;
  request.cred = cred(user);
  request.fid = fid.value;
  request.name = name_bytes(name);
  SHEEN_ASSIGN(const auto reply, run<wire::GetXattrRequest>(request));
  return std::string(reply.value.begin(), reply.value.end());
}

Result<wire::AttrT> MdtFixture::remove_xattr(Fid fid, std::string_view name, const User& user) {
  wire::RemoveXattrRequestT request;
  request.cred = cred(user);
  request.fid = fid.value;
  request.name = name_bytes(name);
  request.now = now();
  return attr_in(run<wire::RemoveXattrRequest>(request));
}

Result<std::string> MdtFixture::list_xattr(Fid fid, const User& user) {
  wire::ListXattrRequestT request;
  request.cred = cred(user);
  request.fid = fid.value;
  SHEEN_ASSIGN(const auto reply, run<wire::ListXattrRequest>(request));
  return std::string(reply.names.begin(), reply.names.end());
}

Result<wire::ReadDirReplyT> MdtFixture::read_dir(Fid fid, uint64_t cookie, uint32_t bytes,
                                                 bool with_attr, const User& user) {
  wire::ReadDirRequestT request;
  request.cred = cred(user);
  request.fid = fid.value;
  request.cookie = cookie;
  request.bytes_max = bytes;
  request.with_attr = with_attr;
  request.now = now();
  return run<wire::ReadDirRequest>(request);
}

std::vector<std::string> MdtFixture::names(Fid fid) {
  std::vector<std::string> all;
  uint64_t cookie = kCookieDotDot;
  for (;;) {
    auto reply = read_dir(fid, cookie);
    if (!reply) BOOST_FAIL(reply.error().message());
    for (const auto& entry : reply->entries) {
      all.emplace_back(entry->name.begin(), entry->name.end());
      cookie = entry->cookie;
    }
    if (reply->end) return all;
  }
}

Fid MdtFixture::make_dir(Fid parent, std::string_view name, uint32_t mode, const User& user) {
  User masked = user;
  masked.umask = 0;
  auto made = mkdir(parent, name, mode, masked);
  if (!made) BOOST_FAIL(made.error().message());
  return Fid{made->fid};
}

Fid MdtFixture::make_file(Fid parent, std::string_view name, uint32_t mode, const User& user) {
  User masked = user;
  masked.umask = 0;
  auto made = mknod(parent, name, S_IFREG | mode, masked);
  if (!made) BOOST_FAIL(made.error().message());
  return Fid{made->fid};
}

}  // namespace sheen::mds
