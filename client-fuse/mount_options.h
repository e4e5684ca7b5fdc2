// SPDX-License-Identifier: Apache-2.0
#pragma once

// mount.sheen's command line, as mount(8) calls it: `mount.sheen SPEC DIR [-sfnv] [-o options]`.
// Pure parsing into a value; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/result.h"

namespace sheen::fuse {

struct MountOptions {
  std::string spec;       // as given: it is what /proc/mounts shows
  std::string directory;  // as given
  bool foreground = false;
  bool fake = false;  // mount(8)'s -f: everything but the mount itself
  bool verbose = false;

  unsigned long mount_flags = 0;  // MS_*
  std::string security_context;   // context=... options, passed on to the kernel as they are

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

// For --help.
const char* mount_usage();

}  // namespace sheen::fuse
