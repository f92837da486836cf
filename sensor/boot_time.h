// SPDX-License-Identifier: Apache-2.0
//
// BootTime: the clock of the kernel's records, and how it stands to the time of day. Any thread.
#ifndef VEDETTE_SENSOR_BOOT_TIME_H_
#define VEDETTE_SENSOR_BOOT_TIME_H_

#include <cstdint>

namespace vedette {

// CLOCK_BOOTTIME, now.
uint64_t BootTimeNs();

// CLOCK_REALTIME - CLOCK_BOOTTIME, now.
int64_t BootToRealtimeNs();

}  // namespace vedette
#endif  // VEDETTE_SENSOR_BOOT_TIME_H_
