// SPDX-License-Identifier: Apache-2.0
//
// ParseCondition: the text of a condition → Expr. Lists have been substituted before, macros are still names.
//
//   or    := and ("or" and)*
//   and   := not ("and" not)*
//   not   := "not"* primary
//   primary := "(" or ")" | check | macro
//   check := field "exists" | field operator value | field operator modifier list | field operator list
//          | field operator right
//   right := "val(" field ")" | transformer
//
// What a field is, rules/field_parser.h says.
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

}  // namespace vedette
#endif  // VEDETTE_RULES_PARSER_H_
