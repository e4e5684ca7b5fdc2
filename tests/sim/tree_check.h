// SPDX-License-Identifier: Apache-2.0
#pragma once

// TreeCheck: at the end of a run, through a fresh mount, the whole file system is what the models
// say: names, types, link counts, sizes, contents, xattrs; the shared directory holds exactly the
// names that were won; and once every other mount is gone, every object on every OST belongs to a
// file.

#include <map>
#include <set>
#include <string>

#include "tests/sim/model_fs.h"
#include "tests/sim/sim_cluster.h"
#include "tests/sim/sim_process.h"

namespace sheen::sim {

class TreeCheck {
 public:
  TreeCheck(SimCluster& cluster, SharedState& shared) : cluster_(cluster), shared_(shared) {}
  void expect(const std::string& name, const ModelFs& model) { models_.emplace(name, &model); }
  void run();

 private:
  template <class T>
  Result<T> wait(const std::function<void(client::Done<T>)>& call);
  std::map<std::string, client::Attr> list(Fid directory);
  void check_directory(const std::string& path, Fid fid, const Node& node);
  void check_node(const std::string& path, const client::Attr& attr, const Node& node);
  void check_file(const std::string& path, const Node& node);
  void check_objects();

  SimCluster& cluster_;
  SharedState& shared_;
  client::Client* client_ = nullptr;
  client::Caller root_;
  std::map<std::string, const ModelFs*> models_;
  std::set<Fid> files_;
};

}  // namespace sheen::sim
