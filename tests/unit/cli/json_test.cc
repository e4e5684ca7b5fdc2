// SPDX-License-Identifier: Apache-2.0
// Proves that what --json prints is JSON whatever bytes are in it, and that text from outside is
// either read as what it says or refused.
#include "cli/json.h"

#include <boost/test/unit_test.hpp>

namespace sheen::cli {
namespace {

std::string again(std::string_view text) {
  const auto parsed = Json::parse(text);
  return parsed ? parsed->to_string(false) : "refused";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(values_are_printed_and_read_back) {
  Json object = Json::object();
  object.set("null", Json()).set("yes", true).set("low", -5).set("high", UINT64_MAX);
  object.set("text", "a\"b\\c\nd\x01").set("list", Json::array().push(1).push("two"));
  object.set("empty", Json::object());
  const std::string text = object.to_string(false);
  BOOST_TEST(text == R"({"null":null,"yes":true,"low":-5,"high":18446744073709551615,)"
                     R"("text":"a\"b\\c\nd\u0001","list":[1,"two"],"empty":{}})");
  BOOST_TEST(again(text) == text);
  BOOST_TEST(again(object.to_string(true)) == text);
}

BOOST_AUTO_TEST_CASE(names_that_are_no_utf8_survive) {
  for (const std::string name : {"\xff\xfe", "a\xc3\xa4\xc3", "\xed\xa0\x80", "\xf5", "\xc0\xaf"}) {
    const std::string text = Json(name).to_string(false);
    for (const char c : text) BOOST_TEST((static_cast<unsigned char>(c) < 0xf5));
    BOOST_TEST(Json::parse(text)->text() == name);
  }
  BOOST_TEST(Json("ä€😀").to_string(false) == "\"ä€😀\"");
}

BOOST_AUTO_TEST_CASE(members_and_items_are_found_and_absent_ones_are_null) {
  const auto json = Json::parse(R"( {"a": [1, -2, 3e2], "b": {"c": "d"}, "e": "\u00e4\ud83d\ude00",
                      "t": true, "f": false} )");
  BOOST_REQUIRE(json);
  BOOST_TEST((*json)["a"].items().size() == 3);
  BOOST_TEST((*json)["a"].items()[1].number() == -2);
  BOOST_TEST((*json)["b"]["c"].text() == "d");
  BOOST_TEST((*json)["e"].text() == "ä😀");
  BOOST_TEST((*json)["x"]["y"].is_null());
  BOOST_TEST((*json)["x"].text().empty());
  BOOST_TEST((*json)["x"].number(7) == 7);
  BOOST_TEST((*json)["t"].flag());
  BOOST_TEST(!(*json)["f"].flag(true));
  BOOST_TEST((*json)["e"].flag(true));
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused) {
  for (const char* text :
       {"", " ", "{", "}", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"open", "\"\\x\"",
        "\"\\u12\"", "\"\\ud83d\\u0041\"", "tru", "1.2.3", "--1", "null null", "+", "[1]]"})
    BOOST_TEST(!Json::parse(text), text);
  BOOST_TEST(!Json::parse(std::string(100000, '[')));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli
