// SPDX-License-Identifier: Apache-2.0
#pragma once

// Work that may wait for a file system which does not answer: in a child process, because even
// SIGKILL need not end a process that waits for FUSE, and somebody has to tell the user. Such a
// child is killed and left behind; it goes when the file system answers or its connection is cut.
// Call from a process with one thread.

#include <string>

#include "cli/context.h"
#include "lib/base/function.h"

namespace sheen::cli {

// Called by the work when it has got on: its time begins anew.
using SignOfLife = UniqueFunction<void()>;

// What the work returned, 0 to 255; it has no stdin, and what it prints is lost. kExitUnreachable
// if nothing was heard of it for `silence_ms`; what it was doing may still happen.
Outcome<int> within_deadline(int silence_ms, const std::string& path,
                             UniqueFunction<int(SignOfLife&)> work);

// A subcommand's action that calls on the mount at `path`. What it prints, its complaint and its
// exit code come out as if it had run here; nothing of it is printed if it did not end.
ExitOutcome run_on_mount(const Context& context, const std::string& path,
                         UniqueFunction<ExitOutcome(SignOfLife&)> action);

}  // namespace sheen::cli
