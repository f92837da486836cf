// SPDX-License-Identifier: Apache-2.0
#include "engine/correlation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kSecond = 1'000'000'000;

CorrelationSpec CountOf(uint32_t n, int64_t within) {
  return {.by = {}, .within_ns = within, .at_least = n, .steps = {}};
}
CorrelationSpec SequenceOf(size_t steps, int64_t within) {
  return {.by = {}, .within_ns = within, .at_least = 0, .steps = std::vector<CorrelationSpec::Step>(steps)};
}

TEST(CountCorrelation, FindsSoManyWithinTheTime) {
  CountCorrelation count(CountOf(3, 10));
  EXPECT_FALSE(count.Add("k", 0, 0));
  EXPECT_FALSE(count.Add("k", 5, 0));
  EXPECT_FALSE(count.Add("k", 11, 0));  // 0 is out
  auto found = count.Add("k", 15, 0);   // 5, 11, 15
  ASSERT_TRUE(found);
  EXPECT_EQ(found->count, 3u);
  EXPECT_EQ(found->first_ns, 5);
  EXPECT_FALSE(count.Add("k", 16, 0));  // begins anew
}

// Alerts exactly when there is a set of `n` events no farther apart than the time, whatever order they come in.
TEST(CountCorrelation, AgreesWithCountingAllThereWere) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    const uint32_t n = 2 + random() % 4;
    const int64_t within = random() % 20;
    CountCorrelation count(CountOf(n, within));
    std::map<std::string, std::vector<int64_t>> all;
    int64_t now = 0;
    for (int i = 0; i < 40; ++i) {
      now += random() % 8;
      const std::string key(1, static_cast<char>('a' + random() % 3));
      std::vector<int64_t>& times = all[key];
      times.push_back(now);
      const bool expected =
          std::count_if(times.begin(), times.end(), [&](int64_t t) { return now - t <= within; }) >= n;
      ASSERT_EQ(count.Add(key, now, 0).has_value(), expected) << "round " << round << " event " << i;
      if (expected) times.clear();
    }
  }
}

TEST(CountCorrelation, AnEventThatComesLateCounts) {
  CountCorrelation count(CountOf(3, 10));
  EXPECT_FALSE(count.Add("k", 100, 0));
  EXPECT_FALSE(count.Add("k", 50, 0));  // too long ago
  EXPECT_FALSE(count.Add("k", 95, 0));
  EXPECT_TRUE(count.Add("k", 91, 0));
}

TEST(CountCorrelation, AFloodOfKeysIsBoundedAndCounted) {
  CountCorrelation count(CountOf(2, 1000), {.keys = 100, .bytes = 1 << 20});
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(count.Add(std::to_string(i), 0, 0));
  EXPECT_EQ(count.keys(), 100u);
  EXPECT_EQ(count.keys_forgotten(), 900u);
}

TEST(CountCorrelation, KeysOfThePastMakeRoomUncounted) {
  CountCorrelation count(CountOf(2, 10), {.keys = 100, .bytes = 1 << 20});
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(count.Add(std::to_string(i), i * 2 * kSecond, 0));
  EXPECT_EQ(count.keys_forgotten(), 0u);
  EXPECT_LE(count.keys(), 2u);
}

TEST(CountCorrelation, LargeCountsStayWithinTheirBytes) {
  CountCorrelation count(CountOf(1000, 1'000'000), {.keys = 4096, .bytes = 1 << 20});
  for (int key = 0; key < 200; ++key) {
    for (int i = 0; i < 900; ++i) count.Add(std::to_string(key), i, 0);
  }
  EXPECT_LE(count.keys(), 128u);  // of 8 KiB each
  EXPECT_EQ(count.keys() + count.keys_forgotten(), 200u);
}

TEST(SequenceCorrelation, WantsItsStepsInOrder) {
  SequenceCorrelation sequence(SequenceOf(3, 10));
  EXPECT_FALSE(sequence.Add("k", 0, 0b010));
  EXPECT_FALSE(sequence.Add("k", 1, 0b001));
  EXPECT_FALSE(sequence.Add("k", 2, 0b100));
  EXPECT_FALSE(sequence.Add("k", 3, 0b010));
  auto found = sequence.Add("k", 4, 0b100);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->first_ns, 1);
  EXPECT_EQ(found->last_ns, 4);
  EXPECT_FALSE(sequence.Add("k", 5, 0b100));
}

