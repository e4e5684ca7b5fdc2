// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_run.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <sys/stat.h>

#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "tests/sim/sim_cluster.h"
#include "tests/sim/sim_process.h"
#include "tests/sim/tree_check.h"
#include "tests/support/temporary_directory.h"

namespace sheen::sim {
namespace {

// Virtual time that a run may take before it counts as hung.
constexpr int64_t kRunSecondsMax = 3600;
constexpr int64_t kQuietSeconds = 120;

// Makes servers die: between steps, in a transaction, and between commit and reply.
class Reaper {
 public:
  Reaper(SimCluster& cluster, uint64_t seed) : cluster_(cluster), random_(seed) {
    // Slower than a recovery, or nothing would ever get done.
    interval_ns_ = static_cast<int64_t>(300 + random_.below(4000)) * kMillisecond;
    plan();
  }

  void step() {
    const MonotonicNs now = cluster_.clock().monotonic();
    for (const std::string& label : cluster_.labels()) {
      if (cluster_.alive(label)) continue;
      auto [at, fresh] = back_at_.try_emplace(label, 0);
      if (fresh) at->second = now + static_cast<int64_t>(random_.below(3000)) * kMillisecond;
      if (now < at->second) continue;
      back_at_.erase(at);
      cluster_.start(label);
    }
    if (!active_ || now < next_) return;
    plan();
    const std::string& label = cluster_.labels()[random_.below(cluster_.labels().size())];
    switch (random_.below(3)) {
      case 0:
        if (cluster_.alive(label)) cluster_.kill(label);
        break;
      // These hit whoever commits next.
      case 1: (void)fault::arm("target.lane.before_commit=error*1"); break;
      case 2: (void)fault::arm("target.lane.after_commit=error*1"); break;
    }
  }

  // No more deaths; the dead come back.
  void retire() {
    active_ = false;
    fault::disarm("");
  }

 private:
  void plan() {
    next_ = cluster_.clock().monotonic() +
            static_cast<int64_t>(random_.below(2 * static_cast<uint64_t>(interval_ns_)));
  }
  SimCluster& cluster_;
  SeededRandom random_;
  int64_t interval_ns_ = 0;
  MonotonicNs next_ = 0;
  bool active_ = true;
  std::map<std::string, MonotonicNs> back_at_;
};

SimFaults random_faults(SeededRandom& random) {
  SimFaults faults;
  const auto rate = [&random] {
    return random.below(2) == 0 ? 0U : static_cast<uint32_t>(random.below(20'000));
  };
  faults.drop = rate();
  faults.duplicate = rate();
  faults.reorder = rate();
  faults.death_notice_max_ns = static_cast<int64_t>(random.below(200)) * kMillisecond;
  return faults;
}

}  // namespace

RunResult run_once(const RunOptions& options) {
  fault::unlock();
  fault::disarm("");
  SeededRandom random(options.seed);
  const auto scratch = TemporaryDirectory::in_memory();
  SharedState shared;
  SimCluster cluster(scratch.path(), random.next(), static_cast<unsigned>(1 + random.below(4)));
  RunResult result;
  const auto give_up = [&](const std::string& what) {
    shared.fail(what);
    result.failures = shared.failures;
    return result;
  };

  // Until the MGS knows all targets there is no file system to mount.
  (void)cluster.run_until([] { return false; }, 2);
  std::vector<client::Client*> clients;
  size_t started = 0;
  for (uint64_t n = 1 + random.below(3); n != 0; --n) {
    clients.push_back(&cluster.add_client(random.below(2) == 0));
    clients.back()->start([&](Result<void> up) {
      if (!up) shared.fail("mount: " + up.error().message());
      ++started;
    });
  }
  if (!cluster.run_until([&] { return started == clients.size(); }, kQuietSeconds))
    return give_up("mounting hangs");

  client::Caller root;
  root.privileged = true;
  bool ready = false;
  clients[0]->mkdir(root, kRootFid, "contest", 0755, [&](Result<client::Attr> attr) {
    if (attr) shared.contest_directory = attr->fid;
    ready = true;
  });
  if (!cluster.run_until([&] { return ready; }, kQuietSeconds))
    return give_up("the first mkdir hangs");
  ready = false;
  clients[0]->mknod(root, kRootFid, "register", S_IFREG | 0644, 0, [&](Result<client::Attr> attr) {
    if (attr) shared.register_file = attr->fid;
    ready = true;
  });
  if (!cluster.run_until([&] { return ready; }, kQuietSeconds))
    return give_up("the first mknod hangs");

  cluster.network().set_faults(random_faults(random));
  std::vector<std::unique_ptr<SimProcess>> processes;
  for (client::Client* client : clients)
    for (uint64_t n = 1 + random.below(3); n != 0; --n)
      processes.push_back(std::make_unique<SimProcess>(
          fmt::format("p{}", processes.size()), *client, random.next(), shared, options.calls));
  for (auto& process : processes) process->start();
  Reaper reaper(cluster, random.next());
  const auto all_finished = [&] {
    reaper.step();
    return !shared.failures.empty() ||
           std::all_of(processes.begin(), processes.end(), [](auto& p) { return p->finished(); });
  };
  if (!cluster.run_until(all_finished, kRunSecondsMax)) {
    for (auto& process : processes)
      if (!process->finished()) shared.fail("hangs: " + process->describe());
  }
  reaper.retire();
  cluster.network().set_faults({});
  if (shared.failures.empty()) {
    for (const std::string& label : cluster.labels())
      (void)cluster.run_until(
          [&] {
            reaper.step();
            return cluster.alive(label);
          },
          kQuietSeconds);
    TreeCheck check(cluster, shared);
    for (auto& process : processes) check.expect(process->name(), process->model());
    check.run();
  }
  result.failures = shared.failures;
  result.trace = shared.trace;
  result.deaths = cluster.deaths();
  result.messages = cluster.network().counters().sent;
  result.virtual_seconds = static_cast<double>(cluster.clock().monotonic()) / kSecond;
  return result;
}

}  // namespace sheen::sim
