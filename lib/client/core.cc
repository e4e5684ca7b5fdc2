// SPDX-License-Identifier: Apache-2.0
#include "lib/client/core.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "lib/base/limits.h"
#include "lib/rpc/params.h"

namespace sheen::client {

namespace {
constexpr int64_t kReportPauseNs = 1 * kSecond;
constexpr size_t kReportPausesMax = 1024;
}  // namespace

Attr Attr::from(const wire::Attr* attr) {
  Attr out;
  if (attr == nullptr) return out;
  out.fid = Fid{attr->fid()};
  out.mode = attr->mode();
  out.nlink = attr->nlink();
  out.uid = attr->uid();
  out.gid = attr->gid();
  out.rdev = attr->rdev();
  out.size = attr->size();
  out.blocks = attr->blocks();
  out.atime = attr->atime();
  out.mtime = attr->mtime();
  out.ctime = attr->ctime();
  out.btime = attr->btime();
  out.size_valid = attr->size_valid();
  out.size_version = attr->size_version();
  out.has_capability = attr->has_capability();
  out.parent = Fid{attr->parent()};
  return out;
}

Core::Core(net::Transport& transport, const Clock& clock_in, Random& random,
           ClientOptions options_in)
    : clock(clock_in),
      options(std::move(options_in)),
      targets(transport, clock_in, random, options, *this),
      write_window(static_cast<uint64_t>(rpc::param({}, rpc::kParamWriteWindow))) {
  if (options.write_window_bytes != 0) write_window.set_limit(options.write_window_bytes);
}

void Core::on_map(const rpc::ClusterMap& map) {
  if (options.write_window_bytes != 0) return;
  write_window.set_limit(static_cast<uint64_t>(rpc::param(map, rpc::kParamWriteWindow)));
}

void Core::send(rpc::Request request, rpc::Completion done, Fid fid) {
  targets.with_mdt(fid, [request = std::move(request),
                         done = std::move(done)](Result<rpc::Import*> import) mutable {
    if (!import) return done(std::move(import).error());
    (*import)->call(std::move(request), std::move(done));
  });
}

namespace {

// An OST that has too much in hand says kAgain, which is no answer for an application.
constexpr int64_t kBusyRetryNs = 5 * kMillisecond;
constexpr int64_t kBusyRetryMaxNs = 320 * kMillisecond;

struct OstRequest : std::enable_shared_from_this<OstRequest> {
  OstRequest(Core& core_in, uint16_t ost_in, rpc::Request request_in, rpc::Completion done_in)
      : core(core_in),
        ost(ost_in),
        session(core.targets.ost_session(ost)),
        request(std::move(request_in)),
        done(std::move(done_in)) {}

  void send(rpc::Import& to) {
    // Between two attempts the import knows nothing of it that could fail with the session.
    if (request.of_session && core.targets.ost_session(ost) != session)
      return done(Error(Errc::kEvicted, to.target().label));
    to.call(request, [self = shared_from_this(), &to](Result<wire::Message> reply) {
      if (reply.code() == Errc::kAgain) return self->retry(to);
      self->done(std::move(reply));
    });
  }

  void retry(rpc::Import& to) {
    core.timers.at(core.clock.monotonic() + retry_ns,
                   [self = shared_from_this(), &to] { self->send(to); });
    retry_ns = std::min(2 * retry_ns, kBusyRetryMaxNs);
  }

