// SPDX-License-Identifier: Apache-2.0
//
// A condition, as an alert's and as a refusal's: parsed, checked, compiled for user space and for the kernel, and
// evaluated. The expanded text that `vedette rules` shows is a condition again, and means the same.
#include "tests/fuzz/rule_text.h"

namespace vedette {
namespace {

// Rule::condition is cut beyond 64 KiB.
bool IsWhole(const std::string& condition) { return condition.size() < 60'000; }

// Not the same text (`not not x` is read as `x`), but the same rule.
void CheckExpandedText(const Rule& rule, size_t alerts) {
  if (!IsWhole(rule.condition)) return;
  const LoadResult again = LoadText(RuleText(rule.condition, "matched"));
  if (!again.ok()) std::fprintf(stderr, "expanded: %s\n", rule.condition.c_str());
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again.rules->rules[0].types == rule.types);
  FUZZ_CHECK(UseRules(again.rules) == alerts);
}

}  // namespace
}  // namespace vedette

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const std::string_view condition = TextOf(data, size);
  const LoadResult alert = LoadText(RuleText(condition, "matched"));
  if (!alert.ok()) return 0;
  CheckExpandedText(alert.rules->rules[0], UseRules(alert.rules));
  const LoadResult deny = LoadText(RuleText(condition, "matched", "  action: deny\n"));
  if (deny.ok()) UseRules(deny.rules);
  return 0;
}
