// SPDX-License-Identifier: Apache-2.0
#include "rules/call_policy.h"

#include <algorithm>
#include <map>

namespace vedette {
namespace {

constexpr std::string_view kPrefix = "SCMP_CMP_";
constexpr std::string_view kOps[VD_CALL_OP_COUNT] = {
    "", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"};

}  // namespace

std::string_view CallActionName(CallAction action) {
  constexpr std::string_view kNames[] = {"allow", "alert", "deny", "kill"};
  return kNames[static_cast<size_t>(action)];
}

std::string_view CallOpName(vd_call_op op) { return op < VD_CALL_OP_COUNT ? kOps[op] : std::string_view(); }

std::optional<vd_call_op> CallOpByName(std::string_view name) {
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  for (int op = VD_CALL_NE; op < VD_CALL_OP_COUNT; ++op) {
    if (kOps[op].substr(kPrefix.size()) == name) return static_cast<vd_call_op>(op);
  }
  return std::nullopt;
}

void Normalize(CallPolicy& policy) {
  std::map<std::string, size_t> entries_of;
  for (const CallEntry& entry : policy.entries) {
    for (const std::string& name : entry.names) ++entries_of[name];
  }
  std::vector<CallEntry> out;
  // Where an entry of the same meaning stands. Entries of one call keep their order: a call's next entry never joins
  // one that stands before its last.
  std::map<std::string, size_t> last;
  for (CallEntry& entry : policy.entries) {
    for (std::string& name : entry.names) {
      if (entry.choice == policy.otherwise && entries_of[name] == 1) continue;
      const auto found = last.find(name);
      size_t at = found == last.end() ? 0 : found->second + 1;
      while (at < out.size() && (out[at].choice != entry.choice || out[at].conditions != entry.conditions)) ++at;
      if (at == out.size()) out.push_back({{}, entry.choice, entry.conditions});
      last[name] = at;
      out[at].names.push_back(std::move(name));
    }
  }
  for (CallEntry& entry : out) {
    std::sort(entry.names.begin(), entry.names.end());
    entry.names.erase(std::unique(entry.names.begin(), entry.names.end()), entry.names.end());
  }
  policy.entries = std::move(out);
}

}  // namespace vedette
