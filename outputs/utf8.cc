// SPDX-License-Identifier: Apache-2.0
#include "outputs/utf8.h"

#include <algorithm>
#include <cstdint>

namespace vedette {
namespace {

struct Lead {
  uint8_t first, last;  // of the lead byte
  uint8_t low, high;    // what the second byte may be: excludes overlong forms, surrogates and > U+10FFFF
  uint8_t bytes;
  uint8_t mask;  // payload bits of the lead byte
};

// Unicode, table 3-7 "Well-Formed UTF-8 Byte Sequences".
constexpr Lead kLeads[] = {
    {0x00, 0x7f, 0x00, 0x00, 1, 0x7f}, {0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f}, {0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f},
    {0xe1, 0xec, 0x80, 0xbf, 3, 0x0f}, {0xed, 0xed, 0x80, 0x9f, 3, 0x0f}, {0xee, 0xef, 0x80, 0xbf, 3, 0x0f},
    {0xf0, 0xf0, 0x90, 0xbf, 4, 0x07}, {0xf1, 0xf3, 0x80, 0xbf, 4, 0x07}, {0xf4, 0xf4, 0x80, 0x8f, 4, 0x07},
};

const Lead* FindLead(uint8_t byte) {
  for (const Lead& lead : kLeads) {
    if (byte >= lead.first && byte <= lead.last) return &lead;
  }
  return nullptr;
}

bool IsContinuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

}  // namespace

CodePoint DecodeUtf8(std::string_view bytes) {
  auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const Lead* lead = FindLead(at(0));
  if (lead == nullptr) return {};
  char32_t value = at(0) & lead->mask;
  for (size_t i = 1; i < lead->bytes; ++i) {
    // What was well formed so far is one replacement character, as the Unicode standard recommends.
    if (i >= bytes.size()) return {.value = 0, .bytes = i, .valid = false};
    bool ok = i == 1 ? at(i) >= lead->low && at(i) <= lead->high : IsContinuation(at(i));
    if (!ok) return {.value = 0, .bytes = i, .valid = false};
    value = value << 6 | (at(i) & 0x3f);
  }
  return {.value = value, .bytes = lead->bytes, .valid = true};
}

std::string_view Utf8Prefix(std::string_view bytes, size_t limit) {
  if (bytes.size() <= limit) return bytes;
  size_t end = limit;
  // At most three bytes back: more continuation bytes than that are no code point to be kept whole.
  for (size_t back = 0; back < 3 && end > 0 && IsContinuation(static_cast<uint8_t>(bytes[end])); ++back) --end;
  return bytes.substr(0, end);
}

}  // namespace vedette
