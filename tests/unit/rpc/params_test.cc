// SPDX-License-Identifier: Apache-2.0
// Proves that values typed by people are taken within the table's bounds only, and that a value
// that is not set, or not acceptable any more, is the default.
#include "lib/rpc/params.h"

#include <boost/test/unit_test.hpp>

namespace sheen::rpc {
namespace {

const ParamInfo& info(std::string_view name) {
  const ParamInfo* found = find_param(name);
  BOOST_REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(params_table)

BOOST_AUTO_TEST_CASE(every_row_is_found_and_its_bounds_and_default_survive_being_printed) {
  for (const ParamInfo& row : params()) {
    BOOST_TEST(find_param(row.name) == &row);
    for (const int64_t value : {row.min, row.default_value, row.max}) {
      const auto again = parse_param(row, format_param(row, value));
      BOOST_REQUIRE_MESSAGE(again, row.name << " " << value);
      BOOST_TEST(*again == value);
    }
  }
  BOOST_TEST(find_param("no.such") == nullptr);
  BOOST_TEST(find_param("") == nullptr);
}

BOOST_AUTO_TEST_CASE(sizes_take_suffixes_in_either_case) {
  const ParamInfo& size = info(kParamStripeSize);
  BOOST_TEST(*parse_param(size, "1m") == 1 << 20);
  BOOST_TEST(*parse_param(size, "1M") == 1 << 20);
  BOOST_TEST(*parse_param(size, "64k") == 65536);
  BOOST_TEST(*parse_param(size, "65536") == 65536);
}

BOOST_AUTO_TEST_CASE(what_is_no_value_is_refused_with_the_range) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {kParamStripeSize, ""},
      {kParamStripeSize, "m"},
      {kParamStripeSize, "1mm"},
      {kParamStripeSize, "1 m"},
      {kParamStripeSize, "-1m"},
      {kParamStripeSize, "100000"},
      {kParamStripeSize, "63k"},
      {kParamStripeSize, "99999999999t"},
      {kParamStripeSize, "2g"},
      {kParamStatfsIntervalMs, "1k"},
      {kParamStatfsIntervalMs, "49"},
      {kParamStatfsIntervalMs, "60001"},
      {kParamStatfsIntervalMs, "0x100"},
      {kParamStatfsIntervalMs, "1000 "},
      {kParamStripeCount, "-2"},
      {kParamStripeCount, "0"},
      {kParamBulkCrc, "yes"},
      {kParamStatfsIntervalMs, "99999999999999999999"},
  };
  for (const auto& [name, text] : cases) {
    const auto parsed = parse_param(info(name), text);
    BOOST_REQUIRE_MESSAGE(!parsed, name << " took " << text);
    BOOST_TEST((parsed.error().code() == Errc::kInvalid));
    BOOST_TEST(parsed.error().detail().find(accepted_range(info(name))) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_value_in_force_is_the_set_one_or_the_default) {
  ClusterMap map;
  BOOST_TEST(param(map, kParamStripeCount) == 1);
  map.params["stripe.default_count"] = "-1";
  BOOST_TEST(param(map, kParamStripeCount) == -1);
  map.params["stripe.default_count"] = "from another release";
  BOOST_TEST(param(map, kParamStripeCount) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::rpc
