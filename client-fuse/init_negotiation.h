// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of FUSE's INIT handshake that libfuse 3.14 cannot do: it does not know
// HANDLE_KILLPRIV_V2, SETXATTR_EXT and DIRECT_IO_ALLOW_MMAP, and it forgets to answer
// PARALLEL_DIROPS, so they are raised in the bytes of its reply. Pure functions over the messages'
// bytes; any thread.

#include <cstdint>
#include <span>

#include "client-fuse/uapi.h"

namespace sheen::fuse {

// What the kernel offers in an INIT request (with its InHeader); 0 if it is none.
uint64_t offered_capabilities(std::span<const uint8_t> request);

// Adds those bits of `wanted` that were offered to `out`, and returns what was added.
uint64_t raise_capabilities(uint64_t offered, uint64_t wanted, uapi::InitOut& out);

}  // namespace sheen::fuse
