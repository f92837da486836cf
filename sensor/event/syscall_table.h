// SPDX-License-Identifier: Apache-2.0
//
// The system calls of x86-64 by number and name: the native table only. 32-bit and x32 calls are translated to these
// numbers in the kernel (VD_F_COMPAT). Immutable, thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_SYSCALL_TABLE_H_
#define VEDETTE_SENSOR_EVENT_SYSCALL_TABLE_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace vedette {

inline constexpr uint32_t kMaxSyscall = 511;  // no number of the table is greater

struct SyscallName {
  uint16_t number;
  std::string_view name;
};

std::span<const SyscallName> AllSyscalls();       // ascending by number
std::string_view SyscallNameOf(uint32_t number);  // "" if there is none

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_SYSCALL_TABLE_H_
