// SPDX-License-Identifier: Apache-2.0
#include "lib/wire/opcode.h"

namespace sheen::wire {

std::string_view opcode_name(Opcode opcode) {
  switch (opcode) {
#define SHEEN_OPCODE_NAME(name, value, request, reply) \
  case Opcode::k##name: return #name;
    SHEEN_OPCODES(SHEEN_OPCODE_NAME)
#undef SHEEN_OPCODE_NAME
    case Opcode::kConfigChangedNotice: return "ConfigChangedNotice";
    case Opcode::kMovingNotice: return "MovingNotice";
    case Opcode::kNodeDownNotice: return "NodeDownNotice";
  }
  return "?";
}

}  // namespace sheen::wire
