// SPDX-License-Identifier: Apache-2.0
#include "sensor/crc32c.h"

#include <array>
#include <cstring>

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace vedette {
namespace {

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) != 0 ? 0x82f63b78u : 0);
    table[i] = c;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = MakeTable();

#ifdef __x86_64__
inline uint64_t WordAt(const std::byte* at) {
  uint64_t word;
  memcpy(&word, at, sizeof(word));
  return word;
}

__attribute__((target("sse4.2"))) uint32_t ByInstruction(std::span<const std::byte> data, uint32_t crc) {
  const std::byte* at = data.data();
  const std::byte* const end = at + data.size();
  uint64_t wide = ~crc;
  for (; end - at >= 32; at += 32) {
    wide = _mm_crc32_u64(wide, WordAt(at));
    wide = _mm_crc32_u64(wide, WordAt(at + 8));
    wide = _mm_crc32_u64(wide, WordAt(at + 16));
    wide = _mm_crc32_u64(wide, WordAt(at + 24));
  }
  for (; end - at >= 8; at += 8) wide = _mm_crc32_u64(wide, WordAt(at));
  auto narrow = static_cast<uint32_t>(wide);
  if (end - at >= 4) {
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    narrow = _mm_crc32_u32(narrow, word);
    at += 4;
  }
  for (; at != end; ++at) narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*at));
  return ~narrow;
}
#endif

}  // namespace

uint32_t Crc32cByTable(std::span<const std::byte> data, uint32_t crc) {
  crc = ~crc;
  for (std::byte b : data) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint32_t>(b)) & 0xff];
  return ~crc;
}

uint32_t Crc32c(std::span<const std::byte> data, uint32_t crc) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2")) return ByInstruction(data, crc);
#endif
  return Crc32cByTable(data, crc);
}

}  // namespace vedette
