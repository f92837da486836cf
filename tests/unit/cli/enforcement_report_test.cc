// SPDX-License-Identifier: Apache-2.0
#include "cli/enforcement_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vedette {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr uint64_t kSecond = 1'000'000'000;
// Booted at the beginning of 2026, an hour ago.
constexpr BootClock kClock{3600 * kSecond, 1'767'225'600 * static_cast<int64_t>(kSecond)};

EnforcementState Left() {
  EnforcementState state;
  state.generations = 1;
  state.programs = {"vd_task_alloc", "vd_file_open"};
  state.maps = 20;
  state.pid = 4711;
  state.version = "0.1.0";
  state.readable = true;
  state.since_ns = 60 * kSecond;
  state.attached_ns = 120 * kSecond;
  state.gone_ns = 3590 * kSecond;
  state.rules = {{"No secrets", true, false, 12, 5}, {"No tools", true, true, 3, 3}, {"Watched", false, false, 9, 0}};
  state.containers = 4;
  state.unseen = 100;
  return state;
}

TEST(EnforcementReport, StatusSaysWhatIsEnforcedWithoutAnAgent) {
  EXPECT_EQ(StatusText(Left(), "/sys/fs/bpf/vedette", kClock),
            "enforcing   yes, without a break since 2026-01-01T00:01:00.000Z\n"
            "agent       none since 2026-01-01T00:59:50.000Z; it was process 4711 (vedette 0.1.0)\n"
            "pinned      2 programs, 20 maps in /sys/fs/bpf/vedette\n"
            "rule        No secrets: deny, 12 times, 7 of them not reported\n"
            "rule        No tools: kill, 3 times\n"
            "rule        Watched: would deny, 9 times\n"
            "containers  4 known\n"
            "self        not protected: self_protection is off\n"
            "not seen    100 events, as no agent ran\n");
}

TEST(EnforcementReport, StatusSaysThatNothingIsPinned) {
  EXPECT_EQ(StatusText({}, "/sys/fs/bpf/vedette", kClock),
            "enforcing   no: nothing is pinned in /sys/fs/bpf/vedette\n");
}

// Of a start that was cut short before its first program.
TEST(EnforcementReport, WithoutAProgramNothingIsEnforced) {
  EnforcementState state;
  state.generations = 1;
  EXPECT_THAT(StatusText(state, "/sys/fs/bpf/vedette", kClock), HasSubstr("enforcing   no: nothing is pinned"));
  EXPECT_EQ(StatusText({}, "none", kClock), "enforcing   no: pin_dir is none\n");
  EXPECT_EQ(nlohmann::json::parse(StatusJson(state, "/sys/fs/bpf/vedette", kClock))["enforcing"], false);
}

TEST(EnforcementReport, StatusAsJsonHasTheSame) {
  auto json = nlohmann::json::parse(StatusJson(Left(), "/sys/fs/bpf/vedette", kClock));
  EXPECT_EQ(json["enforcing"], true);
  EXPECT_EQ(json["agent"], false);
  EXPECT_EQ(json["agent_ended"], "2026-01-01T00:59:50.000Z");
  EXPECT_EQ(json["rules"][0]["rule"], "No secrets");
  EXPECT_EQ(json["rules"][0]["not_reported"], 7);
  EXPECT_EQ(json["rules"][1]["action"], "kill");
  EXPECT_EQ(json["rules"][2]["mode"], "monitor");
  EXPECT_EQ(json["programs"].size(), 2u);
  auto nothing = nlohmann::json::parse(StatusJson({}, "/sys/fs/bpf/vedette", kClock));
  EXPECT_EQ(nothing["enforcing"], false);
  EXPECT_TRUE(nothing["since"].is_null());
}

TEST(EnforcementReport, ATakeoverTellsWhatNobodyWasTold) {
  EXPECT_EQ(
      TakeoverLine(Left(), kClock),
      "took over from process 4711 (vedette 0.1.0), which ended 10 s ago: 7 refusals not reported (No secrets 7), 100 "
      "events not seen");
  ASSERT_TRUE(HasGap(Left()));
  Alert alert = MakeGapAlert(Left(), kClock, "host");
  EXPECT_EQ(alert.rule, "Vedette internal: no agent ran");
  EXPECT_EQ(alert.source, "internal");
  EXPECT_THAT(alert.output, HasSubstr("7 refusals not reported"));
  EXPECT_THAT(alert.fields,
              testing::Contains(testing::Pair("vedette.refusals_not_reported.No secrets", AlertValue(int64_t{7}))));
}

TEST(EnforcementReport, OfAnotherLayoutItSaysThatNothingIsKnown) {
  EnforcementState state = Left();
  state.readable = false;
  EXPECT_THAT(TakeoverLine(state, kClock), HasSubstr("another layout"));
  EXPECT_THAT(TakeoverLine(state, kClock), Not(HasSubstr("refusals")));
  EXPECT_TRUE(HasGap(state));
}

TEST(EnforcementReport, NoGapNoAlert) {
  EnforcementState state = Left();
  state.rules[0].told = state.rules[0].decided;
  state.unseen = 0;
  EXPECT_FALSE(HasGap(state));
}

TEST(EnforcementReport, WhatIsAllowedUndecidedIsToldByKind) {
  UndecidedCounts counts{};
  counts[VD_KIND_FILE_OPEN] = 3;
  counts[VD_KIND_CONNECT] = 1;
  Alert alert = MakeUndecidedAlert(counts, 1, "host");
  EXPECT_EQ(alert.rule, "Vedette internal: allowed undecided");
  EXPECT_EQ(alert.priority, Priority::kCritical);
  EXPECT_THAT(alert.output, HasSubstr("count=4 kinds=file_open 3, connect 1"));
}

}  // namespace
}  // namespace vedette
