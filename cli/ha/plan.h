// SPDX-License-Identifier: Apache-2.0
#pragma once

// Plan: the configuration that a Description asks for, beside the one that is there, and what
// Pacemaker would do about the difference. Making one changes nothing. Blocks while Pacemaker's
// tools run; one thread.

#include <string>
#include <vector>

#include "cli/outcome.h"
#include "ha/cib.h"
#include "ha/description.h"

namespace sheen::cli {

class Plan {
 public:
  // On the cluster that this node belongs to or, if `cib_file` is given, on that configuration.
  static Outcome<Plan> make(const ha::Description& description, const std::string& cib_file);

  bool changes_anything() const { return !difference_.empty(); }
  const std::vector<std::string>& difference() const { return difference_; }
  // What the scheduler would do next, a line each.
  const std::vector<std::string>& actions() const { return actions_; }
  // Targets of the live configuration that are not described any more.
  const std::vector<std::string>& removed_targets() const { return removed_; }
  std::string configuration() const { return wanted_.to_string(); }
  const ha::Cib& live() const { return live_; }

  // Resources of others that those actions would stop, move or restart.
  std::vector<std::string> touched_others() const;

  // One change of the live configuration, or none. Refuses if that has changed since it was read.
  Outcome<void> apply() const;

 private:
  Plan(ha::Cib live, ha::Cib wanted) : live_(std::move(live)), wanted_(std::move(wanted)) {}

  ha::Cib live_;
  ha::Cib wanted_;
  std::vector<std::string> difference_;
  std::vector<std::string> actions_;
  std::vector<std::string> removed_;
};

}  // namespace sheen::cli
