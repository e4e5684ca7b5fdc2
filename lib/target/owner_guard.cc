// SPDX-License-Identifier: Apache-2.0
#include "lib/target/owner_guard.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include "lib/base/fault.h"
#include "lib/base/log.h"

namespace sheen::target {
namespace {

constexpr int64_t kComplainAgain = 60 * kSecond;
// Who watches the record does not see that somebody looked, so that a look is worth less than a
// beat; but not every request can wait for one.
constexpr int64_t kLookTrustedNs = 100 * kMillisecond;
constexpr int64_t kLongPause = 3 * kSecond;  // worth a line
constexpr int kReadsOfHalves = 5;
constexpr int64_t kHalfNs = 10 * kMillisecond;

void sleep_ns(int64_t ns) { std::this_thread::sleep_for(std::chrono::nanoseconds(ns)); }

// Either can be met while it is being written.
template <class Block>
Result<std::optional<Block>> read_whole(OwnerFile& file,
                                        Result<std::optional<Block>> (OwnerFile::*read)()) {
  for (int tries = 1;; ++tries) {
    SHEEN_ASSIGN(std::optional<Block> block, (file.*read)());
    if (block || tries == kReadsOfHalves) return block;
    sleep_ns(kHalfNs);
  }
}

bool moved(const std::optional<OwnerRecord>& before, const std::optional<OwnerRecord>& after) {
  if (!before || !after) return before.has_value() != after.has_value();
  return before->instance != after->instance || before->beat != after->beat;
}

}  // namespace

OwnerGuard::OwnerGuard(const Clock& clock, OwnerOptions options, std::unique_ptr<OwnerFile> file)
    : clock_(clock), options_(std::move(options)), file_(std::move(file)) {
  record_.instance = options_.instance;
  record_.node = options_.node;
  record_.boot = options_.boot;
  record_.pid = static_cast<uint32_t>(getpid());
  record_.interval_ms = static_cast<uint32_t>(options_.interval_ns / kMillisecond);
}

OwnerGuard::~OwnerGuard() {
  end_thread();
  if (!release_at_end_) return;
  if (const Status released = release(); !released)
    SHEEN_WARN("cannot write the owner record: {}", released.error().message());
}

Result<std::unique_ptr<OwnerGuard>> OwnerGuard::take(const Clock& clock,
                                                     const std::string& directory,
                                                     OwnerOptions options) {
  SHEEN_ASSIGN(std::unique_ptr<OwnerFile> file, OwnerFile::open(directory));
  std::unique_ptr<OwnerGuard> guard(new OwnerGuard(clock, std::move(options), std::move(file)));
  SHEEN_ASSIGN(guard->reader_, OwnerFile::open(directory));
  SHEEN_TRY(guard->claim());
  // From now on: what the target does before it serves can take longer than anybody watches.
  guard->thread_ = std::thread([&owner = *guard] { owner.loop(); });
  return guard;
}

Status OwnerGuard::claim() {
  SHEEN_ASSIGN(std::optional<OwnerRecord> seen, read_whole(*file_, &OwnerFile::read));
  SHEEN_ASSIGN(const std::optional<OwnerClaim> other, read_whole(*file_, &OwnerFile::read_claim));
  if ((seen || other) && !is_gone(seen, other)) SHEEN_TRY(watch(seen));
  if (auto hit = SHEEN_FAULT("target.guard.before_claim")) return hit->error();
  // First: who finds the record another's goes by the claim.
  SHEEN_TRY(file_->write_claim({record_.instance, record_.node, record_.pid}));
  SHEEN_ASSIGN(const std::optional<OwnerRecord> last, read_whole(*file_, &OwnerFile::read));
  // An owner that beat before there was a claim to be seen trusts itself until its lease is over.
  if (moved(seen, last)) sleep_ns(still_ns(last));
  if (last) record_.beat = last->beat;
  const MonotonicNs now = clock_.monotonic();
  SHEEN_TRY(file_->write(record_));
  SHEEN_ASSIGN(const std::optional<OwnerClaim> own, read_whole(*file_, &OwnerFile::read_claim));
  if (!own || own->instance != record_.instance)
    return Error(Errc::kLocked, fmt::format("{} takes it at the same moment",
                                            own ? own->holder() : "another process"));
  renewed_at_ = now;
  trusted_until_ = now + options_.lease_ns;
  return ok();
}

// The one who has claimed the target says that it has ended, or cannot live: this is its boot, and
// the directory's lock is ours. What a record says that is not the claimant's is old: a beat that
// arrived late.
bool OwnerGuard::is_gone(const std::optional<OwnerRecord>& record,
                         const std::optional<OwnerClaim>& claim) const {
  return record && claim && record->instance == claim->instance &&
         (record->released || record->boot == options_.boot);
}

int64_t OwnerGuard::still_ns(const std::optional<OwnerRecord>& record) const {
  const int64_t interval =
      record ? int64_t{record->interval_ms} * kMillisecond : options_.interval_ns;
  return std::clamp<int64_t>(interval, 10 * kMillisecond, 60 * kSecond) * 11 / 5;
}

// Until the record has stood still for longer than two beats of its owner.
Status OwnerGuard::watch(std::optional<OwnerRecord>& seen) {
  const MonotonicNs begin = clock_.monotonic();
  SHEEN_NOTICE("last served on {}: watching whether it still is",
               seen ? seen->holder() : "a node that has not said its name");
  MonotonicNs since = begin;
  while (clock_.monotonic() - since < still_ns(seen)) {
    sleep_ns(still_ns(seen) / 11);
    SHEEN_ASSIGN(std::optional<OwnerRecord> now, file_->read());
    if (!now || !moved(seen, now)) continue;
    seen = std::move(now);
    SHEEN_ASSIGN(const std::optional<OwnerClaim> claim, read_whole(*file_, &OwnerFile::read_claim));
    if (is_gone(seen, claim)) return ok();
    since = clock_.monotonic();
    if (since - begin > options_.patience_ns)
      return Error(Errc::kLocked,
                   fmt::format("it is being served on {}: its owner record moves; end it there, "
                               "or have that node fenced",
                               seen->holder()));
  }
  return ok();
}

void OwnerGuard::publish(Epoch epoch) {
  {
    const std::lock_guard lock(mutex_);
    record_.epoch = epoch;
  }
  // At once: of two that took the target at the same moment, one finds the other's record.
  beat();
}

void OwnerGuard::loop() {
  pthread_setname_np(pthread_self(), "sheen-guard");
  std::unique_lock lock(stop_mutex_);
  while (!stop_changed_.wait_for(lock, std::chrono::nanoseconds(options_.interval_ns),
                                 [this] { return stop_; })) {
    lock.unlock();
    beat();
    lock.lock();
  }
}

void OwnerGuard::beat() {
  if (auto hit = SHEEN_FAULT("target.guard.beat"); hit && hit->drop()) return;
  const std::lock_guard lock(mutex_);
  const MonotonicNs now = clock_.monotonic();
  if (const Status done = renew(); !done) {
    if (now < complain_at_) return;
    complain_at_ = now + kComplainAgain;
    SHEEN_WARN("cannot renew the owner record: {}", done.error().message());
    return;
  }
  renewed_at_ = now;
  trusted_until_ = now + options_.lease_ns;
}

// The claim is looked at again because whoever claims the target reads the record after it: of the
// two, one sees the other.
Status OwnerGuard::renew() {
  SHEEN_TRY(check_claim(*file_));
  if (auto hit = SHEEN_FAULT("target.guard.before_record")) return hit->error();
  ++record_.beat;
  SHEEN_TRY(file_->write(record_));
  return check_claim(*file_);
}

Status OwnerGuard::check_claim(OwnerFile& file) {
  const MonotonicNs now = clock_.monotonic();
  SHEEN_ASSIGN(const std::optional<OwnerClaim> claim, read_whole(file, &OwnerFile::read_claim));
  // What is no claim is somebody else's that is being written: ours is written once.
  if (!claim) superseded(Error(Errc::kLocked, "the target has another owner now: one that starts"));
  if (claim->instance != options_.instance)
    superseded(
        Error(Errc::kLocked, fmt::format("the target has another owner now: {}", claim->holder())));
  looked_at_ = now;
  return ok();
}

void OwnerGuard::superseded(const Error& why) { options_.on_superseded(why); }

void OwnerGuard::confirm() {
  if (clock_.monotonic() <= trusted_until_.load(std::memory_order_acquire)) [[likely]]
    return;
  const std::lock_guard reading(reader_mutex_);
  if (clock_.monotonic() > trusted_until_) look();
}

void OwnerGuard::suspect() {
  const std::lock_guard reading(reader_mutex_);
  if (clock_.monotonic() - looked_at_ > std::min(options_.interval_ns, kLookTrustedNs)) look();
}

void OwnerGuard::look() {
  const MonotonicNs now = clock_.monotonic();
  if (const Status read = check_claim(*reader_); !read)
    superseded(Error(read.error()).with("after a pause it cannot be seen who owns the target"));
  if (const int64_t pause = now - renewed_at_; now - trusted_until_ > kLongPause)
    SHEEN_NOTICE("still the target's owner after a pause of {} ms", pause / kMillisecond);
  trusted_until_ = std::max(trusted_until_.load(), now + kLookTrustedNs);
}

Status OwnerGuard::release() {
  const std::lock_guard lock(mutex_);
  SHEEN_TRY(check_claim(*file_));
  ++record_.beat;  // so that who watches sees it at once
  record_.released = true;
  return file_->write(record_);
}

int64_t OwnerGuard::age_ns() const {
  return clock_.monotonic() - renewed_at_.load(std::memory_order_acquire);
}

void OwnerGuard::end_thread() {
  {
    const std::lock_guard lock(stop_mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace sheen::target
