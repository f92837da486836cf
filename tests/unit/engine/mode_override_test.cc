// SPDX-License-Identifier: Apache-2.0
#include "engine/mode_override.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "rules/rule_loader.h"

namespace vedette {
namespace {

std::shared_ptr<const RuleSet> Load() {
  const std::vector<RuleFile> files = {{"rules.yaml", R"(
- rule: deny
  desc: .
  condition: evt.type in (open, openat) and fd.name = /a
  output: x
  priority: WARNING
  action: deny
- rule: watch
  desc: .
  condition: evt.type in (open, openat) and fd.name = /b
  output: x
  priority: WARNING
  action: deny
  mode: monitor
- rule: alert
  desc: .
  condition: evt.type = open
  output: x
  priority: WARNING
)"}};
  LoadResult loaded = LoadRules(files);
  EXPECT_TRUE(loaded.ok());
  return loaded.rules;
}

std::string Enforced(const ModeOverrides& overrides, const RuleSet& rules) {
  KernelPolicy policy = *CompileKernelPolicy(rules, overrides.all.value_or(Mode::kEnforce));
  ApplyOverrides(overrides, rules, policy);
  const vd_kind_policy& of = policy.kinds[VD_KIND_FILE_OPEN];
  std::string out;
  for (size_t c = 0; c < VD_MAX_CLAUSES; ++c) {
    const bool enforced = (of.enforced.word[c / 64] >> c % 64 & 1) != 0;
    if ((of.all.word[c / 64] >> c % 64 & 1) == 0) continue;
    EXPECT_EQ(enforced, of.clause[c].monitor == 0);
    if (enforced) out += rules.rules[of.clause[c].policy_id - rules.first_policy_id].name + " ";
  }
  return out;
}

TEST(ModeOverride, WithoutOneRulesAreAsTheySay) {
  EXPECT_EQ(Enforced({}, *Load()), "deny ");
}

TEST(ModeOverride, OfARuleGoesBothWays) {
  const auto rules = Load();
  EXPECT_EQ(Enforced({{}, {{"deny", Mode::kMonitor}}, {}}, *rules), "");
  EXPECT_EQ(Enforced({{}, {{"watch", Mode::kEnforce}}, {}}, *rules), "deny watch ");
}

TEST(ModeOverride, OfARuleGoesBeforeThatOfAll) {
  EXPECT_EQ(Enforced({Mode::kMonitor, {}, {}}, *Load()), "");
  EXPECT_EQ(Enforced({Mode::kMonitor, {{"watch", Mode::kEnforce}}, {}}, *Load()), "watch ");
}

TEST(ModeOverride, KnowsWhatCanBeOverridden) {
  const auto rules = Load();
  EXPECT_TRUE(CheckRuleToOverride(*rules, "deny").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckRuleToOverride(*rules, "alert")));
  EXPECT_EQ(CheckRuleToOverride(*rules, "denyy").message(), "there is no rule 'denyy'; did you mean 'deny'?");
  EXPECT_TRUE(absl::IsNotFound(CheckProfileToOverride(*rules, "web")));
}

}  // namespace
}  // namespace vedette
