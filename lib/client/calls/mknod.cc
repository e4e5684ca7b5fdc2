// SPDX-License-Identifier: Apache-2.0
// mknod, mkdir and symlink: a new entry with a new inode that has no objects.
#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

template <class RequestTable>
void make_entry(Core& core, const Caller& caller, Fid parent, std::string_view name,
                NativeOf<RequestTable> request, Done<Attr> done) {
  if (auto status = Core::check_name(name); !status) return done(std::move(status).error());
  request.cred = Core::credentials(caller);
  request.parent = parent.value;
  request.name = wire::to_bytes(name);
  request.now = core.now();
  core.ask_mdt<RequestTable>(
      parent, request,
      [&core, done = std::move(done)](Result<rpc::ReplyFor<RequestTable>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        done(core.note((*reply)->attr()));
      });
}

}  // namespace

void Client::mknod(const Caller& caller, Fid parent, std::string_view name, uint32_t mode,
                   uint32_t rdev, Done<Attr> done) {
  wire::MknodRequestT request;
  request.mode = mode;
  request.rdev = rdev;
  make_entry<wire::MknodRequest>(*core_, caller, parent, name, std::move(request), std::move(done));
}

void Client::mkdir(const Caller& caller, Fid parent, std::string_view name, uint32_t mode,
                   Done<Attr> done) {
  wire::MkdirRequestT request;
  request.mode = mode;
  make_entry<wire::MkdirRequest>(*core_, caller, parent, name, std::move(request), std::move(done));
}

void Client::symlink(const Caller& caller, Fid parent, std::string_view name,
                     std::string_view target, Done<Attr> done) {
  if (target.empty()) return done(Errc::kNotFound);
  if (target.size() > kSymlinkMax) return done(Errc::kNameTooLong);
  wire::SymlinkRequestT request;
  request.target = wire::to_bytes(target);
  make_entry<wire::SymlinkRequest>(*core_, caller, parent, name, std::move(request),
                                   std::move(done));
}

}  // namespace sheen::client
