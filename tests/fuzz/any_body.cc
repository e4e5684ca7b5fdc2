// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/any_body.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "lib/base/assert.h"
#include "lib/base/ids.h"

namespace sheen::fuzz {
namespace {

constexpr size_t kRememberedMax = 32;
constexpr int kDepthMax = 4;

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_fid(std::string_view name) {
  return one_of(name, {"fid", "parent", "old_parent", "new_parent"});
}

void remember(std::vector<uint64_t>& values, uint64_t value) {
  if (value == 0 || std::find(values.begin(), values.end(), value) != values.end()) return;
  if (values.size() >= kRememberedMax) values.erase(values.begin() + 1);
  values.push_back(value);
}

template <class Int>
void add(flatbuffers::FlatBufferBuilder& builder, const reflection::Field& field, uint64_t value) {
  builder.AddElement<Int>(field.offset(), static_cast<Int>(value));
}

}  // namespace

AnyBody::AnyBody(const std::string& directory) : fids_{kRootFid.value} {
  for (const char* name : {"session", "mgs", "mds", "oss"}) {
    std::ifstream file(directory + "/" + name + ".bfbs", std::ios::binary);
    schemas_.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(schemas_.back().data()),
                                   schemas_.back().size());
    SHEEN_ASSERT(reflection::VerifySchemaBuffer(verifier));
  }
}

AnyBody::Found AnyBody::find(const std::string& table) const {
  for (const std::string& bytes : schemas_) {
    const reflection::Schema* schema = reflection::GetSchema(bytes.data());
    const std::string name = "sheen.wire." + table;
    if (const auto* object = schema->objects()->LookupByKey(name.c_str()); object != nullptr)
      return {schema, object};
  }
  return {};
}

Buffer AnyBody::make(const std::string& table, Input& input) const {
  const Found found = find(table);
  SHEEN_ASSERT(found.object != nullptr);
  Builder builder;
  builder.Finish(flatbuffers::Offset<void>(build(found, builder, input, 0)));
  return Buffer::copy_of(builder.GetBufferPointer(), builder.GetSize());
}

flatbuffers::uoffset_t AnyBody::build(const Found& found, Builder& builder, Input& input,
                                      int depth) const {
  // What is reached through an offset is written before the table that points to it.
  std::vector<std::pair<const reflection::Field*, flatbuffers::uoffset_t>> offsets;
  for (const reflection::Field* field : *found.object->fields()) {
    if (input.one_in(8)) continue;  // absent
    const reflection::BaseType type = field->type()->base_type();
    if (type == reflection::String) {
      const std::string text = text_for(field->name()->str(), input);
      offsets.emplace_back(field, builder.CreateString(text).o);
    } else if (type == reflection::Vector) {
      offsets.emplace_back(field, build_vector(found, *field, builder, input, depth));
    } else if (type == reflection::Obj) {
      const auto* object = found.schema->objects()->Get(field->type()->index());
      if (!object->is_struct() && depth < kDepthMax)
        offsets.emplace_back(field, build({found.schema, object}, builder, input, depth + 1));
    }
  }
  const flatbuffers::uoffset_t start = builder.StartTable();
  for (const auto& [field, offset] : offsets)
    builder.AddOffset(field->offset(), flatbuffers::Offset<void>(offset));
  for (const reflection::Field* field : *found.object->fields()) {
    const reflection::BaseType type = field->type()->base_type();
    if (type == reflection::Obj) {
      const auto* object = found.schema->objects()->Get(field->type()->index());
      if (!object->is_struct()) continue;
      const std::vector<uint8_t> bytes = struct_bytes(*object, input);
      builder.Align(static_cast<size_t>(object->minalign()));
      builder.PushBytes(bytes.data(), bytes.size());
      builder.AddStructOffset(field->offset(), builder.GetSize());
      continue;
    }
    if (type == reflection::String || type == reflection::Vector) continue;
    const uint64_t value = number_for(field->name()->str(), input);
    switch (flatbuffers::GetTypeSize(type)) {
      // As the codec's own writer: a bool is 0 or 1.
      case 1: add<uint8_t>(builder, *field, type == reflection::Bool ? value & 1 : value); break;
      case 2: add<uint16_t>(builder, *field, value); break;
      case 4: add<uint32_t>(builder, *field, value); break;
      default: add<uint64_t>(builder, *field, value); break;
    }
  }
  return builder.EndTable(start);
}

