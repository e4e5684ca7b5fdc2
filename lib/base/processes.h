// SPDX-License-Identifier: Apache-2.0
#pragma once

// The processes of this host as proc(5) shows them. They may be anybody's: believe nothing that
// they say of themselves without checking. Any thread.

#include <string>
#include <vector>

#include <sys/types.h>

namespace sheen {

std::vector<pid_t> all_processes();
// With the program's name as the first. Empty: it has ended, or is a kernel thread.
std::vector<std::string> command_line(pid_t pid);
// Path of the file that it runs, also of one that was replaced meanwhile. Empty: it has ended, or
// is not ours to look at.
std::string executable_of(pid_t pid);

}  // namespace sheen
