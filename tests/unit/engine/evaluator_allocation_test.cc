// SPDX-License-Identifier: Apache-2.0
//
// Nothing is allocated before a match: once its buffers have grown, an evaluator evaluates conditions of every kind
// without. This binary counts.

#include "engine/evaluator.h"
#include "tests/unit/counted_allocations.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

TEST(Evaluator, AllocatesNothingForAnyKindOfCondition) {
  const auto rules = RulesFrom(
      RuleText("evt.type = openat and proc.name = val(proc.pname)", "", "right") +
      RuleText("evt.type = openat and fd.name glob val(proc.cmdline)", "", "pattern") +
      RuleText("evt.type = openat and fd.name iglob tolower(proc.cmdline)", "", "transformed pattern") +
      RuleText("evt.type = openat and concat(proc.name, \":\", fd.name) startswith x", "", "concat") +
      RuleText("evt.type = openat and join(\",\", (proc.name, tolower(fd.name))) contains y", "", "join") +
      RuleText("evt.type = openat and getopt((proc.cmdline, \"-t\", proc.name), \"nt:\") in (n, t)", "", "getopt") +
      RuleText("evt.type = openat and getopt((proc.cmdline), \"nt:\")[t] = x", "", "one option") +
      RuleText("evt.type = openat and len(getopt((proc.cmdline), \"nt:\")) > 70", "", "count") +
      RuleText("evt.type = openat and proc.aname startswith oneof (x, y)", "", "modifier"));
  ASSERT_EQ(rules->rules.size(), 9u);
  const Program program(rules, Priority::kDebug);
  Evaluator evaluator(program);
  const std::string long_text(200, 'a');
  const SyntheticEvent event = EventFrom("evt.type=openat proc.name=" + long_text + " proc.pname=b fd.name=/" +
                                         long_text + " proc.cmdline=-n*[a-z]?b proc.aname=sh proc.aname=init");
  const Event view = event.event();
  auto evaluate = [&] {
    const uint64_t before = allocations;
    evaluator.Start(view);
    evaluator.Matches();
    return allocations - before;
  };
  EXPECT_GT(evaluate(), 0u);  // the buffers
  EXPECT_EQ(evaluate(), 0u);
}

}  // namespace
}  // namespace vedette
