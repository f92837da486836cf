// SPDX-License-Identifier: Apache-2.0
//
// Differences of event times, which hostile input may choose: no overflow. Plain functions; any thread.
#ifndef VEDETTE_ENGINE_TIME_SPAN_H_
#define VEDETTE_ENGINE_TIME_SPAN_H_

#include <cstdint>

namespace vedette {

// |a - b|
constexpr uint64_t TimeBetween(int64_t a, int64_t b) {
  const auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  return a < b ? y - x : x - y;
}

}  // namespace vedette
#endif  // VEDETTE_ENGINE_TIME_SPAN_H_
