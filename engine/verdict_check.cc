// SPDX-License-Identifier: Apache-2.0
#include "engine/verdict_check.h"

#include "sensor/event/process.h"

namespace vedette {

const Rule* DecidingRule(const Event& event, const RuleSet& rules) {
  const uint32_t id = event.header->policy_id;
  if (!NamesRule(event) || id < rules.first_policy_id) return nullptr;
  const uint32_t index = id - rules.first_policy_id;
  return index < rules.rules.size() ? &rules.rules[index] : nullptr;
}

bool IsComparable(const Event& event) {
  if (event.synthetic != nullptr || event.kind() == VD_KIND_EXEC_FAILED) return false;
  if ((event.header->flags & VD_F_INDIRECT) != 0) return false;
  const Container* container = event.process != nullptr ? event.process->container : nullptr;
  return container == nullptr || !container->known || event.header->time_ns > container->decided_ns;
}

bool WasAllowedByHook(const Event& event, const EventKinds& verdict_kinds) {
  const bool failed = event.has_result() && event.header->result < 0 && vd_is_killed_after(event.header->kind) == 0;
  return !HasVerdict(event) && verdict_kinds.test(event.kind()) && !failed;
}

}  // namespace vedette
