// SPDX-License-Identifier: Apache-2.0
//
// An output template: parsed, and printed for events of every shape.
#include "tests/fuzz/rule_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const LoadResult result = LoadText(RuleText("evt.type in (openat, connect, execve)", TextOf(data, size)));
  if (result.ok()) UseRules(result.rules);
  return 0;
}
