// SPDX-License-Identifier: Apache-2.0
//
// What is remembered of a process changes no rule's answer.
#include "engine/process_memo.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/evaluator.h"
#include "engine/program.h"
#include "sensor/event_stream.h"
#include "tests/unit/engine/rules_from.h"
#include "tests/unit/sensor/random_history.h"

namespace vedette {
namespace {

// Predicates that the histories make true now and then, most of them about the process.
constexpr const char* kPredicates[] = {"proc.name = c1",
                                       "proc.name in (c0, c2)",
                                       "proc.pname = c0",
                                       "proc.aname = c2",
                                       "proc.aname[2] = c1",
                                       "proc.cwd startswith /d1",
                                       "proc.exepath endswith e2",
                                       "proc.cmdline contains b1",
                                       "container.id != host",
                                       "container.name = n1",
                                       "container.image.repository in (i0, i2)",
                                       "proc.name = val(proc.pname)",
                                       "user.uid = 1",
                                       "group.gid >= 1",
                                       "user.loginuid = 2",
                                       "thread.cap_effective contains CAP_CHOWN",
                                       "concat(proc.name, \"x\") = c0x",
                                       "evt.type = openat",
                                       "fd.name = /etc/f1",
                                       "evt.num > 300"};

class Conditions {
 public:
  explicit Conditions(uint64_t seed) : random_(seed) {}
  std::string Next(int depth) {
    if (depth == 0 || Below(4) == 0) return kPredicates[Below(std::size(kPredicates))];
    if (Below(5) == 0) return "not (" + Next(depth - 1) + ")";
    std::string out = "(" + Next(depth - 1);
    const char* op = Below(2) == 0 ? " and " : " or ";
    for (uint64_t more = 1 + Below(2); more != 0; --more) out += op + Next(depth - 1);
    return out + ")";
  }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }
  std::mt19937_64 random_;
};

TEST(ProcessMemo, ChangesNoAnswerOfAnyRuleInAnyHistory) {
  uint64_t matched = 0, not_matched = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Conditions conditions(seed);
    std::string yaml;
    for (int i = 0; i < 12; ++i) {
      yaml += RuleText("evt.type in (openat, execve, clone, procexit) and " + conditions.Next(3), "",
                       "r" + std::to_string(i));
    }
    const Program program(RulesFrom(yaml), Priority::kDebug);
    Evaluator remembering(program), forgetful(program);
    EventStream stream({.processes = {.max_images = 24, .max_ended = 12, .linger_ns = 3000}, .containers = {}});
    testing::RandomHistory history(seed);
    auto compare = [&](const Event& event) {
      Event unversioned = event;
      unversioned.process_version = 0;
      remembering.Start(event);
      forgetful.Start(unversioned);
      const auto a = remembering.Matches(), b = forgetful.Matches();
      matched += a.size();
      not_matched += 12 - a.size();
      ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()))
          << "seed " << seed << ", event " << event.number << "\n"
          << yaml;
    };
    for (int i = 0; i < 600 && !HasFatalFailure(); ++i) {
      stream.Feed(history.Next(), compare);
      if (i % 50 == 0) stream.Advance(history.time_ns());
    }
  }
  EXPECT_GT(matched, 1000u);
  EXPECT_GT(not_matched, 1000u);
}

TEST(ProcessMemo, KeepsAnAnswerUntilTheVersionTheUserOrTheContainerChanges) {
  ProcessMemo memo(70);
  vd_header header{};
  header.kind = VD_KIND_FILE_OPEN;
  header.exec_id = 5;
  Event event;
  event.header = &header;
  event.process_version = 1;
  memo.Select(event);
  EXPECT_EQ(memo.Get(69), ProcessMemo::Known::kNo);
  memo.Set(69, true);
  memo.Set(3, false);
  auto known = [&] {
    memo.Select(event);
    return memo.Get(69);
  };
  EXPECT_EQ(known(), ProcessMemo::Known::kTrue);
  EXPECT_EQ(memo.Get(3), ProcessMemo::Known::kFalse);
  header.uid = 7;
  EXPECT_EQ(known(), ProcessMemo::Known::kNo);
  memo.Set(69, false);
  EXPECT_EQ(known(), ProcessMemo::Known::kFalse);
  header.flags = VD_F_CONTAINER;
  EXPECT_EQ(known(), ProcessMemo::Known::kNo);
  memo.Set(69, true);
  event.process_version = 2;
  EXPECT_EQ(known(), ProcessMemo::Known::kNo);
}

TEST(ProcessMemo, RemembersNothingOfARefusedExecOrOfChangedCredentials) {
  ProcessMemo memo(1);
  vd_header header{};
  header.exec_id = 5;
  Event event;
  event.header = &header;
  event.process_version = 1;
  for (EventKind kind : {VD_KIND_EXEC_FAILED, VD_KIND_CREDS}) {
    header.kind = kind;
    memo.Select(event);
    memo.Set(0, true);
    memo.Select(event);
    EXPECT_EQ(memo.Get(0), ProcessMemo::Known::kNo);
  }
}

}  // namespace
}  // namespace vedette
