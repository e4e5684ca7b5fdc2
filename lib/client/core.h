// SPDX-License-Identifier: Apache-2.0
#pragma once

// Core: what the client's calls share (the targets, open files, locks, the write window, timers)
// and the steps that several of them need: a typed request to an MDT or OST, asking all objects of
// a file, resolving attributes, reporting the size. Owned by the Client; its thread only.
//
// A call that takes several steps is a small object in calls/, kept alive by the completions it
// waits for. Completions hold a Core& and run only while the Core lives; when it is destroyed with
// calls outstanding, the imports drop their completions and with them the call objects, whose
// destructors therefore do nothing.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/client/append_queue.h"
#include "lib/client/client.h"
#include "lib/client/fan_out.h"
#include "lib/client/held_locks.h"
#include "lib/client/lock_waits.h"
#include "lib/client/object_state.h"
#include "lib/client/open_files.h"
#include "lib/client/request_kind.h"
#include "lib/client/statfs_probe.h"
#include "lib/client/targets.h"
#include "lib/client/timers.h"
#include "lib/client/write_window.h"

namespace sheen::client {

template <class RequestTable>
using NativeOf = typename wire::RequestTraits<RequestTable>::Native;

class Core final : public TargetsObserver {
 public:
  Core(net::Transport& transport, const Clock& clock_in, Random& random, ClientOptions options_in);

  // --- requests
  template <class RequestTable>
  void ask_mdt(Fid fid, const NativeOf<RequestTable>& native,
               rpc::TypedCompletion<RequestTable> done) {
    send(make_request<RequestTable>(native), rpc::typed<RequestTable>(std::move(done)), fid);
  }
  template <class RequestTable>
  void ask_ost(uint16_t ost, const NativeOf<RequestTable>& native,
               rpc::TypedCompletion<RequestTable> done, Buffer bulk = {}) {
    send(make_request<RequestTable>(native, std::move(bulk)),
         rpc::typed<RequestTable>(std::move(done)), ost);
  }
  // A request whose answer is an object's state after it (Truncate, Allocate, Glimpse, SetTimes).
  // If the file is open here, what the answer says is learnt.
  template <class RequestTable>
  void ask_object(Fid fid, const wire::Striping& striping, size_t index,
                  NativeOf<RequestTable> native, Done<ObjectState> done) {
    const ObjectRef object = object_at(striping, index);
    native.object = object_key(fid, object);
    auto inode = files.find_inode(fid);
    if (inode != nullptr && object_count(inode->striping()) <= index) inode = nullptr;
    const OpenInode::Ticket ticket = inode != nullptr ? inode->draw() : 0;
    ask_ost<RequestTable>(object.ost, native,
                          [inode, index, ticket, done = std::move(done)](
                              Result<rpc::ReplyFor<RequestTable>> reply) mutable {
                            if (!reply) {
                              if (inode != nullptr) inode->forget(index);
                              return done(std::move(reply).error());
                            }
                            const ObjectState state = ObjectState::from((*reply)->attr());
                            if (inode != nullptr)
                              inode->learn(index, state, ticket, OpenInode::From::kOther);
                            done(state);
                          });
  }
  static std::unique_ptr<wire::ObjectKey> object_key(Fid fid, const ObjectRef& object);

  // --- a file's objects
  using States = std::vector<ObjectState>;
  void glimpse(Fid fid, const wire::Striping& striping, Done<States> done);
  // Every object as it is in a file of that size.
  void truncate_objects(Fid fid, const wire::Striping& striping, uint64_t size, Done<States> done);
  void set_object_times(Fid fid, const wire::Striping& striping, RealtimeNs mtime,
                        Done<States> done);

  // --- attributes
  // From a reply: what matters for open files is kept.
  Attr note(const wire::Attr* attr);
  // `attr` with the objects' size, blocks and mtime if the MDT does not know them. Tells the MDT
  // unless the file is open for writing here. `layout` saves a request if it is known.
  void resolve(Attr attr, const wire::Layout* layout, Done<Attr> done);
  void getattr(Fid fid, Done<Attr> done);
  // The objects were in these states under attr.size_version. Not waited for; the MDT refuses it if
  // anything is in its way.
  void report_size(const Attr& attr, const FileState& state);
  static std::unique_ptr<wire::SizeReportT> size_report(uint64_t size_version,
                                                        const FileState& state);
  static void overlay(Attr& attr, const FileState& state);
  // The layout of a file that may or may not be open here.
  void layout_of(Fid fid, const wire::Layout* known, Done<wire::Striping> done);

  // --- open files
  // kBadHandle: no such handle. kIo: its session was lost.
  Result<std::shared_ptr<OpenFile>> file(Handle handle) const;
  // For a call that has waited since it had the file. kIo: its session was lost.
  static Status check_alive(const OpenFile& file);
  // Opens the file for writing on behalf of a call, which ends with close(): while it changes
  // objects the MDT takes nobody's word for their sizes and times.
  void open_for_change(const Caller& caller, Fid fid, Done<std::shared_ptr<OpenFile>> done);
  // Forgets the handle and hands the file to `then` (null: no such handle). The last writer here
  // stays one until no call changes the objects any more: its report would be wrong.
  void take_out(Handle handle, UniqueFunction<void(std::shared_ptr<OpenFile>)> then);
  // Takes the handle out; if it was the last writer's here, the MDT is told what the file has
  // become.
  void close(Handle handle, Done<void> done);
  // Before a write: clears capabilities of an open file and, with `kill_setid`, setuid and setgid,
  // if it is known to have any.
  void kill_priv(const std::shared_ptr<OpenFile>& open, bool kill_setid, Done<void> done);
  // The changes that this client made at an MDT become durable.
  void sync_mdt(Fid fid, bool own_changes_only, Done<void> done);
  // Size of an open file as the objects say.
  void file_size(const std::shared_ptr<OpenFile>& open, Done<uint64_t> done);
  void read(const std::shared_ptr<OpenFile>& open, uint64_t offset, uint64_t length,
            Done<ReadResult> done);
  void write(const std::shared_ptr<OpenFile>& open, uint64_t offset, Buffer data,
             const WriteOptions& options, Done<size_t> done);
  // A read was answered; the objects that it read were changed last at that time.
  void accessed(const OpenFile& open, RealtimeNs objects_changed);
  // Tells the MDT of the last read if it was not told yet.
  void tell_atime(OpenInode& inode);

  // Of this many bytes, all zero, shared by all who need it. At most kBulkMax.
  Buffer zeros(size_t size);
  RealtimeNs now() const { return clock.realtime(); }

  static std::unique_ptr<wire::CredentialsT> credentials(const Caller& caller);
  static Status check_name(std::string_view name);

  const Clock& clock;
  const ClientOptions options;
  Timers timers;
  Targets targets;
  OpenFiles files;
  HeldLocks locks;
  LockWaits lock_waits;
  WriteWindow write_window;
  AppendQueue appends;
  std::map<const rpc::Import*, StatfsProbe> statfs_probes;

 private:
  void send(rpc::Request request, rpc::Completion done, Fid fid);
  void send(rpc::Request request, rpc::Completion done, uint16_t ost);
  void on_mdt_restate(uint16_t mdt, rpc::Import& import, UniqueFunction<void()> done) override;
  void on_mdt_evicted(uint16_t mdt) override;
  void on_map(const rpc::ClusterMap& map) override;
  void forget_let_go(uint16_t mdt);

  Buffer zeros_;
  std::unordered_map<Fid, MonotonicNs> report_pauses_;  // until then its size is not reported
};

}  // namespace sheen::client
