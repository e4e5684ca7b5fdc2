// SPDX-License-Identifier: Apache-2.0
#pragma once

// OstPool: the MDT's view of the OSTs (Lustre's lod): one import per OST of the configuration, its
// space (Statfs, asked every two seconds) and health, and the choice of OSTs for a new file.
//
// Objects come into being at their first write, so choosing talks to nobody. Owned by the Mdt,
// outlived by nothing that holds its imports; belongs to the lane's thread. step() is called by
// Mdt::step().

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "lib/rpc/cluster_map.h"
#include "lib/rpc/import.h"
#include "lib/target/environment.h"

namespace sheen::mds {

struct OstPoolOptions {
  int64_t poll_interval_ns = 2 * kSecond;
  int64_t healthy_for_ns = 10 * kSecond;  // since the last answer; at least three intervals
  // So long a new file that wants more OSTs than are usable waits for one that was just connected
  // to: it would keep its few stripes for ever.
  int64_t first_answer_ns = 5 * kSecond;
  // After a start, an OST that was not heard of yet may be the one with space: no kNoSpace before.
  int64_t settle_ns = 60 * kSecond;
};

// For status and tests.
struct OstView {
  uint16_t index = 0;
  bool healthy = false;
  bool usable = false;  // may be chosen: healthy, writable, not full
  uint64_t bytes_total = 0;
  uint64_t bytes_available = 0;
};

class OstPool {
 public:
  explicit OstPool(target::Environment& env, OstPoolOptions options = {});
  ~OstPool();
  OstPool(const OstPool&) = delete;
  OstPool& operator=(const OstPool&) = delete;

  void on_cluster_map(const rpc::ClusterMap& map);
  void on_node_down(const std::string& host_name);

  // The OSTs of a new file's stripes, all different. `count` -1: every usable OST; more than there
  // are is clipped; 0 counts as 1. `start_ost` -1: chosen here: round robin while free space
  // differs by less than 17 %, else at random weighted by free space. A start_ost that exists is
  // taken even if it is away at the moment (the writes will wait for it), and the stripes follow in
  // order of index. OSTs that are full (less than 64 MiB, but at most 1/64 of a small OST, or less
  // than 0.1 % available; fewer than 32 inodes) or read-only are skipped, and so are those that are
  // away unless all are.
  // kInvalid: no such start_ost. kNoSpace: all are full or read-only. kRecovering: no usable OST
  // has been heard of yet, or too few and others are about to answer; ask again. Nothing depends on
  // `stripe_size` so far.
  Result<std::vector<uint16_t>> choose(int32_t count, uint32_t stripe_size, int32_t start_ost);

  // True if anything happened.
  bool step(MonotonicNs now);
  MonotonicNs next_wakeup() const;

  // Null: not in the configuration or never started. Gone after an on_cluster_map() that removes or
  // replaces it; import_generation() differs then.
  rpc::Import* import(uint16_t ost);
  uint64_t import_generation(uint16_t ost) const;  // 0: none

  bool exists(uint16_t ost) const { return osts_.contains(ost); }
  size_t size() const { return osts_.size(); }  // OSTs in the configuration
  std::vector<OstView> view() const;

 private:
  struct Ost;
  using Candidates = std::vector<const Ost*>;

  void connect(Ost& ost);
  void ask_for_space(Ost& ost, MonotonicNs now);
  bool healthy(const Ost& ost, MonotonicNs now) const;
  static bool fits(const Ost& ost);
  Candidates candidates(MonotonicNs now) const;
  Error nothing_usable(MonotonicNs now) const;
  // A first answer may still come from an OST that could be taken.
  bool more_to_come(MonotonicNs now) const;
  std::vector<uint16_t> round_robin(const Candidates& candidates, size_t count);
  std::vector<uint16_t> weighted(Candidates candidates, size_t count);
  Result<std::vector<uint16_t>> from_start(int32_t start, int32_t count) const;

  target::Environment& env_;
  OstPoolOptions options_;
  int64_t healthy_for_ns_;
  const MonotonicNs started_;
  std::map<uint16_t, std::unique_ptr<Ost>> osts_;  // by index
  uint64_t next_generation_ = 1;
  uint64_t cursor_ = 0;  // of round robin
};

}  // namespace sheen::mds
