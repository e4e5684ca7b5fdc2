// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_process.h"

#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "lib/base/crc32c.h"

namespace sheen::sim {
namespace {
constexpr size_t kOpenMax = 4;
constexpr uint64_t kFileMax = 400'000;  // several stripes of 64 KiB
constexpr uint32_t kPermissionBits = 07777;
}  // namespace

SimProcess::SimProcess(std::string name, client::Client& client, uint64_t seed, SharedState& shared,
                       int calls)
    : name_(std::move(name)), client_(client), random_(seed), shared_(shared), calls_left_(calls) {
  caller_.privileged = true;
}

void SimProcess::start() {
  busy_ = true;
  current_ = "mkdir of its own directory";
  client_.mkdir(caller_, kRootFid, name_, 0755, [this](Result<client::Attr> attr) {
    if (attr) model_.root()->fid = attr->fid;
    done(current_, Errc::kOk, attr.code());
  });
}

std::string SimProcess::describe() const {
  return fmt::format("{}: {} calls left, in {}", name_, calls_left_, busy_ ? current_ : "nothing");
}

void SimProcess::done(const std::string& what, Errc expected, Errc actual) {
  shared_.note(crc32c(what.data(), what.size()) ^ uint64_t{static_cast<uint32_t>(actual)} << 32);
  if (expected != actual)
    shared_.fail(fmt::format("{}: {}: expected {}, got {}", name_, what, errc_info(expected).name,
                             errc_info(actual).name));
  busy_ = false;
  if (calls_left_ > 0 && shared_.failures.empty()) next();
}

NodePtr SimProcess::any_directory() {
  const auto all = model_.directories();
  return all[random_.below(all.size())];
}

NodePtr SimProcess::any_file() {
  std::vector<NodePtr> files;
  for (const NodePtr& directory : model_.directories())
    for (const auto& [name, node] : directory->children)
      if (node->type == NodeType::kFile) files.push_back(node);
  return files.empty() ? nullptr : files[random_.below(files.size())];
}

std::string SimProcess::any_name() {
  return std::string(1, static_cast<char>('a' + random_.below(7)));
}

std::string SimProcess::any_data() {
  std::string data(1 + random_.below(random_.below(4) == 0 ? 150'000 : 3'000), '\0');
  uint64_t word = random_.next();
  for (char& c : data)
    c = static_cast<char>(word = word * 6364136223846793005ULL + 1442695040888963407ULL);
  return data;
}

void SimProcess::next() {
  busy_ = true;
  --calls_left_;
  switch (random_.below(26)) {
    case 0:
    case 1:
    case 2: return create();
    case 3:
    case 4: return make_directory();
    case 5: return make_symlink();
    case 6: return remove_file();
    case 7: return remove_directory();
    case 8:
    case 9: return rename();
    case 10: return hard_link();
    case 11: return look_up();
    case 12: return stat();
    case 13: return list();
    case 14: return open_file();
    case 15: return close_file();
    case 16:
    case 17: return write();
    case 18: return append();
    case 19: return read();
    case 20: return truncate();
    case 21: return random_.below(2) == 0 ? punch() : change_mode();
    case 22: return random_.below(3) == 0 ? sync() : xattr();
    case 23: return contest();
    default: return use_register();
  }
}

void SimProcess::create() {
  const NodePtr directory = any_directory();
  const std::string name = any_name();
  const NodePtr existing = model_.find(directory, name);
  const bool exclusive = random_.below(2) == 0;
  Errc expected = Errc::kOk;
  if (existing && exclusive)
    expected = Errc::kExists;
  else if (existing && existing->type == NodeType::kDirectory)
    expected = Errc::kIsDirectory;
  else if (existing && existing->type == NodeType::kSymlink)
    expected = Errc::kStale;  // look again
  current_ = fmt::format("create {}", name);
  client_.create(caller_, directory->fid, name, 0644, O_RDWR | O_CREAT | (exclusive ? O_EXCL : 0),
                 [=, this](Result<client::Opened> opened) {
                   if (opened && expected == Errc::kOk) {
                     NodePtr node = existing;
                     if (!node) {
                       node = model_.create(directory, name, NodeType::kFile);
                       node->fid = opened->attr.fid;
                       node->mode = 0644;
                     }
                     check_attr(current_, *node, opened->attr);
                     open_.push_back({opened->handle, node});
                   }
                   done(current_, expected, opened.code());
                 });
}

void SimProcess::make_directory() {
  const NodePtr directory = any_directory();
  const std::string name = any_name();
  const Errc expected = model_.can_create(directory, name).code();
  current_ = fmt::format("mkdir {}", name);
  client_.mkdir(caller_, directory->fid, name, 0755, [=, this](Result<client::Attr> attr) {
    if (attr && expected == Errc::kOk) {
      const NodePtr node = model_.create(directory, name, NodeType::kDirectory);
      node->fid = attr->fid;
      node->mode = 0755;
    }
    done(current_, expected, attr.code());
  });
}

void SimProcess::make_symlink() {
  const NodePtr directory = any_directory();
  const std::string name = any_name();
  const std::string target = "../" + any_name();
  const Errc expected = model_.can_create(directory, name).code();
  current_ = fmt::format("symlink {}", name);
  client_.symlink(caller_, directory->fid, name, target, [=, this](Result<client::Attr> attr) {
    if (attr && expected == Errc::kOk) {
      const NodePtr node = model_.create(directory, name, NodeType::kSymlink);
      node->fid = attr->fid;
      node->mode = 0777;
      node->target = target;
    }
    done(current_, expected, attr.code());
  });
}

void SimProcess::remove_file() {
  const NodePtr directory = any_directory();
  const std::string name = any_name();
  const Errc expected = model_.unlink(directory, name).code();
  current_ = fmt::format("unlink {}", name);
  client_.unlink(caller_, directory->fid, name,
                 [=, this](Result<void> result) { done(current_, expected, result.code()); });
}

void SimProcess::remove_directory() {
  const NodePtr directory = any_directory();
  const std::string name = any_name();
  const Errc expected = model_.rmdir(directory, name).code();
  current_ = fmt::format("rmdir {}", name);
  client_.rmdir(caller_, directory->fid, name,
                [=, this](Result<void> result) { done(current_, expected, result.code()); });
}

void SimProcess::rename() {
  const NodePtr from = any_directory();
  const NodePtr to = any_directory();
  const std::string old_name = any_name();
  const std::string new_name = any_name();
  const auto mode = static_cast<ModelFs::RenameMode>(random_.below(3));
  const uint32_t flags = mode == ModelFs::RenameMode::kNoReplace  ? RENAME_NOREPLACE
                         : mode == ModelFs::RenameMode::kExchange ? RENAME_EXCHANGE
                                                                  : 0;
  const Errc expected = model_.rename(from, old_name, to, new_name, mode).code();
  current_ = fmt::format("rename {} to {} flags {}", old_name, new_name, flags);
  client_.rename(caller_, from->fid, old_name, to->fid, new_name, flags,
                 [=, this](Result<void> result) { done(current_, expected, result.code()); });
}

void SimProcess::hard_link() {
  const NodePtr node = any_file();
  if (!node) return create();
  const NodePtr directory = any_directory();
  const std::string name = any_name();
  const Errc expected = model_.link(node, directory, name).code();
  current_ = fmt::format("link {}", name);
  client_.link(caller_, node->fid, directory->fid, name, [=, this](Result<client::Attr> attr) {
    if (attr && expected == Errc::kOk) check_attr(current_, *node, *attr);
    done(current_, expected, attr.code());
  });
}

void SimProcess::look_up() {
  const NodePtr directory = any_directory();
  const std::string name = any_name();
  const NodePtr node = model_.find(directory, name);
  current_ = fmt::format("lookup {}", name);
  client_.lookup(caller_, directory->fid, name, [=, this](Result<client::Attr> attr) {
    if (attr && node) check_attr(current_, *node, *attr);
    done(current_, node ? Errc::kOk : Errc::kNotFound, attr.code());
  });
}

void SimProcess::stat() {
  NodePtr node = any_directory();
  if (random_.below(3) != 0) {
    if (const NodePtr file = any_file()) node = file;
  }
  if (random_.below(4) == 0 && !open_.empty()) node = open_[random_.below(open_.size())].node;
  current_ = "stat";
  client_.getattr(node->fid, [=, this](Result<client::Attr> attr) {
    if (attr) check_attr(current_, *node, *attr);
    done(current_, Errc::kOk, attr.code());
  });
}

void SimProcess::check_attr(const std::string& what, const Node& node, const client::Attr& attr) {
  const auto differs = [&](const char* field, uint64_t expected, uint64_t actual) {
    if (expected != actual)
      shared_.fail(fmt::format("{}: {} of {}: {} should be {}, is {}", name_, what,
                               node.fid.to_string(), field, expected, actual));
  };
  differs("fid", node.fid.value, attr.fid.value);
  differs("nlink", ModelFs::nlink_of(node), attr.nlink);
  if (&node != model_.root().get()) differs("mode", node.mode, attr.mode & kPermissionBits);
  if (node.type == NodeType::kFile) differs("size", node.content.size(), attr.size);
}

void SimProcess::list() {
  const NodePtr directory = any_directory();
  current_ = "readdir";
  list_from(directory, 0, {});
}

void SimProcess::list_from(const NodePtr& directory, uint64_t cookie,
                           std::vector<std::string> seen) {
  const auto bytes = static_cast<uint32_t>(64 + random_.below(500));
  client_.readdir(caller_, directory->fid, cookie, bytes, random_.below(2) == 0,
                  [=, this](Result<client::DirPage> page) {
                    if (!page) return done(current_, Errc::kOk, page.code());
                    std::vector<std::string> names = seen;
                    uint64_t last = cookie;
                    for (const client::DirEntry& entry : page->entries) {
                      names.push_back(entry.name);
                      last = entry.cookie;
                    }
                    if (!page->end) return list_from(directory, last, names);
                    std::sort(names.begin(), names.end());
                    std::vector<std::string> expected;
                    for (const auto& [name, node] : directory->children) expected.push_back(name);
                    if (names != expected)
                      shared_.fail(fmt::format("{}: readdir gives '{}' instead of '{}'", name_,
                                               fmt::join(names, " "), fmt::join(expected, " ")));
                    done(current_, Errc::kOk, Errc::kOk);
                  });
}

void SimProcess::open_file() {
  const NodePtr node = any_file();
  if (!node || open_.size() >= kOpenMax) return close_file();
  const bool truncates = random_.below(4) == 0;
  current_ = truncates ? "open and truncate" : "open";
  client_.open(caller_, node->fid, O_RDWR | (truncates ? O_TRUNC : 0),
               [=, this](Result<client::Opened> opened) {
                 if (opened) {
                   if (truncates) node->content.clear();
                   open_.push_back({opened->handle, node});
                 }
                 done(current_, Errc::kOk, opened.code());
               });
}

void SimProcess::close_file() {
  if (open_.empty()) return create();
  const size_t which = random_.below(open_.size());
  const OpenFile file = open_[which];
  open_.erase(open_.begin() + static_cast<ptrdiff_t>(which));
  current_ = "close";
  client_.release(file.handle, std::nullopt,
                  [this](Result<void> result) { done(current_, Errc::kOk, result.code()); });
}

void SimProcess::write() {
  if (open_.empty()) return open_file();
  const OpenFile file = open_[random_.below(open_.size())];
  const std::string data = any_data();
  const uint64_t offset = random_.below(kFileMax - 150'000);
  current_ = fmt::format("write {} at {}", data.size(), offset);
  client_.write(file.handle, offset, Buffer::copy_of(data), {}, [=, this](Result<size_t> written) {
    if (written) {
      ModelFs::write(*file.node, offset, data);
      if (*written != data.size()) shared_.fail(name_ + ": short write");
    }
    done(current_, Errc::kOk, written.code());
  });
}

void SimProcess::append() {
  if (open_.empty()) return open_file();
  const OpenFile file = open_[random_.below(open_.size())];
  if (file.node->content.size() > kFileMax) return truncate();
  const std::string data = any_data();
  client::WriteOptions options;
  options.append = true;
  current_ = fmt::format("append {}", data.size());
  client_.write(file.handle, 0, Buffer::copy_of(data), options, [=, this](Result<size_t> written) {
    if (written) ModelFs::write(*file.node, file.node->content.size(), data);
    done(current_, Errc::kOk, written.code());
  });
}

void SimProcess::read() {
  if (open_.empty()) return open_file();
  const OpenFile file = open_[random_.below(open_.size())];
  const uint64_t offset = random_.below(kFileMax);
  const uint64_t length = 1 + random_.below(200'000);
  current_ = fmt::format("read {} at {}", length, offset);
  client_.read(file.handle, offset, length, [=, this](Result<client::ReadResult> result) {
    if (result) {
      std::string bytes;
      for (const Buffer& buffer : result->buffers) bytes += buffer.view();
      const std::string expected = ModelFs::read(*file.node, offset, length);
      if (bytes != expected) {
        const auto [at, other] =
            std::mismatch(bytes.begin(), bytes.end(), expected.begin(), expected.end());
        shared_.fail(fmt::format("{}: {} of {}: {} bytes instead of {}, first difference at {}",
                                 name_, current_, file.node->fid.to_string(), bytes.size(),
                                 expected.size(),
                                 offset + static_cast<uint64_t>(at - bytes.begin())));
      }
    }
    done(current_, Errc::kOk, result.code());
  });
}

void SimProcess::truncate() {
  NodePtr node = any_file();
  client::Handle handle = 0;
  if (!open_.empty() && random_.below(2) == 0) {
    const OpenFile& file = open_[random_.below(open_.size())];
    node = file.node;
    handle = file.handle;
  }
  if (!node) return create();
  client::SetAttr change;
  change.valid = wire::kSetSize;
  change.size = random_.below(3) == 0 ? 0 : random_.below(kFileMax);
  current_ = fmt::format("truncate to {}", change.size);
  client_.setattr(caller_, node->fid, change, handle, [=, this](Result<client::Attr> attr) {
    if (attr) {
      node->content.resize(change.size);
      check_attr(current_, *node, *attr);
    }
    done(current_, Errc::kOk, attr.code());
  });
}

void SimProcess::punch() {
  if (open_.empty()) return open_file();
  const OpenFile file = open_[random_.below(open_.size())];
  const uint64_t offset = random_.below(kFileMax);
  const uint64_t length = 1 + random_.below(150'000);
  current_ = fmt::format("punch {} at {}", length, offset);
  client_.fallocate(file.handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length, false,
                    [=, this](Result<void> result) {
                      if (result) ModelFs::punch(*file.node, offset, length);
                      done(current_, Errc::kOk, result.code());
                    });
}

void SimProcess::change_mode() {
  const NodePtr node = any_file();
  if (!node) return create();
  client::SetAttr change;
  change.valid = wire::kSetMode;
  change.mode = static_cast<uint32_t>(random_.below(01000));
  current_ = "chmod";
  client_.setattr(caller_, node->fid, change, 0, [=, this](Result<client::Attr> attr) {
    if (attr) {
      node->mode = change.mode;
      check_attr(current_, *node, *attr);
    }
    done(current_, Errc::kOk, attr.code());
  });
}

void SimProcess::xattr() {
  const NodePtr node = any_file();
  if (!node) return create();
  const std::string name = "user." + any_name();
  if (random_.below(2) == 0) {
    const std::string value = any_name();
    current_ = "setxattr";
    return client_.setxattr(caller_, node->fid, name, value, 0, false,
                            [=, this](Result<void> result) {
                              if (result) node->xattrs[name] = value;
                              done(current_, Errc::kOk, result.code());
                            });
  }
  current_ = "getxattr";
  client_.getxattr(caller_, node->fid, name, [=, this](Result<std::string> value) {
    const auto found = node->xattrs.find(name);
    const Errc expected = found == node->xattrs.end() ? Errc::kNoData : Errc::kOk;
    if (value && expected == Errc::kOk && *value != found->second)
      shared_.fail(name_ + ": getxattr gives another value");
    done(current_, expected, value.code());
  });
}

void SimProcess::sync() {
  if (open_.empty()) return open_file();
  current_ = "fsync";
  client_.fsync(open_[random_.below(open_.size())].handle, random_.below(2) == 0,
                [this](Result<void> result) { done(current_, Errc::kOk, result.code()); });
}

void SimProcess::contest() {
  const std::string name = any_name();
  if (random_.below(2) == 0) {
    current_ = "contest mkdir " + name;
    return client_.mkdir(caller_, shared_.contest_directory, name, 0755,
                         [=, this](Result<client::Attr> attr) {
                           if (attr) ++shared_.contest_balance[name];
                           const bool lost = attr.code() == Errc::kExists;
                           done(current_, lost ? Errc::kExists : Errc::kOk, attr.code());
                         });
  }
  current_ = "contest rmdir " + name;
  client_.rmdir(caller_, shared_.contest_directory, name, [=, this](Result<void> result) {
    if (result) --shared_.contest_balance[name];
    const bool lost = result.code() == Errc::kNotFound;
    done(current_, lost ? Errc::kNotFound : Errc::kOk, result.code());
  });
}

void SimProcess::use_register() {
  if (register_ != 0) return random_.below(2) == 0 ? write_register() : read_register();
  current_ = "open of the register";
  client_.open(caller_, shared_.register_file, O_RDWR, [=, this](Result<client::Opened> opened) {
    if (opened) register_ = opened->handle;
    done(current_, Errc::kOk, opened.code());
  });
}

void SimProcess::write_register() {
  const uint64_t value = shared_.shared_register.begin_write();
  current_ = fmt::format("write {} to the register", value);
  client_.write(register_, 0, Buffer::copy_of(&value, sizeof value), {},
                [=, this](Result<size_t> written) {
                  if (written) shared_.shared_register.end_write(value);
                  done(current_, Errc::kOk, written.code());
                });
}

void SimProcess::read_register() {
  const uint64_t began = shared_.shared_register.now();
  current_ = "read of the register";
  client_.read(register_, 0, sizeof(uint64_t), [=, this](Result<client::ReadResult> result) {
    uint64_t value = 0;
    if (result && result->size() == sizeof value)
      std::memcpy(&value, result->buffers.front().data(), sizeof value);
    if (result && !shared_.shared_register.explains(value, began))
      shared_.fail(fmt::format("{}: the register holds {}, which was overwritten", name_, value));
    done(current_, Errc::kOk, result.code());
  });
}

}  // namespace sheen::sim
