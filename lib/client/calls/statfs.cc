// SPDX-License-Identifier: Apache-2.0
// statfs: all targets at once; those that do not answer in time are left out, as Lustre's
// lazystatfs.
#include <algorithm>

#include "lib/client/core.h"

namespace sheen::client {
namespace {

struct StatfsCall final : StatfsWaiter, std::enable_shared_from_this<StatfsCall> {
  StatfsCall(Core& core_in, Done<FsStat> done_in) : core(core_in), done(std::move(done_in)) {}

  void start() {
    missing = static_cast<uint32_t>(core.targets.count(TargetKind::kMdt) +
                                    core.targets.count(TargetKind::kOst));
    if (missing == 0) return finish();
    core.timers.at(core.clock.monotonic() + core.options.statfs_timeout_ns,
                   [self = shared_from_this()] { self->finish(); });
    for (rpc::Import* import : core.targets.imports(TargetKind::kMdt)) ask(*import, false);
    for (rpc::Import* import : core.targets.imports(TargetKind::kOst)) ask(*import, true);
  }

  void ask(rpc::Import& import, bool is_ost) {
    StatfsProbe& probe = core.statfs_probes[&import];
    std::erase_if(probe.waiters, [](const auto& waiter) { return waiter.expired(); });
    probe.waiters.push_back(weak_from_this());
    if (std::exchange(probe.asked, true)) return;
    import.call(make_request<wire::StatfsRequest>({}),
                rpc::typed<wire::StatfsRequest>(
                    [&probe, is_ost](Result<rpc::ReplyFor<wire::StatfsRequest>> reply) {
                      probe.asked = false;
    for (const auto& weak : std::exchange(probe.waiters, {})) {
      auto waiter = weak.lock();
      if (waiter != nullptr && reply) waiter->on_statfs(is_ost, **reply);
    }
  }));
}

  void on_statfs(bool is_ost, const wire::StatfsReply& reply) override {
  if (is_ost) {
    sum.bytes_total += reply.bytes_total();
    sum.bytes_free += reply.bytes_free();
    sum.bytes_available += reply.bytes_available();
  } else {
    sum.inodes_total += reply.inodes_total();
    sum.inodes_free += reply.inodes_free();
  }
  sum.read_only |= reply.read_only();
  if (--missing == 0) finish();
}

void finish() {
  if (!done) return;
  sum.targets_missing = missing;
  Done<FsStat> call = std::move(done);
  done = nullptr;
  call(sum);
}

Core& core;
Done<FsStat> done;
FsStat sum;
uint32_t missing = 0;
};  // namespace

}  // namespace sheen::client

void Client::statfs(Done<FsStat> done) {
  std::make_shared<StatfsCall>(*core_, std::move(done))->start();
}

}  // namespace sheen::client
