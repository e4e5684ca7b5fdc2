// SPDX-License-Identifier: Apache-2.0
#pragma once

// Between FlatBuffers tables and Buffers. Requests and replies are built from the generated native
// structs (CreateRequestT) and read in place through the generated accessors (CreateRequest),
// after the verifier has accepted them under small limits.

#include <memory>
#include <string_view>
#include <vector>

#include <flatbuffers/flatbuffers.h>

#include "lib/base/buffer.h"
#include "lib/base/ids.h"
#include "lib/base/limits.h"
#include "lib/base/result.h"
#include "lib/wire/common_generated.h"
#include "lib/wire/mds_generated.h"
#include "lib/wire/mgs_generated.h"
#include "lib/wire/opcode.h"
#include "lib/wire/oss_generated.h"
#include "lib/wire/session_generated.h"

namespace sheen::wire {

// Deep enough for FsConfig, small enough that a hostile body costs nothing.
inline constexpr flatbuffers::uoffset_t kVerifierDepth = 16;
inline constexpr flatbuffers::uoffset_t kVerifierTables = 65536;

// OpcodeOf<CreateRequest>::value, ReplyOf<CreateRequest>, from the list in opcode.h.
template <class Request>
struct RequestTraits;
#define SHEEN_REQUEST_TRAITS(name, value_, request, reply) \
  template <>                                              \
  struct RequestTraits<request> {                          \
    static constexpr Opcode kOpcode = Opcode::k##name;     \
    using Reply = reply;                                   \
    using Native = request::NativeTableType;               \
    using ReplyNative = reply::NativeTableType;            \
  };
SHEEN_OPCODES(SHEEN_REQUEST_TRAITS)
#undef SHEEN_REQUEST_TRAITS

template <class Native>
Buffer encode(const Native& native) {
  flatbuffers::FlatBufferBuilder builder(256);
  builder.Finish(Native::TableType::Pack(builder, &native));
  auto memory = std::make_shared<flatbuffers::DetachedBuffer>(builder.Release());
  return {memory, memory->data(), memory->size()};
}

// The table inside `body`, which must stay alive while the table is used.
template <class Table>
Result<const Table*> decode(const Buffer& body) {
  flatbuffers::Verifier verifier(body.data(), body.size(), kVerifierDepth, kVerifierTables);
  if (body.size() < 8 || !verifier.VerifyBuffer<Table>(nullptr))
    return Error(Errc::kBadRequest, "malformed body");
  return flatbuffers::GetRoot<Table>(body.data());
}

// Byte vectors hold names and values; absent means empty.
inline std::string_view bytes(const flatbuffers::Vector<uint8_t>* vector) {
  if (vector == nullptr) return {};
  return {reinterpret_cast<const char*>(vector->data()), vector->size()};
}
inline std::string_view text(const flatbuffers::String* string) {
  if (string == nullptr) return {};
  return {string->c_str(), string->size()};
}
inline std::vector<uint8_t> to_bytes(std::string_view view) {
  return {reinterpret_cast<const uint8_t*>(view.data()),
          reinterpret_cast<const uint8_t*>(view.data()) + view.size()};
}

inline ObjectKey to_key(const ObjectId& id) { return {id.fid.value, id.component, id.stripe}; }
inline ObjectId from_key(const ObjectKey& key) {
  return {Fid{key.fid()}, key.component(), key.stripe()};
}

}  // namespace sheen::wire
