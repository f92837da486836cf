// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli), as in iSCSI and ext4: the checksum of recordings. Pure, any thread.
#ifndef VEDETTE_SENSOR_CRC32C_H_
#define VEDETTE_SENSOR_CRC32C_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vedette {

namespace crc32c_internal {
constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) != 0 ? 0x82f63b78u : 0);
    table[i] = c;
  }
  return table;
}
inline constexpr std::array<uint32_t, 256> kTable = MakeTable();
}  // namespace crc32c_internal

// `crc`: of what came before, to go on.
inline uint32_t Crc32c(std::span<const std::byte> data, uint32_t crc = 0) {
  crc = ~crc;
  for (std::byte b : data) {
    crc = (crc >> 8) ^ crc32c_internal::kTable[(crc ^ static_cast<uint32_t>(b)) & 0xff];
  }
  return ~crc;
}

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CRC32C_H_
