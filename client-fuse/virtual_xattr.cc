// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/virtual_xattr.h"

#include <charconv>

#include <fmt/format.h>

#include "lib/base/limits.h"

namespace sheen::fuse {
namespace {

Error bad_hint(std::string_view what, std::string_view value) {
  return {Errc::kInvalid, fmt::format("layout hint {}={}", what, value)};
}

Result<int64_t> parse_integer(std::string_view what, std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return bad_hint(what, text);
  return value;
}

Result<uint32_t> parse_stripe_size(std::string_view text) {
  std::string_view digits = text;
  unsigned shift = 0;
  if (!text.empty()) {
    switch (text.back()) {
      case 'k':
      case 'K': shift = 10; break;
      case 'm':
      case 'M': shift = 20; break;
      case 'g':
      case 'G': shift = 30; break;
      default: break;
    }
    if (shift != 0) digits.remove_suffix(1);
  }
  SHEEN_ASSIGN(const int64_t number, parse_integer("size", digits));
  const bool fits = number >= 0 && number <= (int64_t{kStripeSizeMax} >> shift);
  const int64_t size = fits ? number << shift : -1;
  if (size != 0 && (size < kStripeSizeMin || size % kStripeSizeMin != 0))
    return bad_hint("size", text);
  return static_cast<uint32_t>(size);
}

Status apply(std::string_view name, std::string_view value, client::LayoutHint& hint) {
  if (name == "count") {
    if (value == "all") value = "-1";
    SHEEN_ASSIGN(const int64_t count, parse_integer(name, value));
    if (count < -1 || count > kStripeCountMax) return bad_hint(name, value);
    hint.stripe_count = static_cast<int32_t>(count);
  } else if (name == "size") {
    SHEEN_ASSIGN(hint.stripe_size, parse_stripe_size(value));
  } else if (name == "start") {
    SHEEN_ASSIGN(const int64_t start, parse_integer(name, value));
    if (start < -1 || start > kTargetIndexMax) return bad_hint(name, value);
    hint.start_ost = static_cast<int32_t>(start);
  } else {
    return bad_hint(name, value);
  }
  return ok();
}

std::string label(const rpc::ClusterMap& map, TargetKind kind, uint16_t index) {
  return TargetLabel{map.fsname, kind, index}.to_string();
}

}  // namespace

std::optional<VirtualXattr> virtual_xattr(std::string_view name) {
  if (name == "sheen.fid") return VirtualXattr::kFid;
  if (name == "sheen.layout") return VirtualXattr::kLayout;
  if (name == "sheen.default_layout") return VirtualXattr::kDefaultLayout;
  return std::nullopt;
}

Result<client::LayoutHint> parse_layout_hint(std::string_view text) {
  client::LayoutHint hint;
  // setfattr and shells like to add a newline or a NUL.
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.remove_suffix(1);
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos) return bad_hint(item, "");
    SHEEN_TRY(apply(item.substr(0, equals), item.substr(equals + 1), hint));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return hint;
}

std::string layout_json(const client::StripeInfo& info, const rpc::ClusterMap& map) {
  const Fid fid = info.attr.fid;
  std::string components;
  for (size_t c = 0; c < info.striping.components.size(); ++c) {
    const wire::StripeComponent& component = info.striping.components[c];
    std::string objects;
    for (size_t s = 0; s < component.osts.size(); ++s) {
      const ObjectId object{fid, static_cast<uint16_t>(c), static_cast<uint16_t>(s)};
      objects += fmt::format(R"({}{{"object":"{}","ost":"{}","index":{}}})", s == 0 ? "" : ",",
                             object.to_string(), label(map, TargetKind::kOst, component.osts[s]),
                             component.osts[s]);
    }
    const std::string end =
        component.extent_end == UINT64_MAX ? "null" : fmt::format("{}", component.extent_end);
    components += fmt::format(
        R"({}{{"start":{},"end":{},"stripe_count":{},"stripe_size":{},"objects":[{}]}})",
        c == 0 ? "" : ",", component.extent_start, end, component.osts.size(),
        component.stripe_size, objects);
  }
  const std::string mdt =
      map.mdt_of(fid) ? fmt::format(R"("{}")", label(map, TargetKind::kMdt, *map.mdt_of(fid)))
                      : "null";
  return fmt::format(R"({{"fid":"{}","mdt":{},"generation":{},"components":[{}]}})",
                     fid.to_string(), mdt, info.striping.generation, components);
}

std::string default_layout_json(const client::StripeInfo& info) {
  const client::LayoutHint hint = info.hint.value_or(client::LayoutHint{});
  return fmt::format(
      R"({{"fid":"{}","stripe_count":{},"stripe_size":{},"start_ost":{},"inherited":{}}})",
      info.attr.fid.to_string(), hint.stripe_count, hint.stripe_size, hint.start_ost,
      info.inherited || !info.hint);
}

}  // namespace sheen::fuse
