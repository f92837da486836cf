// SPDX-License-Identifier: Apache-2.0
//
// DecideAtom: one predicate, or its negation, as terms over kernel tables — or why no hook can decide it. What a field
// has to do with which table is in its row (KernelDecision); this knows the operators. Plain functions; any thread.
#ifndef VEDETTE_ENGINE_POLICY_ATOM_H_
#define VEDETTE_ENGINE_POLICY_ATOM_H_

#include <string>

#include "engine/policy_formula.h"
#include "rules/rule_set.h"

namespace vedette {

// Of a predicate on containers the term has no scalars yet: the one it has to have is the predicate's number.
//
// The result is kTerm, a constant, kUndecidable, or — where an operator's patterns belong to two tables — kAnd or kOr
// of terms. NULL makes a predicate false, its negation true. `types`: see FormulaOf.
PolicyFormula DecideAtom(const Predicate& predicate, bool negated, EventKind kind, const EventTypes& types);

// As it would be written: "fd.num>=0", "proc.name in (a, b)"; long lists are shortened.
std::string PredicateText(const Predicate& predicate);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_POLICY_ATOM_H_
