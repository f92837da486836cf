// SPDX-License-Identifier: Apache-2.0
//
// Glob: a compiled fnmatch(3) pattern, flags 0 (so `*` and `?` match a slash) or FNM_CASEFOLD, on bytes as in the C
// locale. Unlike fnmatch, matching costs at most pattern × subject steps, whatever the pattern. Immutable, any thread.
#ifndef VEDETTE_ENGINE_GLOB_H_
#define VEDETTE_ENGINE_GLOB_H_

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

class Glob {
 public:
  explicit Glob(std::string_view pattern = "", bool fold_case = false) { Assign(pattern, fold_case); }
  // Another pattern in the same memory, for patterns that come with the event.
  void Assign(std::string_view pattern, bool fold_case);

  bool Matches(std::string_view subject) const;

  // What the pattern comes down to, for those that can use a faster or simpler test of `text`.
  struct Shape {
    enum class Kind : uint8_t { kExact, kPrefix, kSuffix, kGeneral } kind = Kind::kGeneral;
    std::string text;  // not for kGeneral
  };
  Shape shape() const;

  using ByteSet = std::bitset<256>;

  // What it is made of, one after the other: a byte, any byte, any number of any bytes, or one of a set ([a-z]). Nothing,
  // where that does not tell: it folds case, or ends with a backslash and matches nothing.
  struct Element {
    enum class Kind : uint8_t { kByte, kAny, kStar, kSet } kind = Kind::kByte;
    char byte = 0;
    ByteSet set = {};  // kSet
  };
  std::optional<std::vector<Element>> elements() const;

 private:
  struct Token {
    enum class Kind : uint8_t { kByte, kAny, kStar, kSet, kNever } kind;
    unsigned char byte = 0;
    uint32_t set = 0;
  };

  bool MatchesByte(const Token& token, unsigned char byte) const;
  // Reads a bracket expression that starts at `pattern[at]` ('['); returns the position after it, or nothing if it is
  // not closed and the bracket stands for itself.
  std::optional<size_t> ReadSet(std::string_view pattern, size_t at);

  bool fold_case_ = false;
  std::vector<Token> tokens_;
  std::vector<ByteSet> sets_;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_GLOB_H_
