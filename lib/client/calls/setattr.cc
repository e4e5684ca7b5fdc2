// SPDX-License-Identifier: Apache-2.0
// setattr: the MDT decides and, where it does not know size and times itself, the objects follow
// (docs/architecture.md, Size and times).
#include <sys/stat.h>

#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

struct SetattrCall : std::enable_shared_from_this<SetattrCall> {
  SetattrCall(Core& core_in, uint32_t valid_in, Done<Attr> done_in)
      : core(core_in), valid(valid_in), done(std::move(done_in)) {}

  void on_mdt(Result<rpc::ReplyFor<wire::SetAttrRequest>> reply) {
    if (!reply) return done(std::move(reply).error());
    const wire::Attr* wire_attr = (*reply)->attr();
    const auto inode =
        wire_attr != nullptr ? core.files.find_inode(Fid{wire_attr->fid()}) : nullptr;
    if (inode != nullptr) {
      if ((valid & (wire::kSetSize | wire::kSetMtime)) != 0)
        inode->raised(wire_attr->size_version());
      // A read before it is of no account any more.
      if ((valid & wire::kSetAtime) != 0) inode->atime.untold = false;
    }
    attr = core.note(wire_attr);
    if (!S_ISREG(attr.mode)) return done(std::move(attr));
    // With size_valid the MDT knows that there is nothing for the OSTs to do, except to take over
    // an explicit mtime: theirs counts again as soon as somebody opens the file for writing.
    const bool sets_mtime = (valid & wire::kSetMtime) != 0 && attr.size != 0;
    if (attr.size_valid && !sets_mtime) return done(std::move(attr));
    if ((valid & (wire::kSetSize | wire::kSetMtime)) == 0)
      return core.resolve(std::move(attr), (*reply)->layout(), std::move(done));
    core.layout_of(attr.fid, (*reply)->layout(),
                   [self = shared_from_this()](Result<wire::Striping> striping_in) {
                     if (!striping_in) return self->done(std::move(striping_in).error());
                     self->striping = std::move(*striping_in);
                     self->truncate();
                   });
  }

  void truncate() {
    if ((valid & wire::kSetSize) == 0) return set_times();
    core.truncate_objects(attr.fid, striping, size,
                          [self = shared_from_this()](Result<Core::States> states) {
                            if (!states || (self->valid & wire::kSetMtime) == 0)
                              return self->finish(std::move(states));
                            self->set_times();
                          });
  }

  void set_times() {
    core.set_object_times(attr.fid, striping, attr.mtime,
                          [self = shared_from_this()](Result<Core::States> states) {
                            self->finish(std::move(states));
                          });
  }

  void finish(Result<Core::States> states) {
    if (!states) return done(std::move(states).error());
    if (attr.size_valid) return done(std::move(attr));  // they were told, not asked
    const FileState state = file_state(striping, *states);
    core.report_size(attr, state);
    Core::overlay(attr, state);
    done(std::move(attr));
  }

  Core& core;
  const uint32_t valid;
  uint64_t size = 0;
  Done<Attr> done;
  Attr attr;
  wire::Striping striping;
};

}  // namespace

void Client::setattr(const Caller& caller, Fid fid, const SetAttr& change, Handle handle,
                     Done<Attr> done) {
  if ((change.valid & wire::kSetSize) != 0 && change.size > kFileSizeMax)
    return done(Errc::kFileTooBig);
  if (handle != 0) {
    if (auto file = core_->file(handle); !file) return done(std::move(file).error());
  }
  auto call = std::make_shared<SetattrCall>(*core_, change.valid, std::move(done));
  call->size = change.size;
  wire::SetAttrRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  request.valid = change.valid;
  request.mode = change.mode;
  request.uid = change.uid;
  request.gid = change.gid;
  request.size = change.size;
  request.atime = change.atime;
  request.mtime = change.mtime;
  request.now = core_->now();
  request.handle = handle;
  core_->ask_mdt<wire::SetAttrRequest>(fid, request,
                                       [call](Result<rpc::ReplyFor<wire::SetAttrRequest>> reply) {
                                         call->on_mdt(std::move(reply));
                                       });
}

}  // namespace sheen::client
