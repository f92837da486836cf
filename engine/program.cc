// SPDX-License-Identifier: Apache-2.0
#include "engine/program.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "engine/rule_index.h"
#include "rules/field_resolver.h"

namespace vedette {
namespace {

Program::Quantifier QuantifierOf(const Predicate& p) {
  // `in` on a list demands all of its values.
  if (IsList(p.field)) return p.op == Operator::kIn ? Program::Quantifier::kAll : Program::Quantifier::kAny;
  const FieldType type = p.field.field->type;
  const bool ends = type == FieldType::kAddress || type == FieldType::kNet || type == FieldType::kPort;
  // fd.ip, fd.net, fd.port are either end of a connection; to differ from a value, both have to. Likewise for the names
  // of an address.
  return (ends || p.field.field->is_domain) && p.op == Operator::kNotEqual ? Program::Quantifier::kAll
                                                                           : Program::Quantifier::kAny;
}

}  // namespace

bool IsTypeTest(const Predicate& p) {
  const FieldRef& f = p.field;
  return (f.field->name == "evt.type" || f.field->name == "syscall.type") && f.transformers.empty() && !p.right;
}

std::optional<bool> TypeTest(const Predicate& p, const Matcher* matcher, EventTypeId type) {
  if (!IsTypeTest(p)) return std::nullopt;
  return matcher->Matches(Value::String(EventTypeName(type)));
}

class ProgramBuilder {
 public:
  ProgramBuilder(Program& program, Priority threshold) : out_(program), rules_(*program.rules_) {
    CompileTests();
    FindTypeDependence();
    cost_.reserve(rules_.nodes.size());
    free_memo_.resize(rules_.nodes.size());
    out_.by_type_.resize(kMaxEventTypes);
    EventTypes used;
    for (const Rule& r : rules_.rules) {
      if (IsActive(r, threshold)) used |= r.types;
    }
    for (EventTypeId type = 0; type < kMaxEventTypes; ++type) {
      if (used.test(type)) CompileType(type, threshold);
    }
    MarkShared();
    for (Program::TypeRules& t : out_.by_type_) IndexRules(out_, t);
  }

 private:
  using Key = std::tuple<Node::Kind, uint32_t, std::vector<uint32_t>>;

  static bool IsActive(const Rule& r, Priority threshold) { return r.enabled && r.priority <= threshold; }

  void CompileTests() {
    std::map<std::pair<std::string_view, bool>, uint32_t> slot_of;  // by spelling and what a path means
    auto slot = [&](const FieldRef& field) {
      auto [it, added] =
          slot_of.try_emplace({field.spelling, field.arg.resolved}, static_cast<uint32_t>(out_.slots_.size()));
      if (added) out_.slots_.push_back(&field);
      return it->second;
    };
    for (const Predicate& p : rules_.predicates) {
      out_.matchers_.push_back(p.right ? nullptr : CompileMatcher(p));
      Program::Test test{slot(p.field), QuantifierOf(p), out_.matchers_.back().get()};
      if (p.right) test.right = slot(*p.right);
      if (p.right) test.pair = CompilePairTest(p);
      out_.tests_.push_back(test);
    }
  }

  // Children may come before or after their parents in RuleSet::nodes: depth first, from every node.
  void FindTypeDependence() {
    depends_.assign(rules_.nodes.size(), Depends::kUnknown);
    for (uint32_t n = 0; n < rules_.nodes.size(); ++n) DependsOnType(n);
  }
  bool DependsOnType(uint32_t n) {
    if (depends_[n] != Depends::kUnknown) return depends_[n] == Depends::kYes;
    const Node& node = rules_.nodes[n];
    bool yes = node.kind == Node::Kind::kPredicate && IsTypeTest(rules_.predicates[node.predicate]);
    for (uint32_t child : node.children) yes = DependsOnType(child) || yes;
    depends_[n] = yes ? Depends::kYes : Depends::kNo;
    return yes;
  }

  void CompileType(EventTypeId type, Priority threshold) {
    type_ = type;
    type_memo_.clear();
    for (const Rule& r : rules_.rules) {
      if (!IsActive(r, threshold) || !r.types.test(type)) continue;
      const uint32_t root = Specialise(r.root);
      if (root == Program::kFalse) continue;
      Program::TypedRule typed{r.index, root};
      if (r.correlation) CompileSteps(*r.correlation, typed);
      out_.by_type_[type].rules.push_back(typed);
    }
  }

  void CompileSteps(const CorrelationSpec& correlation, Program::TypedRule& typed) {
    typed.first_step = static_cast<uint32_t>(out_.steps_.size());
    typed.step_count = static_cast<uint32_t>(correlation.steps.size());
    for (const CorrelationSpec::Step& step : correlation.steps) out_.steps_.push_back(Specialise(step.root));
  }

