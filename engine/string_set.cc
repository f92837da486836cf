// SPDX-License-Identifier: Apache-2.0
#include "engine/string_set.h"

#include <bit>
#include <cstring>
#include <utility>

namespace vedette {
namespace {

constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15u;

uint64_t Mix(uint64_t h, uint64_t v) { return (std::rotl(h, 23) ^ v) * kMultiplier; }

}  // namespace

uint64_t HashBytes(std::string_view s) {
  uint64_t h = s.size() * kMultiplier;
  const char* p = s.data();
  size_t left = s.size();
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t v;
    std::memcpy(&v, p, 8);
    h = Mix(h, v);
  }
  uint64_t tail = 0;
  for (size_t i = 0; i < left; ++i) tail = tail << 8 | static_cast<unsigned char>(p[i]);
  h = Mix(h, tail);
  return h ^ h >> 32;
}

StringSet::StringSet(std::vector<std::string> members) : members_(std::move(members)) {
  slots_.resize(std::bit_ceil(members_.size() * 2 + 1));
  for (uint32_t i = 0; i < members_.size(); ++i) {
    if (Contains(members_[i])) continue;
    lengths_ |= LengthBit(members_[i].size());
    const uint64_t hash = HashBytes(members_[i]);
    size_t at = hash & (slots_.size() - 1);
    while (slots_[at].member != kEmpty) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {hash, i};
  }
}

std::optional<uint32_t> StringSet::FindByHash(std::string_view s) const {
  const uint64_t hash = HashBytes(s);
  for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.member == kEmpty) return std::nullopt;
    if (slot.hash == hash && members_[slot.member] == s) return slot.member;
  }
}

}  // namespace vedette
