// SPDX-License-Identifier: Apache-2.0
#include "engine/policy_formula.h"

#include <iterator>
#include <utility>

#include "engine/policy_atom.h"

namespace vedette {
namespace {

using Kind = PolicyFormula::Kind;

PolicyFormula Join(Kind join, std::vector<PolicyFormula> operands) {
  const Kind absorbing = join == Kind::kAnd ? Kind::kFalse : Kind::kTrue;
  const Kind neutral = join == Kind::kAnd ? Kind::kTrue : Kind::kFalse;
  PolicyFormula out{join, {}, 0, {}, {}};
  auto add = [&](PolicyFormula f) {
    if (join == Kind::kOr && f.kind == Kind::kTerm) {
      for (PolicyFormula& o : out.operands) {
        if (o.kind != Kind::kTerm || o.term.table != f.term.table || o.term.trait != f.term.trait) continue;
        o.term.any.insert(o.term.any.end(), std::move_iterator(f.term.any.begin()),
                          std::move_iterator(f.term.any.end()));
        return;
      }
    }
    out.operands.push_back(std::move(f));
  };
  for (PolicyFormula& f : operands) {
    if (f.kind == absorbing) return PolicyFormula::Constant(absorbing == Kind::kTrue);
    if (f.kind == neutral) continue;
    if (f.kind != join) {
      add(std::move(f));
      continue;
    }
    for (PolicyFormula& inner : f.operands) add(std::move(inner));
  }
  if (out.operands.empty()) return PolicyFormula::Constant(neutral == Kind::kTrue);
  if (out.operands.size() == 1) return PolicyFormula(std::move(out.operands.front()));
  return out;
}

class Builder {
 public:
  Builder(const RuleSet& rules, EventKind kind, const EventTypes& types) : rules_(rules), kind_(kind), types_(types) {}

  PolicyFormula Build(uint32_t n, bool negated) {
    const Node& node = rules_.nodes[n];
    if (node.kind == Node::Kind::kPredicate) return Atom(node.predicate, negated);
    if (node.kind == Node::Kind::kNot) return Build(node.children.front(), !negated);
    const bool is_and = (node.kind == Node::Kind::kAnd) != negated;
    const Kind absorbing = is_and ? Kind::kFalse : Kind::kTrue;
    std::vector<PolicyFormula> operands;
    for (uint32_t child : node.children) {
      operands.push_back(Build(child, negated));
      if (operands.back().kind == absorbing) return PolicyFormula::Constant(!is_and);
    }
    return Join(is_and ? Kind::kAnd : Kind::kOr, std::move(operands));
  }

 private:
  PolicyFormula Atom(uint32_t predicate, bool negated) {
    if (++atoms_ > kMaxFormulaNodes) {
      return {Kind::kUndecidable, {}, predicate, "the condition is too long for a kernel policy; split the rule", {}};
    }
    PolicyFormula atom = DecideAtom(rules_.predicates[predicate], negated, kind_, types_);
    atom.predicate = predicate;
    if (atom.kind == Kind::kTerm && atom.term.table == VD_TABLE_CONTAINER_CLASS) {
      atom.term.any.front().scalars = {predicate};
    }
    return atom;
  }

  const RuleSet& rules_;
  const EventKind kind_;
  const EventTypes& types_;
  size_t atoms_ = 0;
};

}  // namespace

bool operator==(const TableTerm& a, const TableTerm& b) {
  if (a.table != b.table || a.any != b.any) return false;
  return a.trait == b.trait || (a.trait != nullptr && b.trait != nullptr && *a.trait == *b.trait);
}

PolicyFormula PolicyFormula::Of(PolicyTrait trait, bool negated) {
  TableTest holds;
  holds.scalars = {1};
  holds.inverted = negated;
  return Of(TableTerm{VD_TABLE_TRAITS, {std::move(holds)}, std::make_shared<const PolicyTrait>(std::move(trait))});
}

PolicyFormula Conjunction(std::vector<PolicyFormula> operands) { return Join(Kind::kAnd, std::move(operands)); }
PolicyFormula Disjunction(std::vector<PolicyFormula> operands) { return Join(Kind::kOr, std::move(operands)); }

PolicyFormula FormulaOf(const RuleSet& rules, uint32_t node, EventKind kind, const EventTypes& types) {
  return Builder(rules, kind, types).Build(node, false);
}

}  // namespace vedette
