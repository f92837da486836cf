// SPDX-License-Identifier: Apache-2.0
//
// PlainEvaluator: a condition's meaning, straight from its AST and the language reference. Nothing of the compiled path
// is in it but the parser, the field table and its extractors: no type checker's predicates, no matchers, no
// transformers. Slow and obvious; what differential tests compare the engine with.
#ifndef VEDETTE_TESTS_UNIT_ENGINE_PLAIN_EVALUATOR_H_
#define VEDETTE_TESTS_UNIT_ENGINE_PLAIN_EVALUATOR_H_

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "rules/ast.h"
#include "sensor/event/event.h"
#include "sensor/event/value.h"

namespace vedette {

class PlainEvaluator {
 public:
  using Macros = std::map<std::string, ExprPtr>;

  explicit PlainEvaluator(const Event& event) : event_(event) {}  // valid as long as this is
  bool Holds(const Expr& expr, const Macros& macros) const;

 private:
  using Item = std::variant<bool, int64_t, std::string, IpAddress>;
  // NULL is no items at all.
  struct Data {
    std::vector<Item> items;
    bool is_list = false;    // getopt() without [x]: `in` demands all of its values
    bool both_ends = false;  // fd.ip, fd.net, fd.port: `!=` demands all of their values
  };

  bool Check(const CheckExpr& check) const;
  static bool OverLeft(Operator op, const Data& left, const std::vector<Item>& right);
  static bool OverLiterals(const CheckExpr& check, const Data& left, const std::vector<std::string>& texts);
  Data Read(const FieldExpr& field) const;
  Data ReadField(const FieldExpr& field) const;
  Data ReadCall(const FieldExpr& field) const;

  const Event& event_;
};

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_ENGINE_PLAIN_EVALUATOR_H_
