// SPDX-License-Identifier: Apache-2.0
#include "lib/target/self_check.h"

#include <array>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/fault.h"
#include "lib/base/unique_fd.h"

namespace sheen::target {
namespace {

constexpr auto kLookAtSpaceEvery = std::chrono::seconds(2);
// From here on an administrator should know; ENOSPC comes later.
constexpr uint32_t kNearlyFullPercent = 95;

}  // namespace

SelfCheck::SelfCheck(std::string directory) : directory_(std::move(directory)) {
  thread_ = std::thread([this] { loop(); });
}

SelfCheck::~SelfCheck() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SelfCheck::request_probe() {
  {
    const std::lock_guard lock(mutex_);
    probe_wanted_ = true;
  }
  changed_.notify_all();
}

SelfCheckResult SelfCheck::result() const {
  const std::lock_guard lock(mutex_);
  return result_;
}

std::string SelfCheck::fullness_warning(uint32_t used_percent) {
  if (used_percent < kNearlyFullPercent) return {};
  return fmt::format("its storage is {} % full", used_percent);
}

void SelfCheck::loop() {
  pthread_setname_np(pthread_self(), "sheen-check");
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const bool wanted = std::exchange(probe_wanted_, false);
    lock.unlock();
    look_at_space();
    const Status probed = wanted ? probe() : ok();
    lock.lock();
    if (wanted) {
      ++result_.probes;
      result_.probe_error = probed ? std::string() : probed.error().message();
    }
    changed_.wait_for(lock, kLookAtSpaceEvery, [this] { return stop_ || probe_wanted_; });
  }
}

void SelfCheck::look_at_space() {
  struct statvfs space {};
  if (statvfs(directory_.c_str(), &space) != 0) return;
  const uint64_t used = space.f_blocks - space.f_bfree;
  const uint64_t all = used + space.f_bavail;
  const std::lock_guard lock(mutex_);
  result_.used_percent = all == 0 ? 0 : static_cast<uint32_t>((used * 100 + all - 1) / all);
}

// Always the same block of the same file, so that it can be written when the file system is full.
Status SelfCheck::probe() const {
  if (auto hit = SHEEN_FAULT("target.check.probe")) return hit->error();
  const std::string path = directory_ + "/PROBE";
  const UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.good()) return errno_error(errno, path);
  std::array<char, 4096> block{};
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::string text = fmt::format("{}.{:09}\n", now.tv_sec, now.tv_nsec);
  text.copy(block.data(), block.size());
  if (pwrite(file.get(), block.data(), block.size(), 0) != static_cast<ssize_t>(block.size()))
    return errno_error(errno, path + ": write");
  if (fdatasync(file.get()) != 0) return errno_error(errno, path + ": sync");
  // Past the page cache, which has what was just written, whatever the disk says.
  posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
  std::array<char, 4096> back{};
  if (pread(file.get(), back.data(), back.size(), 0) != static_cast<ssize_t>(back.size()))
    return errno_error(errno, path + ": read");
  if (back != block) return Error(Errc::kIo, path + ": not what was written");
  return ok();
}

}  // namespace sheen::target
