// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/caller.h"

#include <charconv>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sheen::fuse {
namespace {

// What `privileged` stands for on the wire.
constexpr uint64_t kRootsFileCapabilities =
    uint64_t{1} << CAP_CHOWN | uint64_t{1} << CAP_DAC_OVERRIDE |
    uint64_t{1} << CAP_DAC_READ_SEARCH | uint64_t{1} << CAP_FOWNER | uint64_t{1} << CAP_FSETID;

std::string read_all(const std::string& path) {
  std::string text;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char part[4096];
  ssize_t got = 0;
  while ((got = read(fd, part, sizeof part)) > 0) text.append(part, static_cast<size_t>(got));
  close(fd);
  return text;
}

// Capabilities count for files only in the user namespace of the mount, which is ours.
bool in_our_user_namespace(uint32_t pid) {
  struct stat ours {};
  struct stat theirs {};
  return stat("/proc/self/ns/user", &ours) == 0 &&
         stat(fmt::format("/proc/{}/ns/user", pid).c_str(), &theirs) == 0 &&
         ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

std::string_view line_after(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + key.size());
  return rest.substr(0, rest.find('\n'));
}

uint64_t mask_after(std::string_view text, std::string_view key) {
  std::string_view digits = line_after(text, key);
  while (digits.starts_with('\t') || digits.starts_with(' ')) digits.remove_prefix(1);
  uint64_t mask = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
  return mask;
}

}  // namespace

ProcessStatus parse_process_status(std::string_view text) {
  ProcessStatus status;
  std::string_view groups = line_after(text, "\nGroups:");
  while (!groups.empty()) {
    uint32_t group = 0;
    const auto [end, error] = std::from_chars(groups.data(), groups.data() + groups.size(), group);
    if (error == std::errc{}) status.groups.push_back(group);
    const size_t used = error == std::errc{} ? static_cast<size_t>(end - groups.data()) : 1;
    groups.remove_prefix(used);
  }
  status.effective_capabilities = mask_after(text, "\nCapEff:");
  status.pending_signals = mask_after(text, "\nSigPnd:") | mask_after(text, "\nShdPnd:");
  return status;
}

bool is_being_killed(uint32_t thread) {
  const std::string text = read_all(fmt::format("/proc/{}/status", thread));
  return (parse_process_status(text).pending_signals & uint64_t{1} << (SIGKILL - 1)) != 0;
}

client::Caller caller_of(fuse_req_t request) {
  const fuse_ctx& context = *fuse_req_ctx(request);
  client::Caller caller;
  caller.uid = context.uid;
  caller.gid = context.gid;
  caller.umask = context.umask;
  caller.pid = static_cast<uint32_t>(context.pid);
  caller.privileged = context.uid == 0;
  if (caller.privileged || context.pid == 0) return caller;
  ProcessStatus status = parse_process_status(read_all(fmt::format("/proc/{}/status", caller.pid)));
  caller.groups = std::move(status.groups);
  caller.privileged =
      (status.effective_capabilities & kRootsFileCapabilities) == kRootsFileCapabilities &&
      in_our_user_namespace(caller.pid);
  return caller;
}

}  // namespace sheen::fuse
