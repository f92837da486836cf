// SPDX-License-Identifier: Apache-2.0
//
// PolicyTable: the entries of one kernel table for one policy (an event kind, or VD_POLICY_*). Every key that some clause tests becomes an entry;
// its clause set says which clauses hold, as far as this table goes, for the values whose longest matching entry it
// is. Because all keys are entries, that is the same for all those values, so the kernel's single lookup is exact.
// Plain functions; any thread.
#ifndef VEDETTE_ENGINE_POLICY_TABLE_H_
#define VEDETTE_ENGINE_POLICY_TABLE_H_

#include <cstdint>
#include <span>

#include "engine/policy_dnf.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

// Bit i stands for clauses[i]; there are at most VD_MAX_CLAUSES, and the policy of `out` has them all already. Adds to the
// entries of `out` and sets the table's defaults and its bit; of VD_TABLE_CONTAINER_CLASS what its entries will be goes
// into `containers`.
void BuildPolicyTable(uint32_t policy, vd_table table, std::span<const PolicyClause> clauses,
                      ContainerPolicy* containers, KernelPolicy& out);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_POLICY_TABLE_H_
