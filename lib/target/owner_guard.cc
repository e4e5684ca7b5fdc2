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
constexpr int64_t kSuspicionNs = 100 * kMillisecond;
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
  SHEEN_ASSIGN(const std::optional<OwnerRecord> other, read_whole(*guard->file_, &OwnerFile::read));
  if (other) {
    if (!other->released && other->boot != guard->options_.boot) SHEEN_TRY(guard->watch(*other));
    guard->record_.beat = other->beat;
  }
  const MonotonicNs now = clock.monotonic();
  // First: who finds the record another's goes by the claim.
  SHEEN_TRY(guard->file_->write_claim(
      {guard->record_.instance, guard->record_.node, guard->record_.pid}));
  SHEEN_TRY(guard->file_->write(guard->record_));
  guard->confirmed_at_ = now;
  guard->renewed_at_ = now;
  // From now on: what the target does before it serves can take longer than anybody watches.
  guard->thread_ = std::thread([&owner = *guard] { owner.loop(); });
  return guard;
}

// Until the record has stood still for longer than two beats of its owner.
Status OwnerGuard::watch(const OwnerRecord& other) {
  const int64_t interval = std::clamp<int64_t>(int64_t{other.interval_ms} * kMillisecond,
                                               10 * kMillisecond, 60 * kSecond);
  const int64_t still = interval * 2 + interval / 5;
  const MonotonicNs begin = clock_.monotonic();
  SHEEN_NOTICE("last served on {}: watching whether it still is", other.holder());
  OwnerRecord seen = other;
  MonotonicNs since = begin;
  while (clock_.monotonic() - since < still) {
    sleep_ns(interval / 5);
    SHEEN_ASSIGN(const std::optional<OwnerRecord> now, file_->read());
    if (!now || (now->instance == seen.instance && now->beat == seen.beat)) continue;
    seen = *now;
    if (seen.released) return ok();
    since = clock_.monotonic();
    if (since - begin > options_.patience_ns)
      return Error(Errc::kLocked,
                   fmt::format("it is being served on {}: its owner record moves; end it there, "
                               "or have that node fenced",
                               seen.holder()));
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
  Status done = check_claim(*file_);
  if (done) {
    ++record_.beat;
    done = file_->write(record_);
  }
  if (!done) {
    if (now < complain_at_) return;
    complain_at_ = now + kComplainAgain;
    SHEEN_WARN("cannot renew the owner record: {}", done.error().message());
    return;
  }
  confirmed_at_ = now;
  renewed_at_ = now;
}

Status OwnerGuard::check_claim(OwnerFile& file) {
  SHEEN_ASSIGN(const std::optional<OwnerClaim> claim, read_whole(file, &OwnerFile::read_claim));
  // What is no claim is somebody else's that is being written: ours is written once.
  if (!claim) superseded(Error(Errc::kLocked, "the target has another owner now: one that starts"));
  if (claim->instance != options_.instance)
    superseded(
        Error(Errc::kLocked, fmt::format("the target has another owner now: {}", claim->holder())));
  return ok();
}

void OwnerGuard::superseded(const Error& why) { options_.on_superseded(why); }

void OwnerGuard::confirm() {
  if (clock_.monotonic() - confirmed_at_.load(std::memory_order_acquire) <= options_.lease_ns)
      [[likely]]
    return;
  confirm_now(options_.lease_ns);
}

void OwnerGuard::suspect() { confirm_now(std::min(options_.interval_ns, kSuspicionNs)); }

void OwnerGuard::confirm_now(int64_t unless_since_ns) {
  const std::lock_guard reading(reader_mutex_);
  const MonotonicNs now = clock_.monotonic();
  const int64_t pause = now - confirmed_at_.load(std::memory_order_acquire);
  if (pause <= unless_since_ns) return;
  const Status read = check_claim(*reader_);
  if (!read)
    superseded(Error(read.error()).with("after a pause it cannot be seen who owns the target"));
  if (pause > kLongPause)
    SHEEN_NOTICE("still the target's owner after a pause of {} ms", pause / kMillisecond);
  confirmed_at_ = now;
}

Status OwnerGuard::release() {
  const std::lock_guard lock(mutex_);
  SHEEN_TRY(check_claim(*file_));
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
