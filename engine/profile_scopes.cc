// SPDX-License-Identifier: Apache-2.0
#include "engine/profile_scopes.h"

#include <memory>
#include <span>

namespace vedette {
namespace {

std::shared_ptr<const RuleSet> ScopesAsRules(const RuleSet& rules) {
  auto out = std::make_shared<RuleSet>(rules);
  out->rules.clear();
  for (const Profile& profile : rules.profiles) {
    Rule rule;
    rule.name = profile.name;
    rule.index = static_cast<uint32_t>(out->rules.size());
    rule.root = profile.scope;
    rule.types = TypesOfKind(VD_KIND_EXEC);
    rule.kinds.set(VD_KIND_EXEC);
    out->rules.push_back(std::move(rule));
  }
  return out;
}

}  // namespace

ProfileScopes::ProfileScopes(const RuleSet& rules)
    : program_(ScopesAsRules(rules), Priority::kDebug), evaluator_(program_) {}

uint32_t ProfileScopes::ProfileOf(const Event& exec) {
  const Program::TypeRules& type = program_.RulesOf(exec.type);
  evaluator_.Start(exec);
  const std::span<const uint32_t> matches = evaluator_.Matches(type);
  return matches.empty() ? 0 : program_.rules().profiles[type.rules[matches.front()].rule].id;
}

}  // namespace vedette
