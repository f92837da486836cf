// SPDX-License-Identifier: Apache-2.0
//
// IndexRules: decides, for the rules of one event type, which of them are found through an index (value_index.h) and
// by what. Part of building a Program.
#ifndef VEDETTE_ENGINE_RULE_INDEX_H_
#define VEDETTE_ENGINE_RULE_INDEX_H_

#include "engine/program.h"

namespace vedette {

// Fewer rules than this are cheaper evaluated than looked up.
inline constexpr size_t kMinIndexedRules = 24;

// Sets `type.always` and `type.indexes`.
void IndexRules(const Program& program, Program::TypeRules& type);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_RULE_INDEX_H_
