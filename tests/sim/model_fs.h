// SPDX-License-Identifier: Apache-2.0
#pragma once

// ModelFs: a file system in memory that is so simple that it is obviously right. One sequence of
// calls at a time; every call answers what POSIX says, and changes the model only if that is
// success. The simulator compares the real thing with it. Permissions are not modelled: the callers
// are root.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/result.h"

namespace sheen::sim {

enum class NodeType { kDirectory, kFile, kSymlink };

struct Node {
  NodeType type = NodeType::kFile;
  Fid fid;              // learned from the real thing
  uint32_t mode = 0;    // permission bits
  uint32_t nlink = 0;   // of files and symlinks; directories: see nlink_of()
  std::string content;  // file
  std::string target;   // symlink
  std::map<std::string, std::string> xattrs;
  std::map<std::string, std::shared_ptr<Node>> children;  // directory
  std::weak_ptr<Node> parent;                             // directory
};
// shared_ptr: hard links, and open files that have no name any more.
using NodePtr = std::shared_ptr<Node>;

class ModelFs {
 public:
  ModelFs();
  const NodePtr& root() const { return root_; }

  static uint32_t nlink_of(const Node& node);
  NodePtr find(const NodePtr& directory, const std::string& name) const;
  // Every directory that can be reached, the root first.
  std::vector<NodePtr> directories() const;

  // kExists
  Status can_create(const NodePtr& directory, const std::string& name) const;
  NodePtr create(const NodePtr& directory, const std::string& name, NodeType type);
  // kNotFound, kIsDirectory
  Status unlink(const NodePtr& directory, const std::string& name);
  // kNotFound, kNotDirectory, kNotEmpty
  Status rmdir(const NodePtr& directory, const std::string& name);
  // kNotFound, kExists, kPermission (a directory)
  Status link(const NodePtr& node, const NodePtr& directory, const std::string& name);
  enum class RenameMode { kPlain, kNoReplace, kExchange };
  Status rename(const NodePtr& from, const std::string& old_name, const NodePtr& to,
                const std::string& new_name, RenameMode mode);

  static void write(Node& file, uint64_t offset, std::string_view data);
  static std::string read(const Node& file, uint64_t offset, uint64_t length);
  static void punch(Node& file, uint64_t offset, uint64_t length);

 private:
  static bool is_inside(const NodePtr& node, const NodePtr& ancestor);
  static void adopt(const NodePtr& directory, const std::string& name, const NodePtr& node);
  NodePtr root_;
};

}  // namespace sheen::sim
