// SPDX-License-Identifier: Apache-2.0
#include "engine/throttle.h"

#include <utility>

#include "engine/time_span.h"

namespace vedette {

// An event of a time long before the start (a replay that was put together) is not in it either. In doubt an alert
// passes.
bool Throttle::IsOver(const State& state, int64_t time_ns) const {
  return state.passed == 0 || TimeBetween(state.start_ns, time_ns) >= static_cast<uint64_t>(within_ns_);
}

std::optional<uint64_t> Throttle::Pass(std::string_view key, int64_t time_ns) {
  keys_.Expire([&](const State& state) { return state.suppressed == 0 && IsOver(state, time_ns); });
  State& state = keys_.Get(key);
  if (IsOver(state, time_ns)) {
    state.start_ns = time_ns;
    state.passed = 0;
  }
  if (state.passed >= limit_) {
    ++state.suppressed;
    ++suppressed_;
    return std::nullopt;
  }
  ++state.passed;
  return std::exchange(state.suppressed, 0);
}

}  // namespace vedette
