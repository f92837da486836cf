// SPDX-License-Identifier: Apache-2.0
#include "sensor/boot_time.h"

#include <ctime>

namespace vedette {
namespace {

int64_t Nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

}  // namespace

uint64_t BootTimeNs() { return static_cast<uint64_t>(Nanoseconds(CLOCK_BOOTTIME)); }

int64_t BootToRealtimeNs() { return Nanoseconds(CLOCK_REALTIME) - Nanoseconds(CLOCK_BOOTTIME); }

}  // namespace vedette
