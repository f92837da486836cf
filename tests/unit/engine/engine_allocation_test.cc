// SPDX-License-Identifier: Apache-2.0
//
// An event that no rule matches allocates nothing, whatever rules span events; nor does one that a throttle suppresses
// need more than its first did. This binary counts.
#include <string>

#include "gtest/gtest.h"
#include "tests/unit/counted_allocations.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

constexpr std::string_view kRules = R"(
- rule: throttled
  desc: d
  condition: evt.type = openat and fd.name = /a
  output: opened %fd.name
  priority: DEBUG
  throttle: {by: fd.name, within: 1h}
- rule: counted
  desc: d
  condition: evt.type = openat and fd.name = /b
  output: o
  priority: DEBUG
  count: 3 by container.id within 1m
- rule: sequence
  desc: d
  output: o
  priority: DEBUG
  sequence: "[evt.type = openat and fd.name = /c, evt.type = execve and proc.name = d] by container.id within 1m"
)";

uint64_t AllocatedOn(Engine& engine, const SyntheticEvent& event) {
  const uint64_t before = allocations;
  for (int i = 0; i < 100; ++i) engine.OnEvent(event.event());
  return allocations - before;
}

TEST(EngineAllocation, AnEventThatNoRuleMatchesAllocatesNothing) {
  Detector detector(kRules);
  for (std::string_view text : {"evt.type=openat fd.name=/x container.id=c",
                                "evt.type=execve proc.name=sh container.id=c", "evt.type=connect container.id=c"}) {
    const SyntheticEvent event = EventFrom(text);
    detector.engine().OnEvent(event.event());  // buffers of the first event
    EXPECT_EQ(AllocatedOn(detector.engine(), event), 0u) << text;
  }
}

TEST(EngineAllocation, ASuppressedAlertAllocatesNothing) {
  Detector detector(kRules);
  const SyntheticEvent event = EventFrom("evt.type=openat fd.name=/a");
  EXPECT_EQ(detector.On(event.event()).size(), 1u);
  EXPECT_EQ(AllocatedOn(detector.engine(), event), 0u);
  EXPECT_EQ(detector.engine().Stats().throttled, 100u);
}

TEST(EngineAllocation, TheCounterCounts) {
  Detector detector(kRules);
  EXPECT_GT(AllocatedOn(detector.engine(), EventFrom("evt.type=openat fd.name=/b container.id=c")), 0u);
}

}  // namespace
}  // namespace vedette
