// SPDX-License-Identifier: Apache-2.0
//
// ProfileScopes: which profile of a rule set a program comes under when it starts, evaluated in user space; for events
// that no kernel has judged under that set (a recording). Live, the kernel says so in the exec's record. Owned by who
// reads the recording; event thread.
#ifndef VEDETTE_ENGINE_PROFILE_SCOPES_H_
#define VEDETTE_ENGINE_PROFILE_SCOPES_H_

#include <cstdint>
#include <memory>

#include "engine/evaluator.h"
#include "engine/program.h"
#include "rules/rule_set.h"

namespace vedette {

class ProfileScopes {
 public:
  // A copy of what it needs is made.
  explicit ProfileScopes(const RuleSet& rules);

  // The id of the first profile whose `match` is true of the program that `exec`, an exec or a seed, began; 0: none.
  uint32_t ProfileOf(const Event& exec);

 private:
  Program program_;  // a rule per profile, whose condition is the scope
  Evaluator evaluator_;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_PROFILE_SCOPES_H_
