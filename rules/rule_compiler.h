// SPDX-License-Identifier: Apache-2.0
//
// CompileRules: collected definitions → RuleSet. Runs the stages in order: lists, macros, exceptions, parsing, types,
// event types, outputs. Everything wrong is reported; the set is complete only if nothing was. No state.
#ifndef VEDETTE_RULES_RULE_COMPILER_H_
#define VEDETTE_RULES_RULE_COMPILER_H_

#include "rules/collector.h"
#include "rules/diagnostics.h"
#include "rules/rule_loader.h"
#include "rules/rule_set.h"

namespace vedette {

void CompileRules(const Collector& collector, const LoadOptions& options, Diagnostics& diagnostics, RuleSet& set);

}  // namespace vedette
#endif  // VEDETTE_RULES_RULE_COMPILER_H_
