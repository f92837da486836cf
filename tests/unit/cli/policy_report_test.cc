// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "engine/engine.h"
#include "rules/rule_loader.h"

namespace vedette {
namespace {

using testing::HasSubstr;

PolicyReport Report(const std::string& conditions_and_more) {
  const std::vector<RuleFile> files = {{"rules.yaml", conditions_and_more}};
  LoadResult loaded = LoadRules(files);
  EXPECT_TRUE(loaded.ok());
  return ReportPolicy(*loaded.rules, *CompileKernelPolicy(*loaded.rules, Mode::kEnforce));
}

std::string Rule(const std::string& name, const std::string& condition, const std::string& action = "deny") {
  return "- rule: " + name + "\n  desc: .\n  condition: " + condition + "\n  output: x\n  priority: WARNING\n  action: " +
         action + "\n";
}

std::vector<std::string> ValuesOf(const PolicyReport::Kind& kind) {
  std::vector<std::string> out;
  for (const PolicyReport::Table& t : kind.tables) out.push_back(t.value + " " + std::to_string(t.entries));
  return out;
}

TEST(PolicyReport, SaysWhichHookDecidesByWhichValues) {
  const PolicyReport report = Report(Rule("one", "evt.type in (mkdir, mkdirat) and fs.path.name in (/a, /b) and user.uid != 0"));
  ASSERT_EQ(report.rules.size(), 1u);
  ASSERT_EQ(report.rules[0].kinds.size(), 1u);
  const PolicyReport::Kind& kind = report.rules[0].kinds[0];
  EXPECT_EQ(kind.kind, "file_mkdir");
  EXPECT_THAT(kind.hooks, testing::ElementsAre("lsm/path_mkdir"));
  EXPECT_THAT(kind.fallback, testing::ElementsAre("fmod_ret/security_path_mkdir"));
  EXPECT_THAT(ValuesOf(kind), testing::Contains(testing::EndsWith(" 2")));
  EXPECT_THAT(ValuesOf(kind), testing::Contains("user.uid 1"));
}

// Of tables that only another rule's clauses ask for nothing is said.
TEST(PolicyReport, TellsTheTablesOfOneRuleFromThoseOfAnother) {
  const PolicyReport report = Report(Rule("by path", "evt.type in (open, openat, openat2, creat, open_by_handle_at) and fd.name = /a") +
                                     Rule("by user", "evt.type in (open, openat, openat2, creat, open_by_handle_at) and user.uid = 7"));
  ASSERT_EQ(report.rules.size(), 2u);
  for (const std::string& value : ValuesOf(report.rules[0].kinds[0])) EXPECT_THAT(value, testing::Not(HasSubstr("user.uid")));
  EXPECT_THAT(ValuesOf(report.rules[1].kinds[0]), testing::Contains("user.uid 1"));
  EXPECT_GT(report.rules[1].kinds[0].cost, 0u);
}

TEST(PolicyReport, OfAnExecNamesItsOneHook) {
  const PolicyReport report = Report(Rule("x", "evt.type in (execve, execveat) and proc.exepath = /x"));
  EXPECT_THAT(report.rules[0].kinds[0].hooks, testing::ElementsAre("lsm/bprm_check_security"));
  EXPECT_THAT(report.rules[0].kinds[0].fallback, testing::ElementsAre("fmod_ret/security_bprm_check"));
}

TEST(PolicyReport, SaysAtTheEndOfWhichCallsARuleKills) {
  const PolicyReport report = Report(Rule("x", "evt.type in (memfd_create, mkdir) and user.uid = 7", "kill"));
  ASSERT_EQ(report.rules[0].kinds.size(), 2u);
  EXPECT_EQ(report.rules[0].kinds[1].kind, "syscall");
  EXPECT_EQ(report.rules[0].kinds[1].how, PolicyReport::How::kKillAfter);
  EXPECT_THAT(report.rules[0].kinds[1].hooks,
              testing::ElementsAre("fexit/__x64_sys_memfd_create", "fexit/__ia32_sys_memfd_create"));
  EXPECT_THAT(ValuesOf(report.rules[0].kinds[1]), testing::Contains("user.uid 1"));
  EXPECT_GT(report.rules[0].kinds[1].cost, 0u);
  EXPECT_EQ(report.rules[0].kinds[0].how, PolicyReport::How::kInline);
  const auto json = nlohmann::json::parse(PolicyJson(report));
  EXPECT_EQ(json["rules"][0]["kinds"][1]["how"], "kill-after");
  EXPECT_EQ(json["rules"][0]["kinds"][1]["inline"], false);
  EXPECT_EQ(json["rules"][0]["kinds"][0]["how"], "inline");
}

TEST(PolicyReport, SaysHowMuchOfEachBoundIsTaken) {
  const PolicyReport report = Report(Rule("x", "evt.type in (execve, execveat) and proc.exepath in (/x, /y, /z)"));
  EXPECT_THAT(PolicyText(report), HasSubstr("clauses of process_exec: 1 of 2048\nstrings and addresses: 3 of 262144\n"));
  const auto json = nlohmann::json::parse(PolicyJson(report));
  EXPECT_EQ(json["bounds"][0]["most"], VD_MAX_CLAUSES);
  EXPECT_EQ(json["rules"][0]["kinds"][0]["inline"], true);
}

}  // namespace
}  // namespace vedette
