// SPDX-License-Identifier: Apache-2.0
//
// Transformers of the rule language (tolower, basename, …) on extracted values, and what type comes out. NULL stays
// NULL: a value that cannot be transformed (not base64) is dropped. Nothing is allocated: results live in the scratch
// space of the Values. Event thread.
#ifndef VEDETTE_ENGINE_TRANSFORM_H_
#define VEDETTE_ENGINE_TRANSFORM_H_

#include <span>

#include "rules/rule_set.h"
#include "sensor/event/value.h"

namespace vedette {

// `out` is cleared first. Its strings may point into `in`, which has to live as long.
void ApplyTransformers(std::span<const Transformer> transformers, const Values& in, Values& out);

// Of `field` after its transformers.
FieldType ResultType(const FieldRef& field);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_TRANSFORM_H_