  Core& core;
  const uint16_t ost;
  const uint64_t session;
  const rpc::Request request;
  rpc::Completion done;
  int64_t retry_ns = kBusyRetryNs;
};

}  // namespace

void Core::send(rpc::Request request, rpc::Completion done, uint16_t ost) {
  auto call = std::make_shared<OstRequest>(*this, ost, std::move(request), std::move(done));
  targets.with_ost(ost, [call = std::move(call)](Result<rpc::Import*> import) {
    if (!import) return call->done(std::move(import).error());
    call->send(**import);
  });
}

std::unique_ptr<wire::ObjectKey> Core::object_key(Fid fid, const ObjectRef& object) {
  return std::make_unique<wire::ObjectKey>(
      wire::to_key(ObjectId{fid, object.component, object.stripe}));
}

std::unique_ptr<wire::CredentialsT> Core::credentials(const Caller& caller) {
  auto out = std::make_unique<wire::CredentialsT>();
  out->uid = caller.uid;
  out->gid = caller.gid;
  out->groups = caller.groups;
  out->privileged = caller.privileged;
  out->umask = caller.umask;
  return out;
}

Status Core::check_name(std::string_view name) {
  if (name.empty()) return Errc::kNotFound;
  if (name.size() > kNameMax) return Errc::kNameTooLong;
  return ok();
}

void Core::glimpse(Fid fid, const wire::Striping& striping, Done<States> done) {
  fan_out<ObjectState>(
      object_count(striping),
      [&](size_t i, Done<ObjectState> part) {
        ask_object<wire::GlimpseRequest>(fid, striping, i, {}, std::move(part));
      },
      std::move(done));
}

void Core::truncate_objects(Fid fid, const wire::Striping& striping, uint64_t size,
                            Done<States> done) {
  const std::vector<wire::Chunk> sizes = wire::object_sizes(striping, size);
  fan_out<ObjectState>(
      sizes.size(),
      [&](size_t i, Done<ObjectState> part) {
        wire::TruncateRequestT request;
        request.size = sizes[i].length;
        ask_object<wire::TruncateRequest>(fid, striping, i, std::move(request), std::move(part));
      },
      std::move(done));
}

void Core::set_object_times(Fid fid, const wire::Striping& striping, RealtimeNs mtime,
                            Done<States> done) {
  fan_out<ObjectState>(
      object_count(striping),
      [&](size_t i, Done<ObjectState> part) {
        wire::SetTimesRequestT request;
        request.mtime = mtime;
        ask_object<wire::SetTimesRequest>(fid, striping, i, std::move(request), std::move(part));
      },
      std::move(done));
}

Attr Core::note(const wire::Attr* wire_attr) {
  Attr attr = Attr::from(wire_attr);
  if (auto inode = files.find_inode(attr.fid); inode != nullptr) {
    inode->take(attr);
    inode->observed(attr.size_version);
  }
  return attr;
}

void Core::overlay(Attr& attr, const FileState& state) {
  attr.size = state.size;
  attr.blocks = state.blocks;
  if (state.mtime != 0) attr.mtime = state.mtime;
  // A write moves ctime as well, a chmod after it further.
  attr.ctime = std::max(attr.ctime, state.ctime);
}

void Core::layout_of(Fid fid, const wire::Layout* known, Done<wire::Striping> done) {
  if (known != nullptr) return done(wire::Striping::from(known));
  if (const auto inode = files.find_inode(fid); inode != nullptr) return done(inode->striping());
  wire::GetAttrRequestT request;
  request.fid = fid.value;
  ask_mdt<wire::GetAttrRequest>(
      fid, request,
      [done = std::move(done)](Result<rpc::ReplyFor<wire::GetAttrRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        done(wire::Striping::from((*reply)->layout()));
      });
}

void Core::resolve(Attr attr, const wire::Layout* layout, Done<Attr> done) {
  if (attr.size_valid || !S_ISREG(attr.mode)) return done(std::move(attr));
  layout_of(attr.fid, layout,
            [this, attr, done = std::move(done)](Result<wire::Striping> striping) mutable {
              if (!striping) return done(std::move(striping).error());
              const wire::Striping s = std::move(*striping);
              glimpse(attr.fid, s,
                      [this, attr, s, done = std::move(done)](Result<States> states) mutable {
                        if (!states) return done(std::move(states).error());
                        const FileState state = file_state(s, *states);
                        report_size(attr, state);
                        overlay(attr, state);
                        done(std::move(attr));
                      });
            });
}

void Core::getattr(Fid fid, Done<Attr> done) {
  wire::GetAttrRequestT request;
  request.fid = fid.value;
  ask_mdt<wire::GetAttrRequest>(
      fid, request,
      [this, done = std::move(done)](Result<rpc::ReplyFor<wire::GetAttrRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        resolve(note((*reply)->attr()), (*reply)->layout(), std::move(done));
      });
}

std::unique_ptr<wire::SizeReportT> Core::size_report(uint64_t size_version,
                                                     const FileState& state) {
  auto out = std::make_unique<wire::SizeReportT>();
  out->size_version = size_version;
  out->size = state.size;
  out->blocks = state.blocks;
  out->mtime = state.mtime;
  out->ctime = state.ctime;
  return out;
}

void Core::report_size(const Attr& attr, const FileState& state) {
  // While this client writes, its close will report; until then the MDT would refuse.
  if (files.writing(attr.fid)) return;
  // Refused a moment ago: somebody else writes, and every stat of it would cost the MDT a change.
  const MonotonicNs mono = clock.monotonic();
  if (const auto paused = report_pauses_.find(attr.fid); paused != report_pauses_.end()) {
    if (mono < paused->second) return;
    report_pauses_.erase(paused);
  }
  wire::ReportSizeRequestT request;
  request.fid = attr.fid.value;
  request.report = size_report(attr.size_version, state);
  ask_mdt<wire::ReportSizeRequest>(
      attr.fid, request,
      [this, fid = attr.fid, mono](Result<rpc::ReplyFor<wire::ReportSizeRequest>> reply) {
        if (!reply || (*reply)->attr() == nullptr || (*reply)->attr()->size_valid()) return;
        if (report_pauses_.size() >= kReportPausesMax) report_pauses_.clear();
        report_pauses_[fid] = mono + kReportPauseNs;
      });
}

Result<std::shared_ptr<OpenFile>> Core::file(Handle handle) const {
  auto found = files.find(handle);
  if (found == nullptr) return Errc::kBadHandle;
  if (auto status = check_alive(*found); !status) return std::move(status).error();
  return found;
}

Status Core::check_alive(const OpenFile& file) {
  if (file.dead) return Error(Errc::kIo, "the session that had the file open was lost");
  return ok();
}

void Core::kill_priv(const std::shared_ptr<OpenFile>& open, bool kill_setid, Done<void> done) {
  const OpenInode& inode = *open->inode;
  // As Linux's setattr_should_drop_suidgid: setgid without group execute is not a privilege.
  const bool setid =
      (inode.mode & S_ISUID) != 0 || (inode.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
  if (!(kill_setid && setid) && !inode.has_capability) return done(ok());
  wire::KillPrivRequestT request;
  request.fid = inode.fid().value;
  request.now = now();
  request.keep_setid = !kill_setid;
  ask_mdt<wire::KillPrivRequest>(
      inode.fid(), request,
      [this, done = std::move(done)](Result<rpc::ReplyFor<wire::KillPrivRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        note((*reply)->attr());
        done(ok());
      });
}

void Core::sync_mdt(Fid fid, bool own_changes_only, Done<void> done) {
  targets.with_mdt(
      fid, [own_changes_only, done = std::move(done)](Result<rpc::Import*> import) mutable {
        if (!import) return done(std::move(import).error());
        wire::SyncRequestT request;
        if (own_changes_only) {
          request.transno = (*import)->last_transno().value;
          if ((*import)->committed() >= (*import)->last_transno()) return done(ok());
        }
        (*import)->call(
            make_request<wire::SyncRequest>(request),
            rpc::typed<wire::SyncRequest>(
                [done = std::move(done)](Result<rpc::ReplyFor<wire::SyncRequest>> reply) mutable {
                  if (!reply) return done(std::move(reply).error());
                  done(ok());
                }));
      });
}

void Core::file_size(const std::shared_ptr<OpenFile>& open, Done<uint64_t> done) {
  const auto inode = open->inode;
  glimpse(inode->fid(), inode->striping(),
          [inode, done = std::move(done)](Result<States> states) mutable {
            if (!states) return done(std::move(states).error());
            done(file_state(inode->striping(), *states).size);
          });
}

Buffer Core::zeros(size_t size) {
  SHEEN_ASSERT(size <= kBulkMax);
  if (zeros_.empty()) {
    zeros_ = Buffer::allocate(kBulkMax);
    std::memset(zeros_.mutable_data(), 0, kBulkMax);
  }
  return zeros_.slice(0, size);
}

}  // namespace sheen::client
