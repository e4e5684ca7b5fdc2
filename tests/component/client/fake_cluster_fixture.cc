// SPDX-License-Identifier: Apache-2.0
#include "tests/component/client/fake_cluster.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>

#include <algorithm>

#include <fmt/format.h>

#include "lib/base/assert.h"

namespace sheen::test {

class FakeLink final : public net::Link {
 public:
  explicit FakeLink(FakeTarget& target) : target_(&target) { target.links.insert(this); }
  ~FakeLink() override {
    if (target_ != nullptr) target_->links.erase(this);
  }
  Status send(wire::Message message) override {
    if (target_ == nullptr) return Errc::kNotConnected;
    target_->receive(*this, std::move(message));
    return ok();
  }
  std::optional<wire::Message> receive() override {
    if (inbox_.empty()) return std::nullopt;
    wire::Message message = std::move(inbox_.front());
    inbox_.pop_front();
    return message;
  }
  net::LinkState state() override {
    return target_ == nullptr ? net::LinkState::kDown : net::LinkState::kUp;
  }
  void deliver(wire::Message message) { inbox_.push_back(std::move(message)); }
  void cut() { target_ = nullptr; }

 private:
  FakeTarget* target_;
  std::deque<wire::Message> inbox_;
};

// --- any target

void FakeTarget::receive(FakeLink& link, wire::Message message) {
  cluster_.seen.push_back({label, message});
  if (cluster_.held_kinds_.contains(message.header.opcode)) {
    cluster_.held_.push_back({this, &link, std::move(message)});
    return;
  }
  cluster_.answer(*this, &link, message);
}

FakeTarget::Answer FakeTarget::serve_common(const wire::Message& message) {
  const wire::Header& header = message.header;
  if (header.opcode == wire::Opcode::kConnect) {
    wire::ConnectReplyT out;
    out.epoch = epoch;
    out.slots = 8;
    out.session = 1;
    out.new_session = !session;
    out.recovering = recovering && session;
    out.session_timeout_ms = 60000;
    session = true;
    return reply(out);
  }
  if (!session) return {Errc::kNoSession, {}, {}};
  if (header.epoch != epoch) return {Errc::kWrongEpoch, {}, {}};
  switch (header.opcode) {
    case wire::Opcode::kPing: return reply(wire::PingReplyT{});
    case wire::Opcode::kDisconnect: session = false; return reply(wire::DisconnectReplyT{});
    case wire::Opcode::kRecovered: recovering = false; return reply(wire::RecoveredReplyT{});
    case wire::Opcode::kSync: return reply(wire::SyncReplyT{});
    case wire::Opcode::kStatfs: {
      wire::StatfsReplyT out;
      out.bytes_total = 1000;
      out.bytes_free = 600;
      out.bytes_available = 500;
      out.inodes_total = 100;
      out.inodes_free = 90;
      return reply(out);
    }
    default: return serve(message);
  }
}

// --- MGS

FakeTarget::Answer FakeMgs::serve(const wire::Message& message) {
  auto request = flatbuffers::GetRoot<wire::GetConfigRequest>(message.body.data());
  if (!cluster_.known_fsname) return {Errc::kNotConfigured, {}, {}};
  wire::GetConfigReplyT out;
  auto config = cluster_.config();
  if (request->known_version() != config.version)
    out.config = std::make_unique<wire::FsConfigT>(std::move(config));
  return reply(out);
}

// --- MDT

uint32_t FakeMdt::writers(uint64_t fid) const {
  uint32_t count = 0;
  for (const auto& [handle, open] : opens)
    if (open.fid == fid && (open.flags & O_ACCMODE) != O_RDONLY) ++count;
  return count;
}

void FakeMdt::forget() {
  opens.clear();
  locks.clear();
}

void FakeMdt::truncate(FakeInode& inode, uint64_t size) {
  inode.attr.mtime = inode.attr.ctime = cluster_.clock.realtime();
  if (inode.attr.size_valid && inode.attr.size == 0 && size == 0) return;
  ++inode.attr.size_version;
  inode.attr.size_valid = false;
  inode.attr.size = size;
}

bool FakeMdt::take_report(FakeInode& inode, const wire::SizeReportT* report,
                          uint32_t writers_allowed) {
  if (report == nullptr || inode.attr.size_valid ||
      report->size_version != inode.attr.size_version || writers(inode.attr.fid) > writers_allowed)
    return false;
  inode.attr.size_valid = true;
  inode.attr.size = report->size;
  inode.attr.blocks = report->blocks;
  if (report->mtime != 0) inode.attr.mtime = report->mtime;
  return true;
}

namespace {

std::unique_ptr<wire::AttrT> copy(const wire::AttrT& attr) {
  return std::make_unique<wire::AttrT>(attr);
}

std::unique_ptr<wire::LayoutT> copy(const wire::LayoutT& layout) {
  return std::make_unique<wire::LayoutT>(wire::Striping::from(layout)->to_layout());
}

template <class Request>
std::unique_ptr<typename Request::NativeTableType> unpack(const wire::Message& message) {
  auto table = wire::decode<Request>(message.body);
  SHEEN_ASSERT(table);
  return std::unique_ptr<typename Request::NativeTableType>((*table)->UnPack());
}

std::string text(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

FakeTarget::Answer FakeMdt::serve(const wire::Message& message) {
  const RealtimeNs now = cluster_.clock.realtime();
  const auto missing = [] { return Answer{Errc::kStale, {}, {}}; };
  const bool change = message.header.slot != wire::kNoSlot;
  if (change) ++transno;
  switch (message.header.opcode) {
    case wire::Opcode::kLookup: {
      auto request = unpack<wire::LookupRequest>(message);
      const auto& entries = inodes[request->parent].entries;
      const auto found = entries.find(text(request->name));
      if (found == entries.end()) return {Errc::kNotFound, {}, {}};
      wire::LookupReplyT out;
      out.attr = copy(inodes[found->second].attr);
      return reply(out);
    }
    case wire::Opcode::kGetAttr: {
      auto request = unpack<wire::GetAttrRequest>(message);
      if (!inodes.contains(request->fid)) return missing();
      wire::GetAttrReplyT out;
      out.attr = copy(inodes[request->fid].attr);
      out.layout = copy(inodes[request->fid].layout);
      return reply(out);
    }
    case wire::Opcode::kSetAttr: {
      auto request = unpack<wire::SetAttrRequest>(message);
      if (!inodes.contains(request->fid)) return missing();
      FakeInode& inode = inodes[request->fid];
      if ((request->valid & wire::kSetMode) != 0)
        inode.attr.mode = (inode.attr.mode & S_IFMT) | (request->mode & 07777);
      if ((request->valid & wire::kSetSize) != 0) truncate(inode, request->size);
      if ((request->valid & wire::kSetMtime) != 0) {
        inode.attr.mtime =
            (request->valid & wire::kSetMtimeNow) != 0 ? request->now : request->mtime;
        ++inode.attr.size_version;
      }
      if ((request->valid & wire::kSetAtime) != 0) inode.attr.atime = request->now;
      if ((request->valid & ~wire::kSetAtimeRelaxed & ~wire::kSetAtimeNow) != wire::kSetAtime)
        inode.attr.ctime = now;
      wire::SetAttrReplyT out;
      out.attr = copy(inode.attr);
      if ((request->valid & wire::kSetSize) != 0) out.layout = copy(inode.layout);
      return reply(out);
    }
    case wire::Opcode::kCreate: {
      auto request = unpack<wire::CreateRequest>(message);
      auto& entries = inodes[request->parent].entries;
      const bool created = !entries.contains(text(request->name));
      if (created) {
        const uint64_t fid = next_fid++;
        entries[text(request->name)] = fid;
        FakeInode& inode = inodes[fid];
        inode.attr.fid = fid;
        inode.attr.mode = S_IFREG | request->mode;
        inode.attr.nlink = 1;
        inode.attr.atime = inode.attr.mtime = inode.attr.ctime = now;
        wire::Striping striping;
        striping.components.push_back({0, UINT64_MAX, cluster_.stripe_size, cluster_.stripe_osts});
        inode.layout = striping.to_layout();
      }
      FakeInode& inode = inodes[entries[text(request->name)]];
      if ((request->flags & O_TRUNC) != 0) truncate(inode, 0);
      opens[request->handle] = {inode.attr.fid, request->flags};
      if ((request->flags & O_ACCMODE) != O_RDONLY) {
        ++inode.attr.size_version;
        inode.attr.size_valid = false;
      }
      wire::CreateReplyT out;
      out.attr = copy(inode.attr);
      out.layout = copy(inode.layout);
      out.handle = request->handle;
      out.created = created;
      return reply(out);
    }
    case wire::Opcode::kOpen: {
      auto request = unpack<wire::OpenRequest>(message);
      if (!inodes.contains(request->fid)) return missing();
      FakeInode& inode = inodes[request->fid];
      const bool empty = inode.attr.size_valid && inode.attr.size == 0;
      if ((request->flags & O_TRUNC) != 0) truncate(inode, 0);
      opens[request->handle] = {request->fid, request->flags};
      wire::OpenReplyT out;
      if ((request->flags & O_ACCMODE) != O_RDONLY) {
        ++inode.attr.size_version;
        inode.attr.size_valid = false;
      }
      out.attr = copy(inode.attr);
      out.attr->size_valid = inode.attr.size_valid || empty;
      out.layout = copy(inode.layout);
      out.handle = request->handle;
      return reply(out);
    }
    case wire::Opcode::kClose: {
      auto request = unpack<wire::CloseRequest>(message);
      const auto found = opens.find(request->handle);
      wire::CloseReplyT out;
      if (found == opens.end() || !inodes.contains(request->fid)) return reply(out);
      const bool wrote = (found->second.flags & O_ACCMODE) != O_RDONLY;
      take_report(inodes[request->fid], request->report.get(), wrote ? 1 : 0);
      opens.erase(found);
      out.attr = copy(inodes[request->fid].attr);
      return reply(out);
    }
    case wire::Opcode::kReportSize: {
      auto request = unpack<wire::ReportSizeRequest>(message);
      if (!inodes.contains(request->fid)) return missing();
      take_report(inodes[request->fid], request->report.get(), 0);
      wire::ReportSizeReplyT out;
      out.attr = copy(inodes[request->fid].attr);
      return reply(out);
    }
    case wire::Opcode::kKillPriv: {
      auto request = unpack<wire::KillPrivRequest>(message);
      FakeInode& inode = inodes[request->fid];
      inode.attr.mode &= ~static_cast<uint32_t>(S_ISUID | S_ISGID);
      inode.attr.has_capability = false;
      wire::KillPrivReplyT out;
      out.attr = copy(inode.attr);
      return reply(out);
    }
    case wire::Opcode::kReadDir: {
      auto request = unpack<wire::ReadDirRequest>(message);
      wire::ReadDirReplyT out;
      uint64_t cookie = 3;
      for (const auto& [name, fid] : inodes[request->fid].entries) {
        auto entry = std::make_unique<wire::DirEntryT>();
        entry->cookie = cookie++;
        entry->name = wire::to_bytes(name);
        entry->fid = fid;
        if (request->with_attr) entry->attr = copy(inodes[fid].attr);
        out.entries.push_back(std::move(entry));
      }
      out.end = true;
      out.parent = 1;
      return reply(out);
    }
    case wire::Opcode::kSetLock: {
      auto request = unpack<wire::SetLockRequest>(message);
      if (request->wait) return {Errc::kOk, {}, {}, true};
      auto held = wire::HeldLockT{};
      held.fid = request->fid;
      held.lock = std::move(request->lock);
      locks.push_back(std::move(held));
      return reply(wire::SetLockReplyT{});
    }
    case wire::Opcode::kCancelLock: {
      auto request = unpack<wire::CancelLockRequest>(message);
      wire::CancelLockReplyT out;
      out.cancelled = true;
      return reply(out);
    }
    case wire::Opcode::kReleaseLocks: return reply(wire::ReleaseLocksReplyT{});
    case wire::Opcode::kRestate: {
      auto request = unpack<wire::RestateRequest>(message);
      wire::RestateReplyT out;
      for (const auto& open : request->opens) {
        if (lose_handles.contains(open->handle))
          out.lost_handles.push_back(open->handle);
        else
          opens[open->handle] = {open->fid, open->flags};
      }
      for (auto& held : request->locks) locks.push_back(std::move(*held));
      return reply(out);
    }
    default: return {Errc::kBadRequest, {}, {}};
  }
}

// --- OST

namespace {
constexpr uint64_t kPage = 4096;

uint64_t pages_of(uint64_t bytes) { return (bytes + kPage - 1) / kPage; }
}  // namespace

std::unique_ptr<wire::ObjectAttrT> FakeOst::state(const ObjectId& id) const {
  auto out = std::make_unique<wire::ObjectAttrT>();
  const auto found = objects.find(id);
  if (found == objects.end()) return out;
  out->exists = true;
  out->size = found->second.bytes.size();
  out->blocks = found->second.data_pages.size() * (kPage / 512);
  out->mtime = found->second.mtime;
  out->ctime = found->second.ctime;
  return out;
}

void FakeOst::touch(FakeObject& object) {
  cluster_.clock.advance(kMicrosecond);
  object.mtime = object.ctime = cluster_.clock.realtime() / tick_ns * tick_ns;
}

FakeTarget::Answer FakeOst::serve(const wire::Message& message) {
  switch (message.header.opcode) {
    case wire::Opcode::kRead: {
      auto request = unpack<wire::ReadRequest>(message);
      const ObjectId id = wire::from_key(*request->object);
      wire::ReadReplyT out;
      out.attr = state(id);
      std::string bytes;
      if (const auto found = objects.find(id);
          found != objects.end() && request->offset < found->second.bytes.size())
        bytes = found->second.bytes.substr(request->offset, request->length);
      out.length = static_cast<uint32_t>(bytes.size());
      return reply(out, bytes.empty() ? Buffer{} : Buffer::copy_of(bytes));
    }
    case wire::Opcode::kWrite: {
      auto request = unpack<wire::WriteRequest>(message);
      if (full) return {Errc::kNoSpace, {}, {}};
      const ObjectId id = wire::from_key(*request->object);
      FakeObject& object = objects[id];
      const uint64_t end = request->offset + message.bulk.size();
      if (object.bytes.size() < end) object.bytes.resize(end);
      object.bytes.replace(request->offset, message.bulk.size(), message.bulk.view());
      for (uint64_t p = request->offset / kPage; p < pages_of(end); ++p)
        object.data_pages.insert(p);
      touch(object);
      wire::WriteReplyT out;
      out.attr = state(id);
      return reply(out);
    }
    case wire::Opcode::kTruncate: {
      auto request = unpack<wire::TruncateRequest>(message);
      const ObjectId id = wire::from_key(*request->object);
      if (request->size == 0) {
        objects.erase(id);
      } else {
        FakeObject& object = objects[id];
        object.bytes.resize(request->size);
        std::erase_if(object.data_pages, [&](uint64_t p) { return p >= pages_of(request->size); });
        touch(object);
      }
      wire::TruncateReplyT out;
      out.attr = state(id);
      return reply(out);
    }
    case wire::Opcode::kAllocate: {
      auto request = unpack<wire::AllocateRequest>(message);
      const ObjectId id = wire::from_key(*request->object);
      const uint64_t end = request->offset + request->length;
      const bool punch = (request->mode & FALLOC_FL_PUNCH_HOLE) != 0;
      if (!punch || objects.contains(id)) {
        FakeObject& object = objects[id];
        if ((request->mode & FALLOC_FL_KEEP_SIZE) == 0 && object.bytes.size() < end)
          object.bytes.resize(end);
        for (uint64_t p = request->offset / kPage; !punch && p < pages_of(end); ++p)
          object.data_pages.insert(p);
        for (uint64_t i = request->offset; punch && i < std::min(end, object.bytes.size()); ++i)
          object.bytes[i] = '\0';
        touch(object);
      }
      wire::AllocateReplyT out;
      out.attr = state(id);
      return reply(out);
    }
    case wire::Opcode::kSeek: {
      auto request = unpack<wire::SeekRequest>(message);
      wire::SeekReplyT out;
      const auto found = objects.find(wire::from_key(*request->object));
      if (found == objects.end() || request->offset >= found->second.bytes.size())
        return reply(out);
      for (uint64_t at = request->offset; at < found->second.bytes.size();
           at = (at / kPage + 1) * kPage) {
        if (found->second.data_pages.contains(at / kPage) != request->data) continue;
        out.found = true;
        out.offset = at;
        return reply(out);
      }
      out.found = !request->data;
      out.offset = found->second.bytes.size();
      return reply(out);
    }
    case wire::Opcode::kGlimpse: {
      auto request = unpack<wire::GlimpseRequest>(message);
      wire::GlimpseReplyT out;
      out.attr = state(wire::from_key(*request->object));
      return reply(out);
    }
    case wire::Opcode::kSetTimes: {
      auto request = unpack<wire::SetTimesRequest>(message);
      const ObjectId id = wire::from_key(*request->object);
      if (const auto found = objects.find(id); found != objects.end()) {
        touch(found->second);
        found->second.mtime = request->mtime;
      }
      wire::SetTimesReplyT out;
      out.attr = state(id);
      return reply(out);
    }
    case wire::Opcode::kObjectSync: return reply(wire::ObjectSyncReplyT{});
    default: return {Errc::kBadRequest, {}, {}};
  }
}

// --- cluster

namespace {
Uuid numbered_uuid(uint8_t n) {
  Uuid out;
  out.bytes[0] = 0xfa;
  out.bytes[15] = n;
  return out;
}
}  // namespace

FakeCluster::FakeCluster(ManualClock& clock_in, size_t ost_count) : clock(clock_in) {
  mgs = std::make_unique<FakeMgs>(*this, "MGS", numbered_uuid(1));
  mdt = std::make_unique<FakeMdt>(*this, "demo-MDT0000", numbered_uuid(2));
  for (size_t i = 0; i < ost_count; ++i)
    osts.push_back(std::make_unique<FakeOst>(*this, fmt::format("demo-OST{:04x}", i),
                                             numbered_uuid(static_cast<uint8_t>(3 + i))));
  FakeInode& root = mdt->inodes[kRootFid.value];
  root.attr.fid = kRootFid.value;
  root.attr.mode = S_IFDIR | 0755;
  root.attr.nlink = 2;
  root.attr.parent = kRootFid.value;
}

FakeCluster::~FakeCluster() = default;

FakeTarget* FakeCluster::by_label(const std::string& label) {
  if (label == mgs->label) return mgs.get();
  if (label == mdt->label) return mdt.get();
  for (auto& ost : osts)
    if (label == ost->label) return ost.get();
  return nullptr;
}

Result<std::unique_ptr<net::Link>> FakeCluster::connect(const net::Address& address) {
  // "tcp://LABEL:1", and ":2" for an OST's bulk.
  const std::string label = address.substr(6, address.rfind(':') - 6);
  FakeTarget* target = by_label(label);
  if (target == nullptr || !target->reachable) return Errc::kNotConnected;
  return std::unique_ptr<net::Link>(std::make_unique<FakeLink>(*target));
}

Result<std::unique_ptr<net::Listener>> FakeCluster::listen(const std::vector<net::Address>&) {
  return Errc::kNotSupported;
}

wire::FsConfigT FakeCluster::config() const {
  wire::FsConfigT out;
  out.fsname = "demo";
  out.version = config_version_;
  const auto add = [&out](const FakeTarget& target, bool bulk) {
    auto entry = std::make_unique<wire::TargetEntryT>();
    entry->label = target.label;
    entry->uuid = target.uuid.to_string();
    entry->epoch = target.epoch;
    entry->host_name = "host-of-" + target.label;
    entry->addresses = std::make_unique<wire::AddressesT>();
    entry->addresses->host = "elsewhere";
    entry->addresses->control = {"tcp://" + target.label + ":1"};
    if (bulk) entry->addresses->bulk = {"tcp://" + target.label + ":2"};
    out.targets.push_back(std::move(entry));
  };
  add(*mdt, false);
  for (const auto& ost : osts) add(*ost, true);
  auto range = std::make_unique<wire::SequenceRangeT>();
  range->first = kFirstSequence;
  range->count = 1;
  out.sequences.push_back(std::move(range));
  return out;
}

void FakeCluster::push_config() {
  ++config_version_;
  wire::ConfigChangedNoticeT notice;
  notice.config = std::make_unique<wire::FsConfigT>(config());
  push(wire::Opcode::kConfigChangedNotice, wire::encode(notice));
}

void FakeCluster::push_node_down(const FakeTarget& target) {
  wire::NodeDownNoticeT notice;
  notice.host_name = "host-of-" + target.label;
  push(wire::Opcode::kNodeDownNotice, wire::encode(notice));
}

void FakeCluster::push(wire::Opcode opcode, const Buffer& body) {
  for (FakeLink* link : mgs->links) {
    wire::Message message;
    message.header.opcode = opcode;
    message.header.flags = wire::kFlagNotice;
    message.header.epoch = mgs->epoch;
    message.body = body;
    link->deliver(std::move(message));
  }
}

void FakeCluster::break_links(FakeTarget& target) {
  for (FakeLink* link : target.links) link->cut();
  std::erase_if(held_, [&](const Held& h) { return h.target == &target; });
  target.links.clear();
}

void FakeCluster::restart(FakeTarget& target) {
  break_links(target);
  target.forget();
  ++target.epoch;
  target.recovering = true;
}

void FakeCluster::evict(FakeTarget& target) {
  break_links(target);
  target.forget();
  target.session = false;
}

void FakeCluster::set_reachable(FakeTarget& target, bool reachable) {
  target.reachable = reachable;
  if (!reachable) break_links(target);
}

size_t FakeCluster::count(wire::Opcode opcode) const {
  return static_cast<size_t>(std::count_if(seen.begin(), seen.end(), [opcode](const Seen& s) {
    return s.message.header.opcode == opcode;
  }));
}

const Seen* FakeCluster::last(wire::Opcode opcode) const {
  for (auto it = seen.rbegin(); it != seen.rend(); ++it)
    if (it->message.header.opcode == opcode) return &*it;
  return nullptr;
}

std::optional<Errc> FakeCluster::failure(wire::Opcode opcode) {
  const auto found = failures_.find(opcode);
  if (found == failures_.end() || found->second.second == 0) return std::nullopt;
  --found->second.second;
  return found->second.first;
}

void FakeCluster::answer(FakeTarget& target, FakeLink* link, const wire::Message& message) {
  FakeTarget::Answer answer;
  if (const auto code = failure(message.header.opcode))
    answer.status = *code;
  else
    answer = target.serve_common(message);
  if (answer.later || !target.links.contains(link)) return;
  wire::Message out;
  out.header = message.header;
  out.header.flags = wire::kFlagReply;
  out.header.status = answer.status;
  out.header.epoch = target.epoch;
  out.header.transno = message.header.slot != wire::kNoSlot
                           ? Transno::make(target.epoch, target.transno)
                           : Transno{};
  out.header.committed = {};
  out.body = std::move(answer.body);
  out.bulk = std::move(answer.bulk);
  link->deliver(std::move(out));
}

void FakeCluster::release(size_t index) {
  SHEEN_ASSERT(index < held_.size());
  Held held = std::move(held_[index]);
  held_.erase(held_.begin() + static_cast<ptrdiff_t>(index));
  answer(*held.target, held.link, held.message);
}

void FakeCluster::release_all() {
  held_kinds_.clear();
  while (!held_.empty()) release();
}

}  // namespace sheen::test
