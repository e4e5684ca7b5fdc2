// SPDX-License-Identifier: Apache-2.0
#include "lib/target/target_config.h"

#include <cerrno>
#include <limits>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "lib/base/log.h"
#include "lib/base/unique_fd.h"

namespace sheen::target {
namespace {

constexpr const char* kFileName = "target.toml";
constexpr size_t kFileSizeMax = 64 << 10;
constexpr size_t kNodesMax = 64;
constexpr std::string_view kKnownKeys[] = {
    "format_version", "label", "uuid", "service_nodes", "port", "mgs_nodes", "mount_options"};

Result<std::string> read_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.good()) {
    if (errno == ENOENT || errno == ENOTDIR)
      return Error(Errc::kNotFound,
                   fmt::format("{} (this is no Sheen target; sheen mkfs makes one)", path));
    return errno_error(errno, fmt::format("open {}", path));
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return errno_error(errno, fmt::format("stat {}", path));
  if (!S_ISREG(info.st_mode)) return Error(Errc::kCorrupt, path + " is not a regular file");
  std::string text;
  char piece[4096];
  for (;;) {
    const ssize_t got = ::read(fd.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, fmt::format("read {}", path));
    if (got == 0) return text;
    text.append(piece, static_cast<size_t>(got));
    if (text.size() > kFileSizeMax)
      return Error(Errc::kCorrupt, fmt::format("{} is larger than {} bytes", path, kFileSizeMax));
  }
}

Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno_error(errno, "write");
    text.remove_prefix(static_cast<size_t>(put));
  }
  return ok();
}

Error bad_key(std::string_view key, std::string_view what) {
  return {Errc::kCorrupt, fmt::format("'{}' {}", key, what)};
}

Result<std::string> get_string(const toml::table& table, std::string_view key) {
  const auto value = table[key].value_exact<std::string>();
  if (!value) return bad_key(key, table.contains(key) ? "must be a string" : "is missing");
  if (value->empty()) return bad_key(key, "is empty");
  return *value;
}

Result<int64_t> get_integer(const toml::table& table, std::string_view key, int64_t low,
                            int64_t high) {
  const auto value = table[key].value_exact<int64_t>();
  if (!value) return bad_key(key, table.contains(key) ? "must be a whole number" : "is missing");
  if (*value < low || *value > high)
    return bad_key(key, fmt::format("must be between {} and {}", low, high));
  return *value;
}

Result<std::vector<std::string>> get_nodes(const toml::table& table, std::string_view key) {
  std::vector<std::string> nodes;
  if (!table.contains(key)) return nodes;
  const toml::array* list = table[key].as_array();
  if (list == nullptr || list->size() > kNodesMax)
    return bad_key(key, fmt::format("must be a list of at most {} host names", kNodesMax));
  for (const toml::node& item : *list) {
    const auto node = item.value_exact<std::string>();
    if (!node || node->empty()) return bad_key(key, "must hold host names or addresses only");
    nodes.push_back(*node);
  }
  return nodes;
}

Status check(const TargetConfig& config) {
  if (config.uuid.is_nil()) return bad_key("uuid", "must not be all zero");
  const bool is_mgt = config.label.kind == TargetKind::kMgt;
  if (is_mgt && !config.mgs_nodes.empty())
    return bad_key("mgs_nodes", "must not be set on an MGT, which is the MGS's own target");
  if (!is_mgt && config.mgs_nodes.empty()) return bad_key("mgs_nodes", "must name the MGS's nodes");
  return ok();
}

