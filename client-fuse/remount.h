// SPDX-License-Identifier: Apache-2.0
#pragma once

// `mount -o remount`: changes the kernel's flags of a mount that is there. Its client goes on and
// is told nothing, so what the client was started with stays as it is. Main thread, before any
// other thread exists.

#include <optional>
#include <string>

#include "client-fuse/mount_options.h"
#include "lib/base/result.h"

namespace sheen::fuse {

// `mountpoint` without symbolic links.
Status remount(const MountOptions& wanted, const std::string& mountpoint);

// kInvalid, naming the first option that a remount cannot give to a client that was started with
// `running`. Options that are the same are fine: mount(8) repeats those in /etc/fstab.
Status check_remount(const MountOptions& wanted, const std::optional<MountOptions>& running);

}  // namespace sheen::fuse
