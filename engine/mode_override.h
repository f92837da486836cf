// SPDX-License-Identifier: Apache-2.0
//
// ModeOverrides: what `vedette mode` has changed since the agent started, over what the rules and the configuration say.
// They last over reloads and end with the agent. A rule's own goes before its profile's. Plain data; event thread.
#ifndef VEDETTE_ENGINE_MODE_OVERRIDE_H_
#define VEDETTE_ENGINE_MODE_OVERRIDE_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "rules/rule_set.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

struct ModeOverrides {
  std::optional<Mode> all;  // as the configuration's `mode`
  std::map<std::string, Mode> rules, profiles;

  bool empty() const { return !all && rules.empty() && profiles.empty(); }
};

// OK if the set has a rule of that name that says deny or kill; NotFound, FailedPrecondition.
absl::Status CheckRuleToOverride(const RuleSet& rules, const std::string& name);
absl::Status CheckProfileToOverride(const RuleSet& rules, const std::string& name);

// The clauses of the rules and profiles that are overridden. `all` is for CompileKernelPolicy.
void ApplyOverrides(const ModeOverrides& overrides, const RuleSet& rules, KernelPolicy& policy);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_MODE_OVERRIDE_H_
