// SPDX-License-Identifier: Apache-2.0
//
// CheckTypes: one check of a condition → Predicates: the field resolved, the operator allowed for its type, the values
// converted. All errors of a check are reported. No state of its own; one thread per Diagnostics.
#ifndef VEDETTE_RULES_TYPE_CHECK_H_
#define VEDETTE_RULES_TYPE_CHECK_H_

#include <string>
#include <vector>

#include "rules/ast.h"
#include "rules/diagnostics.h"
#include "rules/rule_set.h"

namespace vedette {

struct CheckResult {
  enum class State {
    kOk,
    kError,    // reported
    kUnknown,  // an unknown field or event type: reported, unless the rule says skip-if-unknown-filter
  };
  State state = State::kOk;
  // One; with a modifier one per value, to be joined as the modifier says.
  std::vector<Predicate> predicates;
  // Event types that exist and that no event of Vedette reports: the check cannot hold for them.
  struct Unreported {
    SourcePosition position;
    std::string message;
  };
  std::vector<Unreported> unreported;
};

// `skip_unknown`: what skip-if-unknown-filter forgives is reported as a warning.
CheckResult CheckTypes(const CheckExpr& check, bool skip_unknown, Diagnostics& diagnostics);

}  // namespace vedette
#endif  // VEDETTE_RULES_TYPE_CHECK_H_
