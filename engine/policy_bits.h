// SPDX-License-Identifier: Apache-2.0
//
// DecideBits: predicates on a value that is written as the names of its bits (capabilities, flags of a mount, a mode) as
// traits. Plain functions; any thread.
#ifndef VEDETTE_ENGINE_POLICY_BITS_H_
#define VEDETTE_ENGINE_POLICY_BITS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/policy_formula.h"
#include "sensor/event/field.h"

namespace vedette {

PolicyFormula DecideBits(const Predicate& p, bool negated, EventKind kind, const KernelDecision& decision);

// The value that has this text. Nothing: none has.
std::optional<uint64_t> BitsOfText(const BitNames& bits, std::string_view text);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_POLICY_BITS_H_
