// SPDX-License-Identifier: Apache-2.0
//
// Engine: evaluates the current rule set on each event and makes alerts. Owned by the agent; OnEvent and SetRules are
// called by the event thread; Stats by any thread. Nothing is allocated before a rule matches.
#ifndef VEDETTE_ENGINE_ENGINE_H_
#define VEDETTE_ENGINE_ENGINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/alert.h"
#include "rules/rule_set.h"
#include "sensor/event/event.h"
#include "sensor/event/event_facts.h"
#include "sensor/event/event_kind.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

enum class RuleMatching : uint8_t { kAll, kFirst };

struct EngineOptions {
  RuleMatching matching = RuleMatching::kAll;
  Priority threshold = Priority::kDebug;  // rules below it are not evaluated
  std::string hostname;
  std::vector<FieldRef> appended_fields;  // --append-output-field: into every alert's fields
  bool compare_verdicts = true;           // false where no kernel decided under these rules (replay)
};

struct EngineStats {
  uint64_t events = 0;
  uint64_t alerts = 0;
  uint64_t verdict_disagreements =
      0;                          // kernel refused for a rule whose condition user space finds false, or the reverse
  std::vector<std::pair<std::string, uint64_t>> disagreements_by_rule;  // of the current rules, where there are some
  std::vector<uint64_t> matches;  // per rule index
  uint64_t throttled = 0;         // alerts that a rule's throttle suppressed
  std::vector<std::pair<std::string, uint64_t>> throttled_by_rule;  // of the current rules, where it did
  uint64_t throttle_keys_forgotten = 0;     // table full: their next alert does not say how many were suppressed
  uint64_t correlation_keys_forgotten = 0;  // table full: what count and sequence knew of them is lost
  uint64_t correlation_unkeyed = 0;         // events of count and sequence without a value of a `by` field
};

class Engine {
 public:
  using AlertSink = std::function<void(Alert)>;

  Engine(EngineOptions options, AlertSink sink);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Takes effect with the next event.
  void SetRules(std::shared_ptr<const RuleSet> rules);
  // For whom no rule can match an event with this one's tag, so that the source need not deliver such any more.
  MuteFor OnEvent(const Event& event);
  EngineStats Stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// What the sensor has to deliver and decide for `rules`. Lifecycle events are always among the kinds.
Interest InterestOf(const RuleSet& rules);
// What it has to deliver besides for `field` to have its values: of an output that no rule names.
void AddInterest(const FieldRef& field, Interest& interest);

// Rules with `deny` or `kill` → tables. `global` overrides each rule's mode when it is kMonitor. An error lists every
// condition no hook can decide, each as "file:line:col: error: …" with the field and what to use instead.
absl::StatusOr<KernelPolicy> CompileKernelPolicy(const RuleSet& rules, Mode global);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_ENGINE_H_
