// SPDX-License-Identifier: Apache-2.0
//
// PolicyClauses: a decidable formula as alternatives, each a conjunction of terms — the form the kernel's bit vectors
// have. Bounded: a product of many alternatives is an error, not a memory problem. Plain functions; any thread.
#ifndef VEDETTE_ENGINE_POLICY_DNF_H_
#define VEDETTE_ENGINE_POLICY_DNF_H_

#include <optional>
#include <vector>

#include "engine/policy_formula.h"

namespace vedette {

struct PolicyClause {
  std::vector<TableTerm> terms;  // all hold; none: always true
};

inline constexpr size_t kMaxAlternatives = 64;  // of one rule for one event kind

// Nothing if there would be more than kMaxAlternatives. `formula` has no undecidable leaf.
std::optional<std::vector<PolicyClause>> ClausesOf(const PolicyFormula& formula);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_POLICY_DNF_H_
