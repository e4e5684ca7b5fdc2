// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/mount_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>
#include <sys/mount.h>

namespace sheen::fuse {
namespace {

struct KernelFlag {
  std::string_view name;
  unsigned long set;
  unsigned long clear;
};

constexpr std::array kKernelFlags = {
    KernelFlag{"rw", 0, MS_RDONLY},
    KernelFlag{"ro", MS_RDONLY, 0},
    KernelFlag{"suid", 0, MS_NOSUID},
    KernelFlag{"nosuid", MS_NOSUID, 0},
    KernelFlag{"dev", 0, MS_NODEV},
    KernelFlag{"nodev", MS_NODEV, 0},
    KernelFlag{"exec", 0, MS_NOEXEC},
    KernelFlag{"noexec", MS_NOEXEC, 0},
    KernelFlag{"async", 0, MS_SYNCHRONOUS},
    KernelFlag{"sync", MS_SYNCHRONOUS, 0},
    KernelFlag{"dirsync", MS_DIRSYNC, 0},
    KernelFlag{"atime", 0, MS_NOATIME},
    KernelFlag{"noatime", MS_NOATIME, 0},
    KernelFlag{"diratime", 0, MS_NODIRATIME},
    KernelFlag{"nodiratime", MS_NODIRATIME, 0},
};

// What mount(8) and systemd keep for themselves, and what is so anyway.
constexpr std::array<std::string_view, 20> kIgnored = {
    "defaults", "auto",     "noauto",        "user",       "nouser",      "users",
    "nousers",  "owner",    "noowner",       "group",      "nogroup",     "nofail",
    "_netdev",  "relatime", "nostrictatime", "nolazytime", "allow_other", "default_permissions",
    "silent",   "loud",
};
constexpr std::array<std::string_view, 5> kIgnoredPrefixes = {"x-", "X-",
                                                              "comment=", "user=", "helper="};
constexpr std::array<std::string_view, 4> kContexts = {
    "context=", "fscontext=", "defcontext=", "rootcontext="};

// What /proc/mounts shows of any FUSE mount: mount(8) repeats it when it remounts.
constexpr std::array<std::string_view, 1> kShown = {"seclabel"};
constexpr std::array<std::string_view, 4> kShownPrefixes = {
    "user_id=", "group_id=", "max_read=", "blksize="};

template <size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

template <size_t N>
bool has_prefix_of(const std::array<std::string_view, N>& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

// "a,b=\"c,d\"" into a and b="c,d": SELinux contexts may hold commas between double quotes.
std::vector<std::string_view> split_options(std::string_view text) {
  std::vector<std::string_view> options;
  size_t start = 0;
  bool quoted = false;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '"') quoted = !quoted;
    if (i < text.size() && (text[i] != ',' || quoted)) continue;
    if (i > start) options.push_back(text.substr(start, i - start));
    start = i + 1;
  }
  return options;
}

template <class Number>
Status parse_number(std::string_view name, std::string_view text, Number low, Number high,
                    Number& out) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high)
    return Error(Errc::kInvalid,
                 fmt::format("option {}={}: not a number from {} to {}", name, text, low, high));
  out = static_cast<Number>(value);
  return ok();
}

