// SPDX-License-Identifier: Apache-2.0
//
// Over memory in the place of the map: what the programs would count is added by hand.
#include "sensor/rule_counts.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

struct ClauseOf {
  EventKind kind;
  uint32_t policy_id;
  bool monitor = false, kill = false;
};

KernelPolicy PolicyOf(std::map<uint32_t, std::string> names, std::initializer_list<ClauseOf> clauses) {
  KernelPolicy policy;
  policy.rule_names = std::move(names);
  uint32_t next[VD_KIND_COUNT] = {};
  for (const ClauseOf& c : clauses) {
    vd_kind_policy& kind = policy.kinds[c.kind];
    const uint32_t i = next[c.kind]++;
    vd_set_add(&kind.all, i);
    if (!c.monitor) vd_set_add(&kind.enforced, i);
    kind.clause[i] = {c.policy_id, static_cast<__u8>(c.kill ? VD_ACTION_KILL : VD_ACTION_DENY), c.monitor, 0, i};
  }
  return policy;
}

class RuleCountsTest : public testing::Test {
 protected:
  // What the hook does: the counter is the clause's.
  void Decide(uint8_t generation, const KernelPolicy& policy, EventKind kind, size_t clause) {
    vd_kind_policy counted = policy.kinds[kind];
    counts_.SetCounters(generation, counted);
    ++memory_[generation * VD_MAX_RULES + counted.clause[clause].counter].decided;
  }
  std::vector<RuleCount> Read(uint8_t generation) const {
    return ReadRuleCounts(std::span(memory_).subspan(generation * VD_MAX_RULES, VD_MAX_RULES));
  }

  std::vector<vd_rule> memory_ = std::vector<vd_rule>(2 * VD_MAX_RULES);
  RuleCounts counts_{std::span(memory_)};
};

TEST_F(RuleCountsTest, ARuleHasOneCounterOverAllItsClauses) {
  KernelPolicy policy =
      PolicyOf({{2, "secrets"}, {3, "tools"}},
               {{VD_KIND_FILE_OPEN, 2}, {VD_KIND_FILE_OPEN, 3, true}, {VD_KIND_EXEC, 2, false, true}});
  counts_.Begin(1, policy);
  counts_.Activate(1);
  Decide(1, policy, VD_KIND_FILE_OPEN, 0);
  Decide(1, policy, VD_KIND_EXEC, 0);
  Decide(1, policy, VD_KIND_FILE_OPEN, 1);
  counts_.Told(2);
  std::vector<RuleCount> rules = Read(1);
  ASSERT_EQ(rules.size(), 2u);
  const RuleCount& secrets = rules[0].name == "secrets" ? rules[0] : rules[1];
  const RuleCount& tools = rules[0].name == "secrets" ? rules[1] : rules[0];
  EXPECT_EQ(secrets.decided, 2u);
  EXPECT_EQ(secrets.told, 1u);
  EXPECT_EQ(secrets.Untold(), 1u);
  EXPECT_TRUE(secrets.enforced);
  EXPECT_EQ(tools.name, "tools");
  EXPECT_EQ(tools.decided, 1u);
  EXPECT_FALSE(tools.enforced);
  EXPECT_EQ(tools.Untold(), 0u) << "it has refused nothing";
}

TEST_F(RuleCountsTest, AReloadGoesOnCountingForARuleOfTheSameName) {
  KernelPolicy before = PolicyOf({{1, "one"}, {2, "two"}}, {{VD_KIND_FILE_OPEN, 1}, {VD_KIND_FILE_OPEN, 2}});
  counts_.Begin(1, before);
  counts_.Activate(1);
  Decide(1, before, VD_KIND_FILE_OPEN, 1);
  Decide(1, before, VD_KIND_FILE_OPEN, 1);
  counts_.Told(2);
  KernelPolicy after = PolicyOf({{3, "two"}, {4, "three"}}, {{VD_KIND_FILE_OPEN, 3}, {VD_KIND_FILE_OPEN, 4}});
  counts_.Begin(0, after);
  counts_.Activate(0);
  Decide(0, after, VD_KIND_FILE_OPEN, 0);
  std::vector<RuleCount> rules = Read(0);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].name, "two");
  EXPECT_EQ(rules[0].decided, 3u);
  EXPECT_EQ(rules[0].told, 1u);
  EXPECT_EQ(rules[1].decided, 0u);
}

