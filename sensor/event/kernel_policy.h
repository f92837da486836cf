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
#include <memory>
#include <string>
#include <vector>

#include "bpf/abi/policy.h"
#include "sensor/event/event_kind.h"

namespace vedette {

struct Container;

// The predicates of a policy that are about containers. Made by the engine; any thread.
class ContainerPredicates {
 public:
  virtual ~ContainerPredicates() = default;
  // Which of them hold for `container` (null: for the host), by the number that ContainerPolicy has for them.
  virtual std::vector<bool> Judge(const Container* container) const = 0;
};

// What VD_TABLE_CONTAINER_CLASS has for a class of containers: of no use before one is known. Immutable.
struct ContainerPolicy {
  struct Test {
    std::vector<uint32_t> predicates;  // hits if one of them holds
    bool always = false, inverted = false;
  };
  struct Term {
    uint32_t clause;
    std::vector<Test> any;  // holds if one of them holds
  };
  struct Kind {
    vd_clause_set all{};
    std::vector<Term> terms;  // none: nothing of this kind asks
  };
  std::unique_ptr<const ContainerPredicates> predicates;
  std::array<Kind, VD_POLICY_COUNT> kinds;  // by policy

  // The clauses of a policy that hold, as far as the container goes, where `holds` is what Judge() has said.
  vd_clause_set SetFor(uint32_t policy, const std::vector<bool>& holds) const {
    vd_clause_set set = kinds[policy].all;
    set.full = set.live;
    for (const Term& term : kinds[policy].terms) {
      bool any = false;
      for (const Test& test : term.any) {
        bool hit = test.always;
        for (uint32_t p : test.predicates) hit = hit || (p < holds.size() && holds[p]);
        any = any || hit != test.inverted;
      }
      if (!any) vd_set_remove(&set, term.clause);
    }
    return set;
  }
};

// One vd_kind_policy per policy (VD_POLICY_*, an EventKind). They are large and most have no clauses: one comes to be when it is first written to.
class KindPolicies {
 public:
  const vd_kind_policy& operator[](size_t kind) const {
    static const vd_kind_policy kEmpty{};
    const auto found = policies_.find(kind);
    return found == policies_.end() ? kEmpty : found->second;
  }
  vd_kind_policy& operator[](size_t kind) { return policies_[kind]; }

 private:
  std::map<size_t, vd_kind_policy> policies_;
};

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

  struct Calls {  // a profile's system calls
    uint32_t profile;
    std::shared_ptr<vd_call_policy> table;
    bool refuses = false, kills = false;
  };

  KindPolicies kinds;  // by policy: those of the kinds come first
  std::vector<StringEntry> strings;
  std::vector<ScalarEntry> scalars;
  std::shared_ptr<const ContainerPolicy> containers;  // null: nothing asks for them
  std::vector<Calls> calls;
  std::vector<vd_trait> traits;  // by number
  std::map<uint32_t, std::string> rule_names;  // by policy id; for whoever looks at the counters of verdicts
  std::map<uint32_t, uint16_t> errors;         // by policy id: what those rules refuse with that say it

  bool empty() const { return strings.empty() && scalars.empty() && calls.empty() && verdict_kinds().none(); }
  EventKinds verdict_kinds() const {
    EventKinds out;
    for (int k = 0; k < VD_KIND_COUNT; ++k) {
      if (HasClauses(k)) out.set(k);
    }
    if (HasClauses(VD_POLICY_RENAME)) out.set(VD_KIND_FILE_RENAME);
    if (HasClauses(VD_POLICY_LINK)) out.set(VD_KIND_FILE_LINK);
    return out;
  }
  bool AsksForAncestors() const {
    return std::any_of(traits.begin(), traits.end(), [](const vd_trait& t) { return t.kind == VD_TRAIT_ANCESTOR; });
  }
  bool HasClauses(uint32_t policy) const { return kinds[policy].all.live != 0; }
  // Whether there is anything that it refuses: not, if every rule is in monitor mode.
  bool refuses() const {
    for (int k = VD_KIND_NONE + 1; k < VD_POLICY_COUNT; ++k) {  // those of kind NONE say who is under a profile
      if (kinds[k].enforced.live != 0) return true;
    }
    return std::any_of(calls.begin(), calls.end(), [](const Calls& c) { return c.refuses; });
  }
};

// Bounds of the maps; the compiler refuses a rule set beyond them.
inline constexpr size_t kMaxStringEntries = 262144;
inline constexpr size_t kMaxScalarEntries = 65536;

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_KERNEL_POLICY_H_
