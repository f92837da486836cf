// SPDX-License-Identifier: Apache-2.0
//
// PolicyTraits: the predicates of a rule set that are no comparison of one value with many, each once, by the number that
// the kernel knows it by (vd_trait in bpf/abi/policy.h). Used by the kernel policy compiler; one thread.
#ifndef VEDETTE_ENGINE_POLICY_TRAITS_H_
#define VEDETTE_ENGINE_POLICY_TRAITS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/policy_dnf.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

class PolicyTraits {
 public:
  // Nothing if there are VD_MAX_TRAITS of others.
  std::optional<uint32_t> Add(const PolicyTrait& trait);

  // What `clauses`, which are all of `policy`, ask of traits, into the entries of `out`. All have been added.
  void Build(uint32_t policy, std::span<const PolicyClause> clauses, KernelPolicy& out);

  // The traits themselves, and what is asked of ancestors.
  void Finish(KernelPolicy& out) const;

 private:
  std::vector<PolicyTrait> traits_;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_POLICY_TRAITS_H_
