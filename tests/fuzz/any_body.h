// SPDX-License-Identifier: Apache-2.0
#pragma once

// AnyBody: well-formed bodies of any table of the protocol with any values in them, made by the
// schema's own description (flatc's .bfbs), so that a new field is in without a line here. What the
// servers answered is remembered: later bodies name files and handles that exist. One thread.

#include <set>
#include <string>
#include <vector>

#include <flatbuffers/reflection.h>

#include "lib/base/buffer.h"
#include "tests/fuzz/input.h"

namespace sheen::fuzz {

class AnyBody {
 public:
  // Reads NAME.bfbs of every schema from the directory; asserts that they are there.
  explicit AnyBody(const std::string& directory);

  // A body of the table, "LookupRequest".
  Buffer make(const std::string& table, Input& input) const;
  // Takes FIDs and handles from a body that the verifier of its table accepted.
  void learn(const std::string& table, const Buffer& body);

 private:
  using Builder = flatbuffers::FlatBufferBuilder;
  struct Found {
    const reflection::Schema* schema = nullptr;
    const reflection::Object* object = nullptr;
  };
  Found find(const std::string& table) const;
  flatbuffers::uoffset_t build(const Found& found, Builder& builder, Input& input, int depth) const;
  flatbuffers::uoffset_t build_vector(const Found& found, const reflection::Field& field,
                                      Builder& builder, Input& input, int depth) const;
  std::string text_for(const std::string& field, Input& input) const;
  uint64_t number_for(const std::string& field, Input& input) const;
  std::vector<uint8_t> struct_bytes(const reflection::Object& object, Input& input) const;
  void learn_from(const Found& found, const flatbuffers::Table& table);

  std::vector<std::string> schemas_;
  std::vector<uint64_t> fids_;
  std::vector<uint64_t> handles_;
};

}  // namespace sheen::fuzz