flatbuffers::uoffset_t AnyBody::build_vector(const Found& found, const reflection::Field& field,
                                             Builder& builder, Input& input, int depth) const {
  const reflection::BaseType type = field.type()->element();
  if (type == reflection::UByte) {
    const std::string text = text_for(field.name()->str(), input);
    return builder.CreateVector(reinterpret_cast<const uint8_t*>(text.data()), text.size()).o;
  }
  const size_t count = input.below(6);
  if (type == reflection::String) {
    std::vector<std::string> texts(count);
    for (std::string& text : texts) text = text_for(field.name()->str(), input);
    return builder.CreateVectorOfStrings(texts).o;
  }
  if (type == reflection::Obj) {
    const auto* object = found.schema->objects()->Get(field.type()->index());
    if (object->is_struct()) {
      std::vector<uint8_t> all;
      for (size_t i = 0; i < count; ++i) {
        const std::vector<uint8_t> one = struct_bytes(*object, input);
        all.insert(all.end(), one.begin(), one.end());
      }
      const auto size = static_cast<size_t>(object->bytesize());
      builder.ForceVectorAlignment(count, size, static_cast<size_t>(object->minalign()));
      builder.StartVector(count, size);
      builder.PushBytes(all.data(), all.size());
      return builder.EndVector(count);
    }
    std::vector<flatbuffers::Offset<void>> tables;
    for (size_t i = 0; i < count && depth < kDepthMax; ++i)
      tables.emplace_back(build({found.schema, object}, builder, input, depth + 1));
    return builder.CreateVector(tables).o;
  }
  const size_t size = flatbuffers::GetTypeSize(type);
  std::vector<uint8_t> all(count * size);
  for (size_t i = 0; i < count; ++i) {
    const uint64_t value = number_for(field.name()->str(), input);
    std::memcpy(all.data() + i * size, &value, size);
  }
  builder.StartVector(count, size);
  builder.PushBytes(all.data(), all.size());
  return builder.EndVector(count);
}

std::string AnyBody::text_for(const std::string& field, Input& input) const {
  if (one_of(field, {"name", "old_name", "new_name"})) {
    static const std::vector<std::string> kNames = {"a",
                                                    "b",
                                                    "c",
                                                    "d",
                                                    "e",
                                                    "f",
                                                    "",
                                                    ".",
                                                    "..",
                                                    "x/y",
                                                    std::string("n\0l", 3),
                                                    std::string(255, 'l'),
                                                    std::string(256, 'm'),
                                                    "user.a",
                                                    "user.b",
                                                    "trusted.t",
                                                    "security.capability",
                                                    "system.posix_acl_access",
                                                    "system.posix_acl_default",
                                                    "sheen.layout",
                                                    "user.",
                                                    "nonsense"};
    // Mostly the first few, so that names meet again.
    const size_t which = input.byte();
    if (which < 192) return kNames[which % 6];
    if (which < 240) return kNames[which % kNames.size()];
  }
  // The living targets' labels, but never their uuids: registering as one of them is refused.
  if (field == "label" && !input.one_in(4)) return input.one_in(2) ? "sim-MDT0000" : "sim-OST0001";
  if (field == "fsname" && !input.one_in(4)) return "sim";
  if (input.one_in(16)) return std::string(input.bits(2), 'z');
  return std::string(input.text(input.below(64)));
}

uint64_t AnyBody::number_for(const std::string& field, Input& input) const {
  if (is_fid(field) && !input.one_in(8)) return fids_[input.below(fids_.size())];
  if (field == "handle" && !handles_.empty() && !input.one_in(4))
    return handles_[input.below(handles_.size())];
  return input.number();
}

std::vector<uint8_t> AnyBody::struct_bytes(const reflection::Object& object, Input& input) const {
  std::vector<uint8_t> bytes(static_cast<size_t>(object.bytesize()));
  for (const reflection::Field* field : *object.fields()) {
    const uint64_t value = number_for(field->name()->str(), input);
    std::memcpy(bytes.data() + field->offset(), &value,
                flatbuffers::GetTypeSize(field->type()->base_type()));
  }
  return bytes;
}

void AnyBody::learn(const std::string& table, const Buffer& body) {
  const Found found = find(table);
  SHEEN_ASSERT(found.object != nullptr);
  if (!body.empty()) learn_from(found, *flatbuffers::GetRoot<flatbuffers::Table>(body.data()));
}

void AnyBody::learn_from(const Found& found, const flatbuffers::Table& table) {
  for (const reflection::Field* field : *found.object->fields()) {
    const reflection::BaseType type = field->type()->base_type();
    const std::string name = field->name()->str();
    if (type == reflection::ULong && is_fid(name))
      remember(fids_, table.GetField<uint64_t>(field->offset(), 0));
    if (type == reflection::ULong && name == "handle")
      remember(handles_, table.GetField<uint64_t>(field->offset(), 0));
    if (type != reflection::Obj) continue;
    const auto* object = found.schema->objects()->Get(field->type()->index());
    const auto* below = table.GetPointer<const flatbuffers::Table*>(field->offset());
    if (!object->is_struct() && below != nullptr) learn_from({found.schema, object}, *below);
  }
}

}  // namespace sheen::fuzz
