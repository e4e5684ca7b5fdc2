// SPDX-License-Identifier: Apache-2.0
// sheen mkfs, mkfs.sheen: formats an MGT, MDT or OST.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli/mgs_place.h"
#include "cli/mkfs/format.h"
#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/rpc/cluster_map.h"
#include "lib/target/host_name.h"

namespace sheen::cli {
namespace {

struct Arguments {
  bool mgt = false;
  bool mdt = false;
  bool ost = false;
  std::string fsname;
  int64_t index = -1;  // -1: not given
  std::vector<std::string> mgs;
  std::vector<std::string> service_nodes;
  int64_t port = 0;  // 0: the label's usual one
  std::string directory;
  std::string device;
  std::string fstype;
  std::string mount_options;
  bool reformat = false;
};

Outcome<std::vector<std::string>> nodes_of(const std::vector<std::string>& words,
                                           const char* option) {
  const auto nodes = parse_nodes(fmt::format("{}", fmt::join(words, ",")));
  if (!nodes) return usage(nodes.error().detail(), fmt::format("check {}", option));
  return *nodes;
}

Outcome<TargetLabel> label_of(const Arguments& arguments) {
  if (int{arguments.mgt} + int{arguments.mdt} + int{arguments.ost} != 1)
    return usage("what to format is not clear", "give one of --mgt, --mdt and --ost");
  TargetLabel label;
  label.fsname = arguments.fsname;
  label.kind = arguments.mgt   ? TargetKind::kMgt
               : arguments.mdt ? TargetKind::kMdt
                               : TargetKind::kOst;
  if (const Status good = check_fsname(label.fsname); !good)
    return usage(good.error().detail(), "check --fsname");
  if (arguments.mgt) {
    if (arguments.index >= 0) return usage("an MGT has no index", "leave out --index");
    return label;
  }
  if (arguments.index < 0 || arguments.index > kTargetIndexMax)
    return usage(arguments.index < 0 ? "the target's index is missing"
                                     : fmt::format("index {} is too high", arguments.index),
                 fmt::format("give --index 0 to {}, different for each {} of {}", kTargetIndexMax,
                             to_string(label.kind), label.fsname));
  label.index = static_cast<uint16_t>(arguments.index);
  return label;
}

Outcome<target::TargetConfig> config_of(const Arguments& arguments) {
  target::TargetConfig config;
  SHEEN_ASSIGN(config.label, label_of(arguments));
  SHEEN_ASSIGN(config.mgs_nodes, nodes_of(arguments.mgs, "--mgs"));
  SHEEN_ASSIGN(config.service_nodes, nodes_of(arguments.service_nodes, "--service-node"));
  if (arguments.mgt && !config.mgs_nodes.empty())
    return usage("an MGT is the MGS's own target and has no other MGS", "leave out --mgs");
  if (!arguments.mgt && config.mgs_nodes.empty())
    return usage("it is not said where the MGS is", "give --mgs HOST[,HOST2]");
  // An OST's bulk port is the next one.
  const int64_t port_max = arguments.ost ? UINT16_MAX - 1 : UINT16_MAX;
  if (arguments.port < 0 || arguments.port > port_max)
    return usage(fmt::format("{} is no port", arguments.port),
                 fmt::format("give --port 1 to {}", port_max));
  config.port =
      arguments.port != 0 ? static_cast<uint16_t>(arguments.port) : rpc::default_port(config.label);
  if (config.service_nodes.empty()) config.service_nodes = {target::host_name()};
  config.mount_options = arguments.mount_options;
  SystemRandom random;
  config.uuid = Uuid::generate(random);
  return config;
}

Outcome<void> check_place(const Arguments& arguments) {
  if (arguments.directory.empty() && arguments.device.empty())
    return usage("where to format is not said", "give a directory, or --device DEVICE");
  if (!arguments.directory.empty() && !arguments.device.empty())
    return usage(fmt::format("both a device and a directory ({}) are given", arguments.directory),
                 "give one of them; on a device the target is its root directory");
  if (arguments.device.empty() && (!arguments.fstype.empty() || !arguments.mount_options.empty()))
    return usage("--fstype and --mount-options are for --device", "leave them out");
  if (!arguments.fstype.empty() && arguments.fstype != "ext4" && arguments.fstype != "xfs")
    return usage(fmt::format("'{}' is no file system type for a target", arguments.fstype),
                 "give --fstype ext4 or xfs");
  return {};
}

std::string_view daemon_of(TargetKind kind) {
  switch (kind) {
    case TargetKind::kMgt: return "sheen-mgs";
    case TargetKind::kMdt: return "sheen-mds";
    case TargetKind::kOst: return "sheen-oss";
  }
  return "?";
}

ExitOutcome format(const Context& context, const Arguments& arguments) {
  SHEEN_TRY(check_place(arguments));
  SHEEN_ASSIGN(const target::TargetConfig config, config_of(arguments));
  const bool on_device = !arguments.device.empty();
  if (on_device) {
    SHEEN_TRY(format_device({arguments.device, arguments.fstype.empty() ? "ext4" : arguments.fstype,
                             arguments.reformat},
                            config));
  } else {
    SHEEN_TRY(format_directory(arguments.directory, config, arguments.reformat));
    if (!is_on_supported_filesystem(arguments.directory))
      fmt::print(
          stderr,
          "{}: warning: {} lies neither on ext4 nor on XFS; Sheen is made for these, what is "
          "written may not survive there\n",
          context.program, arguments.directory);
  }
  const std::string label = config.label.to_string();
  const std::string& place = on_device ? arguments.device : arguments.directory;
  Json json = Json::object();
  json.set("label", label).set("uuid", config.uuid.to_string()).set("port", config.port);
  json.set(on_device ? "device" : "directory", place);
  const bool of_a_pair = config.service_nodes.size() > 1;
  const std::string start =
      of_a_pair   ? "sheen ha apply (describe it in /etc/sheen/ha.toml: docs/operations.md)"
      : on_device ? fmt::format("mount -o {} {} DIR && {} --target DIR",
                                config.mount_options.empty() ? "noatime" : config.mount_options,
                                place, daemon_of(config.label.kind))
                  : fmt::format("{} --target {}", daemon_of(config.label.kind), place);
  print(context, json,
        fmt::format("formatted {} in {}\n  uuid           {}\n  service nodes  {}, port {}\n"
                    "  MGS            {}\nstart it with: {}\n",
                    label, place, config.uuid.to_string(), fmt::join(config.service_nodes, ", "),
                    config.port,
                    config.mgs_nodes.empty() ? "this one"
                                             : fmt::format("{}", fmt::join(config.mgs_nodes, ", ")),
                    start));
  return kExitOk;
}

}  // namespace

void add_mkfs_options(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_flag("--mgt", arguments->mgt, "the MGS's target, which keeps the configuration");
  app.add_flag("--mdt", arguments->mdt, "a metadata target");
  app.add_flag("--ost", arguments->ost, "an object storage target");
  app.add_option("--fsname", arguments->fsname, "the file system's name, at most 8 characters")
      ->required();
  app.add_option("--index", arguments->index, "number of the MDT or OST, from 0");
  app.add_option("--mgs", arguments->mgs, "where the MGS may be: HOST[:PORT][,HOST2[:PORT]]")
      ->allow_extra_args(false);
  app.add_option("--service-node", arguments->service_nodes,
                 "a host that may serve this target; may be repeated (this host)")
      ->allow_extra_args(false);
  app.add_option("--port", arguments->port, "TCP port; an OST also uses the next one");
  app.add_option("--device", arguments->device, "format this block device instead of a directory");
  app.add_option("--fstype", arguments->fstype, "of the device: ext4 (default) or xfs");
  app.add_option("--mount-options", arguments->mount_options, "of the device (noatime)");
  app.add_flag("--reformat", arguments->reformat,
               "destroy the Sheen target in the directory, or whatever is on the device");
  app.add_option("DIR", arguments->directory, "an empty directory on ext4 or XFS");
  app.callback([&context, arguments] {
    context.action = [&context, arguments] { return format(context, *arguments); };
  });
}

void add_mkfs(CLI::App& app, Context& context) {
  add_mkfs_options(*app.add_subcommand("mkfs", "format a target (MGT, MDT or OST)"), context);
}

}  // namespace sheen::cli
