// SPDX-License-Identifier: Apache-2.0
#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

Status check_xattr_name(std::string_view name) {
  // As the kernel: ERANGE, not ENAMETOOLONG.
  if (name.empty() || name.size() > kXattrNameMax) return Errc::kRange;
  return ok();
}

}  // namespace

void Client::getxattr(const Caller& caller, Fid fid, std::string_view name,
                      Done<std::string> done) {
  if (auto status = check_xattr_name(name); !status) return done(std::move(status).error());
  wire::GetXattrRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  request.name = wire::to_bytes(name);
  core_->ask_mdt<wire::GetXattrRequest>(
      fid, request,
      [done = std::move(done)](Result<rpc::ReplyFor<wire::GetXattrRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        done(std::string(wire::bytes((*reply)->value())));
      });
}

void Client::setxattr(const Caller& caller, Fid fid, std::string_view name, std::string_view value,
                      uint32_t flags, bool clear_sgid, Done<void> done) {
  if (auto status = check_xattr_name(name); !status) return done(std::move(status).error());
  if (value.size() > kXattrValueMax) return done(Errc::kTooBig);
  wire::SetXattrRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  request.name = wire::to_bytes(name);
  request.value = wire::to_bytes(value);
  request.flags = flags;
  request.clear_sgid = clear_sgid;
  request.now = core_->now();
  core_->ask_mdt<wire::SetXattrRequest>(
      fid, request,
      [core = core_.get(),
       done = std::move(done)](Result<rpc::ReplyFor<wire::SetXattrRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        core->note((*reply)->attr());
        done(ok());
      });
}

void Client::listxattr(const Caller& caller, Fid fid, Done<std::string> done) {
  wire::ListXattrRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  core_->ask_mdt<wire::ListXattrRequest>(
      fid, request,
      [done = std::move(done)](Result<rpc::ReplyFor<wire::ListXattrRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        done(std::string(wire::bytes((*reply)->names())));
      });
}

void Client::removexattr(const Caller& caller, Fid fid, std::string_view name, Done<void> done) {
  if (auto status = check_xattr_name(name); !status) return done(std::move(status).error());
  wire::RemoveXattrRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  request.name = wire::to_bytes(name);
  request.now = core_->now();
  core_->ask_mdt<wire::RemoveXattrRequest>(
      fid, request,
      [core = core_.get(),
       done = std::move(done)](Result<rpc::ReplyFor<wire::RemoveXattrRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        core->note((*reply)->attr());
        done(ok());
      });
}

}  // namespace sheen::client
