// SPDX-License-Identifier: Apache-2.0
#include "cli/json.h"

#include <charconv>

#include <fmt/format.h>

#include "lib/base/assert.h"

namespace sheen::cli {
namespace {

constexpr int kDepthMax = 32;

// The length of the valid UTF-8 sequence at the start of `text`; 0 if there is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : 0xbf;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void write_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (length == 0)
      out += fmt::format("\\udc{:02x}", byte);
    else if (byte == '"' || byte == '\\')
      out += {'\\', text[0]};
    else if (byte == '\n')
      out += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_utf8(std::string& out, uint32_t c) {
  if (c >= 0xdc80 && c <= 0xdcff)
    out += static_cast<char>(c & 0xff);  // see write_string
  else if (c < 0x80)
    out += static_cast<char>(c);
  else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

}  // namespace

// Recursive descent over one text; every function leaves `rest_` behind what it took.
class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : rest_(text) {}

  Result<Json> document() {
    SHEEN_ASSIGN(Json value, this->value(0));
    skip_space();
    if (!rest_.empty()) return bad();
    return value;
  }

 private:
  static Error bad() { return {Errc::kInvalid, "malformed JSON"}; }

  void skip_space() {
    const size_t at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }
  bool take(std::string_view token) {
    skip_space();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  Result<Json> value(int depth) {
    if (depth > kDepthMax) return bad();
    if (take("{")) return object(depth);
    if (take("[")) return array(depth);
    if (take("null")) return Json();
    if (take("true")) return Json(true);
    if (take("false")) return Json(false);
    if (rest_.starts_with('"')) {
      SHEEN_ASSIGN(std::string text, string());
      return Json(std::move(text));
    }
    return number();
  }

  Result<Json> object(int depth) {
    Json::Object members;
    if (take("}")) return Json(std::move(members));
    do {
      skip_space();
      SHEEN_ASSIGN(std::string key, string());
      if (!take(":")) return bad();
      SHEEN_ASSIGN(Json member, value(depth + 1));
      members.emplace_back(std::move(key), std::move(member));
    } while (take(","));
    if (!take("}")) return bad();
    return Json(std::move(members));
  }

  Result<Json> array(int depth) {
    Json::Array items;
    if (take("]")) return Json(std::move(items));
    do {
      SHEEN_ASSIGN(Json item, value(depth + 1));
      items.push_back(std::move(item));
    } while (take(","));
    if (!take("]")) return bad();
    return Json(std::move(items));
  }

  Result<std::string> string() {
    if (!take("\"")) return bad();
    std::string out;
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"') return out;
      if (c != '\\') {
        out += c;
        continue;
      }
      SHEEN_TRY(escape(out));
    }
    return bad();
  }

  Status escape(std::string& out) {
    if (rest_.empty()) return bad();
    const char kind = rest_[0];
    rest_.remove_prefix(1);
    static constexpr std::string_view kFrom = "\"\\/bfnrt";
    static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (const size_t at = kFrom.find(kind); at != std::string_view::npos) {
      out += kTo[at];
      return ok();
    }
    if (kind != 'u') return bad();
    SHEEN_ASSIGN(uint32_t c, hex4());
    if (c >= 0xd800 && c <= 0xdbff && rest_.starts_with("\\u")) {
      rest_.remove_prefix(2);
      SHEEN_ASSIGN(const uint32_t low, hex4());
      if (low < 0xdc00 || low > 0xdfff) return bad();
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, c);
    return ok();
  }

  Result<uint32_t> hex4() {
    uint32_t c = 0;
    if (rest_.size() < 4) return bad();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, c, 16);
    if (error != std::errc{} || end != rest_.data() + 4) return bad();
    rest_.remove_prefix(4);
    return c;
  }

  Result<Json> number() {
    const size_t length = std::min(rest_.find_first_not_of("+-.0123456789eE"), rest_.size());
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    Json out;
    int64_t whole = 0;
    uint64_t large = 0;
    double real = 0;
    if (take_all(text, whole))
      out.value_ = whole;
    else if (take_all(text, large))
      out.value_ = large;
    else if (take_all(text, real))
      out.value_ = real;
    else
      return bad();
    return out;
  }
  template <class Number>
  static bool take_all(std::string_view text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
  }

  std::string_view rest_;
};

Result<Json> Json::parse(std::string_view text) { return JsonParser(text).document(); }

Json& Json::set(std::string key, Json value) {
  auto* members = std::get_if<Object>(&value_);
  SHEEN_ASSERT(members != nullptr);
  members->emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  auto* items = std::get_if<Array>(&value_);
  SHEEN_ASSERT(items != nullptr);
  items->push_back(std::move(value));
  return *this;
}

const Json& Json::operator[](std::string_view key) const {
  static const Json kNull;
  if (const auto* members = std::get_if<Object>(&value_))
    for (const auto& [name, member] : *members)
      if (name == key) return member;
  return kNull;
}

const std::vector<Json>& Json::items() const {
  static const Array kNone;
  const auto* items = std::get_if<Array>(&value_);
  return items != nullptr ? *items : kNone;
}

std::string_view Json::text() const {
  const auto* text = std::get_if<std::string>(&value_);
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

int64_t Json::number(int64_t fallback) const {
  if (const auto* whole = std::get_if<int64_t>(&value_)) return *whole;
  if (const auto* large = std::get_if<uint64_t>(&value_)) return static_cast<int64_t>(*large);
  return fallback;
}

bool Json::flag(bool fallback) const {
  const auto* value = std::get_if<bool>(&value_);
  return value != nullptr ? *value : fallback;
}

std::string Json::to_string(bool indented) const {
  std::string out;
  write(out, indented ? 0 : -1);
  return out;
}

// indent < 0: everything on one line.
void Json::write(std::string& out, int indent) const {
  const int inner = indent < 0 ? -1 : indent + 2;
  const auto new_line = [&](int width) {
    if (width >= 0) out += fmt::format("\n{:{}}", "", width);
  };
  const auto sequence = [&](char open, char close, const auto& list, const auto& write_one) {
    out += open;
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out += ',';
      new_line(inner);
      write_one(list[i]);
    }
    if (!list.empty()) new_line(indent);
    out += close;
  };
  if (const auto* flag = std::get_if<bool>(&value_))
    out += *flag ? "true" : "false";
  else if (const auto* whole = std::get_if<int64_t>(&value_))
    out += fmt::to_string(*whole);
  else if (const auto* large = std::get_if<uint64_t>(&value_))
    out += fmt::to_string(*large);
  else if (const auto* real = std::get_if<double>(&value_))
    out += fmt::to_string(*real);
  else if (const auto* text = std::get_if<std::string>(&value_))
    write_string(out, *text);
  else if (const auto* items = std::get_if<Array>(&value_))
    sequence('[', ']', *items, [&](const Json& item) { item.write(out, inner); });
  else if (const auto* members = std::get_if<Object>(&value_))
    sequence('{', '}', *members, [&](const auto& member) {
      write_string(out, member.first);
      out += indent < 0 ? ":" : ": ";
      member.second.write(out, inner);
    });
  else
    out += "null";
}

}  // namespace sheen::cli
