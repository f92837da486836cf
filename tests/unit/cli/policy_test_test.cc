// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kRules =
    "- rule: shadow\n  desc: d\n  condition: evt.type = openat and fd.name = /etc/shadow\n"
    "  output: shadow %fd.name %fd.num %proc.name\n  priority: NOTICE\n"
    "- rule: open\n  desc: d\n  condition: evt.type = openat\n  output: open\n  priority: DEBUG\n";

class PolicyTestFile : public testing::Test {
 protected:
  PolicyTests Read(std::string_view text) {
    const std::string path = testing::TempDir() + "policy_test.yaml";
    std::ofstream(path) << text;
    PolicyTests tests = ReadPolicyTests(path);
    std::remove(path.c_str());
    return tests;
  }
  std::vector<std::string> Errors(std::string_view text) {
    std::vector<std::string> out;
    for (const Diagnostic& d : Read(text).diagnostics) {
      out.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + ": " + d.message);
    }
    return out;
  }
  std::vector<std::string> FailuresOf(std::string_view test) {
    PolicyTests tests = Read("tests:\n" + std::string(test));
    for (const Diagnostic& d : tests.diagnostics) ADD_FAILURE() << d.ToString();
    if (!tests.ok()) return {};
    const std::vector<RuleFile> files = {{"r.yaml", std::string(kRules)}};
    return RunPolicyTest(tests, tests.tests.at(0), LoadRules(files).rules).failures;
  }
};

constexpr std::string_view kOpen =
    "- name: t\n  events:\n  - {evt.type: openat, fd.name: /etc/shadow, fd.num: 3}\n  - {evt.type: openat, fd.name: "
    "/x}\n";

TEST_F(PolicyTestFile, PassesWhenWhatIsExpectedComes) {
  EXPECT_THAT(FailuresOf(std::string(kOpen) + "  alerts: [shadow, open, open]\n  no_alerts: others\n"), IsEmpty());
  EXPECT_THAT(
      FailuresOf(std::string(kOpen) + "  alerts: [{rule: shadow, event: 1, fields: {fd.num: 3, proc.name: <NA>}}]\n"),
      IsEmpty());
  EXPECT_THAT(FailuresOf(std::string(kOpen) + "  no_alerts: [{rule: shadow, event: 2}]\n"), IsEmpty());
}

TEST_F(PolicyTestFile, SaysWhereAndWhyNot) {
  EXPECT_THAT(FailuresOf(std::string(kOpen) + "  alerts: [shadow, shadow]\n"),
              ElementsAre(EndsWith(":6: expected an alert of 'shadow'; came: 'shadow', 'open'")));
  EXPECT_THAT(FailuresOf(std::string(kOpen) + "  alerts: [{rule: shadow, fields: {fd.num: 4}}]\n"),
              ElementsAre(EndsWith(
                  ":6: expected an alert of 'shadow'; one came on event 1 (line 4), but its fd.num is 3, not 4")));
  EXPECT_THAT(FailuresOf(std::string(kOpen) + "  alerts: [{rule: shadow, fields: {user.name: x}}]\n"),
              ElementsAre(HasSubstr("it has no field user.name")));
  EXPECT_THAT(FailuresOf(std::string(kOpen) + "  no_alerts: [shadow]\n"),
              ElementsAre(EndsWith(
                  ":6: expected no alert of 'shadow'; it came on event 1 (line 4): shadow /etc/shadow 3 <NA>")));
  EXPECT_THAT(FailuresOf(std::string(kOpen) + "  alerts: [shadow, open]\n  no_alerts: others\n"),
              ElementsAre(EndsWith(":2: expected no other alert; 'open' came on event 2 (line 5): open")));
}

TEST_F(PolicyTestFile, MistakesHaveAPlace) {
  EXPECT_THAT(Errors("tests:\n- name: t\n  events: [{evt.type: openat}]\n"),
              ElementsAre(HasSubstr("2:3: the test expects nothing")));
  EXPECT_THAT(Errors("tests:\n- name: t\n  alerts: [a]\n"), ElementsAre(HasSubstr("either 'events' or 'recording'")));
  EXPECT_THAT(Errors("tests:\n- name: t\n  alerts: [a]\n  events:\n  - {evt.type: openat, fd.nmae: x}\n"),
              ElementsAre(HasSubstr("5:5: fd.nmae: there is no such field; did you mean fd.name?")));
  EXPECT_THAT(Errors("tests:\n- name: t\n  alerts: [a]\n  events:\n  - {evt.type: openat, fd.num: x}\n"),
              ElementsAre(HasSubstr("5:5: fd.num:")));
  EXPECT_THAT(Errors("tests:\n- name: t\n  alerts: [{rule: a, event: 2}]\n  events: [{evt.type: openat}]\n"),
              ElementsAre(HasSubstr("there is no event 2; the test has 1 inline")));
  EXPECT_THAT(Errors("tests: []\n"), ElementsAre(HasSubstr("'tests' must be a sequence of tests")));
  EXPECT_THAT(Errors("- name: t\n"), ElementsAre(HasSubstr("expected one mapping with 'tests'")));
  EXPECT_THAT(Errors("tests:\n- name: t\n  alert: [a]\n  no_alerts: others\n  events: []\n"),
              ElementsAre(HasSubstr("unknown key 'alert' of the test is ignored; did you mean 'alerts'?")));
}

TEST_F(PolicyTestFile, ARuleThatIsNotThereIsNamed) {
  PolicyTests tests = Read("tests:\n- name: t\n  events: [{evt.type: openat}]\n  no_alerts: [shadwo]\n");
  const std::vector<RuleFile> files = {{"r.yaml", std::string(kRules)}};
  EXPECT_THAT(UnknownRules(tests, *LoadRules(files).rules),
              ElementsAre(HasSubstr(":4: error: there is no rule 'shadwo'; did you mean 'shadow'?")));
}

}  // namespace
}  // namespace vedette
