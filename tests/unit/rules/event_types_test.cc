// SPDX-License-Identifier: Apache-2.0
//
// For which events a condition can hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::set<std::string> TypesOf(std::string_view condition) {
  LoadResult result = Load(RuleWith(condition));
  if (!result.ok()) return {"error: " + result.diagnostics[0].message};
  std::set<std::string> out;
  for (EventTypeId id = 0; id < kMaxEventTypes; ++id) {
    if (result.rules->rules[0].types.test(id)) out.emplace(EventTypeName(id));
  }
  return out;
}

TEST(EventTypeAnalysis, IntersectsAndUnites) {
  EXPECT_THAT(TypesOf("evt.type in (open, openat) and fd.name = a"), ElementsAre("open", "openat"));
  EXPECT_THAT(TypesOf("evt.type = open or evt.type = connect"), ElementsAre("connect", "open"));
  EXPECT_THAT(TypesOf("evt.type in (open, connect) and evt.type in (connect, bind)"), ElementsAre("connect"));
  EXPECT_THAT(TypesOf("evt.type = open and evt.type = connect"), IsEmpty());
}

TEST(EventTypeAnalysis, PushesNotToTheLeaves) {
  EXPECT_THAT(TypesOf("evt.type in (open, openat, connect) and not evt.type = connect"), ElementsAre("open", "openat"));
  EXPECT_THAT(TypesOf("evt.type in (open, openat, connect) and not (evt.type = connect or evt.type = open)"),
              ElementsAre("openat"));
  EXPECT_THAT(TypesOf("evt.type in (open, connect) and evt.type != connect"), ElementsAre("open"));
}

TEST(EventTypeAnalysis, OtherFieldsAreNeutral) {
  EXPECT_THAT(TypesOf("evt.type = open and not fd.name = a"), ElementsAre("open"));
  EXPECT_GT(TypesOf("evt.type = open or fd.name = a").size(), 50u);
  EXPECT_THAT(TypesOf("evt.type = open and (fd.name = a or evt.type = open)"), ElementsAre("open"));
}

TEST(EventTypeAnalysis, NeverTrueIsEmptyAndItsNegationNeutral) {
  EXPECT_THAT(TypesOf("evt.num = 0"), IsEmpty());
  EXPECT_THAT(TypesOf("(evt.num = 0 and proc.name = a) or evt.type = open"), ElementsAre("open"));
  EXPECT_THAT(TypesOf("evt.type = open and not evt.num = 0"), ElementsAre("open"));
}

TEST(EventTypeAnalysis, KindsAreThoseBehindTheTypes) {
  LoadResult result = Load(RuleWith("evt.type in (execve, openat)"));
  ASSERT_TRUE(result.ok());
  EventKinds kinds = result.rules->rules[0].kinds;
  EXPECT_TRUE(kinds[VD_KIND_EXEC]);
  EXPECT_TRUE(kinds[VD_KIND_EXEC_FAILED]);
  EXPECT_TRUE(kinds[VD_KIND_FILE_OPEN]);
  EXPECT_FALSE(kinds[VD_KIND_CONNECT]);
}

TEST(EventTypeAnalysis, WarnsOfRulesForEverything) {
  EXPECT_THAT(Warnings(RuleWith("proc.name = a")), ElementsAre(HasSubstr("matches too many event types")));
  EXPECT_THAT(Warnings(RuleWith("proc.name = a", "  warn_evttypes: false\n")), IsEmpty());
}

}  // namespace
}  // namespace vedette