TEST(SequenceCorrelation, WantsAllOfItWithinTheTime) {
  SequenceCorrelation sequence(SequenceOf(3, 10));
  EXPECT_FALSE(sequence.Add("k", 0, 0b001));
  EXPECT_FALSE(sequence.Add("k", 6, 0b010));
  EXPECT_FALSE(sequence.Add("k", 11, 0b100));
  EXPECT_FALSE(sequence.Add("k", 12, 0b001));
  EXPECT_FALSE(sequence.Add("k", 13, 0b010));
  EXPECT_TRUE(sequence.Add("k", 22, 0b100));
}

TEST(SequenceCorrelation, AnEventIsOneStepOnly) {
  SequenceCorrelation sequence(SequenceOf(2, 10));
  EXPECT_FALSE(sequence.Add("k", 0, 0b11));
  EXPECT_TRUE(sequence.Add("k", 0, 0b11));
}

TEST(SequenceCorrelation, KeysAreApart) {
  SequenceCorrelation sequence(SequenceOf(2, 10));
  EXPECT_FALSE(sequence.Add("a", 0, 0b01));
  EXPECT_FALSE(sequence.Add("b", 1, 0b10));
  EXPECT_FALSE(sequence.Add("b", 2, 0b01));
  EXPECT_TRUE(sequence.Add("a", 3, 0b10));
  EXPECT_TRUE(sequence.Add("b", 4, 0b10));
}

