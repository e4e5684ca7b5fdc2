// SPDX-License-Identifier: Apache-2.0
#pragma once

// LostWrites: the note that a target's file system failed to make something durable. The kernel
// tells of such a failure once and then takes the pages for clean (fsync(2)), so a new process
// would be told that all is well: it would confirm as durable what is lost. Until the host has
// booted anew, a target with the note does not start; whoever has unmounted its file system,
// repaired it and mounted it again removes the note.
//
// The note lies outside of the target's own file system, which cannot be trusted to keep it, in a
// directory that is empty after a boot. Any thread.

#include <string>

#include "lib/base/ids.h"
#include "lib/base/result.h"

namespace sheen::target {

class LostWrites {
 public:
  // `directory`: /run/sheen; empty: no notes are kept (simulator, benchmarks).
  LostWrites(std::string directory, const Uuid& target);

  // kIo with a sentence that says what to do, if there is a note of this boot.
  Status check() const;
  void note(const Error& why) const;

 private:
  std::string directory_;
  std::string path_;
};

}  // namespace sheen::target
