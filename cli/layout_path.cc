// SPDX-License-Identifier: Apache-2.0
#include "cli/layout_path.h"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "lib/base/limits.h"
#include "lib/rpc/params.h"

namespace sheen::cli {
namespace {

Complaint failed(int error, std::string what, const std::string& path, std::string advice = {}) {
  return complain(errno_error(error, std::move(what)), path, std::move(advice));
}

Outcome<std::string> real_path_of(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), ::free);
  if (real == nullptr) return failed(errno, "cannot be looked up", path, "check the path");
  return std::string(real.get());
}

// The directory is resolved, the last component is not.
Outcome<std::string> real_path_nofollow(const std::string& path) {
  std::filesystem::path given(path);
  if (!given.has_filename()) given = given.parent_path();
  const std::string name = given.filename().string();
  if (name.empty() || name == "." || name == "..") return real_path_of(path);
  const std::string parent = given.parent_path().string();
  SHEEN_ASSIGN(const std::string directory, real_path_of(parent.empty() ? "." : parent));
  return directory == "/" ? "/" + name : directory + "/" + name;
}

Outcome<Mount> sheen_mount_of(const std::string& path, const std::string& real_path) {
  SHEEN_ASSIGN(const auto mount, at(path, mount_of(real_path)));
  if (!mount)
    return Complaint{kExitFailed, "it is not on a Sheen mount", path,
                     "give a path on one (findmnt -t fuse.sheen lists them)"};
  return *mount;
}

bool is_whole_number(std::string_view text, int64_t low, int64_t high) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= low && value <= high;
}

}  // namespace

Outcome<LayoutPath> find_layout_path(const std::string& path) {
  LayoutPath out;
  out.path = path;
  SHEEN_ASSIGN(out.real_path, real_path_nofollow(path));
  struct stat info {};
  if (::lstat(out.real_path.c_str(), &info) != 0)
    return failed(errno, "cannot be looked up", path, "check the path");
  SHEEN_ASSIGN(out.mount, sheen_mount_of(path, out.real_path));
  out.inode = info.st_ino;
  out.mode = info.st_mode;
  return out;
}

Outcome<Mount> mount_of_parent(const std::string& path) {
  SHEEN_ASSIGN(const std::string real_path, real_path_nofollow(path));
  return sheen_mount_of(path, real_path);
}

Outcome<Json> get_layout(const std::string& path, const char* xattr) {
  std::string value(kXattrValueMax, '\0');
  const ssize_t size = ::lgetxattr(path.c_str(), xattr, value.data(), value.size());
  if (size < 0 && errno == E2BIG)
    return failed(errno, "the layout is too long for an attribute", path, "use sheen explain");
  if (size < 0) return failed(errno, "cannot read its layout", path);
  value.resize(static_cast<size_t>(size));
  return at(path, Json::parse(value), "use the sheen command of the mount's release");
}

std::string StripeHint::to_string() const {
  std::string text;
  const auto add = [&text](const char* key, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value);
  };
  add("count", count);
  add("size", size);
  add("start", start);
  return text;
}

Outcome<void> check_hint(const StripeHint& hint) {
  if (!hint.count.empty() && hint.count != "all" &&
      !is_whole_number(hint.count, -1, kStripeCountMax))
    return usage(fmt::format("'{}' is no stripe count", hint.count),
                 fmt::format("give 1 to {}, or -1 for all OSTs", kStripeCountMax));
  if (!hint.size.empty() && hint.size != "0") {
    const auto size = rpc::parse_param(*rpc::find_param(rpc::kParamStripeSize), hint.size);
    if (!size)
      return usage(
          fmt::format("'{}' is no stripe size", hint.size),
          fmt::format("give {}", rpc::accepted_range(*rpc::find_param(rpc::kParamStripeSize))));
  }
  if (!hint.start.empty() && !is_whole_number(hint.start, -1, kTargetIndexMax))
    return usage(fmt::format("'{}' is no OST index", hint.start),
                 fmt::format("give 0 to {}, or -1 to let the MDT choose", kTargetIndexMax));
  return {};
}

Outcome<void> set_layout(const std::string& path, const char* xattr, const StripeHint& hint) {
  const std::string value = hint.to_string();
  if (::lsetxattr(path.c_str(), xattr, value.data(), value.size(), 0) == 0) return {};
  switch (errno) {
    case EBUSY:
      return failed(errno, "cannot set its layout", path, "close it everywhere and try again");
    case EEXIST:
      return failed(errno, "cannot set its layout", path,
                    "it has data already; make a new file with the layout and copy it there");
    case EINVAL:
      return Complaint{kExitUsage, "there are no such OSTs", path,
                       "sheen df lists those there are"};
    default: return failed(errno, "cannot set its layout", path);
  }
}

Outcome<void> remove_default_layout(const std::string& path) {
  if (::lremovexattr(path.c_str(), kDefaultLayoutXattr) == 0 || errno == ENODATA) return {};
  return failed(errno, "cannot delete its default layout", path);
}

}  // namespace sheen::cli
