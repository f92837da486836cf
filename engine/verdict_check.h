// SPDX-License-Identifier: Apache-2.0
//
// VerdictCheck: does user space agree with what the kernel decided? Every event that is delivered is a test of the
// kernel's tables; a disagreement is counted and shown, never hidden. Plain functions; any thread.
#ifndef VEDETTE_ENGINE_VERDICT_CHECK_H_
#define VEDETTE_ENGINE_VERDICT_CHECK_H_

#include <optional>

#include "rules/rule_set.h"
#include "sensor/event/event.h"

namespace vedette {

// The rule whose policy decided the event; nothing if none did, or if the id is of no rule of `rules` (the event was
// decided under a set that has been replaced since).
const Rule* DecidingRule(const Event& event, const RuleSet& rules);

inline bool HasVerdict(const Event& event) { return event.header->verdict != VD_VERDICT_ALLOW; }
// Refused or not, it says for which rule it was sent.
inline bool NamesRule(const Event& event) {
  return HasVerdict(event) || (event.kind() == VD_KIND_SYSCALL_ENTRY && event.synthetic == nullptr);
}
inline bool Decides(const Rule& rule) { return rule.action != Action::kAlert && rule.enabled; }

// Whether the condition, evaluated on this event, says what the hook saw. Not for a refused exec: the hook decided
// about the file that was about to run, the event's process is the caller that keeps running. Nor for what was done
// before the kernel knew the container that user space knows by now, nor for what was refused so that a rule about
// something else is not led past.
bool IsComparable(const Event& event);

// Whether a hook has let this operation pass: it was asked at all, and the operation did not fail before that. What is
// judged at its end is judged whatever its result.
bool WasAllowedByHook(const Event& event, const EventKinds& verdict_kinds);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_VERDICT_CHECK_H_
