// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/model_fs.h"

#include <algorithm>

namespace sheen::sim {

ModelFs::ModelFs() : root_(std::make_shared<Node>()) { root_->type = NodeType::kDirectory; }

uint32_t ModelFs::nlink_of(const Node& node) {
  if (node.type != NodeType::kDirectory) return node.nlink;
  uint32_t links = 2;
  for (const auto& [name, child] : node.children)
    if (child->type == NodeType::kDirectory) ++links;
  return links;
}

NodePtr ModelFs::find(const NodePtr& directory, const std::string& name) const {
  const auto found = directory->children.find(name);
  return found == directory->children.end() ? nullptr : found->second;
}

std::vector<NodePtr> ModelFs::directories() const {
  std::vector<NodePtr> out{root_};
  for (size_t i = 0; i < out.size(); ++i) {
    const NodePtr directory = out[i];
    for (const auto& [name, child] : directory->children)
      if (child->type == NodeType::kDirectory) out.push_back(child);
  }
  return out;
}

Status ModelFs::can_create(const NodePtr& directory, const std::string& name) const {
  return find(directory, name) ? Status(Errc::kExists) : ok();
}

void ModelFs::adopt(const NodePtr& directory, const std::string& name, const NodePtr& node) {
  directory->children[name] = node;
  if (node->type == NodeType::kDirectory) node->parent = directory;
}

NodePtr ModelFs::create(const NodePtr& directory, const std::string& name, NodeType type) {
  auto node = std::make_shared<Node>();
  node->type = type;
  node->nlink = 1;
  adopt(directory, name, node);
  return node;
}

Status ModelFs::unlink(const NodePtr& directory, const std::string& name) {
  const NodePtr node = find(directory, name);
  if (!node) return Errc::kNotFound;
  if (node->type == NodeType::kDirectory) return Errc::kIsDirectory;
  --node->nlink;
  directory->children.erase(name);
  return ok();
}

Status ModelFs::rmdir(const NodePtr& directory, const std::string& name) {
  const NodePtr node = find(directory, name);
  if (!node) return Errc::kNotFound;
  if (node->type != NodeType::kDirectory) return Errc::kNotDirectory;
  if (!node->children.empty()) return Errc::kNotEmpty;
  directory->children.erase(name);
  return ok();
}

Status ModelFs::link(const NodePtr& node, const NodePtr& directory, const std::string& name) {
  if (node->type == NodeType::kDirectory) return Errc::kPermission;
  if (find(directory, name)) return Errc::kExists;
  if (node->nlink == 0) return Errc::kNotFound;
  ++node->nlink;
  adopt(directory, name, node);
  return ok();
}

bool ModelFs::is_inside(const NodePtr& node, const NodePtr& ancestor) {
  for (NodePtr at = node; at; at = at->parent.lock())
    if (at == ancestor) return true;
  return false;
}

Status ModelFs::rename(const NodePtr& from, const std::string& old_name, const NodePtr& to,
                       const std::string& new_name, RenameMode mode) {
  const NodePtr node = find(from, old_name);
  const NodePtr victim = find(to, new_name);
  if (!node) return Errc::kNotFound;
  // The order of the checks is the kernel's (do_renameat2).
  if (victim && mode == RenameMode::kNoReplace) return Errc::kExists;
  if (!victim && mode == RenameMode::kExchange) return Errc::kNotFound;
  const bool directory = node->type == NodeType::kDirectory;
  if (directory && is_inside(to, node)) return Errc::kInvalid;
  if (mode == RenameMode::kExchange) {
    if (victim->type == NodeType::kDirectory && is_inside(from, victim)) return Errc::kInvalid;
    adopt(from, old_name, victim);
    adopt(to, new_name, node);
    return ok();
  }
  if (victim) {
    // Replacing an ancestor of the source: it cannot be empty.
    if (victim->type == NodeType::kDirectory && is_inside(from, victim)) return Errc::kNotEmpty;
    if (victim == node) return ok();  // two names of one file: nothing happens
    if (directory && victim->type != NodeType::kDirectory) return Errc::kNotDirectory;
    if (!directory && victim->type == NodeType::kDirectory) return Errc::kIsDirectory;
    if (directory && !victim->children.empty()) return Errc::kNotEmpty;
    if (!directory) --victim->nlink;
  }
  from->children.erase(old_name);
  adopt(to, new_name, node);
  return ok();
}

void ModelFs::write(Node& file, uint64_t offset, std::string_view data) {
  if (data.empty()) return;
  if (file.content.size() < offset + data.size()) file.content.resize(offset + data.size());
  std::copy(data.begin(), data.end(), file.content.begin() + static_cast<ptrdiff_t>(offset));
}

std::string ModelFs::read(const Node& file, uint64_t offset, uint64_t length) {
  if (offset >= file.content.size()) return {};
  return file.content.substr(offset, length);
}

void ModelFs::punch(Node& file, uint64_t offset, uint64_t length) {
  const uint64_t end = std::min<uint64_t>(offset + length, file.content.size());
  for (uint64_t at = offset; at < end; ++at) file.content[at] = 0;
}

}  // namespace sheen::sim
