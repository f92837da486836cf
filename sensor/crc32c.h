// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli), as in iSCSI and ext4: the checksum of recordings. By the processor's own instruction where it
// has one (SSE 4.2), else by a table. Pure, any thread.
#ifndef VEDETTE_SENSOR_CRC32C_H_
#define VEDETTE_SENSOR_CRC32C_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace vedette {

uint32_t Crc32c(std::span<const std::byte> data);
// Of a word, in the machine's byte order, and the data that follows it.
uint32_t Crc32c(uint32_t word, std::span<const std::byte> data);

// The same on any processor, a byte at a time. `crc`: of what came before, to go on.
uint32_t Crc32cByTable(std::span<const std::byte> data, uint32_t crc = 0);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CRC32C_H_
