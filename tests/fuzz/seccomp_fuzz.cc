// SPDX-License-Identifier: Apache-2.0
//
// A seccomp profile from anywhere: what is imported can be exported and says the same then, and makes a table.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/call_compiler.h"
#include "rules/oci_seccomp.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  auto imported = ImportSeccomp(json, {DefaultContainerCapabilities(), {6, 1}});
  if (!imported.ok()) return 0;
  CallPolicy& policy = imported->policy;
  policy.without_hook = CallAction::kKill;
  CompileCalls(policy);
  ExportSeccomp(policy, true).IgnoreError();
  const auto text = ExportSeccomp(policy, false);
  if (!text.ok()) return 0;  // it has an order that seccomp has not
  const auto again = ImportSeccomp(*text, {});
  FUZZ_CHECK(again.ok());
  const auto last = ExportSeccomp(again->policy, false);
  FUZZ_CHECK(last.ok() && *last == *text);
  return 0;
}
