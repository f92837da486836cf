// SPDX-License-Identifier: Apache-2.0
//
// The kernel's decision, in user space: the same lookups over the same tables as bpf/lib/policy.h. The reference that
// tests hold the tables against, and what predicts a verdict for a recorded or synthetic event. Any thread.
#ifndef VEDETTE_ENGINE_KERNEL_POLICY_EVAL_H_
#define VEDETTE_ENGINE_KERNEL_POLICY_EVAL_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rules/rule_set.h"
#include "sensor/event/event.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

// The value a hook has for each table; monostate: NULL. Strings are not reversed, addresses are 16 mapped bytes.
struct PolicySubject {
  std::array<std::variant<std::monostate, uint64_t, std::string>, VD_TABLE_COUNT> values;
  // What traits are asked of: each ancestor's name (VD_TABLE_COMM) or path (VD_TABLE_EXE), and the words by vd_bits.
  std::vector<std::pair<vd_table, std::string>> ancestors;
  std::array<uint64_t, VD_BITS_CAP_INHERITABLE + 1> bits{};
};

struct PolicyDecision {
  vd_verdict verdict = VD_VERDICT_ALLOW;
  uint32_t policy_id = 0;    // of the deciding clause
  vd_clause_set matching{};  // all clauses that hold, those in monitor mode too
};

// By the clauses of a kind, or of another policy (VD_POLICY_*).
PolicyDecision Decide(const KernelPolicy& policy, uint32_t kind, const PolicySubject& subject);

// What the hook of `kind` would see of `event`, for the fields that `rules` use.
PolicySubject SubjectOf(const RuleSet& rules, const Event& event, EventKind kind);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_KERNEL_POLICY_EVAL_H_