TEST(SequenceCorrelation, NoiseDoesNotPushAStepOut) {
  SequenceCorrelation sequence(SequenceOf(3, 1'000'000));
  EXPECT_FALSE(sequence.Add("k", 0, 0b001));
  EXPECT_FALSE(sequence.Add("k", 1, 0b010));
  for (int i = 2; i < 100'000; ++i) EXPECT_FALSE(sequence.Add("k", i, i % 2 == 0 ? 0b001 : 0b010));
  EXPECT_TRUE(sequence.Add("k", 100'000, 0b100));
}

// The rings are read one after the other: an exec may come before the open that was earlier.
TEST(SequenceCorrelation, FindsItsStepsWhenTheyComeLate) {
  SequenceCorrelation sequence(SequenceOf(2, 10));
  EXPECT_FALSE(sequence.Add("k", 5, 0b10));
  auto found = sequence.Add("k", 3, 0b01);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->first_ns, 3);
  EXPECT_EQ(found->last_ns, 5);
}

TEST(SequenceCorrelation, ComingFirstIsNotHavingBeenFirst) {
  SequenceCorrelation sequence(SequenceOf(2, 10));
  EXPECT_FALSE(sequence.Add("k", 5, 0b01));
  EXPECT_FALSE(sequence.Add("k", 3, 0b10));
}

struct Step {
  int64_t time;
  StepMask mask;
};

// Every way to choose one event per step, in order.
bool HasSequence(const std::vector<Step>& events, size_t steps, int64_t within, size_t step = 0, size_t from = 0,
                 int64_t start = 0) {
  if (step == steps) return true;
  for (size_t i = from; i < events.size(); ++i) {
    if ((events[i].mask >> step & 1) == 0) continue;
    if (step != 0 && events[i].time - start > within) continue;
    if (HasSequence(events, steps, within, step + 1, i + 1, step == 0 ? events[i].time : start)) return true;
  }
  return false;
}

TEST(SequenceCorrelation, AgreesWithTryingEverything) {
  std::mt19937 random(2);
  int alerts = 0;
  for (int round = 0; round < 3000; ++round) {
    const size_t steps = 2 + random() % 3;
    const int64_t within = random() % 30;
    SequenceCorrelation sequence(SequenceOf(steps, within));
    std::map<std::string, std::vector<Step>> all;
    int64_t now = 0;
    for (int i = 0; i < 30; ++i) {
      now += random() % 6;
      const std::string key(1, static_cast<char>('a' + random() % 2));
      const auto mask = static_cast<StepMask>(1 + random() % ((1u << steps) - 1));
      std::vector<Step>& events = all[key];
      events.push_back({now, mask});
      const bool expected = HasSequence(events, steps, within);
      ASSERT_EQ(sequence.Add(key, now, mask).has_value(), expected) << "round " << round << " event " << i;
      alerts += expected ? 1 : 0;
      if (expected) events.clear();
    }
  }
  EXPECT_GT(alerts, 1000);
}

// The same, of a few events that come in any order: found is what there is once all are there.
TEST(SequenceCorrelation, AgreesWithTryingEverythingInAnyOrderOfArrival) {
  std::mt19937 random(3);
  int found_some = 0;
  for (int round = 0; round < 20000; ++round) {
    const size_t steps = 2 + random() % 2;
    const int64_t within = 5 + random() % 20;
    std::vector<Step> events;
    for (int64_t time = 0; events.size() < 6; time += 1 + random() % 4) {
      events.push_back({time, static_cast<StepMask>(1u << random() % steps)});
    }
    const bool expected = HasSequence(events, steps, within);
    std::shuffle(events.begin(), events.end(), random);
    SequenceCorrelation sequence(SequenceOf(steps, within));
    bool found = false;
    for (const Step& e : events) found = sequence.Add("k", e.time, e.mask).has_value() || found;
    ASSERT_EQ(found, expected) << "round " << round;
    found_some += found ? 1 : 0;
  }
  EXPECT_GT(found_some, 1000);
}

TEST(SequenceCorrelation, AFloodOfKeysIsBoundedAndCounted) {
  SequenceCorrelation sequence(SequenceOf(16, 1000), {.keys = 4096, .bytes = 1 << 20});
  for (int i = 0; i < 10000; ++i) sequence.Add(std::to_string(i), 0, 1);
  EXPECT_LT(sequence.keys(), 2000u);
  EXPECT_EQ(sequence.keys() + sequence.keys_forgotten(), 10000u);
}

TEST(SequenceCorrelation, TimesThatAreNoneDoNoHarm) {
  SequenceCorrelation sequence(SequenceOf(2, 10));
  EXPECT_FALSE(sequence.Add("k", std::numeric_limits<int64_t>::max(), 1));
  EXPECT_FALSE(sequence.Add("k", std::numeric_limits<int64_t>::min(), 2));
  EXPECT_FALSE(sequence.Add("k", std::numeric_limits<int64_t>::min(), 1));
}

std::string At(int64_t second, std::string_view more) {
  return "evt.rawtime=" + std::to_string(second * kSecond) + " " + std::string(more);
}

TEST(EngineCorrelation, CountsEventsOfAKey) {
  Detector detector(RuleText("evt.type = openat", "  count: '>= 3 by container.id within 1m'\n"));
  EXPECT_THAT(detector.RulesOn(At(0, "evt.type=openat container.id=a")), IsEmpty());
  EXPECT_THAT(detector.RulesOn(At(1, "evt.type=openat container.id=b")), IsEmpty());
  EXPECT_THAT(detector.RulesOn(At(2, "evt.type=openat container.id=a")), IsEmpty());
  std::vector<Alert> alerts = detector.On(At(3, "evt.type=openat container.id=a"));
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].output, "matched correlation.count=3");
  EXPECT_THAT(alerts[0].fields, testing::Contains(testing::Pair("correlation.count", AlertValue(int64_t{3}))));
  EXPECT_THAT(alerts[0].fields, testing::Contains(testing::Pair("correlation.span_ns", AlertValue(3 * kSecond))));
}

TEST(EngineCorrelation, EventsWithoutTheKeyAreNotOfOneKey) {
  Detector detector(RuleText("evt.type = openat", "  count: 2 by fd.name within 1m\n"));
  EXPECT_THAT(detector.RulesOn(At(0, "evt.type=openat")), IsEmpty());
  EXPECT_THAT(detector.RulesOn(At(0, "evt.type=openat")), IsEmpty());
  EXPECT_EQ(detector.engine().Stats().correlation_unkeyed, 2u);
}

constexpr std::string_view kDropper = R"(
- macro: dropped
  condition: evt.type = openat and fd.name startswith /tmp/
