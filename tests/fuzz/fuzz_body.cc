// SPDX-License-Identifier: Apache-2.0
// Any body of any operation, request or reply, is either refused by the verifier or can be read to
// its last field.
#include <cstdint>

#include "lib/wire/codec.h"

using namespace sheen;

namespace {

template <class Table>
void read_all(const Buffer& body) {
  const auto table = wire::decode<Table>(body);
  if (!table) return;
  typename Table::NativeTableType native;
  (*table)->UnPackTo(&native);  // visits every field
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const unsigned which = data[0];
  const Buffer body = Buffer::copy_of(data + 1, size - 1);
  unsigned index = 0;
#define SHEEN_FUZZ_BODY(name, value, request, reply)   \
  if (which == index++) read_all<wire::request>(body); \
  if (which == index++) read_all<wire::reply>(body);
  SHEEN_OPCODES(SHEEN_FUZZ_BODY)
#undef SHEEN_FUZZ_BODY
  if (which == index++) read_all<wire::ConfigChangedNotice>(body);
  if (which == index++) read_all<wire::NodeDownNotice>(body);
  return 0;
}
