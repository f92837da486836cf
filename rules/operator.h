// SPDX-License-Identifier: Apache-2.0
//
// OperatorInfo: one row per operator of the language: how it is written, what stands to its right, and which types of
// field it is for. Lexer, parser, type checker and exceptions read this table. Immutable, thread-safe.
#ifndef VEDETTE_RULES_OPERATOR_H_
#define VEDETTE_RULES_OPERATOR_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rules/ast.h"
#include "rules/rule_set.h"

namespace vedette {

// What an operator takes.
enum class Operand : uint8_t {
  kNone,    // exists
  kNumber,  // <
  kText,    // contains
  kList,    // in
};

struct OperatorInfo {
  Operator op;
  std::string_view name;
  Operand operand;
  bool word;       // a blank must follow ("glob x"), as Falco requires of the string operators
  bool modifiers;  // may be followed by anyof, allof, oneof
  uint32_t types;  // bits of FieldType
};

const OperatorInfo& Info(Operator op);
bool Supports(Operator op, FieldType type);
std::string_view TypeName(FieldType type);  // "number", "IP address"
std::string OperatorsFor(FieldType type);   // "=, !=, in, intersects, exists"

std::optional<Operator> FindOperator(std::string_view name);  // "==" too
std::string_view ModifierName(Modifier modifier);

// All spellings in the order in which a prefix must be tried ("<=" before "<", "intersects" before "in").
struct OperatorSpelling {
  std::string_view text;
  Operator op;
};
std::span<const OperatorSpelling> OperatorSpellings();
std::string AllOperatorNames();

}  // namespace vedette
#endif  // VEDETTE_RULES_OPERATOR_H_
