// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one place that includes libfuse's low-level API, with the API version this folder is written
// for. Nothing of ours lives here.

#define FUSE_USE_VERSION FUSE_MAKE_VERSION(3, 12)

#include <fuse_lowlevel.h>
