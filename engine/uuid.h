// SPDX-License-Identifier: Apache-2.0
//
// UuidV7: alert ids (RFC 9562 §5.7): the time of the event in milliseconds, then a counter that only grows within a
// millisecond, then random bits. Sorts by time. Owned by the engine; event thread.
#ifndef VEDETTE_ENGINE_UUID_H_
#define VEDETTE_ENGINE_UUID_H_

#include <cstdint>
#include <random>
#include <string>

namespace vedette {

class UuidV7 {
 public:
  UuidV7();
  // `time_ns`: CLOCK_REALTIME. "018f3c5e-7a2b-7c3d-9e4f-5a6b7c8d9e0f"
  std::string Next(int64_t time_ns);

 private:
  std::mt19937_64 random_;  // seeded by the kernel; ids need to be distinct, not secret
  uint64_t last_ms_ = 0;
  uint32_t counter_ = 0;  // 12 bits
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_UUID_H_
