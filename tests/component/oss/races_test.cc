// SPDX-License-Identifier: Apache-2.0
// Proves that requests that are in the pool's hands together leave each object as if they had been
// run one after the other in the order of their arrival; meant to be run under ASan and TSan as
// well.
#include <cstring>
#include <deque>
#include <map>

#include <linux/falloc.h>
#include <boost/test/unit_test.hpp>

#include "lib/base/random.h"
#include "oss/store/object_files.h"
#include "tests/component/oss/oss_fixture.h"

namespace sheen::oss {
namespace {

std::unique_ptr<wire::ObjectKey> key(const ObjectId& id) {
  return std::make_unique<wire::ObjectKey>(wire::to_key(id));
}

struct Sent {
  OssFixture::PendingPtr pending;
  std::function<void(const Result<target::ReplyBody>&)> check;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(races)

BOOST_AUTO_TEST_CASE(a_write_never_goes_to_a_file_that_truncation_has_unlinked) {
  OssFixture oss(4);
  const ObjectId id = object(1);
  for (int round = 0; round < 300; ++round) {
    wire::WriteRequestT write;
    write.object = key(id);
    wire::TruncateRequestT truncate;
    truncate.object = key(id);
    truncate.size = 0;
    const std::string last = "round " + std::to_string(round);
    std::vector<OssFixture::PendingPtr> sent;
    sent.push_back(oss.send(write, Buffer::copy_of("before")));
    sent.push_back(oss.send(truncate));
    sent.push_back(oss.send(write, Buffer::copy_of(last)));
    for (const auto& pending : sent) BOOST_REQUIRE(oss.wait(pending));
    BOOST_REQUIRE(oss.read(id, 0, 100).value() == last);
  }
}

BOOST_AUTO_TEST_CASE(every_object_ends_as_the_order_of_arrival_says) {
  constexpr int kRequests = 6000;
  constexpr size_t kInFlight = 64;
  constexpr uint64_t kSpan = 40'000;  // the model's window of an object
  // One object's window lies across two segments.
  const std::vector<std::pair<ObjectId, uint64_t>> objects{
      {object(1), 0}, {object(2), 0}, {object(33), 0}, {object(4), kSegmentBytes - kSpan / 2}};
  OssFixture oss(4);
  SeededRandom random(20'240'601);
  std::map<uint32_t, std::string> model;
  std::deque<Sent> in_flight;
  const auto settle_one = [&] {
    const auto reply = oss.wait(in_flight.front().pending);
    REQUIRE_OK(reply);
    in_flight.front().check(reply);
    in_flight.pop_front();
  };
  const auto expect_size = [](uint64_t size, const Result<target::ReplyBody>& reply) {
    // All changing replies begin with the attr.
    const auto table = wire::decode<wire::WriteReply>(reply->body);
    BOOST_REQUIRE(table.has_value());
    BOOST_TEST((*table)->attr()->size() == size);
  };

  for (int i = 0; i < kRequests; ++i) {
    const auto& [id, base] = objects[random.below(objects.size())];
    std::string& bytes = model[id.fid.object()];
    const uint64_t at = random.below(kSpan);
    const uint64_t length = 1 + random.below(kSpan - at);
    const auto size_now = [&, base = base] { return bytes.empty() ? 0 : base + bytes.size(); };
    Sent sent;
    const uint64_t dice = random.below(100);
    if (dice < 40) {
      wire::WriteRequestT request;
      request.object = key(id);
      request.offset = base + at;
      const std::string payload(length, static_cast<char>('a' + i % 26));
      if (bytes.size() < at + length) bytes.resize(at + length, '\0');
      bytes.replace(at, length, payload);
      sent.pending = oss.send(request, Buffer::copy_of(payload));
      sent.check = std::bind_front(expect_size, size_now());
    } else if (dice < 55) {
      wire::TruncateRequestT request;
      request.object = key(id);
      const bool to_zero = random.below(3) == 0;
      request.size = to_zero ? 0 : base + at + 1;
      bytes.resize(to_zero ? 0 : at + 1, '\0');
      sent.pending = oss.send(request);
      sent.check = std::bind_front(expect_size, size_now());
    } else if (dice < 65) {
      wire::AllocateRequestT request;
      request.object = key(id);
      request.mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
      request.offset = base + at;
      request.length = length;
      for (uint64_t b = at; b < std::min<uint64_t>(at + length, bytes.size()); ++b) bytes[b] = '\0';
      sent.pending = oss.send(request);
      sent.check = std::bind_front(expect_size, size_now());
    } else if (dice < 67) {
      wire::ObjectSyncRequestT request;
      request.object = key(id);
      sent.pending = oss.send(request);
      sent.check = [](const auto&) {};
    } else {
      wire::ReadRequestT request;
      request.object = key(id);
      request.offset = base + at;
      request.length = static_cast<uint32_t>(length);
      const std::string expected = at < bytes.size() ? bytes.substr(at, length) : "";
      sent.pending = oss.send(request);
      sent.check = [expected](const Result<target::ReplyBody>& reply) {
        BOOST_TEST((reply->bulk.view() == expected));
      };
    }
    in_flight.push_back(std::move(sent));
    if (in_flight.size() >= kInFlight) settle_one();
  }
  while (!in_flight.empty()) settle_one();
  oss.restart();
  for (const auto& [id, base] : objects) {
    const std::string& bytes = model[id.fid.object()];
    BOOST_TEST((oss.read(id, base, kSpan).value() == bytes));
    BOOST_TEST(oss.glimpse(id).value().exists == !bytes.empty());
  }
}

BOOST_AUTO_TEST_CASE(an_ost_may_end_with_requests_in_hand) {
  for (int round = 0; round < 20; ++round) {
    OssFixture oss(2);
    for (int i = 0; i < 50; ++i) {
      wire::WriteRequestT request;
      request.object = key(object(i % 3));
      oss.send(request, Buffer::copy_of("payload"));
    }
    oss.restart();
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sheen::oss
