// SPDX-License-Identifier: Apache-2.0
//
// What the engine does with events on which the kernel has decided. The records are made by hand, as a ring would
// deliver them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::VariantWith;

// A connect(2) of the kind's record; the family decides the conditions below.
class Connect {
 public:
  explicit Connect(uint16_t family, vd_verdict verdict = VD_VERDICT_ALLOW, uint32_t policy_id = 0) {
    record_.h.size = sizeof(record_);
    record_.h.kind = VD_KIND_CONNECT;
    record_.h.syscall_nr = *FindEventType("connect");
    record_.h.verdict = static_cast<uint8_t>(verdict);
    record_.h.policy_id = policy_id;
    record_.family = family;
  }
  Connect& Result(int64_t result) {
    record_.h.result = result;
    record_.h.flags |= VD_F_RESULT;
    return *this;
  }
  Connect& Flags(uint16_t flags) {
    record_.h.flags |= flags;
    return *this;
  }
  Connect& Kind(EventKind kind) {
    record_.h.kind = static_cast<uint16_t>(kind);
    return *this;
  }
  Event event() const {
    Event e;
    e.header = &record_.h;
    e.type = *FindEventType("connect");
    e.time_ns = 1'700'000'000'000'000'000;
    e.number = 1;
    return e;
  }

 private:
  vd_socket record_{};
};

const std::string kDenyUnix =
    RuleText("evt.type = connect and socket.family = AF_UNIX", "  action: deny\n", "no unix sockets") +
    RuleText("evt.type = connect", "", "any connect");

TEST(Verdict, ARefusalIsAlwaysAnAlertOfItsRule) {
  Detector detector(kDenyUnix);
  const auto alerts = detector.On(Connect(1, VD_VERDICT_DENY, 1).Result(-1).event());
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_EQ(alerts[0].rule, "no unix sockets");
  EXPECT_EQ(alerts[0].verdict, VD_VERDICT_DENY);
  EXPECT_EQ(alerts[0].action, Action::kDeny);
  EXPECT_THAT(alerts[0].fields, Contains(Pair("evt.verdict", VariantWith<std::string>("deny"))));
  EXPECT_EQ(alerts[1].rule, "any connect");  // other rules are evaluated as usual
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 0u);
}

TEST(Verdict, OfTheFirstMatchingRulesTheRefusalIsTheOne) {
  EngineOptions options;
  options.matching = RuleMatching::kFirst;
  Detector detector(RuleText("evt.type = connect", "", "before") + kDenyUnix, std::move(options));
  const auto alerts = detector.On(Connect(1, VD_VERDICT_DENY, 2).event());
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].rule, "no unix sockets");
}

TEST(Verdict, ARefusalBelowTheThresholdIsStillReported) {
  EngineOptions options;
  options.threshold = Priority::kEmergency;
  Detector detector(kDenyUnix, std::move(options));
  EXPECT_THAT(detector.On(Connect(1, VD_VERDICT_WOULD_DENY, 1).event()), SizeIs(1));
}

TEST(Verdict, ARefusalThatTheConditionDoesNotBearOutIsReportedAndCounted) {
  Detector detector(kDenyUnix);
  const auto alerts = detector.On(Connect(2, VD_VERDICT_KILL, 1).Result(-1).event());
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_EQ(alerts[0].verdict, VD_VERDICT_KILL);
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 1u);
  EXPECT_THAT(detector.engine().Stats().disagreements_by_rule, testing::ElementsAre(Pair("no unix sockets", 1u)));
}

TEST(Verdict, AnOperationThatShouldHaveBeenRefusedIsCounted) {
  Detector detector(kDenyUnix);
  const auto alerts = detector.On(Connect(1).Result(0).event());
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_EQ(alerts[0].verdict, VD_VERDICT_ALLOW);
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 1u);
}

TEST(Verdict, AnOperationThatFailedByItselfIsNoDisagreement) {
  Detector detector(kDenyUnix);
  detector.On(Connect(1).Result(-111).event());
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 0u);
}

// A prctl(2) that a rule kills for.
vd_call Prctl(vd_verdict verdict, int64_t result) {
  vd_call record{};
  record.h.size = sizeof(record);
  record.h.kind = VD_KIND_SYSCALL;
  record.h.syscall_nr = *FindEventType("prctl");
  record.h.verdict = static_cast<uint8_t>(verdict);
  record.h.policy_id = verdict == VD_VERDICT_ALLOW ? 0 : 1;
  record.h.result = result;
  record.h.flags = VD_F_RESULT;
  return record;
}
Event EventOf(const vd_call& record) {
  Event e;
  e.header = &record.h;
  e.type = *FindEventType("prctl");
  e.time_ns = 1'700'000'000'000'000'000;
  e.number = 1;
  return e;
}

TEST(Verdict, OfACallThatIsKilledForIsComparedWhateverItsResult) {
  Detector detector(RuleText("evt.type = prctl", "  action: kill\n", "no prctl"));
  const vd_call killed = Prctl(VD_VERDICT_KILL_AFTER, -22);
  const auto alerts = detector.On(EventOf(killed));
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].verdict, VD_VERDICT_KILL_AFTER);
  EXPECT_THAT(alerts[0].fields, Contains(Pair("evt.verdict", VariantWith<std::string>("kill-after"))));
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 0u);
  const vd_call spared = Prctl(VD_VERDICT_ALLOW, -22);
  detector.On(EventOf(spared));
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 1u);
}

TEST(Verdict, AReplayComparesNothing) {
  EngineOptions options;
  options.compare_verdicts = false;
  Detector detector(kDenyUnix, std::move(options));
  detector.On(Connect(1).Result(0).event());
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 0u);
}

