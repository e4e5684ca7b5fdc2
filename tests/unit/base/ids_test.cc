// SPDX-License-Identifier: Apache-2.0
// Proves that identifiers survive being printed and parsed, and that what is not one is refused.
#include <boost/test/unit_test.hpp>

#include "lib/base/ids.h"
#include "lib/base/random.h"

using namespace sheen;

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(a_fid_is_sequence_and_object_number) {
  const Fid fid = Fid::make(0x1a, 0x2f);
  BOOST_TEST(fid.value == 0x0000001a0000002fULL);
  BOOST_TEST(fid.to_string() == "[0x1a:0x2f]");
  BOOST_TEST(Fid::parse("[0x1a:0x2f]")->value == fid.value);
  BOOST_TEST(Fid::parse("111669149743")->value == fid.value);
}

BOOST_AUTO_TEST_CASE(text_that_is_no_fid_is_refused) {
  for (const char* text : {"", "[", "[0x1a]", "[0x1a:0x2f", "[1a:2f]", "[0x1a:0x]", "0", "-1", "1x",
                           "[0x100000000:0x1]"})
    BOOST_TEST(!Fid::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_label_survives_printing_and_parsing) {
  for (const char* text : {"demo-MGT", "demo-MDT0000", "a-b-OST00ff", "x-OSTfffe"})
    BOOST_TEST(TargetLabel::parse(text)->to_string() == text);
}

BOOST_AUTO_TEST_CASE(text_that_is_no_label_is_refused) {
  for (const char* text :
       {"", "demo", "demo-", "demo-MDT", "demo-MDT1", "demo-MDT00000", "demo-MGT0", "demo-ABC0000",
        "toolongname-OST0000", "1demo-OST0000", "demo-OST00g0"})
    BOOST_TEST(!TargetLabel::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_uuid_survives_printing_and_parsing) {
  SeededRandom random(7);
  const Uuid uuid = Uuid::generate(random);
  const std::string text = uuid.to_string();
  BOOST_TEST(text.size() == 36u);
  BOOST_TEST(text[14] == '4');
  BOOST_TEST((*Uuid::parse(text) == uuid));
  BOOST_TEST(!Uuid::parse(text.substr(1)).has_value());
  BOOST_TEST(!Uuid::parse(text + "0").has_value());
  BOOST_TEST(!Uuid::parse("zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz").has_value());
}

BOOST_AUTO_TEST_CASE(a_transno_orders_by_epoch_first) {
  BOOST_TEST((Transno::make(1, 1000) < Transno::make(2, 1)));
  BOOST_TEST(Transno::make(3, 9).epoch() == 3u);
  BOOST_TEST(Transno::make(3, 9).counter() == 9u);
}

BOOST_AUTO_TEST_SUITE_END()
