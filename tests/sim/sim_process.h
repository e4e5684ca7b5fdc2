// SPDX-License-Identifier: Apache-2.0
#pragma once

// SimProcess: one simulated application. It has a directory of its own on the mount of its client
// and does one random call after another there, each compared with a ModelFs the moment it is
// answered; it takes part in contests over names in a directory that all processes share, where
// exactly one may win; and it writes and reads a file that all share. A difference is recorded as a
// failure and ends the run.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lib/base/random.h"
#include "lib/client/client.h"
#include "tests/sim/model_fs.h"
#include "tests/sim/shared_register.h"

namespace sheen::sim {

// What all processes of a run share.
struct SharedState {
  Fid contest_directory;
  // Per name: successful mkdirs minus successful rmdirs, which can only be 0 or 1 at the end.
  std::map<std::string, int> contest_balance;
  Fid register_file;
  SharedRegister shared_register;
  std::vector<std::string> failures;
  uint64_t trace = 0;  // hash over everything that happened: equal for equal seeds

  void note(uint64_t value) { trace = (trace ^ value) * 0x100000001b3ULL; }
  void fail(const std::string& what) { failures.push_back(what); }
};

class SimProcess {
 public:
  SimProcess(std::string name, client::Client& client, uint64_t seed, SharedState& shared,
             int calls);

  // Makes its directory and begins.
  void start();
  bool finished() const { return calls_left_ == 0 && !busy_; }
  const ModelFs& model() const { return model_; }
  const std::string& name() const { return name_; }
  std::string describe() const;

 private:
  struct OpenFile {
    client::Handle handle = 0;
    NodePtr node;
  };

  void next();
  void done(const std::string& what, Errc expected, Errc actual);
  NodePtr any_directory();
  NodePtr any_file();
  std::string any_name();
  std::string any_data();

  void create();
  void make_directory();
  void make_symlink();
  void remove_file();
  void remove_directory();
  void rename();
  void hard_link();
  void look_up();
  void stat();
  void list();
  void open_file();
  void close_file();
  void write();
  void append();
  void read();
  void truncate();
  void punch();
  void change_mode();
  void xattr();
  void sync();
  void contest();
  void use_register();
  void write_register();
  void read_register();
  void list_from(const NodePtr& directory, uint64_t cookie, std::vector<std::string> seen);
  void check_attr(const std::string& what, const Node& node, const client::Attr& attr);

  const std::string name_;
  client::Client& client_;
  SeededRandom random_;
  SharedState& shared_;
  int calls_left_;
  bool busy_ = false;
  std::string current_;
  ModelFs model_;
  std::vector<OpenFile> open_;
  client::Handle register_ = 0;
  client::Caller caller_;
};

}  // namespace sheen::sim
