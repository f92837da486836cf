// SPDX-License-Identifier: Apache-2.0
//
// PolicyGuard: what keeps a rule about the name of a file from being led past, derived from each of its clauses
// (docs/decisions/0015): operations that would take the file, or a directory above it, to another name; and what may be
// the file where the kernel finds no path to it. Over-approximations: a derived clause holds whenever the operation
// could make the clause it is from miss. Plain functions; any thread.
#ifndef VEDETTE_ENGINE_POLICY_GUARD_H_
#define VEDETTE_ENGINE_POLICY_GUARD_H_

#include <optional>
#include <vector>

#include "engine/policy_dnf.h"
#include "sensor/event/event_kind.h"

namespace vedette {

// Kinds that are about an existing file by its path: their clauses are guarded.
const EventKinds& GuardedKinds();

// Whether the clause asks for a path to be this or that. Of one that only says what it is not, no file is the one that
// it protects.
bool IsNamed(const PolicyClause& clause);

// Of a file whose path has no known beginning (VD_POLICY_UNPLACED): may it be one that a named clause is about?
std::optional<PolicyClause> UnplacedOf(const PolicyClause& clause);

struct PolicyGuard {
  std::vector<PolicyClause> renames;  // VD_POLICY_RENAME
  std::vector<PolicyClause> links;    // VD_POLICY_LINK
  std::vector<PolicyClause> names;    // VD_POLICY_NAMES
};

// Of a named clause of one of GuardedKinds().
PolicyGuard GuardOf(const PolicyClause& clause);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_POLICY_GUARD_H_