Result<bool> apply_own(std::string_view name, std::string_view value, MountOptions& options) {
  if (name == "mgsport") {
    SHEEN_TRY(parse_number<uint16_t>(name, value, 1, UINT16_MAX, options.mgs_port));
  } else if (name == "retry") {
    SHEEN_TRY(parse_number<uint32_t>(name, value, 1, 86400, options.retry_seconds));
  } else if (name == "spin") {
    SHEEN_TRY(parse_number<uint32_t>(name, value, 0, 10'000, options.spin_us));
  } else if (name == "read_ahead_kb") {
    SHEEN_TRY(parse_number<uint32_t>(name, value, 0, 1U << 20, options.read_ahead_kb));
  } else if (name == "loglevel") {
    SHEEN_ASSIGN(options.log_level, log::parse_level(value));
  } else if (name == "logfile") {
    options.log_file = value;
  } else if (name == "blackbox") {
    options.blackbox_directory = value;
  } else if (name == "pidfile") {
    options.pid_file = value;
  } else if (name == "checksum" || name == "nochecksum") {
    if (!value.empty()) return false;
    options.checksum = name == "checksum";
  } else {
    return false;
  }
  return true;
}

Status apply_option(std::string_view option, bool sloppy, MountOptions& options) {
  for (const KernelFlag& flag : kKernelFlags) {
    if (flag.name != option) continue;
    options.mount_flags = (options.mount_flags & ~flag.clear) | flag.set;
    options.mount_flags_said |= flag.set | flag.clear;
    return ok();
  }
  if (contains(kIgnored, option) || has_prefix_of(kIgnoredPrefixes, option)) return ok();
  if (option == "remount") return ok();  // known already
  if (options.remount && (contains(kShown, option) || has_prefix_of(kShownPrefixes, option)))
    return ok();
  if (has_prefix_of(kContexts, option)) {
    options.client_options.emplace_back(option);
    options.security_context += fmt::format(",{}", option);
    return ok();
  }
  if (option == "strictatime" || option == "norelatime" || option == "lazytime") {
    options.remarks.push_back(
        fmt::format("option {} has no effect: access times follow relatime's rule", option));
    return ok();
  }
  const size_t equals = option.find('=');
  const std::string_view name = option.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : option.substr(equals + 1);
  SHEEN_ASSIGN(const bool known, apply_own(name, value, options));
  if (known) options.client_options.emplace_back(option);
  if (known || sloppy) return ok();
  return Error(Errc::kInvalid, fmt::format("unknown mount option '{}'", option));
}

}  // namespace

Result<MountOptions> parse_mount_arguments(const std::vector<std::string>& arguments) {
  MountOptions options;
  std::vector<std::string> positional;
  std::string option_text;
  bool sloppy = false;
  bool flags_over = false;

  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (flags_over || argument.size() < 2 || argument[0] != '-') {
      positional.push_back(argument);
      continue;
    }
    if (argument == "--") {
      flags_over = true;
      continue;
    }
    if (argument == "--foreground") {
      options.foreground = true;
      continue;
    }
    if (argument.starts_with("--"))
      return Error(Errc::kInvalid, fmt::format("unknown argument '{}'", argument));
    for (size_t at = 1; at < argument.size(); ++at) {
      const char letter = argument[at];
      if (letter == 's') {
        sloppy = true;
      } else if (letter == 'f') {
        options.fake = true;
      } else if (letter == 'v') {
        options.verbose = true;
      } else if (letter == 'n') {
        continue;  // there is no mtab to be spared
      } else if (letter == 'o' || letter == 't') {
        std::string value = argument.substr(at + 1);
        if (value.empty()) {
          if (++i == arguments.size())
            return Error(Errc::kInvalid, fmt::format("-{} needs a value", letter));
          value = arguments[i];
        }
        if (letter == 'o') option_text += (option_text.empty() ? "" : ",") + value;
        break;
      } else {
        return Error(Errc::kInvalid, fmt::format("unknown argument '-{}'", letter));
      }
    }
  }

  if (positional.size() != 2)
    return Error(Errc::kInvalid, "expected what to mount (host:/fsname) and where");
  options.spec = positional[0];
  options.directory = positional[1];
  const std::vector<std::string_view> given = split_options(option_text);
  options.remount = std::find(given.begin(), given.end(), "remount") != given.end();
  for (const std::string_view option : given) SHEEN_TRY(apply_option(option, sloppy, options));
  return options;
}

Result<client::MountSpec> take_spec(MountOptions& options) {
  SHEEN_ASSIGN(auto spec, client::MountSpec::parse(options.spec));
  if (options.mgs_port == 0) return spec;
  const std::vector<std::string> before = spec.mgs_nodes();
  spec.set_port(options.mgs_port);
  if (spec.mgs_nodes() != before) options.spec = spec.to_string();
  return spec;
}

const char* mount_usage() {
  return "usage: mount.sheen HOST[:PORT][:HOST2[:PORT2]...]:/FSNAME DIRECTORY [-o OPTIONS] [-fsv] "
         "[--foreground]\n"
         "  --foreground       stay in the foreground and log to stderr\n"
         "  -f                 check the arguments and do not mount\n"
         "  -s                 ignore unknown options\n"
         "  -v                 say what is done\n"
         "options, besides mount(8)'s own:\n"
         "  remount            change the mount that is there: ro, rw, nosuid, nodev, noexec, "
         "sync\n"
         "  mgsport=N          TCP port of the MGS's hosts that are given without (7988)\n"
         "  retry=SECONDS      how long the servers may be away while mounting (30)\n"
         "  loglevel=LEVEL     error, warning, notice, info or debug (info)\n"
         "  logfile=FILE       log there instead of to syslog\n"
         "  blackbox=DIR       keep a blackbox and write it there on a crash\n"
         "  pidfile=FILE       write the process id there\n"
         "  read_ahead_kb=N    the kernel's readahead for mapped files (4096)\n"
         "  spin=MICROSECONDS  poll that long before sleeping: faster, at the price of a core (0)\n"
         "  checksum           checksum bulk data on the network\n";
}

}  // namespace sheen::fuse
