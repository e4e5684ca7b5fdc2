// SPDX-License-Identifier: Apache-2.0
// release: the last close of a handle. The last writer of this client says what the file has
// become.
#include "lib/client/core.h"

namespace sheen::client {
namespace {

struct ReleaseCall : std::enable_shared_from_this<ReleaseCall> {
  ReleaseCall(Core& core_in, std::shared_ptr<OpenFile> file_in, Done<void> done_in)
      : core(core_in), file(std::move(file_in)), done(std::move(done_in)) {}

  void start() {
    const OpenInode& inode = *file->inode;
    if (file->dead) return done(ok());
    // Other handles here are open for writing: theirs will be the report.
    if (!file->writes() || inode.writers != 0 || inode.striping().empty()) return close(nullptr);
    // Others may have changed the objects unless the file is all this client's work.
    if (inode.sole()) {
      if (auto states = inode.states()) return report(*states);
    }
    version = inode.size_version();
    core.glimpse(inode.fid(), inode.striping(),
                 [self = shared_from_this()](Result<Core::States> states) {
                   // Without the report somebody's next stat will ask the objects.
                   if (!states) return self->close(nullptr);
                   self->report(*states);
                 });
  }

  void report(const Core::States& states) {
    const OpenInode& inode = *file->inode;
    close(Core::size_report(version.value_or(inode.size_version()),
                            file_state(inode.striping(), states)));
  }

  void close(std::unique_ptr<wire::SizeReportT> size_report) {
    wire::CloseRequestT request;
    request.fid = file->inode->fid().value;
    request.handle = file->handle;
    request.report = std::move(size_report);
    core.ask_mdt<wire::CloseRequest>(
        file->inode->fid(), request,
        [self = shared_from_this()](Result<rpc::ReplyFor<wire::CloseRequest>> reply) {
          if (!reply) return self->done(std::move(reply).error());
          self->done(ok());
        });
  }

  Core& core;
  const std::shared_ptr<OpenFile> file;
  Done<void> done;
  std::optional<uint64_t> version;  // as it was before the objects were asked
};

}  // namespace

void Core::take_out(Handle handle, UniqueFunction<void(std::shared_ptr<OpenFile>)> then) {
  auto file = files.find(handle);
  const bool last_writer = file != nullptr && file->writes() && file->inode->writers == 1;
  if (last_writer && !file->inode->quiet()) {
    // By its number: the inode must not keep alive what keeps it alive. And it is looked at anew:
    // meanwhile others may have opened the file, or begun another change.
    return file->inode->when_quiet(
        [this, handle, then = std::move(then)]() mutable { take_out(handle, std::move(then)); });
  }
  if (file != nullptr) files.remove(*file);
  then(std::move(file));
}

void Core::close(Handle handle, Done<void> done) {
  take_out(handle, [this, done = std::move(done)](std::shared_ptr<OpenFile> gone) mutable {
    if (gone == nullptr) return done(Errc::kBadHandle);
    std::make_shared<ReleaseCall>(*this, std::move(gone), std::move(done))->start();
  });
}

void Client::release(Handle handle, std::optional<uint64_t> flock_owner, Done<void> done) {
  auto file = core_->files.find(handle);
  if (file == nullptr) return done(Errc::kBadHandle);
  const Fid fid = file->inode->fid();
  core_->tell_atime(*file->inode);
  for (const uint64_t owner : file->inode->take_lock_owners(handle))
    release_locks(fid, owner, false, [](Status) {});
  core_->take_out(handle, [this, fid, flock_owner,
                           done = std::move(done)](std::shared_ptr<OpenFile> gone) mutable {
    if (gone == nullptr) return done(Errc::kBadHandle);
    auto call = std::make_shared<ReleaseCall>(*core_, std::move(gone), std::move(done));
    if (!flock_owner) return call->start();
    release_locks(fid, *flock_owner, true, [call](Status) { call->start(); });
  });
}

}  // namespace sheen::client
