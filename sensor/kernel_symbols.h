// SPDX-License-Identifier: Apache-2.0
//
// Addresses of the running kernel's data, from /proc/kallsyms. Thread-safe.
#ifndef VEDETTE_SENSOR_KERNEL_SYMBOLS_H_
#define VEDETTE_SENSOR_KERNEL_SYMBOLS_H_

#include <cstdint>
#include <optional>
#include <string>

namespace vedette {

// What the prefilter reads: the seqlocks of renames and mounts.
struct PathLocks {
  uint64_t rename_lock = 0, mount_lock = 0;
};

// Nothing where the kernel does not tell (CONFIG_KALLSYMS_ALL is not set, or kernel.kptr_restrict is 2).
std::optional<PathLocks> FindPathLocks(const std::string& file = "/proc/kallsyms");

}  // namespace vedette
#endif  // VEDETTE_SENSOR_KERNEL_SYMBOLS_H_
