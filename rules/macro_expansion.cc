// SPDX-License-Identifier: Apache-2.0
#include "rules/macro_expansion.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "rules/nearest_name.h"
#include "rules/parser.h"

namespace vedette {
namespace {

constexpr uint32_t kSeesAll = std::numeric_limits<uint32_t>::max();

}  // namespace

MacroExpansion::MacroExpansion(const std::vector<MacroDefinition>& macros, ListExpansion& lists,
                               Diagnostics* diagnostics)
    : diagnostics_(*diagnostics) {
  for (const MacroDefinition& definition : macros) {
    Macro macro{&definition, nullptr, nullptr};
    if (auto text = lists.Expand(definition.condition)) macro.parsed = ParseCondition(*text, diagnostics_);
    by_name_.emplace(definition.name, macros_.size());
    macros_.push_back(std::move(macro));
  }
  for (size_t i = 0; i < macros_.size(); ++i) {
    if (macros_[i].state == Macro::State::kNew) Resolve(i);
  }
}

// Depth-first with a stack of its own: a chain of macros may be as long as the file.
void MacroExpansion::Resolve(size_t macro) {
  std::vector<Frame> stack;
  stack.push_back(Open(macro));
  while (!stack.empty()) {
    Frame& top = stack.back();
    if (top.next < top.references.size()) {
      Reference reference = top.references[top.next++];
      Macro& referred = macros_[reference.macro];
      if (referred.state == Macro::State::kNew) {
        stack.push_back(Open(reference.macro));
      } else if (referred.state == Macro::State::kOpen) {
        ReportLoop(stack, reference);
        macros_[top.macro].parsed = nullptr;
      }
      continue;
    }
    Macro& done = macros_[top.macro];
    if (done.parsed != nullptr) done.expanded = Replace(done.parsed, done.definition->visibility);
    done.state = Macro::State::kDone;
    stack.pop_back();
  }
}

MacroExpansion::Frame MacroExpansion::Open(size_t macro) {
  Macro& opened = macros_[macro];
  opened.state = Macro::State::kOpen;
  Frame frame{macro, {}, 0};
  if (opened.parsed != nullptr) CollectReferences(*opened.parsed, opened.definition->visibility, frame.references);
  return frame;
}

void MacroExpansion::CollectReferences(const Expr& expr, uint32_t visibility, std::vector<Reference>& out) const {
  for (const ExprPtr& child : expr.children) CollectReferences(*child, visibility, out);
  if (expr.kind != Expr::Kind::kMacro) return;
  auto found = by_name_.find(expr.macro);
  if (found == by_name_.end() || macros_[found->second].definition->order >= visibility) return;
  out.push_back({found->second, expr.position});
}

void MacroExpansion::ReportLoop(const std::vector<Frame>& stack, const Reference& back) {
  std::string way;
  bool inside = false;
  for (const Frame& frame : stack) {
    inside |= frame.macro == back.macro;
    if (inside && way.size() < 500) way += macros_[frame.macro].definition->name + " -> ";
  }
  const std::string& name = macros_[back.macro].definition->name;
  diagnostics_.Error(back.position, fmt::format("the macro {} uses itself: {}{}", Quoted(name), way, name));
}

ExprPtr MacroExpansion::ReplaceMacro(const Expr& expr, uint32_t visibility) {
  auto found = by_name_.find(expr.macro);
  if (found == by_name_.end()) {
    std::vector<std::string_view> names;
    for (const Macro& macro : macros_) names.push_back(macro.definition->name);
    diagnostics_.Error(expr.position, fmt::format("undefined macro {}{}", Quoted(expr.macro),
                                                  DidYouMean(NearestName(expr.macro, names))));
    return nullptr;
  }
  Macro& macro = macros_[found->second];
  if (macro.definition->order >= visibility) {
    diagnostics_.Error(expr.position,
                       fmt::format("the macro {} is defined after its use here; define it before", Quoted(expr.macro)));
    return nullptr;
  }
  macro.used = true;
  return macro.expanded;
}

// The tree with expressions in place of macros: itself where nothing changes. All undefined macros are reported.
ExprPtr MacroExpansion::Replace(const ExprPtr& expr, uint32_t visibility) {
  if (expr->kind == Expr::Kind::kMacro) return ReplaceMacro(*expr, visibility);
  if (expr->children.empty()) return expr;
  std::vector<ExprPtr> children;
  bool changed = false;
  bool failed = false;
  for (const ExprPtr& child : expr->children) {
    ExprPtr replaced = Replace(child, visibility);
    failed |= replaced == nullptr;
    changed |= replaced != child;
    children.push_back(std::move(replaced));
  }
  if (failed) return nullptr;
  if (!changed) return expr;
  ExprPtr out = MakeExpr(expr->kind, expr->position, std::move(children));
  if (out->depth > kMaxConditionDepth) {
    diagnostics_.Error(expr->position,
                       fmt::format("with its macros the condition nests deeper than {} levels", kMaxConditionDepth));
    return nullptr;
  }
  if (out->checks > kMaxConditionChecks) {
    diagnostics_.Error(expr->position,
                       fmt::format("with its macros the condition has more than {} checks", kMaxConditionChecks));
    return nullptr;
  }
  return out;
}

ExprPtr MacroExpansion::Expand(const ExprPtr& condition) { return Replace(condition, kSeesAll); }

void MacroExpansion::WarnUnused() const {
  for (const Macro& macro : macros_) {
    if (macro.used) continue;
    diagnostics_.Warning(macro.definition->position,
                         fmt::format("the macro {} is not used", Quoted(macro.definition->name)));
  }
}

}  // namespace vedette
