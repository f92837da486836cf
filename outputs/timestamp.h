// SPDX-License-Identifier: Apache-2.0
//
// Timestamp: the two ways an alert's time is written. CLOCK_REALTIME nanoseconds, any value. Pure functions, any
// thread.
#ifndef VEDETTE_OUTPUTS_TIMESTAMP_H_
#define VEDETTE_OUTPUTS_TIMESTAMP_H_

#include <cstdint>
#include <string>

namespace vedette {

void AppendClock(int64_t time_ns, std::string& out);  // "14:03:59.000000001", local time, as Falco prints evt.time

// "2026-02-03T14:03:59.000000001Z", with 1 to 9 digits after the point.
void AppendIso8601(int64_t time_ns, int digits, std::string& out);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_TIMESTAMP_H_