  uint32_t Specialise(uint32_t n) {
    if (depends_[n] == Depends::kNo) {
      if (!free_memo_[n]) free_memo_[n] = SpecialiseNode(rules_.nodes[n]);
      return *free_memo_[n];
    }
    auto it = type_memo_.find(n);
    if (it != type_memo_.end()) return it->second;
    const uint32_t id = SpecialiseNode(rules_.nodes[n]);
    type_memo_.emplace(n, id);
    return id;
  }

  uint32_t SpecialiseNode(const Node& node) {
    switch (node.kind) {
      case Node::Kind::kPredicate: {
        const std::optional<bool> constant =
            TypeTest(rules_.predicates[node.predicate], out_.tests_[node.predicate].matcher, type_);
        if (constant) return *constant ? Program::kTrue : Program::kFalse;
        return Intern(node.kind, node.predicate, {});
      }
      case Node::Kind::kNot: {
        const uint32_t child = Specialise(node.children.front());
        if (child == Program::kTrue) return Program::kFalse;
        if (child == Program::kFalse) return Program::kTrue;
        return Intern(node.kind, 0, {child});
      }
      case Node::Kind::kAnd:
        return Junction(node, Program::kTrue, Program::kFalse);
      case Node::Kind::kOr:
        return Junction(node, Program::kFalse, Program::kTrue);
    }
    return Program::kFalse;
  }

  uint32_t Junction(const Node& node, uint32_t neutral, uint32_t absorbing) {
    std::vector<uint32_t> operands;
    for (uint32_t child : node.children) {
      const uint32_t id = Specialise(child);
      if (id == absorbing) return absorbing;
      if (id != neutral) operands.push_back(id);
    }
    std::sort(operands.begin(), operands.end(),
              [&](uint32_t a, uint32_t b) { return std::tie(cost_[a], a) < std::tie(cost_[b], b); });
    operands.erase(std::unique(operands.begin(), operands.end()), operands.end());
    if (operands.empty()) return neutral;
    if (operands.size() == 1) return operands.front();
    return Intern(node.kind, 0, std::move(operands));
  }

  uint32_t Intern(Node::Kind kind, uint32_t predicate, std::vector<uint32_t> operands) {
    const auto next = static_cast<uint32_t>(out_.operations_.size());
    auto [it, added] = interned_.try_emplace(Key{kind, predicate, std::move(operands)}, next);
    if (!added) return it->second;
    const std::vector<uint32_t>& kept = std::get<2>(it->first);
    uint64_t cost = kind == Node::Kind::kPredicate ? MatcherCost(rules_.predicates[predicate]) : 0;
    for (uint32_t o : kept) cost += cost_[o];
    cost_.push_back(static_cast<uint32_t>(std::min<uint64_t>(cost, 1u << 30)));
    out_.operations_.push_back(
        {kind, false, static_cast<uint32_t>(out_.operands_.size()), static_cast<uint32_t>(kept.size()), predicate});
    out_.operands_.insert(out_.operands_.end(), kept.begin(), kept.end());
    return next;
  }

  void MarkShared() {
    std::vector<uint32_t> parents(out_.operations_.size());
    for (uint32_t o : out_.operands_) ++parents[o];
    std::vector<uint32_t> in_type(out_.operations_.size());
    for (const Program::TypeRules& typed : out_.by_type_) {
      std::fill(in_type.begin(), in_type.end(), 0);
      for (const Program::TypedRule& r : typed.rules) {
        if (r.root != Program::kTrue && ++in_type[r.root] + parents[r.root] > 1) out_.operations_[r.root].shared = true;
      }
    }
    for (size_t i = 0; i < parents.size(); ++i) {
      if (parents[i] > 1) out_.operations_[i].shared = true;
    }
    OrderOperands(parents);
  }

  // What many operations need is paid once: its cost counts as shared between them, so rules with a condition in common
  // (`container`, `open_read`) fail on it together.
  void OrderOperands(const std::vector<uint32_t>& parents) {
    auto share = [&](uint32_t o) { return cost_[o] / std::max(parents[o], 1u); };
    for (const Program::Operation& o : out_.operations_) {
      const auto begin = out_.operands_.begin() + o.first;
      std::stable_sort(begin, begin + o.count, [&](uint32_t a, uint32_t b) { return share(a) < share(b); });
    }
  }

  enum class Depends : uint8_t { kUnknown, kNo, kYes };

  Program& out_;
  const RuleSet& rules_;
  EventTypeId type_ = 0;
  std::vector<Depends> depends_;                      // per RuleSet node: is there a predicate on evt.type below?
  std::vector<std::optional<uint32_t>> free_memo_;    // of nodes where there is none
  std::unordered_map<uint32_t, uint32_t> type_memo_;  // of the others, for type_
  std::map<Key, uint32_t> interned_;
  std::vector<uint32_t> cost_;  // per operation
};

Program::Program(std::shared_ptr<const RuleSet> rules, Priority threshold) : rules_(std::move(rules)) {
  ProgramBuilder(*this, threshold);
}

}  // namespace vedette
