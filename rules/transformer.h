// SPDX-License-Identifier: Apache-2.0
//
// TransformerInfo: one row per transformer of the language: its name, and how it is applied — to one value after the
// other, or as a function of several arguments. Parsers and the resolver read this table. Immutable, thread-safe.
#ifndef VEDETTE_RULES_TRANSFORMER_H_
#define VEDETTE_RULES_TRANSFORMER_H_

#include <optional>
#include <string>
#include <string_view>

#include "rules/rule_set.h"

namespace vedette {

struct TransformerInfo {
  std::string_view name;
  Transformer transformer;                      // kNone for functions
  std::optional<FieldCall::Function> function;  // of several arguments
};
const TransformerInfo* FindTransformer(std::string_view name);  // null if there is none

// "tolower, toupper, …"
std::string AllTransformerNames();

}  // namespace vedette
#endif  // VEDETTE_RULES_TRANSFORMER_H_
