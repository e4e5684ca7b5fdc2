// SPDX-License-Identifier: Apache-2.0
// Proves the header's bytes (docs/protocol.md) and that damaged or foreign frames are refused.
#include <boost/test/unit_test.hpp>

#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/wire/codec.h"
#include "lib/wire/message.h"

using namespace sheen;
using namespace sheen::wire;

namespace {

Message sample() {
  Message message;
  Header& h = message.header;
  h.opcode = Opcode::kUnlink;
  h.flags = kFlagResent;
  for (uint8_t i = 0; i < 16; ++i) {
    h.client.bytes[i] = static_cast<uint8_t>(0xa0 + i);
    h.target.bytes[i] = static_cast<uint8_t>(0xb0 + i);
  }
  h.epoch = 0x0102030405060708;
  h.xid = 0x1112131415161718;
  h.xid_floor = 0x2122232425262728;
  h.transno.value = 0x3132333435363738;
  h.committed.value = 0x4142434445464748;
  h.slot = 0x51525354;
  message.body = Buffer::copy_of("body bytes");
  message.bulk = Buffer::copy_of("bulk");
  return message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(header)

BOOST_AUTO_TEST_CASE(every_field_has_its_documented_place) {
  Message message = sample();
  const auto frames = to_frames(message, true);
  BOOST_REQUIRE(frames.size() == 3u);
  const auto* bytes = frames[0].data();
  BOOST_TEST(frames[0].size() == 128u);
  BOOST_TEST(std::string_view(reinterpret_cast<const char*>(bytes), 4) == "SHN1");
  BOOST_TEST(bytes[4] == 2);      // major
  BOOST_TEST(bytes[8] == 109);    // opcode
  BOOST_TEST(bytes[16] == 0xa0);  // client
  BOOST_TEST(bytes[32] == 0xb0);  // target
  BOOST_TEST(bytes[48] == 0x08);  // epoch
  BOOST_TEST(bytes[56] == 0x18);  // xid
  BOOST_TEST(bytes[64] == 0x28);  // xid_floor
  BOOST_TEST(bytes[72] == 0x38);  // transno
  BOOST_TEST(bytes[80] == 0x48);  // committed
  BOOST_TEST(bytes[88] == 0x54);  // slot
  BOOST_TEST(bytes[92] == 10);    // body bytes
  BOOST_TEST(bytes[96] == 4);     // bulk bytes
  for (size_t i = 108; i < 124; ++i) BOOST_TEST(bytes[i] == 0);
}

BOOST_AUTO_TEST_CASE(a_message_survives_the_frames) {
  Message message = sample();
  const Unframed back = from_frames(to_frames(message, true));
  BOOST_REQUIRE(back.status.has_value());
  BOOST_TEST(back.message.header.xid == message.header.xid);
  BOOST_TEST((back.message.header.client == message.header.client));
  BOOST_TEST(back.message.body.view() == "body bytes");
  BOOST_TEST(back.message.bulk.view() == "bulk");
}

BOOST_AUTO_TEST_CASE(any_flipped_bit_of_the_header_is_noticed) {
  Message message = sample();
  const auto frames = to_frames(message, true);
  for (size_t bit = 0; bit < kHeaderBytes * 8; ++bit) {
    auto damaged = frames;
    damaged[0] = Buffer::copy_of(frames[0].view());
    damaged[0].mutable_data()[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
    const Unframed back = from_frames(damaged);
    BOOST_TEST(!back.status.has_value());
    BOOST_TEST(!back.answerable);
  }
}

BOOST_AUTO_TEST_CASE(damaged_bodies_and_payloads_are_answerable_errors) {
  Message message = sample();
  const auto frames = to_frames(message, true);
  for (const size_t which : {1, 2}) {
    auto damaged = frames;
    damaged[which] = Buffer::copy_of(frames[which].view());
    damaged[which].mutable_data()[0] ^= 1;
    const Unframed back = from_frames(damaged);
    BOOST_TEST((back.status.code() == Errc::kBadRequest));
    BOOST_TEST(back.answerable);
    BOOST_TEST(back.message.header.xid == message.header.xid);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_number_of_frames_is_an_error) {
  Message message = sample();
  const auto frames = to_frames(message, false);
  BOOST_TEST(!from_frames({}).status.has_value());
  BOOST_TEST(!from_frames({frames[0]}).status.has_value());
  BOOST_TEST(!from_frames({frames[0], frames[1]}).status.has_value());
  BOOST_TEST(!from_frames({frames[0], frames[1], frames[2], frames[2]}).status.has_value());
  BOOST_TEST(!from_frames({frames[1], frames[0], frames[2]}).answerable);
}

BOOST_AUTO_TEST_CASE(another_major_version_is_refused_and_can_be_told) {
  Message message = sample();
  message.header.version_major = kVersionMajor + 1;
  const Unframed back = from_frames(to_frames(message, false));
  BOOST_TEST((back.status.code() == Errc::kBadVersion));
  BOOST_TEST(back.answerable);
}

BOOST_AUTO_TEST_CASE(random_bytes_are_never_a_message) {
  SeededRandom random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Buffer> frames;
    for (uint64_t n = random.below(5); n != 0; --n) {
      Buffer frame = Buffer::allocate(random.below(4) == 0 ? kHeaderBytes : random.below(300));
      for (size_t i = 0; i < frame.size(); ++i)
        frame.mutable_data()[i] = static_cast<uint8_t>(random.next());
      frames.push_back(frame);
    }
    BOOST_TEST(!from_frames(frames).status.has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_body_of_another_shape_does_not_verify) {
  CreateRequestT request;
  request.name = to_bytes("x");
  const Buffer body = encode(request);
  BOOST_TEST(decode<CreateRequest>(body).has_value());
  for (size_t cut = 0; cut + 8 <= body.size(); ++cut)  // the last bytes are padding
    BOOST_TEST(!decode<CreateRequest>(body.slice(0, cut)).has_value());
}

BOOST_AUTO_TEST_CASE(every_opcode_has_a_name) {
#define SHEEN_CHECK_NAME(name, value, request, reply) \
  BOOST_TEST(opcode_name(static_cast<Opcode>(value)) == #name);
  SHEEN_OPCODES(SHEEN_CHECK_NAME)
#undef SHEEN_CHECK_NAME
  BOOST_TEST(opcode_name(static_cast<Opcode>(999)) == "?");
}

BOOST_AUTO_TEST_SUITE_END()
