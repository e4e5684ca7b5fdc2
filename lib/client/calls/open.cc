// SPDX-License-Identifier: Apache-2.0
// open and create: the handle on the MDT, then, for O_TRUNC, the objects. Also the opens for
// writing that belong to a call (Core::open_for_change).
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/client/core.h"

namespace sheen::client {
namespace {

// O_RDONLY|O_TRUNC is an open for writing as far as the MDT is concerned: it asks for the same
// permissions as O_RDWR, and while the objects are cut nobody else may report their sizes.
int flags_for_mdt(int flags) {
  const bool truncates_only = (flags & O_TRUNC) != 0 && (flags & O_ACCMODE) == O_RDONLY;
  return truncates_only ? flags | O_RDWR : flags;
}

struct OpenCall : std::enable_shared_from_this<OpenCall> {
  OpenCall(Core& core_in, int flags_in, bool whole_attr_in, Done<Opened> done_in)
      : core(core_in), flags(flags_in), whole_attr(whole_attr_in), done(std::move(done_in)) {
    opened.handle = core.files.next_handle();
  }

  // The MDT has opened the file: from here on it is this client's to close.
  void on_open(const wire::Attr* attr, const wire::Layout* layout, bool created) {
    auto striping = wire::Striping::from(layout);
    opened.attr = Attr::from(attr);
    opened.created = created;
    const Fid fid = opened.attr.fid;
    // create: the parent's MDT opened it, and its sequence may be younger than the map here.
    const auto mdt = parent_mdt ? parent_mdt : core.targets.map().mdt_of(fid);
    auto inode =
        core.files.inode_for(fid, mdt.value_or(0), striping ? *striping : wire::Striping{});
    inode->take(opened.attr);
    file = core.files.add(opened.handle, flags, inode);
    file->no_atime = core.options.no_atime || (flags & O_NOATIME) != 0;
    if (created)
      inode->created(opened.attr.size_version);
    else if (file->writes())
      inode->raised(opened.attr.size_version);
    else
      inode->observed(opened.attr.size_version);
    if (!mdt) return fail(Error(Errc::kStale, "no MDT owns the file's fid"));
    if (!striping) return fail(std::move(striping).error());

    if (created) {
      // Nobody can have written to it yet.
      opened.attr.size = 0;
      opened.attr.blocks = 0;
      return done(std::move(opened));
    }
    const bool empty = opened.attr.size_valid && opened.attr.size == 0;
    if (!S_ISREG(opened.attr.mode) || empty) return done(std::move(opened));
    if ((flags & O_TRUNC) == 0) return finish_attr();
    core.truncate_objects(fid, inode->striping(), 0,
                          [self = shared_from_this()](Result<Core::States> states) {
                            if (!states) return self->fail(std::move(states).error());
                            self->on_truncated(*states);
                          });
  }

  void on_truncated(const Core::States& states) {
    Attr& attr = opened.attr;
    Core::overlay(attr, file_state(file->inode->striping(), states));
    done(std::move(opened));
  }

  // create hands out attributes as lookup does; open's are used by nobody, so they cost no request.
  void finish_attr() {
    if (!whole_attr) return done(std::move(opened));
    core.resolve(opened.attr, nullptr, [self = shared_from_this()](Result<Attr> attr) {
      if (!attr) return self->fail(std::move(attr).error());
      self->opened.attr = std::move(*attr);
      self->done(std::move(self->opened));
    });
  }

  // The caller gets no handle, so it is closed for them.
  void fail(Error error) {
    core.close(opened.handle, [](Status) {});
    done(std::move(error));
  }

  Core& core;
  const int flags;
  const bool whole_attr;
  Done<Opened> done;
  Opened opened;
  std::shared_ptr<OpenFile> file;
  std::optional<uint16_t> parent_mdt;  // create only
};

void open_file(Core& core, const Caller& caller, Fid fid, int flags, Done<Opened> done) {
  auto call = std::make_shared<OpenCall>(core, flags_for_mdt(flags), false, std::move(done));
  wire::OpenRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  request.flags = static_cast<uint32_t>(call->flags);
  request.handle = call->opened.handle;
  request.now = core.now();
  core.ask_mdt<wire::OpenRequest>(fid, request,
                                  [call](Result<rpc::ReplyFor<wire::OpenRequest>> reply) {
                                    if (!reply) return call->done(std::move(reply).error());
                                    call->on_open((*reply)->attr(), (*reply)->layout(), false);
                                  });
}

}  // namespace

void Client::create(const Caller& caller, Fid parent, std::string_view name, uint32_t mode,
                    int flags, Done<Opened> done) {
  if (auto status = Core::check_name(name); !status) return done(std::move(status).error());
  auto call = std::make_shared<OpenCall>(*core_, flags_for_mdt(flags), true, std::move(done));
  call->parent_mdt = core_->targets.map().mdt_of(parent);
  wire::CreateRequestT request;
  request.cred = Core::credentials(caller);
  request.parent = parent.value;
  request.name = wire::to_bytes(name);
  request.mode = mode;
  request.flags = static_cast<uint32_t>(call->flags);
  request.handle = call->opened.handle;
  request.now = core_->now();
  core_->ask_mdt<wire::CreateRequest>(
      parent, request, [call](Result<rpc::ReplyFor<wire::CreateRequest>> reply) {
        if (!reply) return call->done(std::move(reply).error());
        call->on_open((*reply)->attr(), (*reply)->layout(), (*reply)->created());
      });
}

void Client::open(const Caller& caller, Fid fid, int flags, Done<Opened> done) {
  open_file(*core_, caller, fid, flags, std::move(done));
}

void Core::open_for_change(const Caller& caller, Fid fid, Done<std::shared_ptr<OpenFile>> done) {
  open_file(*this, caller, fid, O_WRONLY,
            [this, done = std::move(done)](Result<Opened> opened) mutable {
              if (!opened) return done(std::move(opened).error());
              done(files.find(opened->handle));
            });
}

}  // namespace sheen::client
