// SPDX-License-Identifier: Apache-2.0
#include "engine/throttle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

constexpr int64_t kSecond = 1'000'000'000;

Throttle OneIn(int64_t seconds, uint32_t limit = 1, KeyBounds bounds = {}) {
  return Throttle({.by = {}, .within_ns = seconds * kSecond, .limit = limit, .verdicts = false}, bounds);
}

TEST(Throttle, LetsTheLimitPassAndCountsTheRest) {
  Throttle throttle = OneIn(60, 2);
  EXPECT_EQ(throttle.Pass("k", 0), 0u);
  EXPECT_EQ(throttle.Pass("k", 1 * kSecond), 0u);
  EXPECT_EQ(throttle.Pass("k", 2 * kSecond), std::nullopt);
  EXPECT_EQ(throttle.Pass("k", 59 * kSecond), std::nullopt);
  EXPECT_EQ(throttle.Pass("k", 60 * kSecond), 2u);
  EXPECT_EQ(throttle.Pass("k", 61 * kSecond), 0u);
  EXPECT_EQ(throttle.Pass("k", 62 * kSecond), std::nullopt);
  EXPECT_EQ(throttle.suppressed(), 3u);
}

TEST(Throttle, KeysAreApart) {
  Throttle throttle = OneIn(60);
  EXPECT_EQ(throttle.Pass("a", 0), 0u);
  EXPECT_EQ(throttle.Pass("b", 0), 0u);
  EXPECT_EQ(throttle.Pass("a", 1), std::nullopt);
  EXPECT_EQ(throttle.Pass("b", 1), std::nullopt);
}

TEST(Throttle, RemembersWhatItSuppressedForLong) {
  Throttle throttle = OneIn(1);
  throttle.Pass("a", 0);
  throttle.Pass("a", 1);
  for (int i = 0; i < 100; ++i) throttle.Pass("other " + std::to_string(i), (100 + i) * kSecond);
  EXPECT_EQ(throttle.Pass("a", 1000 * kSecond), 1u);
}

TEST(Throttle, AFloodOfKeysIsBoundedAndMakesAlertsPass) {
  Throttle throttle = OneIn(60, 1, {.keys = 10, .bytes = 1 << 20});
  EXPECT_EQ(throttle.Pass("victim", 0), 0u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(throttle.Pass(std::to_string(i), 1), 0u);
  EXPECT_EQ(throttle.keys(), 10u);
  EXPECT_EQ(throttle.keys_forgotten(), 991u);
  EXPECT_EQ(throttle.Pass("victim", 2), 0u);
}

TEST(Throttle, TimesThatAreNoneDoNoHarm) {
  Throttle throttle = OneIn(60);
  EXPECT_EQ(throttle.Pass("k", std::numeric_limits<int64_t>::max()), 0u);
  EXPECT_EQ(throttle.Pass("k", std::numeric_limits<int64_t>::min()), 0u);
  EXPECT_EQ(throttle.Pass("k", std::numeric_limits<int64_t>::min()), std::nullopt);
}

constexpr std::string_view kThrottled = R"(
- rule: r
  desc: d
  condition: evt.type = openat
  output: opened %fd.name
  priority: NOTICE
  throttle: {by: [container.id, proc.name], limit: 1, within: 1m}
)";

std::string Open(int64_t second, std::string_view more) {
  return "evt.type=openat evt.rawtime=" + std::to_string(second * kSecond) + " " + std::string(more);
}

const AlertValue* FieldOf(const Alert& alert, std::string_view name) {
  for (const auto& [field, value] : alert.fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

TEST(EngineThrottle, TheNextAlertSaysHowManyWereSuppressed) {
  Detector detector(kThrottled);
  std::vector<Alert> first = detector.On(Open(0, "fd.name=/a container.id=c1 proc.name=sh"));
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].output, "opened /a");
  EXPECT_THAT(FieldOf(first[0], "throttle.suppressed"), testing::Pointee(AlertValue(int64_t{0})));
  EXPECT_THAT(detector.On(Open(1, "fd.name=/b container.id=c1 proc.name=sh")), IsEmpty());
  EXPECT_THAT(detector.On(Open(59, "fd.name=/b container.id=c1 proc.name=sh")), IsEmpty());
  EXPECT_THAT(detector.RulesOn(Open(59, "fd.name=/b container.id=c2 proc.name=sh")), ElementsAre("r"));
  std::vector<Alert> next = detector.On(Open(60, "fd.name=/c container.id=c1 proc.name=sh"));
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].output, "opened /c throttle.suppressed=2");
  EXPECT_THAT(FieldOf(next[0], "throttle.suppressed"), testing::Pointee(AlertValue(int64_t{2})));
  const EngineStats stats = detector.engine().Stats();
  EXPECT_EQ(stats.alerts, 3u);
  EXPECT_EQ(stats.throttled, 2u);
  EXPECT_THAT(stats.throttled_by_rule, ElementsAre(Pair("r", 2)));
  EXPECT_THAT(stats.matches, ElementsAre(5));
}

