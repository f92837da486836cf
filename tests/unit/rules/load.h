// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the rule language share: loading a text, and saying shortly what came of it.
#ifndef VEDETTE_TESTS_UNIT_RULES_LOAD_H_
#define VEDETTE_TESTS_UNIT_RULES_LOAD_H_

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "rules/operator.h"
#include "rules/rule_loader.h"

namespace vedette {

inline LoadResult Load(const std::string& text, const LoadOptions& options = {}) {
  std::vector<RuleFile> files = {{"test.yaml", text}};
  return LoadRules(files, options);
}

// A file with one rule of this condition. The condition starts in line 3, column 14.
inline std::string RuleWith(std::string_view condition, std::string_view more = "") {
  return fmt::format("- rule: r\n  desc: d\n  condition: {}\n  output: o\n  priority: NOTICE\n{}", condition, more);
}

inline std::vector<std::string> Messages(const LoadResult& result, Diagnostic::Severity severity) {
  std::vector<std::string> out;
  for (const Diagnostic& d : result.diagnostics) {
    if (d.severity == severity) out.push_back(fmt::format("{}:{}: {}", d.line, d.column, d.message));
  }
  return out;
}
// "line:column: message"
inline std::vector<std::string> Errors(const std::string& text) {
  return Messages(Load(text), Diagnostic::Severity::kError);
}
inline std::vector<std::string> Warnings(const std::string& text) {
  return Messages(Load(text), Diagnostic::Severity::kWarning);
}
inline std::vector<std::string> ConditionErrors(std::string_view condition) { return Errors(RuleWith(condition)); }

// The condition as it was compiled, with all parentheses: "(fd.name = a and not proc.name in (b, c))".
inline std::string Compiled(const RuleSet& set, uint32_t node) {
  const Node& n = set.nodes[node];
  if (n.kind == Node::Kind::kNot) return "not " + Compiled(set, n.children[0]);
  if (n.kind != Node::Kind::kPredicate) {
    std::string out;
    for (uint32_t child : n.children) {
      if (!out.empty()) out += n.kind == Node::Kind::kAnd ? " and " : " or ";
      out += Compiled(set, child);
    }
    return "(" + out + ")";
  }
  const Predicate& p = set.predicates[n.predicate];
  std::string values;
  for (const Literal& value : p.values) values += (values.empty() ? "" : ", ") + value.text;
  if (p.op == Operator::kExists) return p.field.spelling + " exists";
  if (p.right) {
    bool val = p.right->call == nullptr && p.right->transformers.empty();
    return fmt::format("{} {} {}", p.field.spelling, OperatorName(p.op),
                       val ? "val(" + p.right->spelling + ")" : p.right->spelling);
  }
  bool list = Info(p.op).operand == Operand::kList;
  return fmt::format("{} {} {}", p.field.spelling, OperatorName(p.op), list ? "(" + values + ")" : values);
}

// The compiled condition of the last rule, or the first error.
inline std::string CompiledCondition(const std::string& text) {
  LoadResult result = Load(text);
  if (!result.ok()) return "error: " + Messages(result, Diagnostic::Severity::kError)[0];
  return Compiled(*result.rules, result.rules->rules.back().root);
}
inline std::string CompileOne(std::string_view condition) { return CompiledCondition(RuleWith(condition)); }

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_RULES_LOAD_H_
