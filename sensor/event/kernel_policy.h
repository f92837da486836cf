// SPDX-License-Identifier: Apache-2.0
//
// KernelPolicy: the verdict tables of one rule set, as plain data. Compiled by engine/kernel_policy, written into
// maps by an Enforcer. The layout and its meaning are bpf/abi/policy.h.
#ifndef VEDETTE_SENSOR_EVENT_KERNEL_POLICY_H_
#define VEDETTE_SENSOR_EVENT_KERNEL_POLICY_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bpf/abi/policy.h"
#include "sensor/event/event_kind.h"

namespace vedette {

struct KernelPolicy {
  struct StringEntry {  // also addresses: 16 bytes, and prefix_bits
    uint32_t policy;  // VD_POLICY_*, or an EventKind
    vd_table table;
    std::string bytes;     // reversed tables: already reversed. An exact entry ends with a NUL
    uint32_t prefix_bits;  // of bytes
    vd_clause_set clauses;
  };
  struct ScalarEntry {
    uint32_t policy;
    vd_table table;
    uint64_t value;
    vd_clause_set clauses;
  };

  std::array<vd_kind_policy, VD_POLICY_COUNT> kinds{};  // by policy: those of the kinds come first
  std::vector<StringEntry> strings;
  std::vector<ScalarEntry> scalars;
  std::map<uint32_t, std::string> rule_names;  // by policy id; for whoever looks at the counters of verdicts

  bool empty() const { return strings.empty() && scalars.empty() && verdict_kinds().none(); }
  EventKinds verdict_kinds() const {
    EventKinds out;
    for (int k = 0; k < VD_KIND_COUNT; ++k) {
      if (HasClauses(k)) out.set(k);
    }
    if (HasClauses(VD_POLICY_RENAME)) out.set(VD_KIND_FILE_RENAME);
    if (HasClauses(VD_POLICY_LINK)) out.set(VD_KIND_FILE_LINK);
    return out;
  }
  bool HasClauses(uint32_t policy) const { return kinds[policy].all.live != 0; }
  // Whether there is anything that it refuses: not, if every rule is in monitor mode.
  bool refuses() const {
    return std::any_of(kinds.begin(), kinds.end(), [](const vd_kind_policy& kind) { return kind.enforced.live != 0; });
  }
};

// Bounds of the maps; the compiler refuses a rule set beyond them.
inline constexpr size_t kMaxStringEntries = 262144;
inline constexpr size_t kMaxScalarEntries = 65536;

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_KERNEL_POLICY_H_