// Its record is read when the rules are others already.
TEST_F(RuleCountsTest, ARefusalFromJustBeforeAReloadIsToldOfTheSameRule) {
  KernelPolicy before = PolicyOf({{1, "one"}, {2, "two"}, {3, "gone"}},
                                 {{VD_KIND_FILE_OPEN, 1}, {VD_KIND_FILE_OPEN, 2}, {VD_KIND_FILE_OPEN, 3}});
  counts_.Begin(1, before);
  counts_.Activate(1);
  for (size_t clause : {1, 1, 2}) Decide(1, before, VD_KIND_FILE_OPEN, clause);
  KernelPolicy after = PolicyOf({{4, "two"}, {5, "one"}}, {{VD_KIND_FILE_OPEN, 4}, {VD_KIND_FILE_OPEN, 5}});
  counts_.Begin(0, after);
  counts_.Activate(0);
  counts_.Told(2);
  counts_.Told(3);
  std::vector<RuleCount> rules = Read(0);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].name, "two");
  EXPECT_EQ(rules[0].decided, 2u);
  EXPECT_EQ(rules[0].told, 1u);
  EXPECT_EQ(rules[1].told, 0u);
}

TEST_F(RuleCountsTest, MoreRulesThanCountersShareOne) {
  KernelPolicy policy;
  uint32_t id = 0;
  for (EventKind kind : {VD_KIND_FILE_OPEN, VD_KIND_EXEC, VD_KIND_CONNECT}) {
    for (uint32_t i = 0; i < VD_MAX_CLAUSES; ++i) {
      vd_set_add(&policy.kinds[kind].all, i);
      policy.kinds[kind].clause[i] = {++id, VD_ACTION_DENY, 0, 0, i};
    }
  }
  counts_.Begin(0, policy);
  Decide(0, policy, VD_KIND_CONNECT, 510);
  Decide(0, policy, VD_KIND_CONNECT, 511);
  std::vector<RuleCount> rules = Read(0);
  ASSERT_EQ(rules.size(), size_t{VD_MAX_RULES});
  EXPECT_EQ(rules[0].name, "(further rules)");
  EXPECT_EQ(rules[0].decided, 2u);
  EXPECT_EQ(rules[1].name, "rule 1");
}

TEST_F(RuleCountsTest, WhatARuleRefusesWithIsBesideItsCounterHoweverManyThereAre) {
  KernelPolicy policy;
  for (uint32_t i = 0; i < VD_MAX_CLAUSES; ++i) {
    vd_set_add(&policy.kinds[VD_KIND_FILE_OPEN].all, i);
    vd_set_add(&policy.kinds[VD_KIND_EXEC].all, i);
    policy.kinds[VD_KIND_FILE_OPEN].clause[i] = {1 + i, VD_ACTION_DENY, 0, 0, i};
    policy.kinds[VD_KIND_EXEC].clause[i] = {1 + VD_MAX_CLAUSES + i, VD_ACTION_DENY, 0, 0, i};
  }
  policy.errors = {{2 * VD_MAX_CLAUSES, 13}};  // the last
  counts_.Begin(1, policy);
  vd_kind_policy counted = policy.kinds[VD_KIND_EXEC];
  counts_.SetCounters(1, counted);
  EXPECT_EQ(memory_[VD_MAX_RULES + counted.clause[VD_MAX_CLAUSES - 1].counter].error, 13);
  EXPECT_EQ(memory_[VD_MAX_RULES + counted.clause[VD_MAX_CLAUSES - 2].counter].error, 0);
}

TEST_F(RuleCountsTest, ALongNameIsCut) {
  KernelPolicy policy = PolicyOf({{1, std::string(500, 'x')}}, {{VD_KIND_FILE_OPEN, 1}});
  counts_.Begin(0, policy);
  EXPECT_EQ(Read(0)[0].name, std::string(VD_RULE_NAME - 1, 'x'));
}

TEST_F(RuleCountsTest, ARuleOfSystemCallsHasACounterToo) {
  KernelPolicy policy = PolicyOf({{2, "secrets"}, {3, "web: syscalls"}}, {{VD_KIND_FILE_OPEN, 2}});
  policy.calls.push_back({7, std::make_shared<vd_call_policy>(), /*refuses=*/true, /*kills=*/true});
  policy.calls[0].table->policy_id = 3;
  counts_.Begin(1, policy);
  counts_.Activate(1);
  EXPECT_NE(counts_.CounterOf(1, 3), counts_.CounterOf(1, 2));
  ++memory_[VD_MAX_RULES + counts_.CounterOf(1, 3)].decided;
  counts_.Told(3);
  for (const RuleCount& rule : Read(1)) {
    if (rule.name != "web: syscalls") continue;
    EXPECT_TRUE(rule.kill && rule.enforced);
    EXPECT_EQ(rule.decided, 1u);
    EXPECT_EQ(rule.told, 1u);
    return;
  }
  FAIL() << "no counter of the rule";
}

}  // namespace
}  // namespace vedette
