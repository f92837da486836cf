// SPDX-License-Identifier: Apache-2.0
#include "engine/policy_traits.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "engine/policy_table.h"

namespace vedette {
namespace {

bool Holds(const TableTerm& term, uint64_t value) {
  return std::any_of(term.any.begin(), term.any.end(), [&](const TableTest& test) {
    return test.Holds(test.always || std::find(test.scalars.begin(), test.scalars.end(), value) != test.scalars.end());
  });
}

}  // namespace

std::optional<uint32_t> PolicyTraits::Add(const PolicyTrait& trait) {
  const auto found = std::find(traits_.begin(), traits_.end(), trait);
  if (found != traits_.end()) return static_cast<uint32_t>(found - traits_.begin());
  if (traits_.size() == VD_MAX_TRAITS) return std::nullopt;
  traits_.push_back(trait);
  return static_cast<uint32_t>(traits_.size() - 1);
}

void PolicyTraits::Build(uint32_t policy, std::span<const PolicyClause> clauses, KernelPolicy& out) {
  vd_kind_policy& kind = out.kinds[policy];
  kind.tables |= uint64_t{1} << VD_TABLE_TRAITS;
  for (const PolicyClause& clause : clauses) {
    for (const TableTerm& term : clause.terms) {
      if (term.trait != nullptr) kind.traits |= uint64_t{1} << *Add(*term.trait);
    }
  }
  for (uint32_t number = 0; number < traits_.size(); ++number) {
    if ((kind.traits >> number & 1) == 0) continue;
    for (const uint64_t value : {0, 1}) {
      vd_clause_set set = kind.all;
      set.full = set.live;
      for (uint32_t c = 0; c < clauses.size(); ++c) {
        for (const TableTerm& term : clauses[c].terms) {
          const bool asked = term.trait != nullptr && *term.trait == traits_[number];
          if (asked && !Holds(term, value)) vd_set_remove(&set, c);
        }
      }
      out.scalars.push_back({policy, VD_TABLE_TRAITS, 2 * uint64_t{number} + value, set});
    }
  }
}

void PolicyTraits::Finish(KernelPolicy& out) const {
  std::vector<PolicyClause> ancestors;
  for (const PolicyTrait& trait : traits_) {
    vd_trait made{};
    made.kind = trait.kind;
    made.of = trait.of;
    made.mask = trait.mask;
    made.value = trait.value;
    made.len = static_cast<uint32_t>(trait.pattern.size() / 2);
    memcpy(made.pattern, trait.pattern.data(), std::min(trait.pattern.size(), sizeof(made.pattern)));
    for (size_t s = 0; s < std::min<size_t>(trait.sets.size(), VD_MAX_GLOB_SETS); ++s) {
      for (uint32_t byte = 0; byte < 256; ++byte) {
        if (trait.sets[s][byte]) made.set[s][byte / 64] |= uint64_t{1} << byte % 64;
      }
    }
    if (trait.kind == VD_TRAIT_ANCESTOR) {
      made.clause = static_cast<uint32_t>(ancestors.size());
      ancestors.push_back({trait.ancestor});
    }
    out.traits.push_back(made);
  }
  if (ancestors.empty()) return;
  std::set<vd_table> tables;
  for (uint32_t c = 0; c < ancestors.size(); ++c) {
    vd_set_add(&out.kinds[VD_POLICY_ANCESTORS].all, c);
    for (const TableTerm& term : ancestors[c].terms) tables.insert(term.table);
  }
  for (const vd_table table : tables) BuildPolicyTable(VD_POLICY_ANCESTORS, table, ancestors, nullptr, out);
}

}  // namespace vedette
