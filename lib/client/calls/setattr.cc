// SPDX-License-Identifier: Apache-2.0
// setattr: the MDT decides and, where it does not know size and times itself, the objects follow
// (docs/architecture.md, Size and times). While they do, this client has the file open for writing:
// else somebody who asked the objects too early could make the old state valid for good.
#include <sys/stat.h>

#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

struct SetattrCall : std::enable_shared_from_this<SetattrCall> {
  SetattrCall(Core& core_in, wire::SetAttrRequestT request_in, Done<Attr> done_in)
      : core(core_in), request(std::move(request_in)), done(std::move(done_in)) {}

  bool sets(uint32_t bits) const { return (request.valid & bits) != 0; }

  // ftruncate: the file is open for writing, and stays so as long as its release waits.
  void through(std::shared_ptr<OpenFile> open) {
    file = std::move(open);
    request.handle = file->handle;
    if (sets(wire::kSetSize)) keep_open(file->inode);
    send();
  }

  void by_path(const Caller& caller) {
    if (!sets(wire::kSetSize)) return send();
    open_file(caller, [](SetattrCall& call) {
      call.request.handle = call.file->handle;
      call.send();
    });
  }

  void send() {
    core.ask_mdt<wire::SetAttrRequest>(
        Fid{request.fid}, request,
        [self = shared_from_this()](Result<rpc::ReplyFor<wire::SetAttrRequest>> reply) {
          if (!reply) return self->finish(std::move(reply).error());
          self->on_mdt((*reply)->attr(), (*reply)->layout());
        });
  }

  void on_mdt(const wire::Attr* wire_attr, const wire::Layout* layout) {
    const auto inode =
        wire_attr != nullptr ? core.files.find_inode(Fid{wire_attr->fid()}) : nullptr;
    if (inode != nullptr) {
      if (sets(wire::kSetSize | wire::kSetMtime)) inode->raised(wire_attr->size_version());
      // A read before it is of no account any more.
      if (sets(wire::kSetAtime)) inode->atime.untold = false;
    }
    attr = core.note(wire_attr);
    if (!S_ISREG(attr.mode)) return finish(attr);
    // With size_valid the MDT knows that there is nothing for the OSTs to do, except to take over
    // an explicit mtime: theirs counts again as soon as somebody opens the file for writing.
    // Blocks without size are an allocation behind the end.
    const bool has_objects = attr.size != 0 || attr.blocks != 0;
    const bool sets_mtime = sets(wire::kSetMtime) && has_objects;
    if (attr.size_valid && !sets_mtime) return finish(attr);
    if (!sets(wire::kSetSize | wire::kSetMtime))
      return core.resolve(attr, layout, [self = shared_from_this()](Result<Attr> resolved) {
        self->finish(std::move(resolved));
      });
    core.layout_of(attr.fid, layout,
                   [self = shared_from_this()](Result<wire::Striping> striping_in) {
                     if (!striping_in) return self->finish(std::move(striping_in).error());
                     self->striping = std::move(*striping_in);
                     if (self->sets(wire::kSetSize)) return self->truncate();
                     self->open_for_times();
                   });
  }

  void truncate() {
    core.truncate_objects(attr.fid, striping, request.size,
                          [self = shared_from_this()](Result<Core::States> states) {
                            if (!states || !self->sets(wire::kSetMtime))
                              return self->on_objects(std::move(states));
                            self->set_times();
                          });
  }

  // A report between SetAttr and here may have brought the MDT the old mtime again; the one that
  // comes with the close puts that right.
  void open_for_times() {
    const auto inode = core.files.find_inode(attr.fid);
    if (inode != nullptr && inode->writers != 0) {
      keep_open(inode);
      return set_times();
    }
    // The owner may set times of a file that they may not write; the MDT has just said so.
    Caller caller;
    caller.privileged = true;
    open_file(caller, [](SetattrCall& call) { call.set_times(); });
  }

  void set_times() {
    // A truncation before it may have taken long.
    if (file != nullptr) {
      if (auto status = Core::check_alive(*file); !status) return finish(std::move(status).error());
    }
    core.set_object_times(attr.fid, striping, attr.mtime,
                          [self = shared_from_this()](Result<Core::States> states) {
                            self->on_objects(std::move(states));
                          });
  }

  void on_objects(Result<Core::States> states) {
    if (!states) return finish(std::move(states).error());
    // With size_valid they were told, not asked.
    if (!attr.size_valid) Core::overlay(attr, file_state(striping, *states));
    finish(attr);
  }

  void keep_open(std::shared_ptr<OpenInode> inode) {
    changed = std::move(inode);
    changed->begin_change();
  }

  void open_file(const Caller& caller, void (*next)(SetattrCall&)) {
    core.open_for_change(caller, Fid{request.fid},
                         [self = shared_from_this(), next](Result<std::shared_ptr<OpenFile>> open) {
                           if (!open) return self->finish(std::move(open).error());
                           self->file = std::move(*open);
                           self->own = true;
                           next(*self);
                         });
  }

  void finish(Result<Attr> result) {
    if (own) core.close(file->handle, [](Status) {});
    if (changed != nullptr) changed->end_change();
    done(std::move(result));
  }

  Core& core;
  wire::SetAttrRequestT request;
  Done<Attr> done;
  Attr attr;
  wire::Striping striping;
  std::shared_ptr<OpenFile> file;      // through which it is done, if any
  bool own = false;                    // opened by this call
  std::shared_ptr<OpenInode> changed;  // whose last writer's release waits for this call
};

}  // namespace

void Client::setattr(const Caller& caller, Fid fid, const SetAttr& change, Handle handle,
                     Done<Attr> done) {
  if ((change.valid & wire::kSetSize) != 0 && change.size > kFileSizeMax)
    return done(Errc::kFileTooBig);
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
  auto call = std::make_shared<SetattrCall>(*core_, std::move(request), std::move(done));
  if (handle == 0) return call->by_path(caller);
  auto file = core_->file(handle);
  if (!file) return call->finish(std::move(file).error());
  call->through(std::move(*file));
}

}  // namespace sheen::client
