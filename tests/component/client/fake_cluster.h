// SPDX-License-Identifier: Apache-2.0
#pragma once

// A file system's servers as the client sees them, in memory and in one thread: an MGS, MDT0000 and
// some OSTs that answer at once over a Transport of their own. They follow the rules of
// docs/architecture.md that a client depends on (size_version, size_valid, reports, objects that
// vanish when truncated to 0) and nothing more: no permissions, no durability, no reply cache.
//
// A test can look at every request that arrived, hold requests of one kind back, make one kind
// fail, restart or end a target's session. One thread.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/net/transport.h"
#include "lib/wire/codec.h"
#include "lib/wire/striping.h"

namespace sheen::test {

class ManualClock final : public Clock {
 public:
  MonotonicNs monotonic() const override { return now_; }
  RealtimeNs realtime() const override { return kStart + now_; }
  void advance(int64_t ns) { now_ += ns; }

 private:
  static constexpr RealtimeNs kStart = 1'700'000'000 * kSecond;
  MonotonicNs now_ = kSecond;
};

class FakeLink;

// One request as it arrived, in order over all targets.
struct Seen {
  std::string label;
  wire::Message message;
  template <class Request>
  std::unique_ptr<typename Request::NativeTableType> body() const {
    return std::unique_ptr<typename Request::NativeTableType>(
        flatbuffers::GetRoot<Request>(message.body.data())->UnPack());
  }
};

class FakeTarget {
 public:
  FakeTarget(class FakeCluster& cluster, std::string label, Uuid uuid)
      : cluster_(cluster), label(std::move(label)), uuid(uuid) {}
  virtual ~FakeTarget() = default;
  void receive(FakeLink& link, wire::Message message);

  class FakeCluster& cluster_;
  const std::string label;
  const Uuid uuid;
  Epoch epoch = 1;
  bool reachable = true;
  bool session = false;
  bool recovering = false;
  uint64_t transno = 0;
  std::set<FakeLink*> links;

 protected:
  struct Answer {
    Errc status = Errc::kOk;
    Buffer body;
    Buffer bulk;
    bool later = false;  // a lock that waits
  };
  template <class Native>
  static Answer reply(const Native& native, Buffer bulk = {}) {
    return {Errc::kOk, wire::encode(native), std::move(bulk)};
  }
  virtual Answer serve(const wire::Message& message) = 0;
  virtual void forget() {}  // what lived in the memory of the process

 private:
  friend class FakeCluster;
  Answer serve_common(const wire::Message& message);
};

struct FakeInode {
  wire::AttrT attr;
  wire::LayoutT layout;
  std::map<std::string, uint64_t> entries;
  std::map<std::string, std::string> xattrs;
};

class FakeMdt final : public FakeTarget {
 public:
  using FakeTarget::FakeTarget;
  struct Open {
    uint64_t fid = 0;
    uint32_t flags = 0;
  };
  std::map<uint64_t, FakeInode> inodes;
  std::map<uint64_t, Open> opens;
  std::vector<wire::HeldLockT> locks;
  std::set<uint64_t> lose_handles;  // at the next restatement
  uint64_t next_fid = 0x1000000001;
  uint32_t writers(uint64_t fid) const;

 private:
  Answer serve(const wire::Message& message) override;
  void forget() override;
  void truncate(FakeInode& inode, uint64_t size);
  bool take_report(FakeInode& inode, const wire::SizeReportT* report, uint32_t writers_allowed);
};

struct FakeObject {
  std::string bytes;
  std::set<uint64_t> data_pages;  // of 4096 bytes: what is not here is a hole
  RealtimeNs mtime = 0;
  RealtimeNs ctime = 0;
};

class FakeOst final : public FakeTarget {
 public:
  using FakeTarget::FakeTarget;
  std::map<ObjectId, FakeObject> objects;
  bool full = false;
  int64_t tick_ns = 1;  // of the clock that objects' times come from

 private:
  Answer serve(const wire::Message& message) override;
  std::unique_ptr<wire::ObjectAttrT> state(const ObjectId& id) const;
  void touch(FakeObject& object);
};

class FakeMgs final : public FakeTarget {
 public:
  using FakeTarget::FakeTarget;

 private:
  Answer serve(const wire::Message& message) override;
};

class FakeCluster final : public net::Transport {
 public:
  FakeCluster(ManualClock& clock, size_t osts);
  ~FakeCluster() override;

  // net::Transport
  Result<std::unique_ptr<net::Link>> connect(const net::Address& address) override;
  Result<std::unique_ptr<net::Listener>> listen(const std::vector<net::Address>&) override;
  std::string host_id() const override { return "here"; }

  // The process dies and comes back: links break, the epoch rises, sessions stay.
  void restart(FakeTarget& target);
  // The session is gone as well.
  void evict(FakeTarget& target);
  void set_reachable(FakeTarget& target, bool reachable);
  // A new version of the configuration, pushed to whoever is connected.
  void push_config();
  // The MGS says that the host of this target is dead.
  void push_node_down(const FakeTarget& target);
  wire::FsConfigT config() const;

  // --- what arrived
  std::vector<Seen> seen;
  size_t count(wire::Opcode opcode) const;
  const Seen* last(wire::Opcode opcode) const;
  void forget_seen() { seen.clear(); }

  // Requests of that kind are answered when release() is called, in the order given by it.
  void hold(wire::Opcode opcode) { held_kinds_.insert(opcode); }
  size_t held() const { return held_.size(); }
  void release(size_t index = 0);
  void release_all();
  // The next `times` requests of that kind fail.
  void fail(wire::Opcode opcode, Errc code, size_t times = 1) { failures_[opcode] = {code, times}; }

  // Striping of files made from now on.
  uint32_t stripe_size = 64U << 10;
  std::vector<uint16_t> stripe_osts{0};
  bool known_fsname = true;

  ManualClock& clock;
  std::unique_ptr<FakeMgs> mgs;
  std::unique_ptr<FakeMdt> mdt;
  std::vector<std::unique_ptr<FakeOst>> osts;

 private:
  friend class FakeTarget;
  struct Held {
    FakeTarget* target = nullptr;
    FakeLink* link = nullptr;
    wire::Message message;
  };
  FakeTarget* by_label(const std::string& label);
  void push(wire::Opcode opcode, const Buffer& body);
  void break_links(FakeTarget& target);
  std::optional<Errc> failure(wire::Opcode opcode);
  void answer(FakeTarget& target, FakeLink* link, const wire::Message& message);

  std::set<wire::Opcode> held_kinds_;
  std::deque<Held> held_;
  std::map<wire::Opcode, std::pair<Errc, size_t>> failures_;
  uint64_t config_version_ = 1;
};

}  // namespace sheen::test
