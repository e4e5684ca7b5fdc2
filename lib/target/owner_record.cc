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
constexpr std::string_view kRecordTitle = "sheen owner 1\n";
constexpr std::string_view kClaimTitle = "sheen claim 1\n";
constexpr int kRecordBlock = 0;
constexpr int kClaimBlock = 1;

using Values = std::map<std::string_view, std::string_view>;

uint32_t sum_of(std::string_view text) { return crc32c(text.data(), text.size()); }

template <class Number>
bool to_number(std::string_view text, Number& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

std::string seal(std::string text) {
  const uint32_t sum = sum_of(text);
  return std::move(text) + fmt::format("sum={:08x}\n", sum);
}

// The lines NAME=VALUE of a sealed text; nullopt if its sum is another.
std::optional<Values> unseal(std::string_view text, std::string_view title) {
  if (!text.starts_with(title)) return std::nullopt;
  const size_t sum_at = text.find("\nsum=");
  if (sum_at == std::string_view::npos) return std::nullopt;
  const std::string_view summed = text.substr(0, sum_at + 1);
  uint32_t sum = 0;
  if (!to_number(text.substr(sum_at + 5, 8), sum, 16) || sum != sum_of(summed)) return std::nullopt;
  Values values;
  for (size_t at = title.size(); at < summed.size();) {
    const size_t end = summed.find('\n', at);
    const std::string_view line = summed.substr(at, end - at);
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos) values[line.substr(0, equals)] = line.substr(equals + 1);
    at = end + 1;
  }
  return values;
}

}  // namespace

struct alignas(kBlockBytes) OwnerFile::Block {
  std::array<char, kBlockBytes> bytes;
};

std::string OwnerRecord::to_text() const {
  return seal(
      fmt::format("{}instance={}\nnode={}\nboot={}\npid={}\nepoch={}\nbeat={}\ninterval_ms={}\n{}",
                  kRecordTitle, instance.to_string(), node, boot, pid, epoch, beat, interval_ms,
                  released ? "released=1\n" : ""));
}

std::optional<OwnerRecord> OwnerRecord::parse(std::string_view text) {
  auto values = unseal(text, kRecordTitle);
  if (!values) return std::nullopt;
  OwnerRecord record;
  const auto instance = Uuid::parse(std::string((*values)["instance"]));
  if (!instance || !to_number((*values)["pid"], record.pid) ||
      !to_number((*values)["epoch"], record.epoch) || !to_number((*values)["beat"], record.beat) ||
      !to_number((*values)["interval_ms"], record.interval_ms))
    return std::nullopt;
  record.instance = *instance;
  record.node = (*values)["node"];
  record.boot = (*values)["boot"];
  record.released = (*values)["released"] == "1";
  return record;
}

std::string OwnerRecord::holder() const {
  return fmt::format("{} (process {}, epoch {})", node, pid, epoch);
}

// Under other names than the record's: the file is read by people, as one text.
std::string OwnerClaim::to_text() const {
  return seal(fmt::format("{}claimant={}\nclaimant_node={}\nclaimant_pid={}\n", kClaimTitle,
                          instance.to_string(), node, pid));
}

std::optional<OwnerClaim> OwnerClaim::parse(std::string_view text) {
  auto values = unseal(text, kClaimTitle);
  if (!values) return std::nullopt;
  OwnerClaim claim;
  const auto instance = Uuid::parse(std::string((*values)["claimant"]));
  if (!instance || !to_number((*values)["claimant_pid"], claim.pid)) return std::nullopt;
  claim.instance = *instance;
  claim.node = (*values)["claimant_node"];
  return claim;
}

std::string OwnerClaim::holder() const { return fmt::format("{} (process {})", node, pid); }

OwnerFile::OwnerFile(std::string path, UniqueFd file)
    : path_(std::move(path)), file_(std::move(file)), block_(std::make_unique<Block>()) {}

OwnerFile::~OwnerFile() = default;

Result<std::unique_ptr<OwnerFile>> OwnerFile::open(const std::string& directory) {
  std::string path = directory + "/OWNER";
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;
  UniqueFd file(::open(path.c_str(), kFlags | O_DIRECT, 0600));
  // Some file systems (tmpfs of older kernels) cannot; no other node sees theirs.
  if (!file.good() && errno == EINVAL) file = UniqueFd(::open(path.c_str(), kFlags, 0600));
  if (!file.good()) return errno_error(errno, path);
  return std::unique_ptr<OwnerFile>(new OwnerFile(std::move(path), std::move(file)));
}

Result<std::string_view> OwnerFile::read_block(int number) {
  const off_t at = off_t{kBlockBytes} * number;
  const ssize_t got = pread(file_.get(), block_->bytes.data(), kBlockBytes, at);
  if (got < 0) return errno_error(errno, path_);
  return std::string_view(block_->bytes.data(), static_cast<size_t>(got));
}

Status OwnerFile::write_block(int number, std::string_view text) {
  SHEEN_ASSERT(text.size() <= kBlockBytes);
  block_->bytes.fill('\n');
  std::memcpy(block_->bytes.data(), text.data(), text.size());
  const off_t at = off_t{kBlockBytes} * number;
  const ssize_t put = pwrite(file_.get(), block_->bytes.data(), kBlockBytes, at);
  if (put < 0) return errno_error(errno, path_);
  if (put != static_cast<ssize_t>(kBlockBytes)) return Error(Errc::kIo, path_ + ": short write");
  return ok();
}

Result<std::optional<OwnerRecord>> OwnerFile::read() {
  SHEEN_ASSIGN(const std::string_view text, read_block(kRecordBlock));
  return OwnerRecord::parse(text);
}

Status OwnerFile::write(const OwnerRecord& record) {
  return write_block(kRecordBlock, record.to_text());
}

Result<std::optional<OwnerClaim>> OwnerFile::read_claim() {
  SHEEN_ASSIGN(const std::string_view text, read_block(kClaimBlock));
  return OwnerClaim::parse(text);
}

Status OwnerFile::write_claim(const OwnerClaim& claim) {
  return write_block(kClaimBlock, claim.to_text());
}

}  // namespace sheen::target
