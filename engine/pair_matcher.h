// SPDX-License-Identifier: Apache-2.0
//
// PairTest: the test of one predicate on two values, for a predicate with a field on its right. NULL never gets here:
// an operator on NULL, on either side, is false. Any thread; allocates nothing but the scratch space's growth.
#ifndef VEDETTE_ENGINE_PAIR_MATCHER_H_
#define VEDETTE_ENGINE_PAIR_MATCHER_H_

#include "engine/glob.h"
#include "rules/rule_set.h"
#include "sensor/event/value.h"

namespace vedette {

// What tests reuse from event to event. One per evaluator.
struct PairScratch {
  Glob glob;
};

using PairTest = bool (*)(const Value& left, const Value& right, PairScratch& scratch);

// Never null. What the loader refuses (regex, pmatch) never holds.
PairTest CompilePairTest(const Predicate& predicate);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_PAIR_MATCHER_H_
