// SPDX-License-Identifier: Apache-2.0
#pragma once

// mount.sheen's command line, as mount(8) calls it: `mount.sheen SPEC DIR [-sfnv] [-o options]`,
// for a mount or, with `-o remount`, for changing one. Pure parsing into a value; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/client/mount_spec.h"

namespace sheen::fuse {

struct MountOptions {
  std::string spec;       // what /proc/mounts shows; as given, until take_spec() says more
  std::string directory;  // as given
  bool foreground = false;
  bool fake = false;  // mount(8)'s -f: everything but the mount itself
  bool verbose = false;

  bool remount = false;
  unsigned long mount_flags = 0;       // MS_*
  unsigned long mount_flags_said = 0;  // those that an option has set or cleared
  std::string security_context;        // context=... options, passed on to the kernel as they are
  std::vector<std::string> client_options;  // those that only a new client takes, as given

  uint16_t mgs_port = 0;        // 0: the default one
  uint32_t retry_seconds = 30;  // how long the servers may be away while mounting
  log::Level log_level = log::Level::kInfo;
  std::string log_file;
  std::string blackbox_directory;
  std::string pid_file;
  uint32_t spin_us = 0;  // how long the reactor polls before it sleeps
  uint32_t read_ahead_kb = 4096;
  bool checksum = false;  // of bulk data

  std::vector<std::string> remarks;  // options that were accepted but do nothing here
};

// kInvalid with one line that says what is wrong.
Result<MountOptions> parse_mount_arguments(const std::vector<std::string>& arguments);

// What is to be mounted. Ports that mgsport= has added stand in options.spec then, where tools find
// them. kInvalid, as above.
Result<client::MountSpec> take_spec(MountOptions& options);

// For --help.
const char* mount_usage();

}  // namespace sheen::fuse
