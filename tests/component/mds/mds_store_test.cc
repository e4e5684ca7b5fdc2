// SPDX-License-Identifier: Apache-2.0
// The MDT's tables: cookies never change, colliding names are told apart, layouts survive storage
// and damaged ones are refused, fids never repeat.

#include <boost/test/unit_test.hpp>

#include <set>

#include "mds/store/layout_codec.h"
#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

uint64_t same_hash(std::string_view) { return uint64_t{7} << kCookieNumberBits; }

struct Colliding : MdtFixture {
  Colliding() : MdtFixture(StoreOptions{&same_hash, UINT32_MAX}) {}
};

struct ShortSequences : MdtFixture {
  ShortSequences() : MdtFixture(StoreOptions{&name_cookie, 3}) {}
};

wire::Striping striping(std::vector<uint16_t> osts) {
  wire::StripeComponent component;
  component.stripe_size = 1U << 20;
  component.osts = std::move(osts);
  wire::Striping out;
  out.generation = 3;
  out.components.push_back(std::move(component));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mds_store)

BOOST_AUTO_TEST_CASE(cookies_are_what_they_always_were) {
  BOOST_TEST(name_cookie("a") == 3788566584589753088U);
  BOOST_TEST(name_cookie("file") == 1969280372286249216U);
  BOOST_TEST(name_cookie("Makefile") == 1208750341946432512U);
  BOOST_TEST(name_cookie(std::string_view("\xff\x01 z", 4)) == 2983366533716340736U);
  BOOST_TEST(name_cookie("") == 4310427313519344128U);
}

BOOST_AUTO_TEST_CASE(cookies_are_positive_off_t_and_leave_the_low_bits_free) {
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t cookie = name_cookie("n" + std::to_string(i));
    BOOST_REQUIRE(cookie < uint64_t{1} << 62);
    BOOST_REQUIRE(cookie % kCookieNumbers == 0);
    BOOST_REQUIRE(cookie > kCookieDotDot);
  }
}

BOOST_AUTO_TEST_CASE(layouts_and_hints_come_back_as_they_were_stored) {
  const wire::Striping stored = striping({4, 0, 65534});
  const std::string bytes = encode_striping(stored);
  const auto back = decode_striping(bytes);
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST(back->generation == 3U);
  BOOST_REQUIRE(back->components.size() == 1U);
  BOOST_TEST((back->components[0].osts == std::vector<uint16_t>{4, 0, 65534}));
  BOOST_TEST(back->components[0].extent_end == UINT64_MAX);
  BOOST_TEST(encode_striping({}).empty());
  BOOST_TEST(decode_striping("")->empty());
  const StripeHint hint{-1, 1U << 16, 3};
  BOOST_TEST((*decode_hint(encode_hint(hint)) == hint));
  BOOST_TEST((*decode_hint("") == StripeHint{}));
}

BOOST_AUTO_TEST_CASE(the_stored_form_of_a_layout_is_fixed) {
  const std::string expected(
      "\x01\x03\0\0\0\x01\0"
      "\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
      "\0\0\0\x10\0\x02\0\x01\0\x02\0",
      34);
  BOOST_TEST((encode_striping(striping({1, 2})) == expected));
}

BOOST_AUTO_TEST_CASE(damaged_layouts_are_refused_at_every_length) {
  const std::string bytes = encode_striping(striping({1, 2, 3}));
  for (size_t n = 1; n < bytes.size(); ++n)
    CHECK_ERRC(decode_striping(std::string_view(bytes).substr(0, n)), Errc::kCorrupt);
  CHECK_ERRC(decode_striping(bytes + "x"), Errc::kCorrupt);
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0xff);
    (void)decode_striping(changed);  // an answer or an error, never a crash
  }
  CHECK_ERRC(decode_hint("x"), Errc::kCorrupt);
}

