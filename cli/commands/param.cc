// SPDX-License-Identifier: Apache-2.0
// sheen param list|get|set|unset: settings of a whole file system, kept and pushed by the MGS.
#include <fmt/format.h>

#include "cli/context.h"
#include "cli/filesystem.h"
#include "cli/table.h"
#include "lib/rpc/params.h"

namespace sheen::cli {
namespace {

struct Arguments {
  std::string name;
  std::string value;
};

Json to_json(const rpc::ParamInfo& info, const rpc::ClusterMap& map) {
  Json json = Json::object();
  json.set("name", info.name);
  json.set("value", rpc::format_param(info, rpc::param(map, info.name)));
  json.set("set", map.params.contains(std::string(info.name)));
  json.set("default", rpc::format_param(info, info.default_value));
  json.set("accepted", rpc::accepted_range(info)).set("meaning", info.meaning);
  return json;
}

Outcome<rpc::ClusterMap> current_map(const Context& context) {
  SHEEN_ASSIGN(const MgsPlace mgs, find_mgs(context));
  AdminSession session;
  return fetch_map(session, mgs);
}

Complaint unknown(const std::string& name) {
  return usage(fmt::format("there is no parameter '{}'", name),
               "sheen param list shows those there are");
}

ExitOutcome list(const Context& context) {
  SHEEN_ASSIGN(const rpc::ClusterMap map, current_map(context));
  Json rows = Json::array();
  Table table({"PARAMETER", ">VALUE", ">DEFAULT", "ACCEPTED", "MEANING"});
  for (const rpc::ParamInfo& info : rpc::params()) {
    rows.push(to_json(info, map));
    const bool set = map.params.contains(std::string(info.name));
    table.row({std::string(info.name),
               rpc::format_param(info, rpc::param(map, info.name)) + (set ? "*" : ""),
               rpc::format_param(info, info.default_value), rpc::accepted_range(info),
               std::string(info.meaning)});
  }
  // Set under another release, which knew them.
  for (const auto& [name, value] : map.params) {
    if (rpc::find_param(name) != nullptr) continue;
    table.row({name, value + "*", "-", "-", "unknown to this release"});
    rows.push(Json::object().set("name", name).set("value", value).set("set", true));
  }
  Json json = Json::object();
  json.set("fsname", map.fsname).set("version", map.version).set("params", std::move(rows));
  print(context, json, table.to_string() + "* set; the others are at their defaults\n");
  return kExitOk;
}

ExitOutcome get(const Context& context, const Arguments& arguments) {
  const rpc::ParamInfo* info = rpc::find_param(arguments.name);
  if (info == nullptr) return unknown(arguments.name);
  SHEEN_ASSIGN(const rpc::ClusterMap map, current_map(context));
  print(context, to_json(*info, map), rpc::format_param(*info, rpc::param(map, info->name)) + "\n");
  return kExitOk;
}

ExitOutcome change(const Context& context, const Arguments& arguments, bool unset) {
  const rpc::ParamInfo* info = rpc::find_param(arguments.name);
  if (info == nullptr && !unset) return unknown(arguments.name);
  if (!unset)
    if (const auto value = rpc::parse_param(*info, arguments.value); !value)
      return usage(value.error().detail(), "choose a value in that range");
  SHEEN_ASSIGN(const MgsPlace mgs, find_mgs(context));
  AdminSession session;
  SHEEN_ASSIGN(const rpc::ClusterMap map, fetch_map(session, mgs));
  wire::ParamSetRequestT request;
  request.fsname = map.fsname;
  request.name = arguments.name;
  request.value = arguments.value;
  request.unset = unset;
  SHEEN_ASSIGN(const auto reply, at("MGS at " + mgs.to_string(),
                                    session.call<wire::ParamSetRequest>(
                                        mgs.target(), request, rpc::RequestKind::kChange)));
  print(context, Json::object().set("version", reply->version()),
        fmt::format("{}: {} {}, configuration version {}\n", map.fsname, arguments.name,
                    unset ? "is back at its default" : "= " + arguments.value, reply->version()));
  return kExitOk;
}

}  // namespace

void add_param(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("param", "settings of a whole file system");
  command->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* meaning, auto run) {
    auto* sub = command->add_subcommand(name, meaning);
    sub->callback([&context, arguments, run] {
      context.action = [&context, arguments, run] { return run(context, *arguments); };
    });
    return sub;
  };
  add("list", "all parameters, their values and what is accepted",
      [](const Context& c, const Arguments&) { return list(c); });
  auto* get_command = add("get", "one parameter's value", get);
  auto* set_command = add("set", "set a parameter",
                          [](const Context& c, const Arguments& a) { return change(c, a, false); });
  auto* unset_command =
      add("unset", "back to the default",
          [](const Context& c, const Arguments& a) { return change(c, a, true); });
  for (auto* sub : {get_command, set_command, unset_command})
    sub->add_option("NAME", arguments->name, "the parameter")->required();
  set_command->add_option("VALUE", arguments->value, "its value")->required();
}

}  // namespace sheen::cli
