// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/init_negotiation.h"

#include <cstddef>
#include <cstring>

namespace sheen::fuse {

uint64_t offered_capabilities(std::span<const uint8_t> request) {
  uapi::InHeader header;
  uapi::InitIn init{};
  constexpr size_t kShortest = sizeof header + offsetof(uapi::InitIn, flags2);
  if (request.size() < kShortest) return 0;
  std::memcpy(&header, request.data(), sizeof header);
  if (header.opcode != uapi::kInit) return 0;
  const size_t available = request.size() - sizeof header;
  std::memcpy(&init, request.data() + sizeof header,
              available < sizeof init ? available : sizeof init);
  if ((init.flags & uapi::kInitExt) == 0) return init.flags;
  return init.flags | uint64_t{init.flags2} << 32;
}

uint64_t raise_capabilities(uint64_t offered, uint64_t wanted, uapi::InitOut& out) {
  const uint64_t raised = offered & wanted;
  out.flags |= static_cast<uint32_t>(raised);
  if ((raised >> 32) != 0) {
    out.flags |= static_cast<uint32_t>(uapi::kInitExt);
    out.flags2 |= static_cast<uint32_t>(raised >> 32);
  }
  return raised;
}

}  // namespace sheen::fuse
