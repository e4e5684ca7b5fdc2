// SPDX-License-Identifier: Apache-2.0
#pragma once

// Targets: whom this client talks to. The import of the MGS, the cluster map that comes from it,
// and one import per MDT and OST, made and updated as the map changes. A request goes to the target
// that the map names; if the map does not name it yet (an MDT has just taken a new sequence, an OST
// has just been added), the request waits here for a newer map.
//
// Imports are never taken away while the client lives, so references to them stay valid.
// The client's thread.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "lib/client/client.h"
#include "lib/rpc/cluster_map.h"
#include "lib/rpc/import.h"

namespace sheen::client {

class TargetsObserver {
 public:
  virtual ~TargetsObserver() = default;
  // rpc::ImportObserver's, of an MDT.
  virtual void on_mdt_restate(uint16_t mdt, rpc::Import& import, UniqueFunction<void()> done) = 0;
  virtual void on_mdt_evicted(uint16_t mdt) = 0;
  virtual void on_map(const rpc::ClusterMap& map) = 0;
};

class Targets {
 public:
  Targets(net::Transport& transport, const Clock& clock, Random& random,
          const ClientOptions& options, TargetsObserver& observer);
  ~Targets();

  // Connects to the MGS; `done` when the first map is there, or with the MGS's refusal.
  void start(Done<void> done);
  bool step();
  MonotonicNs next_wakeup() const;
  void close(int64_t timeout_ns, UniqueFunction<void()> done);

  const rpc::ClusterMap& map() const { return map_; }

  // Called with the import, at once or when the map has it. kStale: no MDT owns the fid. kIo: the
  // MGS knows no such OST.
  using WithImport = UniqueFunction<void(Result<rpc::Import*>)>;
  void with_mdt(Fid fid, WithImport use);
  void with_ost(uint16_t ost, WithImport use);

  // Another number once the OST has evicted this client, and that before any request fails for it:
  // what was to be sent under an earlier one must not be sent any more.
  uint64_t ost_session(uint16_t ost) const;

  // All targets in the map that have ever been reachable, by label.
  std::vector<rpc::Import*> imports(TargetKind kind) const;
  // Targets of that kind in the map, whether they have an import or not.
  size_t count(TargetKind kind) const;
  const rpc::Import& mgs() const { return *mgs_; }

 private:
  struct Peer;
  struct MgsObserver;
  // A request whose target the map does not (fully) name.
  struct Parked {
    std::function<std::optional<std::pair<TargetKind, uint16_t>>()> where;
    Errc missing{};  // if a map fetched after `fetch` does not name it either
    uint64_t fetch = 0;
    WithImport use;
  };

  rpc::Import* find(TargetKind kind, uint16_t index) const;
  rpc::ImportOptions import_options() const;
  void park_or_use(Parked parked);
  void unpark();
  void fetch();
  void take(const wire::FsConfig& config);
  void apply(rpc::ClusterMap map);
  // Of a host that was fenced: its targets are looked for elsewhere in the next step.
  void node_is_down(std::string_view host_name) { down_hosts_.emplace_back(host_name); }
  void give_up(const std::string& host_name);
  void started(Status status);

  net::Transport& transport_;
  const Clock& clock_;
  Random& random_;
  const ClientOptions& options_;
  TargetsObserver& observer_;
  rpc::ClusterMap map_;
  std::vector<std::string> down_hosts_;
  std::optional<rpc::ClusterMap> new_map_;  // applied in step(): imports are not made in callbacks
  std::map<std::pair<TargetKind, uint16_t>, std::unique_ptr<Peer>> peers_;
  std::vector<Parked> parked_;
  Done<void> on_started_;
  bool fetch_due_ = false;
  bool fetching_ = false;
  uint64_t fetches_started_ = 0;
  uint64_t fetches_done_ = 0;
  bool unpark_due_ = false;
  bool closed_ = false;
  std::unique_ptr<MgsObserver> mgs_observer_;
  std::unique_ptr<rpc::Import> mgs_;
};

}  // namespace sheen::client
