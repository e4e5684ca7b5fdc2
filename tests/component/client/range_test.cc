// SPDX-License-Identifier: Apache-2.0
// Proves the calls over ranges of striped files: fallocate, SEEK_HOLE and SEEK_DATA,
// copy_file_range, and the arithmetic below them.
#include <linux/falloc.h>

#include "lib/base/limits.h"
#include "lib/client/object_state.h"
#include "tests/component/client/client_fixture.h"

namespace sheen::test {
namespace {

struct RangeFixture : ClientFixture {
  Status fallocate(client::Handle handle, int mode, uint64_t offset, uint64_t length) {
    return wait<void>([&](auto done) {
      client->fallocate(handle, mode, offset, length, false, std::move(done));
    });
  }
  Result<uint64_t> seek(client::Handle handle, uint64_t offset, bool data) {
    return wait<uint64_t>([&](auto done) { client->seek(handle, offset, data, std::move(done)); });
  }
  Result<uint64_t> copy(client::Handle in, uint64_t from, client::Handle out, uint64_t to,
                        uint64_t length) {
    return wait<uint64_t>([&](auto done) {
      client->copy_file_range(in, from, out, to, length, false, std::move(done));
    });
  }
};

BOOST_FIXTURE_TEST_SUITE(range, RangeFixture)

BOOST_AUTO_TEST_CASE(object_ranges_agree_with_the_map_of_chunks) {
  wire::Striping striping;
  striping.components.push_back({0, UINT64_MAX, static_cast<uint32_t>(kStripe), {0, 1, 2}});
  SeededRandom numbers(7);
  for (int round = 0; round < 200; ++round) {
    const uint64_t offset = numbers.below(10 * kStripe);
    const uint64_t length = 1 + numbers.below(10 * kStripe);
    std::map<size_t, std::pair<uint64_t, uint64_t>> expected;  // begin, end
    const auto chunks = wire::map_range(striping, offset, length);
    for (const auto& chunk : *chunks) {
      auto [it, fresh] = expected.try_emplace(chunk.stripe, chunk.object_offset, 0);
      it->second.second = chunk.object_offset + chunk.length;
    }
    const auto ranges = client::object_ranges(striping, offset, length);
    BOOST_REQUIRE(ranges.size() == expected.size());
    for (const auto& r : ranges) {
      BOOST_TEST(r.offset == expected.at(r.index).first);
      BOOST_TEST(r.offset + r.length == expected.at(r.index).second);
    }
  }
}

BOOST_AUTO_TEST_CASE(fallocate_extends_the_file_unless_told_to_keep_its_size) {
  stripe_over({0, 1, 2});
  const auto file = create("f");
  BOOST_REQUIRE(fallocate(file.handle, FALLOC_FL_KEEP_SIZE, 0, 4 * kStripe));
  BOOST_TEST(getattr(file.attr.fid).size == 0U);
  BOOST_REQUIRE(fallocate(file.handle, 0, 100, 4 * kStripe));
  BOOST_TEST(getattr(file.attr.fid).size == 4 * kStripe + 100);
  release(file.handle);
  BOOST_TEST(inode(file.attr.fid).attr.size == 4 * kStripe + 100);
  BOOST_TEST(inode(file.attr.fid).attr.size_valid);
}

BOOST_AUTO_TEST_CASE(a_punched_hole_reads_as_zeros) {
  stripe_over({0, 1});
  const auto file = create("f");
  std::string bytes = pattern(4 * kStripe);
  write(file.handle, 0, bytes);
  BOOST_REQUIRE(fallocate(file.handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, kStripe - 10,
                          kStripe + 20));
  bytes.replace(kStripe - 10, kStripe + 20, kStripe + 20, '\0');
  BOOST_TEST((read(file.handle, 0, bytes.size()) == bytes));
}

BOOST_AUTO_TEST_CASE(fallocate_refuses_what_striping_cannot_do) {
  const auto file = create("f");
  BOOST_TEST(
      (fallocate(file.handle, FALLOC_FL_COLLAPSE_RANGE, 0, 4096).code() == Errc::kNotSupported));
  BOOST_TEST((fallocate(file.handle, 0, 0, 0).code() == Errc::kInvalid));
  BOOST_TEST((fallocate(file.handle, 0, kFileSizeMax, 1).code() == Errc::kFileTooBig));
}

BOOST_AUTO_TEST_CASE(the_largest_range_costs_one_request_per_object) {
  stripe_over({0, 1, 2});
  const auto file = create("f");
  BOOST_REQUIRE(
      fallocate(file.handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kFileSizeMax));
  BOOST_TEST(cluster.count(wire::Opcode::kAllocate) == 3U);
}

BOOST_AUTO_TEST_CASE(data_and_holes_are_found_over_stripes) {
  stripe_over({0, 1, 2});
  const auto file = create("f");
  write(file.handle, 4 * kStripe, pattern(kStripe));      // stripe 1, second row
  write(file.handle, 9 * kStripe + 4096, pattern(4096));  // stripe 0, fourth row
  const uint64_t size = 9 * kStripe + 8192;
  BOOST_TEST(*seek(file.handle, 0, true) == 4 * kStripe);
  BOOST_TEST(*seek(file.handle, 4 * kStripe + 5, true) == 4 * kStripe + 5);
  BOOST_TEST(*seek(file.handle, 5 * kStripe, true) == 9 * kStripe + 4096);
  BOOST_TEST(*seek(file.handle, 0, false) == 0U);
  BOOST_TEST(*seek(file.handle, 4 * kStripe + 5, false) == 5 * kStripe);
  BOOST_TEST(*seek(file.handle, 9 * kStripe + 5000, false) == size);
  BOOST_TEST((seek(file.handle, size, true).code() == Errc::kNoDevice));
  BOOST_TEST((seek(file.handle, size, false).code() == Errc::kNoDevice));
  // A hole at the end.
  client::SetAttr change;
  change.valid = wire::kSetSize;
  change.size = 20 * kStripe;
  BOOST_REQUIRE(wait<client::Attr>([&](auto done) {
    client->setattr(root, file.attr.fid, change, file.handle, std::move(done));
  }));
  BOOST_TEST((seek(file.handle, size, true).code() == Errc::kNoDevice));
  BOOST_TEST(*seek(file.handle, size, false) == size);
}

BOOST_AUTO_TEST_CASE(seek_in_an_empty_file_finds_nothing) {
  const auto file = create("f");
  BOOST_TEST((seek(file.handle, 0, true).code() == Errc::kNoDevice));
  BOOST_TEST((seek(file.handle, 0, false).code() == Errc::kNoDevice));
}

BOOST_AUTO_TEST_CASE(copy_file_range_copies_to_the_end_of_the_source) {
  stripe_over({0, 1, 2});
  const auto from = create("from");
  stripe_over({3, 2});
  const auto to = create("to");
  const std::string bytes = pattern(12 * kBulkMax + 777);
  write(from.handle, 0, bytes);
  auto copied = copy(from.handle, 100, to.handle, 5000, 1ULL << 40);
  BOOST_TEST(*copied == bytes.size() - 100);
  BOOST_TEST((read(to.handle, 5000, bytes.size()) == bytes.substr(100)));
  BOOST_TEST(*copy(from.handle, bytes.size(), to.handle, 0, 10) == 0U);
}

BOOST_AUTO_TEST_CASE(copy_file_range_within_a_file_must_not_overlap) {
  const auto file = create("f");
  write(file.handle, 0, pattern(10000));
  BOOST_TEST((copy(file.handle, 0, file.handle, 5000, 6000).code() == Errc::kInvalid));
  BOOST_TEST((copy(file.handle, 5000, file.handle, 0, 6000).code() == Errc::kOk));
  BOOST_TEST(*copy(file.handle, 0, file.handle, 5000, 5000) == 5000U);
  BOOST_TEST((read(file.handle, 5000, 5000) == read(file.handle, 0, 5000)));
}

BOOST_AUTO_TEST_CASE(copy_file_range_keeps_holes_as_zeros) {
  stripe_over({0, 1});
  const auto from = create("from");
  const auto to = create("to");
  write(from.handle, 5 * kStripe, "end");
  BOOST_TEST(*copy(from.handle, 0, to.handle, 0, 6 * kStripe) == 5 * kStripe + 3);
  BOOST_TEST((read(to.handle, 0, 6 * kStripe) == std::string(5 * kStripe, '\0') + "end"));
}

BOOST_AUTO_TEST_CASE(copy_file_range_tells_how_far_it_got_before_an_error) {
  stripe_over({0});
  const auto from = create("from");
  write(from.handle, 0, pattern(3 * kBulkMax));
  stripe_over({1});
  const auto to = create("to");
  cluster.hold(wire::Opcode::kWrite);
  std::optional<Result<uint64_t>> result;
  client->copy_file_range(from.handle, 0, to.handle, 0, 3 * kBulkMax, false,
                          [&](Result<uint64_t> r) { result = std::move(r); });
  run_until([&] { return cluster.held() == 1; });
  cluster.release();
  run_until([&] { return cluster.held() == 1; });
  cluster.osts[1]->full = true;
  cluster.release_all();
  run_until([&] { return result.has_value(); });
  BOOST_REQUIRE_MESSAGE(result->has_value(), "the first chunk was copied");
  BOOST_TEST(**result == kBulkMax);
  BOOST_TEST((copy(from.handle, 0, to.handle, 0, 10).code() == Errc::kNoSpace));
}

BOOST_AUTO_TEST_CASE(copy_file_range_that_stops_leaves_nothing_behind_the_place_where_it_stopped) {
  stripe_over({0});
  const auto from = create("from");
  write(from.handle, 0, pattern(4 * kBulkMax));
  stripe_over({1, 2, 3});
  const auto to = create("to");
  cluster.osts[2]->full = true;
  BOOST_TEST(*copy(from.handle, 0, to.handle, 0, 4 * kBulkMax) == kStripe);
  BOOST_TEST(getattr(to.attr.fid).size == kStripe);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace sheen::test
