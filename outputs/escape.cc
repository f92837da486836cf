// SPDX-License-Identifier: Apache-2.0
#include "outputs/escape.h"

#include "outputs/utf8.h"

namespace vedette {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

struct Range {
  char32_t first, last;
};
// What is valid Unicode and still must not reach a terminal or a log as it is.
constexpr Range kEscaped[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},      // controls; U+009B alone starts a terminal sequence
    {0x200e, 0x200f}, {0x202a, 0x202e},  // direction marks and overrides
    {0x2028, 0x2029},                    // separators that some viewers take for a line end
    {0x2066, 0x2069},                    // direction isolates
    {0xfeff, 0xfeff},                    // byte order mark
};

bool MustEscape(char32_t c) {
  for (const Range& range : kEscaped) {
    if (c >= range.first && c <= range.last) return true;
  }
  return false;
}

void AppendEscape(char32_t c, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[c >> shift & 0xf];
}

bool IsPlain(char c, bool json) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && !(json && (c == '"' || c == '\\'));
}

void Append(std::string_view in, bool json, std::string& out) {
  while (!in.empty()) {
    size_t plain = 0;
    while (plain < in.size() && IsPlain(in[plain], json)) ++plain;
    out.append(in.substr(0, plain));
    in.remove_prefix(plain);
    if (in.empty()) return;
    CodePoint c = DecodeUtf8(in);
    if (!c.valid) {
      out += kReplacement;
    } else if (json && (c.value == '"' || c.value == '\\')) {
      out += '\\';
      out += in[0];
    } else if (MustEscape(c.value)) {
      AppendEscape(c.value, out);
    } else {
      out.append(in.substr(0, c.bytes));
    }
    in.remove_prefix(c.bytes);
  }
}

}  // namespace

void AppendEscapedText(std::string_view bytes, std::string& out) { Append(bytes, /*json=*/false, out); }

std::string EscapedText(std::string_view bytes) {
  std::string out;
  AppendEscapedText(bytes, out);
  return out;
}

void AppendEscapedJson(std::string_view bytes, std::string& out) { Append(bytes, /*json=*/true, out); }

}  // namespace vedette
