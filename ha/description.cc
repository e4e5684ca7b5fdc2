// SPDX-License-Identifier: Apache-2.0
#include "ha/description.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "ha/toml_section.h"
#include "lib/base/host_port.h"

namespace sheen::ha {
namespace {

// Names become ids in Pacemaker's configuration (XML's NCName, without what pcs refuses).
bool is_name(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                  c == '.';
         });
}

Result<std::string> take_name(TomlSection& section) {
  SHEEN_ASSIGN(std::string name, section.text("name"));
  if (!is_name(name)) return toml_mistake(section.name(), fmt::format("'{}' is no name", name));
  return name;
}

Result<FenceDevice> to_fence_device(const toml::node& node, const std::string& of) {
  const std::string where = fmt::format("fence device of {}", of);
  if (node.as_table() == nullptr) return toml_mistake(where, "must be a table");
  TomlSection section(where, *node.as_table());
  FenceDevice device;
  SHEEN_ASSIGN(device.agent, section.text("agent"));
  SHEEN_ASSIGN(device.options, section.values("options"));
  SHEEN_ASSIGN(device.delay_s, section.number("delay_s"));
  SHEEN_TRY(section.finish());
  return device;
}

Result<Node> to_node(TomlSection& section) {
  Node node;
  SHEEN_ASSIGN(node.name, take_name(section));
  SHEEN_ASSIGN(node.addresses, section.texts("addresses"));
  const toml::node* fence = section.take("fence");
  if (fence == nullptr) return node;
  if (const toml::array* levels = fence->as_array()) {
    for (const toml::node& level : *levels) {
      SHEEN_ASSIGN(FenceDevice device, to_fence_device(level, node.name));
      node.fence.push_back(std::move(device));
    }
    return node;
  }
  SHEEN_ASSIGN(FenceDevice device, to_fence_device(*fence, node.name));
  node.fence.push_back(std::move(device));
  return node;
}

Result<FileSystem> to_filesystem(TomlSection& section) {
  FileSystem out;
  SHEEN_ASSIGN(out.name, take_name(section));
  SHEEN_ASSIGN(out.mgs, section.texts("mgs"));
  if (out.mgs.empty()) return toml_mistake(section.name(), "needs 'mgs', the MGS's nodes");
  return out;
}

Result<Target> to_target(TomlSection& section) {
  Target target;
  SHEEN_ASSIGN(const std::string label, section.text("label"));
  const auto parsed = TargetLabel::parse(label);
  if (!parsed) return toml_mistake(section.name(), parsed.error().detail());
  target.label = *parsed;
  SHEEN_ASSIGN(target.nodes, section.texts("nodes"));
  SHEEN_ASSIGN(target.parameters, section.values("parameters"));
  // Those that everybody sets need no table of their own.
  for (const char* key : {"device", "directory", "uuid", "launcher"}) {
    if (!section.has(key)) continue;
    SHEEN_ASSIGN(target.parameters[key], section.text(key));
  }
  SHEEN_ASSIGN(const auto start, section.number("start_timeout_s"));
  SHEEN_ASSIGN(const auto stop, section.number("stop_timeout_s"));
  target.start_timeout_s = start.value_or(target.start_timeout_s);
  target.stop_timeout_s = stop.value_or(target.stop_timeout_s);
  return target;
}

template <class Item>
Status read_list(const toml::table& file, std::string_view key, std::vector<Item>& out,
                 Result<Item> (*convert)(TomlSection&)) {
  const toml::node* node = file.get(key);
  if (node == nullptr) return ok();
  const toml::array* list = node->as_array();
  if (list == nullptr) return toml_mistake(key, fmt::format("must be written [[{}]]", key));
  for (const toml::node& item : *list) {
    if (item.as_table() == nullptr)
      return toml_mistake(key, fmt::format("must be written [[{}]]", key));
    TomlSection section(fmt::format("{} {}", key, out.size() + 1), *item.as_table());
    SHEEN_ASSIGN(Item converted, convert(section));
    SHEEN_TRY(section.finish());
    out.push_back(std::move(converted));
  }
  return ok();
}

Status check_nodes(const Description& description) {
  if (description.nodes.empty())
    return toml_mistake("[[node]]", "is missing: who is in the cluster?");
  std::set<std::string> names;
  for (const Node& node : description.nodes)
    if (!names.insert(node.name).second)
      return toml_mistake("[[node]]", fmt::format("'{}' is there twice", node.name));
  std::set<std::string> devices;
  for (const Node& node : description.nodes)
    for (size_t level = 0; level < node.fence.size(); ++level)
      if (!devices.insert(fence_id(node, level)).second)
        return toml_mistake(
            "[[node]]", fmt::format("two fence devices would be called {}: use other node names",
                                    fence_id(node, level)));
  return ok();
}

