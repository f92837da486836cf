// SPDX-License-Identifier: Apache-2.0
#include "sensor/crc32c.h"

#include <array>
#include <cstring>
#include <utility>

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

template <size_t... kI>
__attribute__((target("sse4.2"), always_inline)) inline uint64_t Words(uint64_t crc, const std::byte* at,
                                                                       std::index_sequence<kI...>) {
  ((crc = _mm_crc32_u64(crc, WordAt(at + 8 * kI))), ...);
  return crc;
}

// The state is the complement of a checksum. A loop over long blocks, then each shorter length once: recordings are
// read at the cost of one instruction per word.
__attribute__((target("sse4.2"), always_inline)) inline uint32_t Continue(uint32_t state,
                                                                          std::span<const std::byte> data) {
  const std::byte* at = data.data();
  size_t left = data.size();
  uint64_t wide = state;
  for (; left >= 128; left -= 128, at += 128) wide = Words(wide, at, std::make_index_sequence<16>());
  if ((left & 64) != 0) wide = Words(wide, at, std::make_index_sequence<8>()), at += 64;
  if ((left & 32) != 0) wide = Words(wide, at, std::make_index_sequence<4>()), at += 32;
  if ((left & 16) != 0) wide = Words(wide, at, std::make_index_sequence<2>()), at += 16;
  if ((left & 8) != 0) wide = Words(wide, at, std::make_index_sequence<1>()), at += 8;
  auto narrow = static_cast<uint32_t>(wide);
  if ((left & 4) != 0) {
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    narrow = _mm_crc32_u32(narrow, word);
    at += 4;
  }
  for (left &= 3; left != 0; --left, ++at) narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*at));
  return narrow;
}

__attribute__((target("sse4.2"))) uint32_t ByInstruction(std::span<const std::byte> data) {
  return ~Continue(~0u, data);
}
__attribute__((target("sse4.2"))) uint32_t ByInstruction(uint32_t word, std::span<const std::byte> data) {
  return ~Continue(_mm_crc32_u32(~0u, word), data);
}
#endif

}  // namespace

uint32_t Crc32cByTable(std::span<const std::byte> data, uint32_t crc) {
  crc = ~crc;
  for (std::byte b : data) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint32_t>(b)) & 0xff];
  return ~crc;
}

uint32_t Crc32c(std::span<const std::byte> data) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2")) return ByInstruction(data);
#endif
  return Crc32cByTable(data);
}

uint32_t Crc32c(uint32_t word, std::span<const std::byte> data) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2")) return ByInstruction(word, data);
#endif
  return Crc32cByTable(data, Crc32cByTable(std::as_bytes(std::span(&word, 1))));
}

}  // namespace vedette
