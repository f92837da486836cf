// SPDX-License-Identifier: Apache-2.0
#include "engine/transform.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "engine/ascii.h"

namespace vedette {
namespace {

// The scratch span may be shorter than asked for: what does not fit is cut, and Values::overflowed() says so.
template <unsigned char (*Fold)(unsigned char)>
Value Folded(std::string_view s, Values& scratch) {
  std::span<char> out = scratch.Scratch(s.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(Fold(static_cast<unsigned char>(s[i])));
  return Value::String({out.data(), out.size()});
}
constexpr unsigned char Lower(unsigned char c) { return AsciiLower(c); }
constexpr unsigned char Upper(unsigned char c) { return AsciiUpper(c); }

std::optional<unsigned> Base64Digit(char c) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t at = kDigits.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(at);
}

Value Base64Decoded(std::string_view s, Values& scratch) {
  while (!s.empty() && s.back() == '=') s.remove_suffix(1);
  if (s.size() % 4 == 1) return {};
  std::span<char> out = scratch.Scratch(s.size() * 3 / 4);
  size_t used = 0;
  unsigned bits = 0, have = 0;
  for (char c : s) {
    const std::optional<unsigned> digit = Base64Digit(c);
    if (!digit) return {};
    bits = (bits << 6 | *digit) & 0xffffffu;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    if (used < out.size()) out[used++] = static_cast<char>(bits >> have & 0xffu);
  }
  return Value::String({out.data(), used});
}

Value Basename(std::string_view s, Values&) {
  const size_t slash = s.rfind('/');
  return Value::String(slash == std::string_view::npos ? s : s.substr(slash + 1));
}

Value Length(std::string_view s, Values&) { return Value::Number(static_cast<int64_t>(s.size())); }
Value Same(std::string_view s, Values&) { return Value::String(s); }

using Function = Value (*)(std::string_view, Values&);
constexpr std::array<Function, 6> kFunctions = {Same, Folded<Lower>, Folded<Upper>, Base64Decoded, Basename, Length};
static_assert(static_cast<size_t>(Transformer::kLength) + 1 == kFunctions.size(), "one function per transformer");

}  // namespace

void ApplyTransformers(const FieldRef& field, const Values& in, Values& out) {
  const std::span<const Transformer> transformers = field.transformers;
  // Only the last one can be a length: nothing is applied to a number.
  const bool counts = field.call != nullptr && field.call->function == FieldCall::Function::kGetopt &&
                      field.call->option == '\0' && transformers.back() == Transformer::kLength;
  int64_t count = 0;
  out.Clear();
  for (Value v : in) {
    for (Transformer t : transformers.first(transformers.size() - (counts ? 1 : 0))) {
      v = v.kind() == Value::Kind::kString ? kFunctions[static_cast<size_t>(t)](v.string(), out) : Value();
    }
    if (!counts) out.Add(v);
    count += v.is_null() ? 0 : 1;
  }
  if (counts && !in.empty()) out.Add(Value::Number(count));
}

}  // namespace vedette
