// SPDX-License-Identifier: Apache-2.0
//
// RuleWindows: what throttle, count and sequence of all rules of a set remember. State of a rule that a reload leaves
// as it is goes on; any other begins anew, so no rule ever sees what another definition counted. Owned by the engine;
// event thread, save the statistics, which any thread reads. Nothing is allocated before a match.
#ifndef VEDETTE_ENGINE_RULE_WINDOWS_H_
#define VEDETTE_ENGINE_RULE_WINDOWS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/correlation.h"
#include "engine/event_key.h"
#include "engine/throttle.h"
#include "rules/rule_set.h"
#include "sensor/event/event.h"

namespace vedette {

class RuleWindows {
 public:
  // Of any thread: counts that outlive a rule set.
  struct Counters {
    std::atomic<uint64_t> throttled{0}, throttle_keys_forgotten{0}, correlation_keys_forgotten{0}, unkeyed{0};
  };

  // Takes over what `before` (may be null) has of rules that are still the same. `counters` outlives this.
  RuleWindows(const RuleSet& rules, RuleWindows* before, Counters* counters);

  // A rule with a correlation has matched. Nothing: it takes more than this event.
  std::optional<Correlated> Correlate(const Rule& rule, const Event& event, StepMask steps);
  // An alert of a rule with a throttle is due. Nothing: it is suppressed. Else how many were since the last one.
  std::optional<uint64_t> Pass(const Rule& rule, const Event& event);

  uint64_t throttled(uint32_t rule) const { return throttled_[rule].load(std::memory_order_relaxed); }

 private:
  struct State {
    std::string definition;  // what has to be equal for a state to go on; "": the rule has none
    std::unique_ptr<Throttle> throttle;
    std::unique_ptr<Correlation> correlation;
  };

  std::vector<State> states_;  // per rule
  std::vector<std::atomic<uint64_t>> throttled_;
  EventKey key_;
  Counters& counters_;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_RULE_WINDOWS_H_
