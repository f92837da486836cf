// SPDX-License-Identifier: Apache-2.0
//
// DecideGlob: patterns on a string (`glob`, `contains`) as terms: how the text begins and how it ends by the kernel's
// tables, which cost the least and by which names are guarded (engine/policy_guard); what is between by a trait. Plain
// functions; any thread.
#ifndef VEDETTE_ENGINE_POLICY_GLOB_H_
#define VEDETTE_ENGINE_POLICY_GLOB_H_

#include "engine/policy_formula.h"
#include "sensor/event/field.h"

namespace vedette {

// `p` is a `glob` or `contains`, `decision` that of a string.
PolicyFormula DecideGlob(const Predicate& p, bool negated, const KernelDecision& decision);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_POLICY_GLOB_H_
