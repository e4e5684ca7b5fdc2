// SPDX-License-Identifier: Apache-2.0
#pragma once

// Environment: what a Role is given to live in. Everything in it belongs to the lane's thread and
// outlives the role.

#include <string>

#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/net/transport.h"
#include "lib/rpc/import.h"
#include "lib/store/database.h"
#include "lib/store/disk.h"
#include "lib/target/session.h"
#include "lib/target/target_config.h"

namespace sheen::target {

class Environment {
 public:
  virtual ~Environment() = default;
  virtual const TargetConfig& config() const = 0;
  virtual const std::string& directory() const = 0;
  virtual Epoch epoch() const = 0;
  virtual store::Disk& disk() = 0;
  virtual store::Database& database() = 0;
  virtual const Clock& clock() const = 0;
  virtual Random& random() = 0;
  virtual net::Transport& transport() = 0;
  // This target as a client of others: its uuid is the client uuid.
  virtual rpc::ImportOptions import_options() const = 0;
  // The MGS; null on the MGS itself.
  virtual rpc::Import* mgs() = 0;
  virtual SessionTable& sessions() = 0;
  // A message to a client that is not answered (ConfigChangedNotice). Lost if it is not connected.
  virtual void send_notice(Session& session, wire::Opcode opcode, Buffer body) = 0;
  // True until every session known from before the restart is back or gone.
  virtual bool recovering() const = 0;
  // The latest change of this life, and the latest that survives a power cut. What other servers
  // are told to destroy must survive here first. (Equal by default: tests have no power cuts.)
  virtual Transno last_transno() const { return {}; }
  virtual Transno committed() const { return last_transno(); }
  // Threads for blocking file work; 0 in the simulator, where such work runs inline.
  virtual unsigned io_threads() const = 0;
  // Makes the lane call Role::step() soon. Other threads may call this and the next one only.
  virtual void wake() = 0;
  // Before anything is written or answered: returns if nobody else can have become the target's
  // owner, and ends the process otherwise.
  virtual void confirm_ownership() {}
};

}  // namespace sheen::target
