// SPDX-License-Identifier: Apache-2.0
#include "lib/target/owner_record.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "lib/base/assert.h"
#include "lib/base/crc32c.h"

namespace sheen::target {
namespace {

// One block of every disk and file system: written as a whole, or (on disks with smaller sectors)
// recognised as half by its sum.
constexpr size_t kBlockBytes = 4096;
constexpr std::string_view kTitle = "sheen owner 1\n";

uint32_t sum_of(std::string_view text) { return crc32c(text.data(), text.size()); }

template <class Number>
bool to_number(std::string_view text, Number& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

struct alignas(kBlockBytes) OwnerFile::Block {
  std::array<char, kBlockBytes> bytes;
};

std::string OwnerRecord::to_text() const {
  std::string text =
      fmt::format("{}instance={}\nnode={}\nboot={}\npid={}\nepoch={}\nbeat={}\ninterval_ms={}\n{}",
                  kTitle, instance.to_string(), node, boot, pid, epoch, beat, interval_ms,
                  released ? "released=1\n" : "");
  return text + fmt::format("sum={:08x}\n", sum_of(text));
}

std::optional<OwnerRecord> OwnerRecord::parse(std::string_view text) {
  if (!text.starts_with(kTitle)) return std::nullopt;
  const size_t sum_at = text.find("\nsum=");
  if (sum_at == std::string_view::npos) return std::nullopt;
  const std::string_view summed = text.substr(0, sum_at + 1);
  uint32_t sum = 0;
  if (!to_number(text.substr(sum_at + 5, 8), sum, 16) || sum != sum_of(summed)) return std::nullopt;

  std::map<std::string_view, std::string_view> values;
  for (size_t at = kTitle.size(); at < summed.size();) {
    const size_t end = summed.find('\n', at);
    const std::string_view line = summed.substr(at, end - at);
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos) values[line.substr(0, equals)] = line.substr(equals + 1);
    at = end + 1;
  }
  OwnerRecord record;
  const auto instance = Uuid::parse(std::string(values["instance"]));
  if (!instance || !to_number(values["pid"], record.pid) ||
      !to_number(values["epoch"], record.epoch) || !to_number(values["beat"], record.beat) ||
      !to_number(values["interval_ms"], record.interval_ms))
    return std::nullopt;
  record.instance = *instance;
  record.node = values["node"];
  record.boot = values["boot"];
  record.released = values["released"] == "1";
  return record;
}

std::string OwnerRecord::holder() const {
  return fmt::format("{} (process {}, epoch {})", node, pid, epoch);
}

OwnerFile::OwnerFile(std::string path, int fd)
    : path_(std::move(path)), fd_(fd), block_(std::make_unique<Block>()) {}

OwnerFile::~OwnerFile() { close(fd_); }

Result<std::unique_ptr<OwnerFile>> OwnerFile::open(const std::string& directory) {
  std::string path = directory + "/OWNER";
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;
  int fd = ::open(path.c_str(), kFlags | O_DIRECT, 0600);
  // Some file systems (tmpfs of older kernels) cannot; no other node sees theirs.
  if (fd < 0 && errno == EINVAL) fd = ::open(path.c_str(), kFlags, 0600);
  if (fd < 0) return errno_error(errno, path);
  return std::unique_ptr<OwnerFile>(new OwnerFile(std::move(path), fd));
}

Result<std::optional<OwnerRecord>> OwnerFile::read() {
  const ssize_t got = pread(fd_, block_->bytes.data(), kBlockBytes, 0);
  if (got < 0) return errno_error(errno, path_);
  return OwnerRecord::parse({block_->bytes.data(), static_cast<size_t>(got)});
}

Status OwnerFile::write(const OwnerRecord& record) {
  const std::string text = record.to_text();
  SHEEN_ASSERT(text.size() <= kBlockBytes);
  block_->bytes.fill('\n');
  std::memcpy(block_->bytes.data(), text.data(), text.size());
  const ssize_t put = pwrite(fd_, block_->bytes.data(), kBlockBytes, 0);
  if (put < 0) return errno_error(errno, path_);
  if (put != static_cast<ssize_t>(kBlockBytes)) return Error(Errc::kIo, path_ + ": short write");
  return ok();
}

}  // namespace sheen::target