Result<TargetConfig> from_toml(const toml::table& table) {
  // First of all: nothing else may be believed of a format that is newer than this program.
  SHEEN_ASSIGN(const int64_t version,
               get_integer(table, "format_version", 1, std::numeric_limits<int32_t>::max()));
  if (version > kFormatVersion)
    return Error(Errc::kNotSupported,
                 fmt::format("the target has format {}, this program knows up to {} (it was used "
                             "with a newer Sheen: install that one)",
                             version, kFormatVersion));
  TargetConfig config;
  config.format_version = static_cast<int>(version);
  SHEEN_ASSIGN(const std::string label, get_string(table, "label"));
  SHEEN_ASSIGN(config.label, TargetLabel::parse(label));
  SHEEN_ASSIGN(const std::string uuid, get_string(table, "uuid"));
  SHEEN_ASSIGN(config.uuid, Uuid::parse(uuid));
  SHEEN_ASSIGN(config.service_nodes, get_nodes(table, "service_nodes"));
  SHEEN_ASSIGN(config.mgs_nodes, get_nodes(table, "mgs_nodes"));
  if (table.contains("port")) {
    SHEEN_ASSIGN(const int64_t port, get_integer(table, "port", 0, UINT16_MAX));
    config.port = static_cast<uint16_t>(port);
  }
  if (table.contains("mount_options")) {
    SHEEN_ASSIGN(config.mount_options, get_string(table, "mount_options"));
  }
  SHEEN_TRY(check(config));
  return config;
}

Result<TargetConfig> parse(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error(Errc::kCorrupt,
                 fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
  for (const auto& [key, value] : parsed.table()) {
    bool known = false;
    for (const std::string_view name : kKnownKeys) known = known || key.str() == name;
    // A later release may add keys without a new format.
    if (!known) SHEEN_WARN("{}: unknown key '{}' is ignored", kFileName, key.str());
  }
  return from_toml(parsed.table());
}

toml::array to_array(const std::vector<std::string>& nodes) {
  toml::array list;
  for (const std::string& node : nodes) list.push_back(node);
  return list;
}

std::string to_text(const TargetConfig& config) {
  toml::table table{
      {"format_version", config.format_version},
      {"label", config.label.to_string()},
      {"uuid", config.uuid.to_string()},
      {"service_nodes", to_array(config.service_nodes)},
      {"port", static_cast<int64_t>(config.port)},
      {"mgs_nodes", to_array(config.mgs_nodes)},
  };
  if (!config.mount_options.empty()) table.insert("mount_options", config.mount_options);
  std::ostringstream out;
  out << "# Written by sheen mkfs: what this target is and where it may serve.\n" << table << '\n';
  return out.str();
}

Status write_aside(const std::string& path, std::string_view text) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.good()) return errno_error(errno, "open");
  SHEEN_TRY(write_all(fd.get(), text));
  if (::fsync(fd.get()) != 0) return errno_error(errno, "fsync");
  if (fd.close() != 0) return errno_error(errno, "close");
  return ok();
}

}  // namespace

Result<TargetConfig> TargetConfig::load(const std::string& directory) {
  const std::string path = directory + "/" + kFileName;
  SHEEN_ASSIGN(const std::string text, read_file(path));
  auto config = parse(text);
  if (!config) {
    // Whatever was wrong with a value, to the caller it is the file that is bad.
    const Errc code = config.code() == Errc::kNotSupported ? config.code() : Errc::kCorrupt;
    return Error(code, fmt::format("{}: {}", path, config.error().detail()));
  }
  return config;
}

Status TargetConfig::save(const std::string& directory) const {
  SHEEN_TRY(check(*this));
  const std::string path = directory + "/" + kFileName;
  const std::string aside = path + ".new";
  if (Status written = write_aside(aside, to_text(*this)); !written) {
    ::unlink(aside.c_str());
    return std::move(written).error().with(aside);
  }
  if (::rename(aside.c_str(), path.c_str()) != 0) {
    const int failed = errno;
    ::unlink(aside.c_str());
    return errno_error(failed, fmt::format("rename {} to {}", aside, path));
  }
  // The name is durable only when the directory is.
  const UniqueFd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || ::fsync(parent.get()) != 0)
    return errno_error(errno, fmt::format("fsync {}", directory));
  return ok();
}

}  // namespace sheen::target
