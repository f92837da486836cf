// SPDX-License-Identifier: Apache-2.0
//
// CallPolicy: what a profile says of system calls, whether written in its own words or imported from a seccomp profile.
// Entries are tried in order, the first that names the call and whose conditions all hold decides, else the default.
// Plain data, part of a RuleSet; engine/call_compiler makes the kernel's table of it.
#ifndef VEDETTE_RULES_CALL_POLICY_H_
#define VEDETTE_RULES_CALL_POLICY_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/abi/policy.h"

namespace vedette {

enum class CallAction : uint8_t { kAllow, kAlert, kDeny, kKill };  // in the order of vd_call_action
std::string_view CallActionName(CallAction action);

struct CallCondition {
  uint8_t index = 0;  // of the argument
  vd_call_op op = VD_CALL_EQ;
  uint64_t value = 0;
  uint64_t value_two = 0;  // MASKED_EQ: value is the mask, this what is compared
  auto operator<=>(const CallCondition&) const = default;
};

// What becomes of a call, and when.
struct CallChoice {
  CallAction action = CallAction::kAllow;
  uint32_t error = 0;  // kDeny: the errno, up to 4095
  auto operator<=>(const CallChoice&) const = default;
};

struct CallEntry {
  std::vector<std::string> names;  // sorted, each once
  CallChoice choice;
  std::vector<CallCondition> conditions;
  auto operator<=>(const CallEntry&) const = default;
};

struct CallPolicy {
  CallChoice otherwise;
  std::array<bool, VD_ARCH_COUNT> archs{};  // calls of others kill, as with seccomp
  std::vector<CallEntry> entries;

  // How to enforce it: `without_hook`, for calls that are denied and no hook can refuse. Nothing: that is an error.
  std::optional<CallAction> without_hook;
  bool require_inline = false;  // nothing is killed after

  // The same policy, whatever is said about how to enforce it.
  bool SameAs(const CallPolicy& other) const {
    return otherwise == other.otherwise && archs == other.archs && entries == other.entries;
  }
};

inline constexpr uint32_t kCallEperm = 1;
inline constexpr uint32_t kCallEnosys = 38;

// Operators by seccomp's names, with or without SCMP_CMP_: EQ, MASKED_EQ.
std::optional<vd_call_op> CallOpByName(std::string_view name);
std::string_view CallOpName(vd_call_op op);  // "SCMP_CMP_EQ"

// Names sorted, entries of one meaning joined, in the order of the first; what cannot change anything left out: entries
// that say what the default says, where no other entry names the call.
void Normalize(CallPolicy& policy);

}  // namespace vedette
#endif  // VEDETTE_RULES_CALL_POLICY_H_
