// SPDX-License-Identifier: Apache-2.0
//
// ConditionCompiler: expressions without macros → nodes over predicates. What two conditions share becomes one: equal
// predicates are one Predicate, equal sub-conditions one Node. Owned by the compiler of one rule set; one thread.
#ifndef VEDETTE_RULES_CONDITION_COMPILER_H_
#define VEDETTE_RULES_CONDITION_COMPILER_H_

#include <string>
#include <unordered_map>
#include <vector>

#include "rules/ast.h"
#include "rules/diagnostics.h"
#include "rules/rule_set.h"
#include "rules/type_check.h"

namespace vedette {

class ConditionCompiler {
 public:
  ConditionCompiler(RuleSet* set, Diagnostics* diagnostics) : set_(*set), diagnostics_(*diagnostics) {}

  struct Result {
    CheckResult::State state = CheckResult::State::kOk;
    uint32_t root = 0;                 // when kOk
    std::vector<uint32_t> unreported;  // of Unreported(), ascending: event types it names that no event reports
  };
  struct Options {
    bool skip_unknown = false;  // what skip-if-unknown-filter forgives is a warning
    bool resolved = false;      // of a rule that refuses: paths mean where the kernel found the object

    size_t index() const { return (skip_unknown ? 1u : 0u) | (resolved ? 2u : 0u); }
  };
  // All type errors of the condition are reported; those of a macro once, however many conditions use it.
  Result Compile(const ExprPtr& condition, Options options);
  const CheckResult::Unreported& Unreported(uint32_t index) const { return unreported_[index]; }

 private:
  Result CompileExpr(const ExprPtr& expr, Options options);
  Result CompileOperator(const Expr& expr, Options options);
  Result CompileCheck(const CheckExpr& check, Options options);
  uint32_t Join(Modifier modifier, const std::vector<uint32_t>& leaves);
  uint32_t OneOf(const std::vector<uint32_t>& leaves);
  uint32_t InternPredicate(Predicate predicate);
  uint32_t InternNode(Node::Kind kind, uint32_t predicate, std::vector<uint32_t> children);

  RuleSet& set_;
  Diagnostics& diagnostics_;
  std::unordered_map<std::string, uint32_t> predicates_;
  std::unordered_map<std::string, uint32_t> nodes_;
  std::vector<CheckResult::Unreported> unreported_;
  std::unordered_map<const Expr*, Result> done_[4];  // by Options::index()
  std::vector<ExprPtr> kept_;                        // so that addresses in done_ stay taken
};

}  // namespace vedette
#endif  // VEDETTE_RULES_CONDITION_COMPILER_H_
