// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/tree_check.h"

#include <charconv>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>

namespace sheen::sim {
namespace {
constexpr int64_t kCallSecondsMax = 120;
}

template <class T>
Result<T> TreeCheck::wait(const std::function<void(client::Done<T>)>& call) {
  // The answer may come after this function gave up, hence on the heap.
  auto answer = std::make_shared<std::optional<Result<T>>>();
  call([answer](Result<T> result) { answer->emplace(std::move(result)); });
  if (!cluster_.run_until([&] { return answer->has_value(); }, kCallSecondsMax))
    return Error(Errc::kTimedOut, "a call of the final check");
  return std::move(**answer);
}

std::map<std::string, client::Attr> TreeCheck::list(Fid directory) {
  std::map<std::string, client::Attr> out;
  uint64_t cookie = 0;
  for (;;) {
    auto page = wait<client::DirPage>([&](client::Done<client::DirPage> done) {
      client_->readdir(root_, directory, cookie, 4096, true, std::move(done));
    });
    if (!page) {
      shared_.fail("final readdir: " + page.error().message());
      return out;
    }
    for (const client::DirEntry& entry : page->entries) {
      cookie = entry.cookie;
      if (!entry.attr)
        shared_.fail("final readdir without attributes of " + entry.name);
      else if (!out.emplace(entry.name, *entry.attr).second)
        shared_.fail(entry.name + " is listed twice");
    }
    if (page->end) return out;
  }
}

void TreeCheck::run() {
  root_.privileged = true;
  client_ = &cluster_.add_client(true);
  const auto up = wait<void>([&](client::Done<void> done) { client_->start(std::move(done)); });
  if (!up) return shared_.fail("final mount: " + up.error().message());

  const auto top = list(kRootFid);
  // Beside them the directory of the contests and the register.
  if (top.size() != models_.size() + 2) shared_.fail("the root holds something else");
  files_.insert(shared_.register_file);
  for (const auto& [name, model] : models_) {
    const auto found = top.find(name);
    if (found == top.end())
      shared_.fail("directory of " + name + " is missing");
    else
      check_directory(name, found->second.fid, *model->root());
  }
  const auto contest = list(shared_.contest_directory);
  for (const auto& [name, balance] : shared_.contest_balance)
    if (balance != (contest.contains(name) ? 1 : 0))
      shared_.fail(fmt::format("contest over {}: won {} times more than lost, but it {}", name,
                               balance, contest.contains(name) ? "exists" : "does not exist"));
  if (shared_.failures.empty()) check_objects();
}

void TreeCheck::check_directory(const std::string& path, Fid fid, const Node& node) {
  const auto entries = list(fid);
  for (const auto& [name, attr] : entries)
    if (!node.children.contains(name)) shared_.fail(path + "/" + name + " should not exist");
  for (const auto& [name, child] : node.children) {
    const auto found = entries.find(name);
    if (found == entries.end())
      shared_.fail(path + "/" + name + " is missing");
    else
      check_node(path + "/" + name, found->second, *child);
  }
}

void TreeCheck::check_node(const std::string& path, const client::Attr& attr, const Node& node) {
  if (attr.fid != node.fid) shared_.fail(path + " is another file");
  if (attr.nlink != ModelFs::nlink_of(node))
    shared_.fail(
        fmt::format("{}: nlink {} instead of {}", path, attr.nlink, ModelFs::nlink_of(node)));
  if ((attr.mode & 07777) != node.mode) shared_.fail(path + ": another mode");
  if (node.type == NodeType::kDirectory) return check_directory(path, attr.fid, node);
  if (node.type == NodeType::kSymlink) {
    const auto target = wait<std::string>(
        [&](client::Done<std::string> done) { client_->readlink(attr.fid, std::move(done)); });
    if (!target || *target != node.target) shared_.fail(path + ": another symlink");
    return;
  }
  files_.insert(attr.fid);
  if (attr.size != node.content.size())
    shared_.fail(fmt::format("{}: size {} instead of {}", path, attr.size, node.content.size()));
  check_file(path, node);
}

void TreeCheck::check_file(const std::string& path, const Node& node) {
  const auto opened = wait<client::Opened>([&](client::Done<client::Opened> done) {
    client_->open(root_, node.fid, O_RDONLY, std::move(done));
  });
  if (!opened) return shared_.fail(path + ": open: " + opened.error().message());
  const auto read = wait<client::ReadResult>([&](client::Done<client::ReadResult> done) {
    client_->read(opened->handle, 0, node.content.size() + 1000, std::move(done));
  });
  std::string bytes;
  if (read)
    for (const Buffer& buffer : read->buffers) bytes += buffer.view();
  if (bytes != node.content)
    shared_.fail(fmt::format("{} {}: content differs ({} bytes, {} expected)", path,
                             node.fid.to_string(), bytes.size(), node.content.size()));
  (void)wait<void>([&](client::Done<void> done) {
    client_->release(opened->handle, std::nullopt, std::move(done));
  });
  for (const auto& [name, value] : node.xattrs) {
    const auto stored = wait<std::string>([&](client::Done<std::string> done) {
      client_->getxattr(root_, node.fid, name, std::move(done));
    });
    if (!stored || *stored != value) shared_.fail(path + ": xattr " + name + " differs");
  }
}

void TreeCheck::check_objects() {
  // Other mounts still hold open files without names; their objects may stay until they are gone.
  cluster_.end_clients_but(client_);
  const auto strays = [&] {
    size_t count = 0;
    for (const std::string& label : cluster_.labels()) {
      const std::string objects = cluster_.directory_of(label) + "/O";
      if (!std::filesystem::exists(objects)) continue;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(objects)) {
        if (!entry.is_regular_file()) continue;
        const std::string file = entry.path().filename();
        const std::string sequence = entry.path().parent_path().parent_path().filename();
        uint32_t high = 0;
        uint32_t low = 0;
        std::from_chars(sequence.data(), sequence.data() + sequence.size(), high, 16);
        std::from_chars(file.data(), file.data() + file.find('.'), low, 16);
        if (!files_.contains(Fid::make(high, low))) ++count;
      }
    }
    return count;
  };
  // Sessions of the dead clients have to run out first.
  if (!cluster_.run_until([&] { return strays() == 0; }, 300))
    shared_.fail(fmt::format("{} objects belong to no file", strays()));
}

}  // namespace sheen::sim
