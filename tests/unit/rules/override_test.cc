// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kBase = RuleWith("evt.type=open", "  tags: [a]\n");

const Rule& Only(const LoadResult& result) { return result.rules->rules.at(0); }

TEST(Override, AppendsAndReplacesKeyByKey) {
  LoadResult result =
      Load(kBase +
           "- rule: r\n  condition: and fd.num=1\n  output: new\n  desc: more\n  tags: [b, a]\n  priority: ERROR\n"
           "  enabled: false\n  action: deny\n  mode: monitor\n"
           "  override: {condition: append, output: replace, desc: append, tags: append, priority: replace,\n"
           "             enabled: replace, action: replace, mode: replace}\n");
  ASSERT_TRUE(result.ok()) << result.diagnostics[0].ToString();
  const Rule& rule = Only(result);
  EXPECT_EQ(rule.condition, "(evt.type = open and fd.num = 1)");
  EXPECT_EQ(rule.output_template, "new");
  EXPECT_EQ(rule.description, "d more");
  EXPECT_THAT(rule.tags, ElementsAre("a", "b"));
  EXPECT_EQ(rule.priority, Priority::kError);
  EXPECT_FALSE(rule.enabled);
  EXPECT_EQ(rule.action, Action::kDeny);
  EXPECT_EQ(rule.mode, Mode::kMonitor);
}

TEST(Override, ErrorConditions) {
  auto errors = [](std::string_view more) { return Errors(kBase + "- rule: r\n" + std::string(more)); };
  EXPECT_THAT(errors("  output: x\n  override: {condition: append, output: replace}\n"),
              ElementsAre(HasSubstr("'override' names 'condition', which the rule 'r' does not have")));
  EXPECT_THAT(errors("  output: x\n  condition: and fd.num=1\n  override: {condition: append}\n"),
              ElementsAre(HasSubstr("'output' of the rule 'r' has no entry in 'override'")));
  EXPECT_THAT(errors("  priority: ERROR\n  override: {priority: append}\n"),
              ElementsAre(HasSubstr("'priority' cannot be appended to; use replace")));
  EXPECT_THAT(errors("  source: syscall\n  override: {source: replace}\n"),
              ElementsAre(HasSubstr("'source' cannot be overridden")));
  EXPECT_THAT(errors("  output: x\n  override: {output: change}\n"),
              ElementsAre(HasSubstr("'override' of 'output' must be append or replace, not 'change'")));
  EXPECT_THAT(errors("  condition: and fd.num=1\n  append: true\n  override: {condition: append}\n"),
              ElementsAre(HasSubstr("has both 'append' and 'override'")));
  EXPECT_THAT(errors("  output: x\n  override: [output]\n"), ElementsAre(HasSubstr("'override' must be a mapping")));
  EXPECT_THAT(Errors(kBase + "- rule: s\n  output: x\n  override: {output: append}\n"),
              ElementsAre(HasSubstr("cannot override the rule 's': no rule of that name was defined before")));
}

TEST(Append, TheOldWayWorksWithAWarning) {
  std::string text = kBase + "- rule: r\n  condition: and fd.num=1\n  append: true\n";
  EXPECT_EQ(CompiledCondition(text), "(evt.type = open and fd.num = 1)");
  EXPECT_THAT(Warnings(text), ElementsAre(HasSubstr("'append' of the rule 'r' is deprecated")));
  EXPECT_THAT(Errors(kBase + "- rule: r\n  output: x\n  append: true\n"),
              ElementsAre(HasSubstr("appends neither 'condition' nor 'exceptions'")));
}

TEST(Enabled, AloneTurnsAnEarlierRuleOff) {
  LoadResult result = Load(kBase + "- rule: r\n  enabled: false\n");
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(Only(result).enabled);
  EXPECT_THAT(Errors("- rule: r\n  enabled: false\n"), ElementsAre(HasSubstr("cannot disable the rule 'r'")));
}

TEST(Redefinition, ReplacesInPlaceAndKeepsTheOrder) {
  std::string second = RuleWith("evt.type=connect");
  second.replace(second.find("rule: r"), 7, "rule: s");
  LoadResult result = Load(kBase + second + RuleWith("evt.type=bind"));
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result.rules->rules.size(), 2u);
  EXPECT_EQ(result.rules->rules[0].name, "r");
  EXPECT_EQ(result.rules->rules[0].condition, "evt.type = bind");
  EXPECT_TRUE(result.rules->rules[0].tags.empty());
}

TEST(Files, OverrideEachOtherInOrder) {
  std::vector<RuleFile> files = {{"a.yaml", kBase},
                                 {"b.yaml", "- rule: r\n  condition: and fd.BAD=1\n  override: {condition: append}\n"}};
  LoadResult result = LoadRules(files);
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].file, "b.yaml");
  EXPECT_EQ(result.diagnostics[0].line, 2u);
  EXPECT_EQ(result.diagnostics[0].column, 18u);
}

}  // namespace
}  // namespace vedette
