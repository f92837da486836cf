// SPDX-License-Identifier: Apache-2.0
//
// Transformers of the rule language (tolower, basename, …) on extracted values. NULL stays NULL: a value that cannot be
// transformed (not base64) is dropped; the length of a list is the number of its values. Nothing is allocated: results
// live in the scratch space of the Values. Event thread.
#ifndef VEDETTE_ENGINE_TRANSFORM_H_
#define VEDETTE_ENGINE_TRANSFORM_H_

#include "rules/rule_set.h"
#include "sensor/event/value.h"

namespace vedette {

// Those of `field`. `out` is cleared first; its strings may point into `in`, which has to live as long.
void ApplyTransformers(const FieldRef& field, const Values& in, Values& out);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_TRANSFORM_H_