TEST(Verdict, ARefusalOfARuleThatIsGoneIsStillReported) {
  Detector detector(kDenyUnix);
  const auto alerts = detector.On(Connect(2, VD_VERDICT_DENY, 77).event());
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_EQ(alerts[0].rule, "Replaced rule 77");
  EXPECT_EQ(alerts[0].verdict, VD_VERDICT_DENY);
}

// The rules that a reload brings: the former ones have the ids before the first of these.
std::shared_ptr<const RuleSet> Reloaded(std::string_view yaml, uint32_t first_policy_id) {
  LoadOptions options;
  options.first_policy_id = first_policy_id;
  return RulesFrom(yaml, options);
}

TEST(Verdict, ARefusalFromBeforeAReloadIsOfTheRuleThatRefused) {
  Detector detector(kDenyUnix);
  detector.engine().SetRules(Reloaded(RuleText("evt.type = connect", "", "another") + kDenyUnix, 3));
  const auto alerts = detector.On(Connect(1, VD_VERDICT_DENY, 1).Result(-1).event());
  ASSERT_THAT(alerts, SizeIs(3));
  EXPECT_EQ(alerts[0].rule, "no unix sockets");
  EXPECT_EQ(alerts[0].verdict, VD_VERDICT_DENY);
  EXPECT_EQ(alerts[1].rule, "another");
  EXPECT_EQ(alerts[2].rule, "any connect");
  EXPECT_THAT(detector.engine().Stats().matches, testing::ElementsAre(1, 1, 1));
  EXPECT_EQ(detector.On(Connect(1, VD_VERDICT_DENY, 4).Result(-1).event())[0].rule, "no unix sockets");
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 0u);
}

TEST(Verdict, ARefusalFromBeforeAReloadOfARuleThatIsGoneStillHasItsName) {
  Detector detector(RuleText("evt.type = connect", "  action: deny\n", "gone"));
  detector.engine().SetRules(Reloaded(RuleText("evt.type = connect", "", "any connect"), 2));
  const auto alerts = detector.On(Connect(2, VD_VERDICT_DENY, 1).Result(-1).event());
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_EQ(alerts[0].rule, "gone");
  EXPECT_EQ(alerts[0].action, Action::kDeny);
  EXPECT_EQ(alerts[1].rule, "any connect");
}

// It refuses no more, and matches: the event has had its alert.
TEST(Verdict, ARefusalFromBeforeAReloadIsToldOnce) {
  Detector detector(RuleText("evt.type = connect", "  action: deny\n", "connect"));
  detector.engine().SetRules(Reloaded(RuleText("evt.type = connect", "", "connect"), 2));
  const auto alerts = detector.On(Connect(2, VD_VERDICT_DENY, 1).Result(-1).event());
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].action, Action::kDeny);
}

TEST(Verdict, SeedsAreNoEvents) {
  Detector detector(kDenyUnix);
  EXPECT_THAT(detector.On(Connect(1).Flags(VD_F_SEED).event()), IsEmpty());
  EXPECT_EQ(detector.engine().Stats().events, 0u);
}

// The hook decided about the file that was about to run; the event that reports it is of the caller.
TEST(Verdict, OfARefusedExecTheKernelIsTrusted) {
  vd_exec_failed record{};
  record.h.size = sizeof(record);
  record.h.kind = VD_KIND_EXEC_FAILED;
  record.h.verdict = VD_VERDICT_DENY;
  record.h.policy_id = 1;
  Event event;
  event.header = &record.h;
  event.type = *FindEventType("execve");
  Detector detector(RuleText("evt.type = execve and proc.exepath = /tmp/x", "  action: deny\n", "no x"));
  const auto alerts = detector.On(event);
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].rule, "no x");
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 0u);
}

// What only the entry of a system call sees names its rule, refused or not.
TEST(Verdict, AnEntryOfASystemCallIsAnAlertOfItsProfile) {
  Detector detector(
      "- profile: web\n  match: proc.exepath = /w\n  syscalls: {alert: [getpid], kill: [memfd_create]}\n" +
      RuleText("evt.type = memfd_create", "", "other"));
  vd_syscall_entry record{};
  record.h.size = sizeof(record);
  record.h.kind = VD_KIND_SYSCALL_ENTRY;
  record.h.syscall_nr = record.nr = 319;
  record.args[1] = 0x2a;
  record.h.policy_id = 1;
  Event e;
  e.header = &record.h;
  e.type = TypeOf(record.h);
  e.time_ns = 1'700'000'000'000'000'000;
  e.number = 1;
  EXPECT_EQ(EventTypeName(e.type), "syscall_entry");
  auto alerts = detector.On(e);
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].rule, "web: syscalls");
  EXPECT_EQ(alerts[0].verdict, VD_VERDICT_ALLOW);
  EXPECT_THAT(alerts[0].fields, Contains(Pair("syscall.name", VariantWith<std::string>("memfd_create"))));
  EXPECT_THAT(alerts[0].fields, Contains(Pair("syscall.arch", VariantWith<std::string>("x86_64"))));
  EXPECT_THAT(alerts[0].fields, Contains(Pair("syscall.args", VariantWith<std::string>("0x0 0x2a 0x0 0x0 0x0 0x0"))));
  record.h.verdict = VD_VERDICT_KILL;
  record.arch = VD_ARCH_I386;
  record.nr = 356;
  alerts = detector.On(e);
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].verdict, VD_VERDICT_KILL);
  EXPECT_THAT(alerts[0].fields, Contains(Pair("syscall.name", VariantWith<std::string>("memfd_create"))));
  EXPECT_EQ(detector.engine().Stats().verdict_disagreements, 0u);
}

}  // namespace
}  // namespace vedette
