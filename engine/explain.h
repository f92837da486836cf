// SPDX-License-Identifier: Apache-2.0
//
// Explain: why a condition holds of an event or does not. The whole condition is evaluated, node by node, with the
// value that each predicate saw, by the plainest way there is: nothing is shared with the evaluator but the matchers,
// so a test may compare the two. For people; not for the event path. Plain function; any thread.
#ifndef VEDETTE_ENGINE_EXPLAIN_H_
#define VEDETTE_ENGINE_EXPLAIN_H_

#include <string>
#include <vector>

#include "rules/rule_set.h"
#include "sensor/event/event.h"

namespace vedette {

struct Explanation {
  Node::Kind kind = Node::Kind::kPredicate;
  bool holds = false;
  bool decisive = false;              // with another result here, the whole might have had another
  std::string text;                   // kPredicate: as it is written, "fd.name startswith /etc/"
  bool is_null = false;               // kPredicate: the event has no such value, so no operator holds
  std::string value;                  // kPredicate: what the event has; of several "(a,b)"
  std::vector<Explanation> children;  // an `and` in an `and` is one with it
};

// Of the condition `root`, an index into rules.nodes.
Explanation Explain(const RuleSet& rules, uint32_t root, const Event& event);

// "fd.name in (/a, /b)"; many values are cut.
std::string TextOf(const Predicate& predicate);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_EXPLAIN_H_