BOOST_FIXTURE_TEST_CASE(names_with_one_hash_are_told_apart, Colliding) {
  const Fid a = make_file(kRootFid, "a");
  const Fid b = make_file(kRootFid, "b");
  const Fid c = make_file(kRootFid, "c");
  BOOST_TEST(lookup(kRootFid, "b")->fid == b.value);
  BOOST_TEST((names(kRootFid) == std::vector<std::string>{"a", "b", "c"}));
  CHECK_OK(unlink(kRootFid, "b"));
  CHECK_ERRC(lookup(kRootFid, "b"), Errc::kNotFound);
  BOOST_TEST(lookup(kRootFid, "a")->fid == a.value);
  BOOST_TEST(lookup(kRootFid, "c")->fid == c.value);
  CHECK_OK(rename(kRootFid, "c", kRootFid, "d"));
  BOOST_TEST((names(kRootFid) == std::vector<std::string>{"a", "d"}));
  CHECK_OK(rename(kRootFid, "a", kRootFid, "d"));
  BOOST_TEST(lookup(kRootFid, "d")->fid == a.value);
}

BOOST_FIXTURE_TEST_CASE(the_257th_name_with_one_hash_does_not_fit, Colliding) {
  for (int i = 0; i < 256; ++i) make_file(kRootFid, "n" + std::to_string(i));
  CHECK_ERRC(mknod(kRootFid, "one more", S_IFREG | 0644), Errc::kNoSpace);
  CHECK_OK(unlink(kRootFid, "n100"));
  CHECK_OK(mknod(kRootFid, "one more", S_IFREG | 0644));
  BOOST_TEST(names(kRootFid).size() == 256U);
}

BOOST_FIXTURE_TEST_CASE(fids_never_repeat_over_restarts, MdtFixture) {
  std::set<uint64_t> seen;
  for (int life = 0; life < 5; ++life) {
    for (int i = 0; i < 10; ++i) {
      const Fid fid = make_file(kRootFid, std::to_string(life) + "." + std::to_string(i));
      BOOST_TEST(seen.insert(fid.value).second);
      BOOST_TEST(fid.sequence() >= 0x400U);
    }
    restart();
    finish_recovery();
  }
}

BOOST_FIXTURE_TEST_CASE(a_used_up_sequence_is_followed_by_another, ShortSequences) {
  std::set<uint64_t> seen;
  int waits = 0;
  for (int i = 0; i < 300; ++i) {
    auto made = mknod(kRootFid, "n" + std::to_string(i), S_IFREG | 0644);
    if (made.code() == Errc::kRecovering) {
      ++waits;
      settle();
      made = mknod(kRootFid, "n" + std::to_string(i), S_IFREG | 0644);
      if (made.code() == Errc::kRecovering) {  // the pool was empty as well
        pass(2 * kSecond);
        made = mknod(kRootFid, "n" + std::to_string(i), S_IFREG | 0644);
      }
    }
    if (!made) BOOST_FAIL(made.error().message());
    BOOST_TEST(seen.insert(made->fid).second);
    pass(100 * kMillisecond);
  }
  BOOST_TEST(seen.size() == 300U);
  BOOST_TEST(env.next_sequence > 0x400U + 100U);
  BOOST_TEST(waits < 110);
}

BOOST_FIXTURE_TEST_CASE(without_the_mgs_the_pool_lasts_for_many_starts, MdtFixture) {
  env.mgs_answers = false;
  for (int life = 0; life < 20; ++life) {
    restart();
    finish_recovery();
    make_file(kRootFid, "f" + std::to_string(life));
  }
}

BOOST_AUTO_TEST_CASE(an_mdt_that_never_heard_of_the_mgs_asks_to_wait) {
  MdtEnvironment env;
  env.mgs_answers = false;
  auto mdt = Mdt::open(env);
  BOOST_REQUIRE(mdt.has_value());
  CHECK_ERRC((*mdt)->store().fids.next(), Errc::kRecovering);
  env.mgs_answers = true;
}

BOOST_FIXTURE_TEST_CASE(a_range_of_sequences_told_twice_counts_once, MdtFixture) {
  FidSource& fids = store().fids;
  const uint64_t before = fids.pooled();
  CHECK_OK(fids.add_range(0x9000, 5));
  CHECK_OK(fids.add_range(0x9000, 5));
  BOOST_TEST(fids.pooled() == before + 5);
  CHECK_ERRC(fids.add_range(0x9000, 0), Errc::kBadRequest);
  CHECK_ERRC(fids.add_range(1, 5), Errc::kBadRequest);
  CHECK_ERRC(fids.add_range(UINT32_MAX, 5), Errc::kBadRequest);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
