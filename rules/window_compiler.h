// SPDX-License-Identifier: Apache-2.0
//
// What throttle, count and sequence need checked and resolved besides conditions. No state.
#ifndef VEDETTE_RULES_WINDOW_COMPILER_H_
#define VEDETTE_RULES_WINDOW_COMPILER_H_

#include <optional>
#include <string>
#include <vector>

#include "rules/definitions.h"
#include "rules/diagnostics.h"

namespace vedette {

// Nothing after an error, which has been reported.
std::optional<ThrottleSpec> CompileThrottle(const ThrottleDefinition& definition, Diagnostics& diagnostics);
std::optional<CorrelationSpec> CompileCount(const CountDefinition& definition, Diagnostics& diagnostics);
std::optional<CorrelationSpec> CompileSequence(const SequenceDefinition& definition, Diagnostics& diagnostics);

// What may not stand together: both of count and sequence, either of them with deny or kill. Warns of a throttle that
// hardly ever applies. False after an error.
bool CheckWindows(const RuleDefinition& rule, Diagnostics& diagnostics);

// How alerts call a step: by its name, or its text, cut.
std::string StepName(const SequenceDefinition::Step& step);

}  // namespace vedette
#endif  // VEDETTE_RULES_WINDOW_COMPILER_H_
