// SPDX-License-Identifier: Apache-2.0
#include "rules/condition_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/field_resolver.h"

namespace vedette {
namespace {

using State = CheckResult::State;

// An error outweighs an unknown name, which outweighs success.
void Worsen(State& state, State other) {
  if (state == State::kError || other == State::kOk) return;
  state = other;
}

void AppendNumber(std::string& key, uint32_t n) {
  for (int shift = 0; shift < 32; shift += 8) key += static_cast<char>(n >> shift & 0xff);
}

void MergeUnreported(std::vector<uint32_t>& into, const std::vector<uint32_t>& more) {
  if (more.empty()) return;
  into.insert(into.end(), more.begin(), more.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

// Equal exactly for predicates that mean the same. The type's own value counts, so that 0x10 and 16 are one.
std::string KeyOf(const Predicate& predicate) {
  std::string key = predicate.field.spelling;
  key += predicate.field.arg.resolved ? '\1' : '\0';
  key += static_cast<char>(predicate.op);
  for (const Literal& value : predicate.values) {
    AppendNumber(key, static_cast<uint32_t>(value.text.size()));
    key += value.text;
  }
  if (predicate.right) key += '\0' + predicate.right->spelling;
  return key;
}

// Numbers by their value, not by how they are written.
void Canonicalise(Predicate& predicate) {
  FieldType type = TypeOf(predicate.field);
  if (type != FieldType::kNumber && type != FieldType::kPort) return;
  for (Literal& value : predicate.values) value.text = fmt::format("{}", value.number);
}

}  // namespace

ConditionCompiler::Result ConditionCompiler::Compile(const ExprPtr& condition, Options options) {
  kept_.push_back(condition);
  return CompileExpr(condition, options);
}

ConditionCompiler::Result ConditionCompiler::CompileExpr(const ExprPtr& expr, Options options) {
  auto& done = done_[options.index()];
  auto known = done.find(expr.get());
  if (known != done.end()) return known->second;
  Result result =
      expr->kind == Expr::Kind::kCheck ? CompileCheck(expr->check, options) : CompileOperator(*expr, options);
  done.emplace(expr.get(), result);
  return result;
}

ConditionCompiler::Result ConditionCompiler::CompileOperator(const Expr& expr, Options options) {
  Result result;
  std::vector<uint32_t> children;
  for (const ExprPtr& child : expr.children) {
    Result compiled = CompileExpr(child, options);
    Worsen(result.state, compiled.state);
    MergeUnreported(result.unreported, compiled.unreported);
    children.push_back(compiled.root);
  }
  if (result.state != State::kOk) return result;
  Node::Kind kind = expr.kind == Expr::Kind::kNot   ? Node::Kind::kNot
                    : expr.kind == Expr::Kind::kAnd ? Node::Kind::kAnd
                                                    : Node::Kind::kOr;
  result.root = InternNode(kind, 0, std::move(children));
  return result;
}

ConditionCompiler::Result ConditionCompiler::CompileCheck(const CheckExpr& check, Options options) {
  CheckResult checked = CheckTypes(check, options.skip_unknown, diagnostics_);
  Result result;
  result.state = checked.state;
  if (result.state != State::kOk) return result;
  for (CheckResult::Unreported& unreported : checked.unreported) {
    result.unreported.push_back(static_cast<uint32_t>(unreported_.size()));
    unreported_.push_back(std::move(unreported));
  }
  std::vector<uint32_t> leaves;
  for (Predicate& predicate : checked.predicates) {
    predicate.field.arg.resolved = options.resolved && NamesPath(*predicate.field.field);
    leaves.push_back(InternNode(Node::Kind::kPredicate, InternPredicate(std::move(predicate)), {}));
  }
  result.root = Join(check.modifier, leaves);
  return result;
}

// `f op anyof (a, b)` is sugar for (f op a or f op b), allof for and.
uint32_t ConditionCompiler::Join(Modifier modifier, const std::vector<uint32_t>& leaves) {
  if (leaves.size() == 1) return leaves[0];
  if (modifier == Modifier::kOneOf) return OneOf(leaves);
  return InternNode(modifier == Modifier::kAllOf ? Node::Kind::kAnd : Node::Kind::kOr, 0, leaves);
}

// Exactly one: (a and not b and not c) or (not a and b and not c) or …
uint32_t ConditionCompiler::OneOf(const std::vector<uint32_t>& leaves) {
  std::vector<uint32_t> nots;
  for (uint32_t leaf : leaves) nots.push_back(InternNode(Node::Kind::kNot, 0, {leaf}));
  std::vector<uint32_t> cases;
  for (size_t i = 0; i < leaves.size(); ++i) {
    std::vector<uint32_t> one = nots;
    one[i] = leaves[i];
    cases.push_back(InternNode(Node::Kind::kAnd, 0, std::move(one)));
  }
  return InternNode(Node::Kind::kOr, 0, std::move(cases));
}

uint32_t ConditionCompiler::InternPredicate(Predicate predicate) {
  Canonicalise(predicate);
  auto [place, added] = predicates_.emplace(KeyOf(predicate), static_cast<uint32_t>(set_.predicates.size()));
  if (added) set_.predicates.push_back(std::move(predicate));
  return place->second;
}

uint32_t ConditionCompiler::InternNode(Node::Kind kind, uint32_t predicate, std::vector<uint32_t> children) {
  std::string key(1, static_cast<char>(kind));
  AppendNumber(key, predicate);
  for (uint32_t child : children) AppendNumber(key, child);
  auto [place, added] = nodes_.emplace(std::move(key), static_cast<uint32_t>(set_.nodes.size()));
  if (added) set_.nodes.push_back({kind, predicate, std::move(children)});
  return place->second;
}

}  // namespace vedette