- rule: Something runs
  desc: d
  condition: evt.type = execve and proc.exepath startswith /tmp/
  output: o
  priority: DEBUG
- rule: Dropper
  desc: d
  condition: container.id != host
  sequence:
    by: container.id
    within: 30s
    steps:
      - dropped
      - Something runs
      - connects: evt.type = connect and not fd.name exists
  output: dropped %proc.name
  priority: CRITICAL
)";

TEST(EngineCorrelation, FindsASequenceOfMacrosRulesAndConditions) {
  Detector detector(kDropper);
  const std::string open = "evt.type=openat fd.name=/tmp/x container.id=c";
  const std::string run = "evt.type=execve proc.exepath=/tmp/x container.id=c";
  const std::string connect = "evt.type=connect proc.name=x container.id=c";
  EXPECT_THAT(detector.RulesOn(At(0, open)), IsEmpty());
  EXPECT_THAT(detector.RulesOn(At(1, run)), ElementsAre("Something runs"));
  std::vector<Alert> alerts = detector.On(At(2, connect));
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].rule, "Dropper");
  EXPECT_EQ(alerts[0].output, "dropped x correlation.count=3 correlation.steps=[dropped, Something runs, connects]");
  EXPECT_THAT(alerts[0].fields,
              testing::Contains(
                  testing::Pair("correlation.steps", AlertValue(std::string("dropped, Something runs, connects")))));
  // The rule's own condition is one of every step.
  for (std::string_view where : {"host", "c"}) {
    const std::string in = " container.id=" + std::string(where);
    detector.On(At(10, "evt.type=openat fd.name=/tmp/x" + in));
    detector.On(At(11, "evt.type=execve proc.exepath=/tmp/x" + in));
    EXPECT_EQ(detector.On(At(12, "evt.type=connect" + in)).size(), where == "host" ? 0u : 1u);
  }
}

TEST(EngineCorrelation, IsInterestedInTheEventsOfEveryStep) {
  auto rules = RulesFrom(kDropper);
  const Interest interest = InterestOf(*rules);
  EXPECT_TRUE(interest.kinds.test(VD_KIND_FILE_OPEN));
  EXPECT_TRUE(interest.kinds.test(VD_KIND_EXEC));
  EXPECT_TRUE(interest.kinds.test(VD_KIND_CONNECT));
  EXPECT_FALSE(interest.kinds.test(VD_KIND_BIND));
}

TEST(EngineCorrelation, AReloadKeepsTheStateOfAnEqualRuleOnly) {
  Detector detector(kDropper);
  detector.On(At(0, "evt.type=openat fd.name=/tmp/x container.id=c"));
  detector.On(At(1, "evt.type=execve proc.exepath=/tmp/x container.id=c"));
  detector.engine().SetRules(
      RulesFrom("- rule: another\n  desc: d\n  condition: evt.type = bpf\n  output: o\n"
                "  priority: DEBUG\n" +
                std::string(kDropper)));
  EXPECT_THAT(detector.RulesOn(At(2, "evt.type=connect container.id=c")), ElementsAre("Dropper"));
  detector.On(At(3, "evt.type=openat fd.name=/tmp/x container.id=c"));
  detector.On(At(4, "evt.type=execve proc.exepath=/tmp/x container.id=c"));
  std::string changed(kDropper);
  changed.replace(changed.find("startswith /tmp/"), 16, "startswith /var/");
  detector.engine().SetRules(RulesFrom(changed));
  EXPECT_THAT(detector.RulesOn(At(5, "evt.type=connect container.id=c")), IsEmpty());
}

TEST(EngineCorrelation, MayBeThrottled) {
  Detector detector(RuleText("evt.type = openat",
                             "  count: 2 by container.id within 1m\n  throttle: {by: container.id, within: 1h}\n"));
  int alerts = 0;
  for (int i = 0; i < 100; ++i) alerts += static_cast<int>(detector.On(At(i, "evt.type=openat container.id=a")).size());
  EXPECT_EQ(alerts, 1);
  EXPECT_EQ(detector.engine().Stats().throttled, 49u);
}

}  // namespace
}  // namespace vedette
