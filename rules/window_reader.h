// SPDX-License-Identifier: Apache-2.0
//
// The keys of a rule that span several events: throttle, count, sequence. Each may be a mapping or, count and sequence,
// one line: ">= 10 by container.id within 1m", "[dropped, run] by container.id within 30s". Nothing after an error,
// which has been reported, and without the key. No state.
#ifndef VEDETTE_RULES_WINDOW_READER_H_
#define VEDETTE_RULES_WINDOW_READER_H_

#include <optional>
#include <string_view>

#include "rules/definitions.h"
#include "rules/map_reader.h"

namespace vedette {

// Bounds.
inline constexpr uint32_t kMaxThrottleLimit = 1'000'000;
inline constexpr uint32_t kMaxCount = 1000;
inline constexpr size_t kMaxSteps = 16;
inline constexpr size_t kMaxKeyFields = 8;
inline constexpr int64_t kMaxWithinNs = 24ll * 3600 * 1'000'000'000;

std::optional<ThrottleDefinition> TakeThrottle(MapReader& reader);
std::optional<CountDefinition> TakeCount(MapReader& reader);
std::optional<SequenceDefinition> TakeSequence(MapReader& reader);

// "500ms", "30s", "5m", "1h" → nanoseconds, more than none and at most kMaxWithinNs.
std::optional<int64_t> ParseDuration(std::string_view text);

}  // namespace vedette
#endif  // VEDETTE_RULES_WINDOW_READER_H_
