// SPDX-License-Identifier: Apache-2.0
//
// EventTypeAnalysis: for which values of evt.type can a condition hold? An over-approximation: `and` intersects, `or`
// unites, `not` is pushed down to the leaves, a leaf about anything but evt.type leaves all. `evt.num = 0` (the macro
// never_true of Falco's rules) can hold for nothing. Owned by the compiler of one rule set; one thread.
#ifndef VEDETTE_RULES_EVENT_TYPES_H_
#define VEDETTE_RULES_EVENT_TYPES_H_

#include <memory>
#include <unordered_map>

#include "rules/rule_set.h"
#include "sensor/event/event_kind.h"

namespace vedette {

class EventTypeAnalysis {
 public:
  // `set` may grow between calls; nodes that exist do not change.
  explicit EventTypeAnalysis(const RuleSet* set);

  EventTypes TypesOf(uint32_t root);

  static EventKinds KindsOf(const EventTypes& types);    // the events behind them
  static EventTypes Supported(const EventTypes& types);  // those that some event reports

 private:
  // Null stands for all: most leaves are about other things.
  using Types = std::shared_ptr<const EventTypes>;
  Types Analyse(uint32_t node, bool negated);
  Types AnalyseChildren(const Node& node, bool negated);
  Types AnalysePredicate(const Predicate& predicate, bool negated) const;
  Types Share(EventTypes types) const;

  const RuleSet& set_;
  EventTypes all_;  // every name there is, so that the complement of one is large, as Falco's
  std::unordered_map<uint64_t, Types> known_;  // node * 2 + negated
};

}  // namespace vedette
#endif  // VEDETTE_RULES_EVENT_TYPES_H_
