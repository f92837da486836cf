// SPDX-License-Identifier: Apache-2.0
//
// Expr: a condition as it was parsed. Macros are nodes of their own until rules/macro_expansion puts their expression
// in place (shared, not copied). Immutable; shared by std::shared_ptr, because a macro's expression is part of every
// rule that uses it. A plain evaluator over this tree is what differential tests compare the compiled form with.
#ifndef VEDETTE_RULES_AST_H_
#define VEDETTE_RULES_AST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/rule_set.h"

namespace vedette {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

// A field as it is written, or what a transformer makes of its arguments. Not resolved yet.
struct FieldExpr {
  enum class Kind : uint8_t {
    kField,  // proc.aname[2]
    kCall,   // tolower(fd.name), getopt((…), "n:")[n]
    kText,   // "-", of a transformer's arguments only
    kList,   // (proc.name, "-"), of a transformer's arguments only
  };
  Kind kind = Kind::kField;
  std::string name;                     // "evt.arg.flags"; kCall: the transformer; kText: the text, unquoted
  std::optional<std::string> argument;  // what is in [ ], unquoted
  std::vector<FieldExpr> arguments;     // of kCall and kList
  SourcePosition position;              // of the name
  SourcePosition argument_position;
};

// A value of the right-hand side.
struct ValueExpr {
  std::string text;  // unquoted
  bool quoted = false;
  SourcePosition position;
};

// `startswith anyof (a, b)`
enum class Modifier : uint8_t { kNone, kAnyOf, kAllOf, kOneOf };

struct CheckExpr {
  FieldExpr field;
  Operator op = Operator::kExists;
  Modifier modifier = Modifier::kNone;
  std::vector<ValueExpr> values;
  std::optional<FieldExpr> right;  // instead of values: val(field), or a transformer
  SourcePosition operator_position;
};

struct Expr {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kCheck, kMacro };
  Kind kind = Kind::kCheck;
  SourcePosition position;
  std::vector<ExprPtr> children;  // kAnd, kOr: two or more; kNot: one
  CheckExpr check;                // kCheck
  std::string macro;              // kMacro
  uint32_t depth = 1;             // of the tree below, this node included
  uint64_t checks = 0;            // leaves, shared ones counted each time
};

// A node over `children`, with depth and checks derived from them.
ExprPtr MakeExpr(Expr::Kind kind, SourcePosition position, std::vector<ExprPtr> children);
ExprPtr MakeCheck(SourcePosition position, CheckExpr check);
ExprPtr MakeMacro(SourcePosition position, std::string name);

// The condition as text, every `and` and `or` in parentheses, as Falco prints it; cut after about `limit` bytes with
// "...".
std::string ToText(const Expr& expr, size_t limit);

// Bounds. Falco's parser stops at this depth too; macros are counted in.
inline constexpr uint32_t kMaxConditionDepth = 1000;
inline constexpr uint64_t kMaxConditionChecks = 100'000;

}  // namespace vedette
#endif  // VEDETTE_RULES_AST_H_
