// SPDX-License-Identifier: Apache-2.0
//
// Items and their keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Rule, NeedsItsFiveKeys) {
  EXPECT_THAT(Errors("- rule: r\n  condition: evt.type=open\n"),
              ElementsAre(HasSubstr("has no 'output'"), HasSubstr("has no 'desc'"), HasSubstr("has no 'priority'")));
  EXPECT_THAT(Errors("- rule:\n  condition: evt.type=open\n  output: o\n  desc: d\n  priority: INFO\n"),
              ElementsAre(HasSubstr("'rule' of the rule is empty")));
  EXPECT_THAT(Errors(RuleWith("[a]")),
              ElementsAre(HasSubstr("3:14: 'condition' of the rule 'r' must be a single value")));
}

TEST(Rule, PrioritiesAreCaseInsensitive) {
  for (auto [text, priority] : {std::pair("Emergency", Priority::kEmergency),
                                {"alert", Priority::kAlert},
                                {"CRITICAL", Priority::kCritical},
                                {"info", Priority::kInformational},
                                {"Informational", Priority::kInformational},
                                {"debug", Priority::kDebug}}) {
    LoadResult result =
        Load(fmt::format("- rule: r\n  desc: d\n  condition: evt.type=open\n  output: o\n  priority: {}\n", text));
    ASSERT_TRUE(result.ok()) << text;
    EXPECT_EQ(result.rules->rules[0].priority, priority);
  }
  EXPECT_THAT(Errors("- rule: r\n  desc: d\n  condition: evt.type=open\n  output: o\n  priority: warnig\n"),
              ElementsAre(HasSubstr("5:13: 'priority' must be one of emergency, alert")));
  EXPECT_EQ(PriorityName(Priority::kInformational), "Informational");
}

TEST(Rule, HasVedettesKeys) {
  LoadResult result = Load(RuleWith("evt.type=open", "  action: kill\n  mode: monitor\n  require: inline\n"));
  ASSERT_TRUE(result.ok());
  const Rule& rule = result.rules->rules[0];
  EXPECT_EQ(rule.action, Action::kKill);
  EXPECT_EQ(rule.mode, Mode::kMonitor);
  EXPECT_TRUE(rule.require_inline);
  EXPECT_EQ(rule.action_position.line, 6u);
  EXPECT_EQ(rule.action_position.column, 11u);
  EXPECT_THAT(
      Errors(RuleWith("evt.type=open", "  action: block\n  mode: enforced\n  require: x\n")),
      ElementsAre(HasSubstr("6:11: 'action' must be one of alert, deny, kill, not 'block'"),
                  HasSubstr("7:9: 'mode' must be one of monitor, enforce, not 'enforced'; did you mean 'enforce'?"),
                  HasSubstr("8:12: 'require' must be one of inline")));
}

TEST(Rule, SaysWhatADenialFailsWith) {
  LoadResult result = Load(RuleWith("evt.type=open", "  action: deny\n  errno: EACCES\n"));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.rules->rules[0].error, 13u);
  EXPECT_EQ(Load(RuleWith("evt.type=open", "  action: deny\n")).rules->rules[0].error, 0u);
  EXPECT_THAT(Errors(RuleWith("evt.type=open", "  action: deny\n  errno: EACESS\n")),
              ElementsAre(HasSubstr("7:10: 'errno' must be the name of an error such as EACCES, not 'EACESS'")));
  EXPECT_THAT(Errors(RuleWith("evt.type=open", "  errno: EACCES\n")), ElementsAre(HasSubstr("or add the action")));
  EXPECT_THAT(Errors(RuleWith("evt.type=open", "  action: kill\n  errno: EACCES\n")),
              ElementsAre(HasSubstr("who is killed sees no error")));
  EXPECT_THAT(Errors(RuleWith("evt.type=capable", "  action: deny\n  errno: EACCES\n")),
              ElementsAre(HasSubstr("yes or no only")));
}

TEST(Rule, RequiresSomethingOfAnActionOnly) {
  EXPECT_THAT(Errors(RuleWith("evt.type=open", "  require: inline\n")),
              ElementsAre(HasSubstr("the rule 'r' says 'require: inline', which is about what 'action: deny' and")));
  EXPECT_THAT(Errors(RuleWith("evt.type=open", "  require: inline\n  action: deny\n")), testing::IsEmpty());
}

TEST(Rule, UnknownKeysAreWarnings) {
  EXPECT_THAT(Warnings(RuleWith("evt.type=open", "  tagz: [a]\n")),
              ElementsAre("6:3: unknown key 'tagz' of the rule 'r' is ignored; did you mean 'tags'?"));
  EXPECT_THAT(Warnings("- rulle: r\n  condition: a\n"), ElementsAre(HasSubstr("unknown item is ignored")));
  EXPECT_THAT(Warnings(RuleWith("evt.type=open", "  output: twice\n")),
              ElementsAre(HasSubstr("has 'output' twice; the first one counts")));
}

TEST(Rule, OfAnUnknownSourceIsSkipped) {
  LoadResult result = Load(RuleWith("ka.verb = get", "  source: k8s_audit\n"));
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result.rules->rules, IsEmpty());
  EXPECT_THAT(Messages(result, Diagnostic::Severity::kWarning), ElementsAre(HasSubstr("unknown source 'k8s_audit'")));
}

TEST(Documents, MayBeSeveralEachASequence) {
  EXPECT_TRUE(Load("").ok());
  EXPECT_TRUE(Load("---\n---\n").ok());
  EXPECT_TRUE(Load("- list: l\n  items: [proc]\n---\n" + RuleWith("proc.name in (l)") + "-\n").ok());
  EXPECT_THAT(Errors("rule: r\n"), ElementsAre(HasSubstr("1:1: expected a sequence of rules")));
  EXPECT_THAT(Errors("- a\n"), ElementsAre(HasSubstr("1:3: expected a mapping")));
}

TEST(RequiredEngineVersion, IsThatOfFalco) {
  EXPECT_THAT(Errors("- required_engine_version: 15\n"), IsEmpty());
  EXPECT_THAT(Errors("- required_engine_version: 0.57.0\n"), IsEmpty());
  EXPECT_THAT(Errors("- required_engine_version: 0.63.0\n"), IsEmpty());
  EXPECT_THAT(Errors("- required_engine_version: 0.99.0\n"),
              ElementsAre(HasSubstr("1:28: the file requires Falco's engine 0.99.0")));
  EXPECT_THAT(Errors("- required_engine_version: 9999\n"), ElementsAre(HasSubstr("requires Falco's engine 0.9999.0")));
  EXPECT_THAT(Errors("- required_engine_version: seven\n"), ElementsAre(HasSubstr("neither a number nor a version")));
}

TEST(RequiredPluginVersions, ContainerIsProvided) {
  EXPECT_THAT(Errors("- required_plugin_versions:\n    - {name: container, version: 0.4.0}\n"), IsEmpty());
  EXPECT_THAT(Errors("- required_plugin_versions:\n    - name: x\n      version: 1.0.0\n      alternatives: [{name: "
                     "container, version: 0.2.0}]\n"),
              IsEmpty());
  EXPECT_THAT(Errors("- required_plugin_versions:\n    - {name: json, version: 0.4.0}\n"),
              ElementsAre(HasSubstr("requires the plugin json 0.4.0")));
  EXPECT_THAT(Errors("- required_plugin_versions: [{name: container}]\n"), ElementsAre(HasSubstr("has no 'version'")));
  EXPECT_THAT(Errors("- required_plugin_versions: container\n"), ElementsAre(HasSubstr("must be a sequence")));
}

}  // namespace
}  // namespace vedette
