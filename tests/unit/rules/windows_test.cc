// SPDX-License-Identifier: Apache-2.0
//
// throttle, count and sequence: what they may say, and what is said when they say something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/window_reader.h"
#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Rule RuleOf(std::string_view more) {
  LoadResult loaded = Load(RuleWith("evt.type=open", more));
  for (const Diagnostic& d : loaded.diagnostics) ADD_FAILURE() << d.ToString();
  return loaded.ok() && !loaded.rules->rules.empty() ? loaded.rules->rules.front() : Rule();
}
std::vector<std::string> ErrorsOf(std::string_view more) { return Errors(RuleWith("evt.type=open", more)); }

TEST(Duration, IsANumberWithAUnit) {
  EXPECT_EQ(ParseDuration("500ms"), 500'000'000);
  EXPECT_EQ(ParseDuration("30s"), 30'000'000'000);
  EXPECT_EQ(ParseDuration("5m"), 300'000'000'000);
  EXPECT_EQ(ParseDuration("24h"), kMaxWithinNs);
  for (std::string_view bad : {"", "s", "10", "0s", "25h", "1.5s", "-1s", "1 m", "1d", "99999999999s", "1441m"}) {
    EXPECT_EQ(ParseDuration(bad), std::nullopt) << bad;
  }
}

TEST(ThrottleKey, SaysByWhatHowManyAndHowLong) {
  Rule rule = RuleOf("  throttle: {by: [container.id, 'proc.aname[2]'], limit: 3, within: 1m, verdicts: true}\n");
  ASSERT_TRUE(rule.throttle);
  ASSERT_EQ(rule.throttle->by.size(), 2u);
  EXPECT_EQ(rule.throttle->by[1].spelling, "proc.aname[2]");
  EXPECT_EQ(rule.throttle->limit, 3u);
  EXPECT_EQ(rule.throttle->within_ns, 60'000'000'000);
  EXPECT_TRUE(rule.throttle->verdicts);
  rule = RuleOf("  throttle: {within: 10s}\n");
  ASSERT_TRUE(rule.throttle);
  EXPECT_THAT(rule.throttle->by, IsEmpty());
  EXPECT_EQ(rule.throttle->limit, 1u);
  EXPECT_FALSE(rule.throttle->verdicts);
}

TEST(ThrottleKey, MistakesHaveAPlaceAndARemedy) {
  EXPECT_THAT(ErrorsOf("  throttle: 1/s\n"),
              ElementsAre(HasSubstr("6:13: 'throttle' of the rule 'r' must be like {by: ")));
  EXPECT_THAT(ErrorsOf("  throttle: {limit: 1}\n"), ElementsAre(HasSubstr("6:13: the throttle has no 'within'")));
  EXPECT_THAT(ErrorsOf("  throttle: {within: 1 minute}\n"),
              ElementsAre(HasSubstr(
                  "6:22: 'within' must be a time such as 500ms, 30s, 5m or 1h, at most 24h, not '1 minute'")));
  EXPECT_THAT(ErrorsOf("  throttle: {within: 1m, limit: 0}\n"),
              ElementsAre(HasSubstr("6:33: 'limit' must be a whole number from 1 to 1000000, not '0'")));
  EXPECT_THAT(ErrorsOf("  throttle: {within: 1m, limit: [1]}\n"), ElementsAre(HasSubstr("must be a single value")));
  EXPECT_THAT(ErrorsOf("  throttle: {within: 1m, by: [fd.nmae, proc.name]}\n"),
              ElementsAre(HasSubstr("6:31: unknown field 'fd.nmae'; did you mean 'fd.name'?")));
  EXPECT_THAT(ErrorsOf("  throttle: {within: 1m, by: []}\n"), IsEmpty());
  EXPECT_THAT(ErrorsOf("  throttle: {within: 1m, by: 'fd.name,'}\n"),
              ElementsAre(HasSubstr("'by' has an empty field")));
  EXPECT_THAT(Warnings(RuleWith("evt.type=open", "  throttle: {within: 1m, limt: 2}\n")),
              ElementsAre(HasSubstr("6:26: unknown key 'limt' of the throttle is ignored; did you mean 'limit'?")));
}

TEST(ThrottleKey, OfARuleThatRefusesShouldSayWhetherItIsAboutRefusals) {
  EXPECT_THAT(Warnings(RuleWith("evt.type=open and fd.name=/x", "  action: deny\n  throttle: {within: 1m}\n")),
              ElementsAre(HasSubstr("7:13: the throttle of the rule 'r' leaves out what the kernel refuses")));
  EXPECT_THAT(
      Warnings(RuleWith("evt.type=open and fd.name=/x", "  action: deny\n  throttle: {within: 1m, verdicts: true}\n")),
      IsEmpty());
}

TEST(CountKey, IsOneLineOrAMapping) {
  for (std::string_view text :
       {"'>= 10 by container.id within 1m'", "\">=10 by container.id within 1m\"", "'> 9 by container.id within 60s'",
        "10 by container.id within 1m", "{at_least: 10, by: container.id, within: 1m}",
        "{at_least: 10, by: [container.id], within: 1m}"}) {
    Rule rule = RuleOf("  count: " + std::string(text) + "\n");
    ASSERT_TRUE(rule.correlation) << text;
    EXPECT_EQ(rule.correlation->at_least, 10u) << text;
    EXPECT_EQ(rule.correlation->within_ns, 60'000'000'000) << text;
    ASSERT_EQ(rule.correlation->by.size(), 1u) << text;
    EXPECT_EQ(rule.correlation->by[0].spelling, "container.id") << text;
    EXPECT_FALSE(rule.correlation->is_sequence());
  }
  EXPECT_THAT(RuleOf("  count: 2 within 1m\n").correlation->by, IsEmpty());
  EXPECT_EQ(RuleOf("  count: 2 by fd.name, proc.name within 1m\n").correlation->by.size(), 2u);
}

TEST(CountKey, MistakesHaveAPlaceAndARemedy) {
  for (std::string_view text : {"'>='", "'>= 10'", "10 by container.id", "within 1m", "'10 within 1m by container.id'",
                                "ten within 1m", "10 per container.id within 1m", "[10]"}) {
    EXPECT_THAT(ErrorsOf("  count: " + std::string(text) + "\n"),
                ElementsAre(HasSubstr("6:10: 'count' of the rule 'r' must be like")))
        << text;
  }
  EXPECT_THAT(ErrorsOf("  count: '< 10 within 1m'\n"),
              ElementsAre(HasSubstr("6:11: 'count' of the rule 'r' can only be '>=' or '>'")));
  EXPECT_THAT(ErrorsOf("  count: 1 within 1m\n"), ElementsAre(HasSubstr("must be from 2 to 1000 events")));
  EXPECT_THAT(ErrorsOf("  count: 1001 within 1m\n"), ElementsAre(HasSubstr("must be from 2 to 1000 events")));
  EXPECT_THAT(ErrorsOf("  count: '> 4294967295 within 1m'\n"), ElementsAre(HasSubstr("must be from 2 to 1000 events")));
  EXPECT_THAT(ErrorsOf("  count: 2 by fd.nmae within 1m\n"), ElementsAre(HasSubstr("6:15: unknown field 'fd.nmae'")));
  EXPECT_THAT(ErrorsOf("  count: 2 by fd.name within 1x\n"), ElementsAre(HasSubstr("6:30: 'within' must be a time")));
}

TEST(CountKey, AHookCannotWaitForIt) {
  EXPECT_THAT(Errors(RuleWith("evt.type=open and fd.name=/x", "  action: deny\n  count: 2 within 1m\n")),
              ElementsAre(HasSubstr("7:10: the rule 'r' refuses, but a hook decides about one operation")));
}

std::string Sequence(std::string_view sequence, std::string_view more = "") {
  return fmt::format(
      "- macro: dropped\n  condition: evt.type = open and fd.name = /tmp/x\n"
      "- rule: Run it\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: NOTICE\n"
      "- rule: s\n  desc: d\n  output: o\n  priority: NOTICE\n  sequence: {}\n{}",
      sequence, more);
}

std::vector<std::string> StepsOf(std::string_view sequence) {
  LoadResult loaded = Load(Sequence(sequence));
  for (const Diagnostic& d : loaded.diagnostics) ADD_FAILURE() << d.ToString();
  std::vector<std::string> out;
  if (!loaded.ok()) return out;
  for (const auto& step : loaded.rules->rules.back().correlation->steps) {
    out.push_back(step.name + ": " + Compiled(*loaded.rules, step.root));
  }
  return out;
}

TEST(SequenceKey, StepsAreMacrosRulesAndConditions) {
  const auto expected = ElementsAre("dropped: (evt.type = open and fd.name = /tmp/x)", "Run it: evt.type = execve",
                                    "evt.type in (bind, connect): evt.type in (bind, connect)");
  EXPECT_THAT(StepsOf("'[dropped, Run it, evt.type in (bind, connect)] by container.id within 30s'"), expected);
  EXPECT_THAT(StepsOf("{steps: [dropped, Run it, 'evt.type in (bind, connect)'], by: container.id, within: 30s}"),
              expected);
  EXPECT_THAT(StepsOf("{steps: [dropped, net: evt.type = connect], within: 30s}"),
              ElementsAre("dropped: (evt.type = open and fd.name = /tmp/x)", "net: evt.type = connect"));
  EXPECT_THAT(StepsOf("'[evt.type = bind and proc.name = \"a]b\", dropped] within 30s'"),
              ElementsAre("evt.type = bind and proc.name = \"a]b\": (evt.type = bind and proc.name = a]b)",
                          "dropped: (evt.type = open and fd.name = /tmp/x)"));
}

TEST(SequenceKey, CoversTheEventsOfEveryStep) {
  LoadResult loaded = Load(Sequence("'[dropped, Run it] within 30s'"));
  ASSERT_TRUE(loaded.ok());
  const Rule& rule = loaded.rules->rules.back();
  EXPECT_TRUE(rule.kinds.test(VD_KIND_FILE_OPEN));
  EXPECT_TRUE(rule.kinds.test(VD_KIND_EXEC));
  EXPECT_EQ(rule.condition, "((evt.type = open and fd.name = /tmp/x) or evt.type = execve)");
}

TEST(SequenceKey, MistakesHaveAPlaceAndARemedy) {
  auto errors = [](std::string_view sequence, std::string_view more = "") { return Errors(Sequence(sequence, more)); };
  EXPECT_THAT(errors("'[dropped, nothing] within 30s'"), ElementsAre(HasSubstr("12:24: undefined macro 'nothing'")));
  EXPECT_THAT(errors("'[dropped, fd.nmae = 1] within 30s'"), ElementsAre(HasSubstr("12:24: unknown field 'fd.nmae'")));
  EXPECT_THAT(
      errors("{steps: [dropped, fd.num = x, fd.nmae = 1], within: 30s}"),
      ElementsAre(HasSubstr("12:40: 'x' is not a 64-bit integer"), HasSubstr("12:43: unknown field 'fd.nmae'")));
  EXPECT_THAT(errors("'[dropped] within 30s'"),
              ElementsAre(HasSubstr("12:13: 'sequence' of the rule 's' must have from 2 to 16 steps")));
  for (std::string_view text :
       {"dropped", "'[dropped, Run it'", "'[dropped, Run it]'", "'[dropped,, Run it] within 1s'",
        "'[dropped, Run it] then within 1s'", "[dropped, Run it]"}) {
    EXPECT_THAT(errors(text), ElementsAre(HasSubstr("12:13: 'sequence' of the rule 's' must be like"))) << text;
  }
  EXPECT_THAT(errors("{by: container.id, within: 30s}"), ElementsAre(HasSubstr("needs 'steps'")));
  EXPECT_THAT(errors("{steps: [{a: b, c: d}, dropped], within: 30s}"),
              ElementsAre(HasSubstr("12:22: a step is a condition")));
  EXPECT_THAT(errors("'[dropped, s] within 30s'"), ElementsAre(HasSubstr("the rule 's' cannot be a step")));
  EXPECT_THAT(errors("'[dropped, Run it] within 30s'", "  action: kill\n"),
              ElementsAre(HasSubstr("cannot wait for 'sequence'")));
  EXPECT_THAT(errors("'[dropped, Run it] within 30s'", "  count: 2 within 1m\n"),
              ElementsAre(HasSubstr("both 'count' and 'sequence'")));
  EXPECT_THAT(errors("'[dropped, Run it] within 30s'", "  exceptions: [{name: e, fields: proc.name, values: [a]}]\n"),
              ElementsAre(HasSubstr("need a 'condition'")));
}

TEST(SequenceKey, AnErrorOfARuleThatIsAStepIsReportedOnce) {
  EXPECT_THAT(Errors("- rule: bad\n  desc: d\n  condition: evt.type = openat and fd.nmae = x\n  output: o\n"
                     "  priority: NOTICE\n- rule: s\n  desc: d\n  output: o\n  priority: NOTICE\n"
                     "  sequence: '[bad, evt.type = execve] within 1s'\n"),
              ElementsAre(HasSubstr("3:36: unknown field 'fd.nmae'")));
}

TEST(WindowKeys, CanBeReplaced) {
  const std::string rule = RuleWith("evt.type=open", "  throttle: {within: 1m}\n");
  LoadResult loaded = Load(rule +
                           "- rule: r\n  throttle: {within: 2m}\n  count: 2 within 3m\n"
                           "  override: {throttle: replace, count: replace}\n");
  ASSERT_TRUE(loaded.ok()) << loaded.diagnostics.front().ToString();
  EXPECT_EQ(loaded.rules->rules[0].throttle->within_ns, 120'000'000'000);
  EXPECT_EQ(loaded.rules->rules[0].correlation->at_least, 2u);
  EXPECT_THAT(Errors(rule + "- rule: r\n  throttle: {within: 2m}\n  override: {throttle: append}\n"),
              ElementsAre(HasSubstr("'throttle' cannot be appended to; use replace")));
}

}  // namespace
}  // namespace vedette
