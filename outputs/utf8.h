// SPDX-License-Identifier: Apache-2.0
//
// Utf8: decodes one code point at a time out of bytes that may be anything. Pure functions, any thread.
#ifndef VEDETTE_OUTPUTS_UTF8_H_
#define VEDETTE_OUTPUTS_UTF8_H_

#include <cstddef>
#include <string_view>

namespace vedette {

struct CodePoint {
  char32_t value = 0;
  size_t bytes = 1;    // how many it takes; of an invalid sequence, how many to skip
  bool valid = false;  // false: overlong, surrogate, beyond U+10FFFF, cut short or a stray byte
};

CodePoint DecodeUtf8(std::string_view bytes);  // `bytes` is not empty

// The longest prefix of at most `limit` bytes that does not cut a code point in two.
std::string_view Utf8Prefix(std::string_view bytes, size_t limit);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_UTF8_H_
