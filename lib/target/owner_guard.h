// SPDX-License-Identifier: Apache-2.0
#pragma once

// OwnerGuard: keeps a target from being served twice where fencing cannot see it: a fence device
// that lies, a target started by hand on the other node, a virtual machine that comes back from a
// long pause.
//
// take() refuses a target that somebody on another node keeps serving: it watches the owner record
// for longer than two of its beats. Then it claims the target, and looks once more: an owner that
// has beaten in between did not see the claim, and is given the time to. Its guard thread renews
// the record, looks at the claim before and after that, and ends the process if it is another's.
// Whoever is about to change or answer anything calls confirm(): if the record was not renewed for
// longer than the lease (CLOCK_BOOTTIME, which goes on during a suspend), the claim is read again
// first.
//
// That is a second line: between the check and a write there is time. The first is fencing.
//
// Owned by the lane. confirm() and age_ns() may be called by any thread.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/function.h"
#include "lib/target/owner_record.h"

namespace sheen::target {

struct OwnerOptions {
  std::string node;  // this host's name
  std::string boot;  // and its boot
  Uuid instance;
  int64_t interval_ns = 500 * kMillisecond;
  // Below the time for which a starter watches the record (2.2 intervals): who has been silent for
  // long enough to be taken for dead looks before it writes.
  int64_t lease_ns = 900 * kMillisecond;
  // How long an owner that lives may take to go before the target is refused: somebody may be
  // stopping it just now.
  int64_t patience_ns = 10 * kSecond;
  // Must not return. Any thread.
  UniqueFunction<void(const Error&)> on_superseded;
};

class OwnerGuard {
 public:
  // Blocks while it watches. The caller holds the target's directory lock, so an owner of the same
  // boot is dead. kLocked: it is being served on another node.
  static Result<std::unique_ptr<OwnerGuard>> take(const Clock& clock, const std::string& directory,
                                                  OwnerOptions options);
  ~OwnerGuard();

  // `epoch` is for those who read the record, which is renewed since take().
  void publish(Epoch epoch);
  // Returns if this process is the owner, and does not return otherwise.
  void confirm();
  // Somebody says that there is a newer life of the target: the claim is read, lease or not, but
  // not so often that it could be used to keep the target busy.
  void suspect();
  // When this object ends, the target ends in order: its next owner need not watch.
  void release_at_end() { release_at_end_ = true; }
  // Since the record was last renewed.
  int64_t age_ns() const;

 private:
  OwnerGuard(const Clock& clock, OwnerOptions options, std::unique_ptr<OwnerFile> file);
  Status claim();
  Status watch(std::optional<OwnerRecord>& seen);
  bool is_gone(const std::optional<OwnerRecord>& record,
               const std::optional<OwnerClaim>& claim) const;
  // For how long the record of one that is dead has stood still.
  int64_t still_ns(const std::optional<OwnerRecord>& record) const;
  void loop();
  void beat();
  Status renew();
  void look();
  // Does not return if the claim is another's.
  Status check_claim(OwnerFile& file);
  void superseded(const Error& why);
  void end_thread();
  Status release();

  const Clock& clock_;
  OwnerOptions options_;
  std::atomic<MonotonicNs> trusted_until_{0};
  std::atomic<MonotonicNs> looked_at_{0};
  std::atomic<MonotonicNs> renewed_at_{0};
  // A disk that is slow to renew the record must not hold up who only wants to look.
  std::mutex reader_mutex_;  // guards reader_; taken before mutex_, if both are
  std::unique_ptr<OwnerFile> reader_;
  std::mutex mutex_;  // guards what follows
  std::unique_ptr<OwnerFile> file_;
  OwnerRecord record_;
  MonotonicNs complain_at_ = 0;
  std::mutex stop_mutex_;  // guards what follows; a thread that waits for the disk does not hold it
  std::condition_variable stop_changed_;
  bool stop_ = false;
  bool release_at_end_ = false;
  std::thread thread_;
};

}  // namespace sheen::target
