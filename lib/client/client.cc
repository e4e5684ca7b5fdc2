// SPDX-License-Identifier: Apache-2.0
#include "lib/client/client.h"

#include <algorithm>

#include "lib/base/log.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

ClientOptions complete(ClientOptions options, Random& random) {
  if (options.uuid.is_nil()) options.uuid = Uuid::generate(random);
  return options;
}

// Makes `done` callable from two places, of which the first one wins.
template <class T>
auto first_of(Done<T> done) {
  auto shared = std::make_shared<Done<T>>(std::move(done));
  return [shared](Result<T> result) {
    if (!*shared) return;
    Done<T> call = std::move(*shared);
    *shared = nullptr;
    call(std::move(result));
  };
}

}  // namespace

Client::Client(net::Transport& transport, const Clock& clock, Random& random, ClientOptions options)
    : core_(
          std::make_unique<Core>(transport, clock, random, complete(std::move(options), random))) {}
Client::~Client() = default;

void Client::start(Done<void> done) {
  if (auto status = check_fsname(core_->options.fsname); !status)
    return done(std::move(status).error());
  if (core_->options.mgs.empty()) return done(Error(Errc::kInvalid, "no address of an MGS"));
  auto once = first_of<void>(std::move(done));
  if (const int64_t limit_ns = core_->options.mount_timeout_ns; limit_ns != 0) {
    core_->timers.at(core_->clock.monotonic() + limit_ns,
                     [once] { once(Error(Errc::kNotConnected, "the MGS does not answer")); });
  }
  core_->targets.start(once);
}

void Client::stop(Done<void> done) {
  const MonotonicNs deadline = core_->clock.monotonic() + core_->options.stop_timeout_ns;
  auto synced = first_of<void>([core = core_.get(), deadline,
                                done = std::move(done)](Status status) mutable {
    if (!status)
      SHEEN_WARN("not everything could be made durable before the end: {}",
                 status.error().message());
    const int64_t left_ns = std::max<int64_t>(deadline - core->clock.monotonic(), kSecond);
    core->targets.close(left_ns, [done = std::move(done), status = std::move(status)]() mutable {
      done(std::move(status));
    });
  });
  core_->timers.at(deadline, [synced] {
    synced(Error(Errc::kTimedOut, "a target did not answer while the file system was unmounted"));
  });
  sync_all(synced);
}

bool Client::step() {
  bool busy = core_->targets.step();
  busy |= core_->timers.run(core_->clock.monotonic());
  return busy;
}

MonotonicNs Client::next_wakeup() const {
  return std::min(core_->targets.next_wakeup(), core_->timers.next());
}

const Uuid& Client::uuid() const { return core_->options.uuid; }
const rpc::ClusterMap& Client::map() const { return core_->targets.map(); }
size_t Client::open_files() const { return core_->files.size(); }

bool Client::alive(Handle handle) const {
  const auto file = core_->files.find(handle);
  return file != nullptr && !file->dead;
}

std::vector<ImportStatus> Client::imports() const {
  std::vector<ImportStatus> out;
  const auto add = [&out](const rpc::Import& import, std::string label) {
    out.push_back({std::move(label), std::string(rpc::to_string(import.state())),
                   import.connected_address(), import.epoch(), import.reconnects(),
                   import.in_flight()});
  };
  add(core_->targets.mgs(), "MGS");
  for (const TargetKind kind : {TargetKind::kMdt, TargetKind::kOst})
    for (const rpc::Import* import : core_->targets.imports(kind))
      add(*import, import->target().label);
  return out;
}

}  // namespace sheen::client
