// SPDX-License-Identifier: Apache-2.0
//
// ParseCondition: the text of a condition → Expr. Lists have been substituted before, macros are still names.
//
//   or    := and ("or" and)*
//   and   := not ("and" not)*
//   not   := "not"* primary
//   primary := "(" or ")" | check | macro
//   check := field "exists" | field operator value | field operator modifier list | field operator list
//   field := name | name "[" argument "]" | transformer "(" field ")"
//
// The parser stops at the first error of a condition: what follows it would be guesswork.
#ifndef VEDETTE_RULES_PARSER_H_
#define VEDETTE_RULES_PARSER_H_

#include "rules/ast.h"
#include "rules/diagnostics.h"
#include "rules/mapped_text.h"

namespace vedette {

// Null after an error, which has been added to `diagnostics`.
ExprPtr ParseCondition(const MappedText& text, Diagnostics& diagnostics);

// The names of Falco's field transformers, with whether Vedette has them.
struct TransformerInfo {
  std::string_view name;
  Transformer transformer;
  bool supported;
};
const TransformerInfo* FindTransformer(std::string_view name);

}  // namespace vedette
#endif  // VEDETTE_RULES_PARSER_H_
