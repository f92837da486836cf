// SPDX-License-Identifier: Apache-2.0
#include "engine/mode_override.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/verdict_check.h"
#include "rules/nearest_name.h"

namespace vedette {
namespace {

// What a profile's lists refuse are rules "PROFILE: LIST" (rules/profile_reader).
bool IsOfProfile(const Rule& rule, const Profile& profile) { return rule.name.starts_with(profile.name + ": "); }

std::optional<Mode> OverrideOf(const ModeOverrides& overrides, const RuleSet& rules, const Rule& rule) {
  if (auto own = overrides.rules.find(rule.name); own != overrides.rules.end()) return own->second;
  for (const Profile& profile : rules.profiles) {
    auto found = overrides.profiles.find(profile.name);
    if (found != overrides.profiles.end() && IsOfProfile(rule, profile)) return found->second;
  }
  return std::nullopt;
}

}  // namespace

absl::Status CheckRuleToOverride(const RuleSet& rules, const std::string& name) {
  std::vector<std::string_view> names;
  for (const Rule& rule : rules.rules) {
    if (rule.name != name) {
      names.push_back(rule.name);
      continue;
    }
    if (Decides(rule)) return absl::OkStatus();
    return absl::FailedPreconditionError(
        fmt::format("rule '{}' only alerts: give it `action: deny` or `kill`, and reload", name));
  }
  return absl::NotFoundError(fmt::format("there is no rule '{}'{}", name, DidYouMean(NearestName(name, names))));
}

absl::Status CheckProfileToOverride(const RuleSet& rules, const std::string& name) {
  std::vector<std::string_view> names;
  for (const Profile& profile : rules.profiles) {
    if (profile.name == name) return absl::OkStatus();
    names.push_back(profile.name);
  }
  return absl::NotFoundError(fmt::format("there is no profile '{}'{}", name, DidYouMean(NearestName(name, names))));
}

void ApplyOverrides(const ModeOverrides& overrides, const RuleSet& rules, KernelPolicy& policy) {
  if (overrides.rules.empty() && overrides.profiles.empty()) return;
  for (uint32_t number = VD_KIND_NONE + 1; number < VD_POLICY_COUNT; ++number) {
    if (!policy.HasClauses(number)) continue;
    vd_kind_policy& of = policy.kinds[number];
    for (uint32_t c = 0; c < VD_MAX_CLAUSES; ++c) {
      if (!vd_set_has(&of.all, c)) continue;
      const uint32_t index = of.clause[c].policy_id - rules.first_policy_id;
      if (index >= rules.rules.size()) continue;
      const std::optional<Mode> mode = OverrideOf(overrides, rules, rules.rules[index]);
      if (!mode) continue;
      of.clause[c].monitor = *mode == Mode::kMonitor ? 1 : 0;
      if (*mode == Mode::kMonitor) {
        vd_set_remove(&of.enforced, c);
      } else {
        vd_set_add(&of.enforced, c);
      }
    }
  }
}

}  // namespace vedette
