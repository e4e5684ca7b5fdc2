// SPDX-License-Identifier: Apache-2.0
#pragma once

// Import: the client half of a connection to one target (Lustre's word). It owns the links, the
// session's slots and xids, and every request until it is answered. Used by the mount, the
// command-line tools, and servers that are clients of other servers.
//
// A caller sees a call that takes as long as it takes: an import that loses its server reconnects
// (to any of the target's addresses), lets its observer restate what the server forgot, sends the
// unanswered requests again with their old xids, and goes on. Only Options::give_up_after turns an
// unreachable server into an error.
//
// States, as Lustre's import: kDisconnected -> kConnecting -> (kRecovering ->) kFull; kEvicted on
// the way if the server no longer knew us; kClosed at the end.
//
// One thread owns an import; nothing blocks; step() is called when a link may be readable and at
// next_wakeup() at the latest. Completions run inside step() or inside call() when it fails at
// once; a completion may call call() again, and must not destroy the import.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/function.h"
#include "lib/base/random.h"
#include "lib/net/transport.h"
#include "lib/wire/codec.h"

namespace sheen::rpc {

// Where a target is, from the MGS's configuration or a command line.
struct TargetInfo {
  std::string fsname;
  std::string label;
  Uuid uuid;        // nil for an MGS that is only known by address
  Epoch epoch = 0;  // 0: not known
  std::string host_id;
  std::vector<net::Address> control;
  std::vector<net::Address> bulk;  // OSTs only
  // Where else it may serve by now, if the MGS is not there to say so; tried after those above.
  std::vector<net::Address> standby_control;
  std::vector<net::Address> standby_bulk;
};

enum class RequestKind {
  kRead,    // may be sent twice without harm: no slot
  kChange,  // exactly once: takes a slot, waits in a queue while none is free
};

struct Request {
  wire::Opcode opcode{};
  RequestKind kind = RequestKind::kRead;
  bool bulk_link = false;  // an OST's Read and Write
  // A change that others may have seen before it is answered, made under the protection of what the
  // session has. New ones wait while the server recovers, so that it can tell them from those that
  // it may have done already; and they fail with the session even if they were not sent yet,
  // because others may have been let in since. (What was not sent otherwise goes to the new
  // session.)
  bool of_session = false;
  Buffer body;
  Buffer bulk;
};

using Completion = UniqueFunction<void(Result<wire::Message>)>;

// For a server that is a client of others under its own uuid: above all xids of its earlier lives,
// and above those made from the time of day, whatever the clock says.
constexpr uint64_t first_xid_of(Epoch epoch) { return (epoch + (uint64_t{1} << 12)) << 39; }

class ImportObserver {
 public:
  virtual ~ImportObserver() = default;
  // The server restarted (or lost us): bring it what it must know, by restate() calls, and call
  // `done` when they are answered. Requests of others wait meanwhile. Default: nothing to restate.
  virtual void on_restate(class Import& import, UniqueFunction<void()> done) {
    (void)import;
    done();
  }
  // The session is gone with all its handles and locks. Unanswered changes have failed with
  // kEvicted already.
  virtual void on_evicted(class Import&) {}
  virtual void on_connected(class Import&, const wire::ConnectReply&) {}
  virtual void on_notice(class Import&, const wire::Message&) {}
};

enum class ImportState { kDisconnected, kConnecting, kRecovering, kFull, kEvicted, kClosed };
std::string_view to_string(ImportState state);

struct ImportOptions {
  Uuid client;
  std::string client_name;
  wire::PeerRole role = wire::PeerRole::kClient;
  int64_t connect_timeout_ns = 2 * kSecond;
  int64_t request_timeout_ns = 20 * kSecond;      // then the link is taken for dead
  int64_t retry_interval_ns = 50 * kMillisecond;  // between connection attempts; grows to 1 s
  int64_t give_up_after_ns = 0;                   // 0: never
  uint64_t first_xid = 0;                         // 0: made from the time of day
  bool bulk_crc = false;
};

class Import {
 public:
  Import(net::Transport& transport, const Clock& clock, Random& random, TargetInfo target,
         ImportOptions options, ImportObserver* observer);
  ~Import();
  Import(const Import&) = delete;
  Import& operator=(const Import&) = delete;

  // Returns the xid, for cancel(). The completion is called exactly once, unless the import is
  // destroyed first.
  uint64_t call(Request request, Completion completion);
  // Only from on_restate: overtakes everything that waits for the restatement to finish.
  void restate(Request request, Completion completion);
  // Forgets a request that was not sent yet; false if it may have reached the server.
  bool cancel_unsent(uint64_t xid);

  // News from the MGS. A higher epoch or another address makes a disconnected import connect at
  // once, and a connected one whose epoch is lower reconnect.
  void update_target(const TargetInfo& target);

  // The server of that epoch is known to be dead: its connection would only be missed after a
  // time-out. Nothing is lost by it if that is not true. One to a later life stays.
  void give_up_connection(Epoch epoch, const Error& why);

  // True if anything happened.
  bool step();
  MonotonicNs next_wakeup() const;
  // Says Disconnect to the server and forgets everything; `done` is called when it is answered or
  // after `timeout_ns`.
  void close(int64_t timeout_ns, UniqueFunction<void()> done);

  ImportState state() const;
  const TargetInfo& target() const;
  Epoch epoch() const;           // of the session, 0 before the first connect
  Transno committed() const;     // the highest the server told
  Transno last_transno() const;  // the highest change of ours
  size_t in_flight() const;
  net::Address connected_address() const;
  std::string boot_id() const;  // of the server's host, as of the last connect
  uint64_t reconnects() const;
  uint64_t dropped_replies() const;  // late copies and whatever else matched no request

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A typed reply: the table lies in the message's body and lives as long as this does.
template <class Table>
struct Reply {
  wire::Message message;
  const Table* table = nullptr;
  const Table* operator->() const { return table; }
  const Table& operator*() const { return *table; }
};

template <class RequestTable>
using ReplyFor = Reply<typename wire::RequestTraits<RequestTable>::Reply>;

template <class RequestTable>
using TypedCompletion = UniqueFunction<void(Result<ReplyFor<RequestTable>>)>;

// call<wire::LookupRequest>(import, kind, native, [](Result<...> reply) {...})
template <class RequestTable>
Completion typed(TypedCompletion<RequestTable> completion) {
  return [completion = std::move(completion)](Result<wire::Message> message) mutable {
    if (!message) return completion(std::move(message).error());
    using ReplyTable = typename wire::RequestTraits<RequestTable>::Reply;
    ReplyFor<RequestTable> reply;
    reply.message = std::move(*message);
    auto table = wire::decode<ReplyTable>(reply.message.body);
    if (!table) return completion(std::move(table).error());
    reply.table = *table;
    completion(std::move(reply));
  };
}

template <class RequestTable>
uint64_t call(Import& import, RequestKind kind,
              const typename wire::RequestTraits<RequestTable>::Native& native,
              TypedCompletion<RequestTable> completion, Buffer bulk = {}, bool bulk_link = false) {
  Request request;
  request.opcode = wire::RequestTraits<RequestTable>::kOpcode;
  request.kind = kind;
  request.bulk_link = bulk_link;
  request.body = wire::encode(native);
  request.bulk = std::move(bulk);
  return import.call(std::move(request), typed<RequestTable>(std::move(completion)));
}

}  // namespace sheen::rpc
