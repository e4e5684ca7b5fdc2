// SPDX-License-Identifier: Apache-2.0
#include "lib/base/ids.h"

#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "lib/base/random.h"

namespace sheen {
namespace {

template <class Int>
std::optional<Int> parse_whole(std::string_view text, int base) {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint32_t> parse_hex_half(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  return parse_whole<uint32_t>(text.substr(2), 16);
}

}  // namespace

std::string Fid::to_string() const { return fmt::format("[{:#x}:{:#x}]", sequence(), object()); }

Result<Fid> Fid::parse(std::string_view text) {
  const Error bad{Errc::kInvalid, fmt::format("'{}' is not a FID like [0x10:0x2f]", text)};
  if (!text.starts_with('[')) {
    const auto number = parse_whole<uint64_t>(text, 10);
    return number && *number != 0 ? Result<Fid>(Fid{*number}) : Result<Fid>(bad);
  }
  const size_t colon = text.find(':');
  if (!text.ends_with(']') || colon == std::string_view::npos) return bad;
  const auto sequence = parse_hex_half(text.substr(1, colon - 1));
  const auto object = parse_hex_half(text.substr(colon + 1, text.size() - colon - 2));
  if (!sequence || !object) return bad;
  return Fid::make(*sequence, *object);
}

std::string ObjectId::to_string() const {
  return fmt::format("{}.{}.{}", fid.to_string(), component, stripe);
}

std::string Uuid::to_string() const {
  std::string out;
  out.reserve(36);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    fmt::format_to(std::back_inserter(out), "{:02x}", bytes[i]);
  }
  return out;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  Uuid uuid;
  size_t digit = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash_place && c == '-') continue;
    if (dash_place || std::isxdigit(static_cast<unsigned char>(c)) == 0 || digit >= 32) {
      digit = 0;
      break;
    }
    const int lower = std::tolower(static_cast<unsigned char>(c));
    const int nibble = lower <= '9' ? lower - '0' : lower - 'a' + 10;
    uuid.bytes[digit / 2] = static_cast<uint8_t>(uuid.bytes[digit / 2] << 4 | nibble);
    ++digit;
  }
  if (digit != 32 || text.size() != 36)
    return Error(Errc::kInvalid, fmt::format("'{}' is not a uuid", text));
  return uuid;
}

Uuid Uuid::generate(Random& random) {
  Uuid uuid;
  for (size_t i = 0; i < uuid.bytes.size(); i += 8) {
    uint64_t word = random.next();
    for (size_t j = 0; j < 8; ++j, word >>= 8) uuid.bytes[i + j] = static_cast<uint8_t>(word);
  }
  uuid.bytes[6] = static_cast<uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);
  uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

std::string_view to_string(TargetKind kind) {
  switch (kind) {
    case TargetKind::kMgt: return "MGT";
    case TargetKind::kMdt: return "MDT";
    case TargetKind::kOst: return "OST";
  }
  return "?";
}

std::string TargetLabel::to_string() const {
  if (kind == TargetKind::kMgt) return fmt::format("{}-MGT", fsname);
  return fmt::format("{}-{}{:04x}", fsname, sheen::to_string(kind), index);
}

Result<TargetLabel> TargetLabel::parse(std::string_view text) {
  const Error bad{Errc::kInvalid,
                  fmt::format("'{}' is not a target label like demo-OST0003", text)};
  const size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || dash + 4 > text.size()) return bad;
  TargetLabel label;
  label.fsname = text.substr(0, dash);
  if (!check_fsname(label.fsname)) return bad;
  const std::string_view kind = text.substr(dash + 1, 3);
  const std::string_view index = text.substr(dash + 4);
  if (kind == "MGT") {
    label.kind = TargetKind::kMgt;
    return index.empty() ? Result<TargetLabel>(label) : Result<TargetLabel>(bad);
  }
  if (kind == "MDT")
    label.kind = TargetKind::kMdt;
  else if (kind == "OST")
    label.kind = TargetKind::kOst;
  else
    return bad;
  const auto number = parse_whole<uint16_t>(index, 16);
  if (index.size() != 4 || !number) return bad;
  label.index = *number;
  return label;
}

Status check_fsname(std::string_view fsname) {
  bool good = !fsname.empty() && fsname.size() <= 8 &&
              std::isalpha(static_cast<unsigned char>(fsname.front())) != 0;
  for (const char c : fsname)
    good = good && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-');
  if (good) return ok();
  return Error(Errc::kInvalid,
               fmt::format("'{}' is no file system name (1 to 8 letters, digits, '_' or '-', "
                           "starting with a letter)",
                           fsname));
}

}  // namespace sheen
