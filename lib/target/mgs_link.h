// SPDX-License-Identifier: Apache-2.0
#pragma once

// MgsLink: a server's connection to the MGS. It registers this life of the target (label, uuid,
// epoch, addresses), keeps the cluster map current, and keeps a copy of it in the target's own
// database, so that a target can start while the MGS is away. Belongs to the lane.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "lib/rpc/cluster_map.h"
#include "lib/rpc/import.h"
#include "lib/target/environment.h"

namespace sheen::target {

class MgsLink final : public rpc::ImportObserver {
 public:
  // `on_map` is called in step() with every new map, the kept copy first.
  static Result<std::unique_ptr<MgsLink>> open(Environment& environment, wire::AddressesT addresses,
                                               UniqueFunction<void(const rpc::ClusterMap&)> on_map);

  void on_node_down(UniqueFunction<void(const std::string&)> told) { node_down_ = std::move(told); }
  bool step();
  // Says goodbye, and waits for the MGS to have heard it, but not beyond the limit.
  void close(int64_t limit_ns);
  MonotonicNs next_wakeup() const { return std::min(import_->next_wakeup(), register_at_); }
  rpc::Import& import() { return *import_; }
  bool registered() const { return registered_; }
  // The MGS has answered for this life of the target.
  bool answered() const { return ever_registered_ || refusal_; }
  bool ever_registered() const { return ever_registered_; }
  // The MGS refused this target for good (its label belongs to another uuid, or a higher epoch of
  // it is registered): it must not serve.
  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  MgsLink(Environment& environment, wire::AddressesT addresses,
          UniqueFunction<void(const rpc::ClusterMap&)> on_map);
  void on_connected(rpc::Import& import, const wire::ConnectReply& reply) override;
  void on_notice(rpc::Import& import, const wire::Message& message) override;
  void register_target();
  void complain_if_away();
  void subscribe();
  void take(const wire::FsConfig& config);
  Status load_copy();
  Status save_copy(const wire::FsConfig& config);

  Environment& environment_;
  wire::AddressesT addresses_;
  UniqueFunction<void(const rpc::ClusterMap&)> on_map_;
  UniqueFunction<void(const std::string&)> node_down_;
  std::unique_ptr<rpc::Import> import_;
  std::optional<rpc::ClusterMap> new_map_;  // given to on_map_ in step()
  uint64_t version_ = 0;
  bool registering_ = false;
  bool registered_ = false;  // over this connection
  bool ever_registered_ = false;
  MonotonicNs register_at_ = kNever;  // again, after a refusal
  std::string last_refusal_;          // that may pass; empty: there was none
  MonotonicNs complain_at_;
  std::optional<Error> refusal_;
};

}  // namespace sheen::target