// A missing value is a key of its own, not that of the text that is printed for it.
TEST(EngineThrottle, NullIsAKey) {
  Detector detector(kThrottled);
  EXPECT_THAT(detector.RulesOn(Open(0, "container.id=c1")), ElementsAre("r"));
  EXPECT_THAT(detector.RulesOn(Open(0, "container.id=c1 proc.name=<NA>")), ElementsAre("r"));
  EXPECT_THAT(detector.RulesOn(Open(0, "container.id=c1")), IsEmpty());
}

// "a" + "bc" is not "ab" + "c".
TEST(EngineThrottle, FieldsOfAKeyDoNotRunTogether) {
  Detector detector(kThrottled);
  EXPECT_THAT(detector.RulesOn(Open(0, "container.id=a proc.name=bc")), ElementsAre("r"));
  EXPECT_THAT(detector.RulesOn(Open(0, "container.id=ab proc.name=c")), ElementsAre("r"));
}

std::string Denied(std::string_view more) {
  return std::string("- rule: r\n  desc: d\n  condition: evt.type = openat and fd.name = /etc/shadow\n") +
         "  output: o\n  priority: NOTICE\n  action: deny\n  throttle: {within: 1m" + std::string(more) + "}\n";
}
constexpr std::string_view kRefusal = "evt.type=openat fd.name=/etc/shadow evt.verdict=deny evt.policy=1";

TEST(EngineThrottle, ARefusalIsAlwaysReportedUnlessTheRuleSaysOtherwise) {
  Detector detector(Denied(""));
  EXPECT_THAT(detector.RulesOn(kRefusal), ElementsAre("r"));
  EXPECT_THAT(detector.RulesOn(kRefusal), ElementsAre("r"));
  Detector quiet(Denied(", verdicts: true"));
  EXPECT_THAT(quiet.RulesOn(kRefusal), ElementsAre("r"));
  EXPECT_THAT(quiet.RulesOn(kRefusal), IsEmpty());
  EXPECT_EQ(quiet.engine().Stats().throttled, 1u);
}

// The tables in the kernel know nothing of a throttle.
TEST(EngineThrottle, NeverChangesWhatIsRefused) {
  auto with = CompileKernelPolicy(*RulesFrom(Denied(", verdicts: true")), Mode::kEnforce);
  std::string plain = Denied("");
  plain.resize(plain.find("  throttle"));
  auto without = CompileKernelPolicy(*RulesFrom(plain), Mode::kEnforce);
  ASSERT_TRUE(with.ok() && without.ok());
  EXPECT_FALSE(without->empty());
  EXPECT_EQ(with->verdict_kinds(), without->verdict_kinds());
  ASSERT_EQ(with->strings.size(), without->strings.size());
  for (size_t i = 0; i < with->strings.size(); ++i) EXPECT_EQ(with->strings[i].bytes, without->strings[i].bytes);
  EXPECT_EQ(with->scalars.size(), without->scalars.size());
}

TEST(EngineThrottle, AReloadKeepsTheStateOfAnEqualRuleOnly) {
  Detector detector(kThrottled);
  const std::string event = Open(0, "container.id=c1 proc.name=sh");
  EXPECT_THAT(detector.RulesOn(event), ElementsAre("r"));
  EXPECT_THAT(detector.RulesOn(event), IsEmpty());
  detector.engine().SetRules(RulesFrom(kThrottled));
  EXPECT_THAT(detector.RulesOn(event), IsEmpty());
  std::string other(kThrottled);
  other.replace(other.find("1m"), 2, "2m");
  detector.engine().SetRules(RulesFrom(other));
  EXPECT_THAT(detector.RulesOn(event), ElementsAre("r"));
  EXPECT_EQ(detector.engine().Stats().throttled, 2u);  // of all rule sets
}

TEST(EngineThrottle, OfAFirstMatchIsStillAMatch) {
  EngineOptions options;
  options.matching = RuleMatching::kFirst;
  Detector detector(std::string(kThrottled) + RuleText("evt.type = openat", "", "second"), std::move(options));
  EXPECT_THAT(detector.RulesOn(Open(0, "")), ElementsAre("r"));
  EXPECT_THAT(detector.RulesOn(Open(0, "")), IsEmpty());
}

}  // namespace
}  // namespace vedette
