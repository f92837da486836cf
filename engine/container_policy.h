// SPDX-License-Identifier: Apache-2.0
//
// What a policy asks of containers, evaluated in user space: once per container, since nothing of it changes while it
// exists. Plain functions; what they give is immutable. Any thread.
#ifndef VEDETTE_ENGINE_CONTAINER_POLICY_H_
#define VEDETTE_ENGINE_CONTAINER_POLICY_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "rules/rule_set.h"
#include "sensor/event/event.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

// The predicates of `rules` with these numbers. Keeps what it needs of the rules.
std::unique_ptr<const ContainerPredicates> PredicatesOfContainers(const RuleSet& rules,
                                                                  const std::set<uint32_t>& numbers);

// Whether `predicate` is one that the kernel decides by the container's class.
bool IsOfContainers(const Predicate& predicate);

// For the reference in engine/kernel_policy_eval: what holds for the event's container, a byte 0 or 1 for each
// predicate of `rules`. An event of a container that is not known has no class; a synthetic one is always of a known
// container.
bool ClassOf(const RuleSet& rules, const Event& event, std::string& holds);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_CONTAINER_POLICY_H_
