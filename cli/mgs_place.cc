// SPDX-License-Identifier: Apache-2.0
#include "cli/mgs_place.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/base/host_port.h"
#include "lib/rpc/cluster_map.h"

namespace sheen::cli {
namespace {

constexpr const char* kFile = "/etc/sheen/mgs";

Outcome<std::vector<std::string>> nodes_from_file() {
  std::ifstream file(kFile);
  if (!file) return std::vector<std::string>();
  std::ostringstream text;
  text << file.rdbuf();
  auto nodes = parse_nodes(text.str());
  if (nodes) return std::move(*nodes);
  return Complaint{kExitFailed, nodes.error().detail(), kFile,
                   "write the MGS's host names there, one per line"};
}

// "host", "host:port", "[address]", "[address]:port", or an IPv6 address as it is.
Status check_node(std::string_view node) {
  const bool bracketed = node.starts_with('[');
  if (!bracketed && std::count(node.begin(), node.end(), ':') != 1) return ok();
  const size_t host_size = bracketed ? node.find(']') + 1 : node.find(':');
  const std::string_view rest = node.substr(host_size);
  if (host_size == 0 || (!rest.empty() && rest.front() != ':'))
    return Error(Errc::kInvalid, fmt::format("'{}' is no HOST[:PORT]", node));
  if (rest.empty()) return ok();
  if (const auto port = parse_port(rest.substr(1)); !port)
    return Error(Errc::kInvalid, fmt::format("'{}': {}", node, port.error().detail()));
  return ok();
}

// The mount that stands for all of them, if they are of one MGS; without fsname if they are not of
// one file system.
std::optional<Mount> common_mount(const std::vector<Mount>& mounts) {
  if (mounts.empty()) return std::nullopt;
  Mount common = mounts.front();
  for (const Mount& mount : mounts) {
    if (mount.spec.mgs_nodes() != common.spec.mgs_nodes()) return std::nullopt;
    if (mount.spec.fsname != common.spec.fsname) common.spec.fsname.clear();
  }
  return common;
}

}  // namespace

std::string MgsPlace::to_string() const { return fmt::format("{}", fmt::join(nodes, ",")); }

rpc::TargetInfo MgsPlace::target() const {
  rpc::TargetInfo info;
  info.fsname = fsname;
  info.control = rpc::mgs_addresses(nodes);
  return info;
}

Result<std::vector<std::string>> parse_nodes(std::string_view text) {
  std::vector<std::string> nodes;
  std::string word;
  for (const char c : std::string(text) + ",") {
    if (c == ',' || c == '\n' || c == ' ' || c == '\t' || c == '\r') {
      if (word.empty()) continue;
      SHEEN_TRY(check_node(word));
      nodes.push_back(std::exchange(word, {}));
      continue;
    }
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                       std::string_view("._-:[]%").find(c) != std::string_view::npos;
    if (!plain) return Error(Errc::kInvalid, fmt::format("'{}' is no list of HOST[:PORT]", text));
    word += c;
  }
  return nodes;
}

Outcome<MgsPlace> find_mgs(const Context& context, const std::optional<Mount>& mount) {
  MgsPlace place;
  place.fsname = context.fsname;
  if (!context.fsname.empty())
    if (const Status good = check_fsname(context.fsname); !good)
      return usage(good.error().detail(), "check --fsname");

  std::optional<Mount> from = mount;
  if (!from) {
    SHEEN_ASSIGN(const auto mounts, at("the list of mounts", sheen_mounts()));
    from = common_mount(mounts);
  }
  if (!context.mgs.empty()) {
    const auto nodes = parse_nodes(context.mgs);
    if (!nodes) return usage(nodes.error().detail(), "check --mgs");
    if (nodes->empty())
      return usage(fmt::format("'{}' is no list of HOST[:PORT]", context.mgs), "check --mgs");
    place.nodes = *nodes;
    // A path says which file system is meant, whatever MGS is asked.
    if (place.fsname.empty() && mount) place.fsname = mount->spec.fsname;
    return place;
  }
  if (from) {
    place.nodes = from->spec.mgs_nodes();
    if (place.fsname.empty()) place.fsname = from->spec.fsname;
    return place;
  }
  SHEEN_ASSIGN(place.nodes, nodes_from_file());
  if (place.nodes.empty())
    return usage("it is not known where the MGS is",
                 fmt::format("give --mgs HOST, set SHEEN_MGS, or write the host into {}", kFile));
  return place;
}

}  // namespace sheen::cli
