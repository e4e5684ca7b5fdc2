// SPDX-License-Identifier: Apache-2.0
// sheen getstripe PATH...: a file's layout with its OSTs, a directory's default for new files.
#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/context.h"
#include "cli/deadline.h"
#include "cli/layout_path.h"
#include "cli/table.h"

namespace sheen::cli {
namespace {

std::string or_default(int64_t value, int64_t all, const std::string& shown) {
  if (value == 0) return "default";
  return value == all ? "all" : shown;
}

std::string describe_directory(const Json& json) {
  const int64_t count = json["stripe_count"].number();
  const int64_t size = json["stripe_size"].number();
  const int64_t start = json["start_ost"].number(-1);
  return fmt::format("  new files: stripe count {}, stripe size {}, first OST {}\n",
                     or_default(count, -1, fmt::to_string(count)),
                     or_default(size, -1, format_bytes(static_cast<uint64_t>(size))),
                     start < 0 ? "any" : fmt::to_string(start));
}

std::string describe_file(const Json& json) {
  std::string text = fmt::format("  fid {} on {}\n", json["fid"].text(), json["mdt"].text());
  for (const Json& component : json["components"].items()) {
    text += fmt::format("  stripe count {}, stripe size {}\n", component["stripe_count"].number(),
                        format_bytes(static_cast<uint64_t>(component["stripe_size"].number())));
    Table table({"  STRIPE", "OST", "OBJECT"});
    size_t stripe = 0;
    for (const Json& object : component["objects"].items())
      table.row({fmt::format("  {}", stripe++), std::string(object["ost"].text()),
                 std::string(object["object"].text())});
    text += table.to_string();
  }
  return text;
}

// The mount's JSON, with the path in front and each component's OST indexes as a list of their own.
Json to_json(const std::string& path, const Json& layout, bool directory) {
  Json json = Json::object();
  json.set("path", path).set("type", directory ? "directory" : "file");
  for (const char* key :
       {"fid", "mdt", "generation", "stripe_count", "stripe_size", "start_ost", "inherited"})
    if (!layout[key].is_null()) json.set(key, layout[key]);
  if (directory) return json;
  Json components = Json::array();
  for (const Json& component : layout["components"].items()) {
    Json osts = Json::array();
    for (const Json& object : component["objects"].items()) osts.push(object["index"]);
    Json row = component;
    components.push(row.set("osts", std::move(osts)));
  }
  json.set("components", std::move(components));
  return json;
}

ExitOutcome show(const Context& context, const std::vector<std::string>& paths, SignOfLife& alive) {
  Json list = Json::array();
  std::string text;
  for (const std::string& path : paths) {
    SHEEN_ASSIGN(const LayoutPath found, find_layout_path(path));
    const bool directory = S_ISDIR(found.mode);
    if (!directory && !S_ISREG(found.mode))
      return Complaint{kExitFailed, "only files and directories have a layout", path, {}};
    SHEEN_ASSIGN(const Json layout,
                 get_layout(found.real_path, directory ? kDefaultLayoutXattr : kLayoutXattr));
    text += path + "\n" + (directory ? describe_directory(layout) : describe_file(layout));
    list.push(to_json(path, layout, directory));
    alive();
  }
  print(context, paths.size() == 1 ? list.items().front() : list, text);
  return kExitOk;
}

}  // namespace

void add_getstripe(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("getstripe", "the layout of files, the default of directories");
  auto paths = std::make_shared<std::vector<std::string>>();
  command->add_option("PATH", *paths, "files and directories on a mount")->required();
  command->callback([&context, paths] {
    context.action = [&context, paths] {
      const std::string path = paths->size() == 1 ? paths->front() : "";  // which one is not known
      return run_on_mount(context, path, [&context, paths](SignOfLife& alive) {
        return show(context, *paths, alive);
      });
    };
  });
}

}  // namespace sheen::cli
