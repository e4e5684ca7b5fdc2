// SPDX-License-Identifier: Apache-2.0
#include "cli/admin_session.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "lib/target/host_name.h"

namespace sheen::cli {
namespace {

constexpr int64_t kGoodbyeNs = 200 * kMillisecond;

}  // namespace

AdminSession::AdminSession(int64_t give_up_after_ns)
    : give_up_after_ns_(give_up_after_ns), transport_(net::ZmqContext::process()) {
  options_.client = Uuid::generate(random_);
  options_.client_name = fmt::format("{}:sheen[{}]", target::host_name(), getpid());
  options_.role = wire::PeerRole::kAdmin;
  options_.connect_timeout_ns = std::min(options_.connect_timeout_ns, give_up_after_ns);
  options_.request_timeout_ns = give_up_after_ns;
  options_.give_up_after_ns = give_up_after_ns;
}

AdminSession::~AdminSession() {
  size_t closing = 0;
  for (auto& [label, connection] : imports_) {
    if (connection->state() != rpc::ImportState::kFull) continue;
    ++closing;
    connection->close(kGoodbyeNs, [&closing] { --closing; });
  }
  const MonotonicNs deadline = clock_.monotonic() + kGoodbyeNs;
  while (closing != 0 && clock_.monotonic() < deadline) {
    step_all();
    if (closing != 0) transport_.wait(10 * kMillisecond);
  }
}

rpc::Import& AdminSession::import(const rpc::TargetInfo& target) {
  std::unique_ptr<rpc::Import>& slot = imports_[target.label];
  if (slot == nullptr)
    slot = std::make_unique<rpc::Import>(transport_, clock_, random_, target, options_, nullptr);
  return *slot;
}

bool AdminSession::wait(int64_t timeout_ns) {
  const MonotonicNs deadline = clock_.monotonic() + timeout_ns;
  for (;;) {
    step_all();
    if (open_calls_ == 0) return true;
    const MonotonicNs now = clock_.monotonic();
    if (now >= deadline) return false;
    const MonotonicNs until = std::min(deadline, next_wakeup());
    if (until > now) transport_.wait(until - now);
  }
}

void AdminSession::step_all() {
  for (bool progressed = true; progressed;) {
    progressed = false;
    for (auto& [label, import] : imports_) progressed = import->step() || progressed;
  }
}

MonotonicNs AdminSession::next_wakeup() const {
  MonotonicNs at = kNever;
  for (const auto& [label, import] : imports_) at = std::min(at, import->next_wakeup());
  return at;
}

}  // namespace sheen::cli
