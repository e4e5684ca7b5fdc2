// SPDX-License-Identifier: Apache-2.0
// sheen explain PATH: where a file really is. Which MDT has its inode, which objects on which OSTs
// on which servers hold its bytes, how long each is, and the object's file below the target's
// directory. The mount is only asked for the inode number, which is the FID; everything else comes
// from the servers themselves, as a second opinion on what the mount believes.
#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli/deadline.h"
#include "cli/filesystem.h"
#include "cli/layout_path.h"
#include "cli/object_file.h"
#include "cli/table.h"
#include "lib/wire/striping.h"

namespace sheen::cli {
namespace {

constexpr int64_t kTargetTimeoutNs = 5 * kSecond;

struct ObjectRow {
  ObjectId id;
  uint16_t ost = 0;
  std::string label;
  std::string server;
  std::string file;
  bool answered = false;
  bool exists = false;
  uint64_t size = 0;
  uint64_t blocks = 0;
  std::string trouble;
};

std::unique_ptr<wire::CredentialsT> own_credentials() {
  auto cred = std::make_unique<wire::CredentialsT>();
  cred->uid = ::geteuid();
  cred->gid = ::getegid();
  cred->privileged = cred->uid == 0;
  const int count = ::getgroups(0, nullptr);
  if (count > 0) {
    std::vector<gid_t> groups(static_cast<size_t>(count));
    if (::getgroups(count, groups.data()) == count)
      cred->groups.assign(groups.begin(), groups.end());
  }
  return cred;
}

std::vector<ObjectRow> objects_of(Fid fid, const wire::Striping& striping,
                                  const rpc::ClusterMap& map) {
  std::vector<ObjectRow> rows;
  for (size_t c = 0; c < striping.components.size(); ++c) {
    for (size_t s = 0; s < striping.components[c].osts.size(); ++s) {
      ObjectRow row;
      row.id = {fid, static_cast<uint16_t>(c), static_cast<uint16_t>(s)};
      row.ost = striping.components[c].osts[s];
      row.label = TargetLabel{map.fsname, TargetKind::kOst, row.ost}.to_string();
      row.file = object_file(row.id);
      const rpc::TargetState* ost = map.find(TargetKind::kOst, row.ost);
      if (ost != nullptr) row.server = ost->host_name;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// Every object, all at once.
std::shared_ptr<std::vector<ObjectRow>> glimpse(AdminSession& session, const rpc::ClusterMap& map,
                                                std::vector<ObjectRow> objects) {
  auto rows = std::make_shared<std::vector<ObjectRow>>(std::move(objects));
  for (size_t i = 0; i < rows->size(); ++i) {
    const rpc::TargetState* ost = map.find(TargetKind::kOst, (*rows)[i].ost);
    if (ost == nullptr || ost->info.control.empty()) {
      (*rows)[i].trouble = "unknown to the MGS";
      continue;
    }
    (*rows)[i].trouble = "no answer";
    wire::GlimpseRequestT request;
    request.object = std::make_unique<wire::ObjectKey>(wire::to_key((*rows)[i].id));
    session.start<wire::GlimpseRequest>(ost->info, request, [rows, i](auto reply) {
      ObjectRow& row = (*rows)[i];
      row.answered = reply.has_value() && (*reply)->attr() != nullptr;
      if (!row.answered) {
        row.trouble = reply ? "no attributes in its answer" : plain_words(reply.error(), row.label);
        return;
      }
      row.trouble.clear();
      row.exists = (*reply)->attr()->exists();
      row.size = (*reply)->attr()->size();
      row.blocks = (*reply)->attr()->blocks();
    });
  }
  session.wait(kTargetTimeoutNs);
  return rows;
}

std::string object_table(const std::vector<ObjectRow>& rows) {
  Table table({">STRIPE", "OST", "SERVER", ">SIZE", ">ON DISK", "OBJECT", "FILE BELOW THE TARGET"});
  for (const ObjectRow& row : rows) {
    const std::string size = !row.answered ? "?" : row.exists ? fmt::to_string(row.size) : "-";
    const std::string blocks = row.exists ? format_bytes(row.blocks * 512) : "-";
    table.row({fmt::to_string(row.id.stripe), row.label, row.server.empty() ? "?" : row.server,
               size, blocks, row.id.to_string(),
               !row.answered ? row.trouble
               : row.exists  ? row.file
                             : "(no object: nothing written)"});
  }
  return table.to_string();
}

Json object_json(const ObjectRow& row) {
  Json json = Json::object();
  json.set("object", row.id.to_string()).set("component", row.id.component);
  json.set("stripe", row.id.stripe).set("ost", row.label).set("server", row.server);
  json.set("path", row.file).set("answered", row.answered);
  if (row.answered)
    json.set("exists", row.exists).set("size", row.size).set("blocks", row.blocks);
  else
    json.set("reason", row.trouble);
  return json;
}

std::string_view type_name(uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "symbolic link";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    case S_IFCHR: return "character device";
    case S_IFBLK: return "block device";
    default: return "?";
  }
}

ExitOutcome show(const Context& context, const std::string& path) {
  SHEEN_ASSIGN(const LayoutPath found, find_layout_path(path));
  SHEEN_ASSIGN(const MgsPlace mgs, find_mgs(context, found.mount));
  AdminSession session;
  SHEEN_ASSIGN(const rpc::ClusterMap map, fetch_map(session, mgs));
  const Fid fid{found.inode};
  const auto index = map.mdt_of(fid);
  const rpc::TargetState* mdt = index ? map.find(TargetKind::kMdt, *index) : nullptr;
  if (mdt == nullptr)
    return Complaint{kExitFailed, fmt::format("no MDT owns {}", fid.to_string()), path,
                     "check that --mgs and --fsname fit the mount"};

  wire::GetLayoutRequestT request;
  request.fid = fid.value;
  request.cred = own_credentials();
  SHEEN_ASSIGN(const auto reply,
               at(mdt->info.label, session.call<wire::GetLayoutRequest>(mdt->info, request)));
  SHEEN_ASSIGN(const wire::Striping striping,
               at(mdt->info.label, wire::Striping::from(reply->layout())));
  const auto rows = glimpse(session, map, objects_of(fid, striping, map));
  const bool complete =
      std::all_of(rows->begin(), rows->end(), [](const ObjectRow& row) { return row.answered; });

  const std::string size_known = reply->attr() == nullptr ? "unknown"
                                 : reply->attr()->size_valid()
                                     ? fmt::format("{} bytes", reply->attr()->size())
                                     : "as its objects say (open for writing)";
  std::string text = fmt::format("{}: {}, fid {}\n", path, type_name(found.mode), fid.to_string());
  text += fmt::format("  inode on {} (server {})\n", mdt->info.label, mdt->host_name);
  Json json = Json::object();
  json.set("path", path).set("type", type_name(found.mode)).set("fid", fid.to_string());
  json.set("mdt", mdt->info.label).set("mdt_server", mdt->host_name);
  if (reply->attr() != nullptr) {
    json.set("size_valid", reply->attr()->size_valid());
    if (reply->attr()->size_valid()) json.set("size", reply->attr()->size());
  }
  if (S_ISREG(found.mode)) {
    text += fmt::format("  size {}\n", size_known);
    for (const wire::StripeComponent& component : striping.components)
      text += fmt::format("  layout: {} stripe(s) of {}, generation {}\n", component.osts.size(),
                          format_bytes(component.stripe_size), striping.generation);
    text += rows->empty() ? "  no layout yet: it gets one with the first open for writing\n"
                          : "\n" + object_table(*rows);
  }
  Json objects = Json::array();
  for (const ObjectRow& row : *rows) objects.push(object_json(row));
  json.set("objects", std::move(objects));
  print(context, json, text);
  return complete ? kExitOk : kExitFailed;
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("explain", "where a file's inode and bytes really are");
  auto path = std::make_shared<std::string>();
  command->add_option("PATH", *path, "a file on a mount")->required();
  command->callback([&context, path] {
    context.action = [&context, path] {
      return run_on_mount(context, *path,
                          [&context, path](SignOfLife&) { return show(context, *path); });
    };
  });
}

}  // namespace sheen::cli
