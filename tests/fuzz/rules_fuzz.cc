// SPDX-License-Identifier: Apache-2.0
//
// A rule file of any bytes: it loads or says why not, and what loads can be used.
#include "tests/fuzz/rule_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const LoadResult result = LoadText(std::string(TextOf(data, size)), {.additions = {{.suggested = true}}});
  if (result.ok()) UseRules(result.rules);
  return 0;
}
