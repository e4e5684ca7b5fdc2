// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lib/client/core.h"

namespace sheen::client {
namespace {

// "." and ".." have the cookies 1 and 2; they are the caller's business.
constexpr uint64_t kBehindDotDot = 2;

// The page of one ReadDir, with the attributes that the MDT does not know asked for in parallel.
struct ReaddirCall : std::enable_shared_from_this<ReaddirCall> {
  ReaddirCall(Core& core_in, Done<DirPage> done_in) : core(core_in), done(std::move(done_in)) {}

  void on_page(Result<rpc::ReplyFor<wire::ReadDirRequest>> reply, bool with_attr) {
    if (!reply) return done(std::move(reply).error());
    page.end = (*reply)->end();
    page.parent = Fid{(*reply)->parent()};
    if (const auto* entries = (*reply)->entries(); entries != nullptr) {
      page.entries.reserve(entries->size());
      for (const wire::DirEntry* entry : *entries) {
        DirEntry out;
        out.cookie = entry->cookie();
        out.name = wire::bytes(entry->name());
        out.fid = Fid{entry->fid()};
        out.type = entry->type();
        if (with_attr && entry->attr() != nullptr) {
          out.attr = core.note(entry->attr());
          if (!out.attr->size_valid) unresolved.push_back(page.entries.size());
        }
        page.entries.push_back(std::move(out));
      }
    }
    fan_out<Nothing>(
        unresolved.size(), [this](size_t i, Done<Nothing> part) { resolve(i, std::move(part)); },
        [self = shared_from_this()](Result<std::vector<Nothing>> all) {
          if (!all) return self->done(std::move(all).error());
          self->done(std::move(self->page));
        });
  }

  void resolve(size_t i, Done<Nothing> part) {
    const Attr attr = *page.entries[unresolved[i]].attr;
    core.resolve(
        attr, nullptr,
        [self = shared_from_this(), i, part = std::move(part)](Result<Attr> resolved) mutable {
          auto& entry = self->page.entries[self->unresolved[i]];
          if (resolved) {
            entry.attr = std::move(*resolved);
          } else {
            // Gone meanwhile, or an OST that cannot read: readdir still names it, and who
            // wants the attributes gets the error from stat.
            entry.attr.reset();
          }
          part(Nothing{});
        });
  }

  Core& core;
  Done<DirPage> done;
  DirPage page;
  std::vector<size_t> unresolved;
};

}  // namespace

void Client::readdir(const Caller& caller, Fid directory, uint64_t cookie, uint32_t bytes_max,
                     bool with_attr, Done<DirPage> done) {
  wire::ReadDirRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = directory.value;
  request.cookie = std::max(cookie, kBehindDotDot);
  request.bytes_max = bytes_max;
  request.with_attr = with_attr;
  request.now = core_->now();
  request.no_atime = core_->options.no_directory_atime;
  auto call = std::make_shared<ReaddirCall>(*core_, std::move(done));
  core_->ask_mdt<wire::ReadDirRequest>(
      directory, request, [call, with_attr](Result<rpc::ReplyFor<wire::ReadDirRequest>> reply) {
        call->on_page(std::move(reply), with_attr);
      });
}

}  // namespace sheen::client
