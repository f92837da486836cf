// SPDX-License-Identifier: Apache-2.0
//
// StringSet: is a string one of a fixed set? An open-addressing table built once; most misses end at the length.
// Owned by a matcher; immutable, any thread.
#ifndef VEDETTE_ENGINE_STRING_SET_H_
#define VEDETTE_ENGINE_STRING_SET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

uint64_t HashBytes(std::string_view s);

class StringSet {
 public:
  explicit StringSet(std::vector<std::string> members);  // duplicates are fine

  bool Contains(std::string_view s) const { return Find(s).has_value(); }
  // The position in `members` of the first that equals `s`.
  std::optional<uint32_t> Find(std::string_view s) const {
    if ((lengths_ & LengthBit(s.size())) == 0) return std::nullopt;  // most of what is asked for
    return FindByHash(s);
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t member = kEmpty;
  };
  static constexpr uint32_t kEmpty = ~uint32_t{0};
  std::optional<uint32_t> FindByHash(std::string_view s) const;
  static uint64_t LengthBit(size_t size) { return uint64_t{1} << (size < 63 ? size : 63); }

  std::vector<std::string> members_;
  std::vector<Slot> slots_;  // a power of two, at most half full
  uint64_t lengths_ = 0;     // bit n: some member has n bytes; bit 63: 63 or more
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_STRING_SET_H_