Status check_filesystems(const Description& description) {
  std::set<std::string> names;
  for (const FileSystem& one : description.filesystems)
    if (!names.insert(one.name).second)
      return toml_mistake("[[filesystem]]", fmt::format("'{}' is there twice", one.name));
  for (const Target& target : description.targets)
    if (!names.contains(target.label.fsname))
      return toml_mistake(
          fmt::format("target '{}'", target.name()),
          fmt::format("is of no [[filesystem]] (name = \"{}\", mgs = [...])", target.label.fsname));
  return ok();
}

Status check_target(const Description& description, const Target& target) {
  const std::string where = fmt::format("target '{}'", target.name());
  if (target.nodes.empty()) return toml_mistake(where, "has no nodes: which may serve it?");
  std::set<std::string> seen;
  for (const std::string& name : target.nodes) {
    const bool known = std::any_of(description.nodes.begin(), description.nodes.end(),
                                   [&](const Node& node) { return node.name == name; });
    if (!known) return toml_mistake(where, fmt::format("'{}' is no [[node]]", name));
    if (!seen.insert(name).second) return toml_mistake(where, fmt::format("has '{}' twice", name));
  }
  return ok();
}

Status check_targets(const Description& description) {
  std::set<std::string> labels;
  std::set<std::string> devices;
  for (const Target& target : description.targets) {
    SHEEN_TRY(check_target(description, target));
    if (!labels.insert(target.name()).second)
      return toml_mistake("[[target]]", fmt::format("'{}' is there twice", target.name()));
    const auto device = target.parameters.find("device");
    if (device != target.parameters.end() && !devices.insert(device->second).second)
      return toml_mistake(fmt::format("target '{}'", target.name()),
                          fmt::format("has device {}, as another target", device->second));
  }
  return ok();
}

Status read_cluster(const toml::table& file, Description& out) {
  const toml::table* table = file["cluster"].as_table();
  if (table == nullptr) return toml_mistake("[cluster]", "is missing");
  TomlSection section("cluster", *table);
  SHEEN_ASSIGN(out.cluster, take_name(section));
  SHEEN_ASSIGN(const auto token, section.number("token_ms"));
  out.token_ms = token.value_or(out.token_ms);
  return section.finish();
}

Status read_network(const toml::table& file, Description& out) {
  const toml::table* table = file["network"].as_table();
  if (table == nullptr) return ok();
  TomlSection section("network", *table);
  SHEEN_ASSIGN(out.network_peers, section.texts("peers"));
  for (const std::string& peer : out.network_peers)
    if (const auto place = parse_host_port(peer); !place)
      return toml_mistake("[network]", fmt::format("peers: {}", place.error().detail()));
  return section.finish();
}

}  // namespace

const FileSystem* Description::filesystem(std::string_view name) const {
  const auto found = std::find_if(filesystems.begin(), filesystems.end(),
                                  [&](const FileSystem& one) { return one.name == name; });
  return found == filesystems.end() ? nullptr : &*found;
}

Result<Description> Description::parse(std::string_view toml) {
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error(Errc::kInvalid,
                 fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
  const toml::table& file = parsed.table();
  const std::set<std::string_view> known{"cluster", "node", "filesystem", "target", "network"};
  for (const auto& [key, value] : file)
    if (!known.contains(key.str()))
      return toml_mistake(fmt::format("'{}'", key.str()), "is no section that is known");

  Description out;
  SHEEN_TRY(read_cluster(file, out));
  SHEEN_TRY(read_network(file, out));
  SHEEN_TRY(read_list(file, "node", out.nodes, to_node));
  SHEEN_TRY(read_list(file, "filesystem", out.filesystems, to_filesystem));
  SHEEN_TRY(read_list(file, "target", out.targets, to_target));
  SHEEN_TRY(check_nodes(out));
  SHEEN_TRY(check_filesystems(out));
  SHEEN_TRY(check_targets(out));
  return out;
}

Result<Description> Description::load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return errno_error(errno, path);
  std::stringstream text;
  text << file.rdbuf();
  auto description = parse(text.str());
  if (!description) return std::move(description).error().with(path);
  return description;
}

std::string fence_id(const Node& node, size_t level) {
  return level == 0 ? fmt::format("fence-{}", node.name)
                    : fmt::format("fence-{}-{}", node.name, level + 1);
}

Status check_fencing(const Description& description) {
  for (const Node& node : description.nodes)
    if (node.fence.empty())
      return toml_mistake(fmt::format("node '{}'", node.name),
                          "has no 'fence': without fencing a target could be served twice");
  return ok();
}

}  // namespace sheen::ha
