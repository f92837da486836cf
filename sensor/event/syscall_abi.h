// SPDX-License-Identifier: Apache-2.0
//
// The system calls of the three ways into an x86-64 kernel, by number and name: x86-64's own, those of 32-bit programs
// and x32's; and the 32-bit calls that stand for several. Immutable, thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_SYSCALL_ABI_H_
#define VEDETTE_SENSOR_EVENT_SYSCALL_ABI_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/abi/records.h"

namespace vedette {

// `nr` of x32: without its bit. "" if there is none, or no such enum vd_arch: both may come from a record.
std::string_view CallNameOf(uint32_t arch, uint32_t nr);
bool IsCallName(std::string_view name);             // of any of them
bool HasCall(vd_arch arch, std::string_view name);  // of this one
std::string_view ArchName(uint32_t arch);  // "x86_64", "i386", "x32"

// Of 32-bit programs: `call` with `code` as its first argument is `name`.
struct MultiplexedCall {
  std::string_view call;
  uint8_t code;
  std::string_view name;
};
std::span<const MultiplexedCall> MultiplexedCalls();

// The names that i386 has for the same as this call of x86-64, besides its own: chown32 of chown, clock_settime64 of
// clock_settime, umount of umount2. Each exists there and not on x86-64.
std::vector<std::string> I386Forms(std::string_view name);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_SYSCALL_ABI_H_
