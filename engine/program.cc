// SPDX-License-Identifier: Apache-2.0
#include "engine/program.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/open_memo.h"
#include "engine/rule_index.h"
#include "engine/walk_memo.h"
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

bool IsOneOf(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `test`: of a plain field, its comparison set.
bool IsOfManner(const Predicate& p, const Program::Test& test) {
  if (IsOneOf(OpenMemo::Fields(), p.field.field->name)) return true;
  if (!IsOneOf(OpenMemo::NegativeNumbers(), p.field.field->name) || test.orders == 0) return false;
  const bool same = (test.orders & Program::kSame) != 0, greater = (test.orders & Program::kGreater) != 0;
  return test.number < 0 || (test.number == 0 && same == greater);  // no number from 0 on is told from another
}

void SetOrders(const Predicate& p, Program::Test& test) {
  const FieldType type = TypeOf(p.field);
  const bool is_number = type == FieldType::kNumber || type == FieldType::kPort || type == FieldType::kBool;
  if (!is_number || p.right || p.values.size() != 1) return;
  static const std::map<Operator, uint8_t> kOrders = {{Operator::kEqual, Program::kSame},
                                                      {Operator::kIn, Program::kSame},
                                                      {Operator::kNotEqual, Program::kLess | Program::kGreater},
                                                      {Operator::kLess, Program::kLess},
                                                      {Operator::kLessEqual, Program::kLess | Program::kSame},
                                                      {Operator::kGreater, Program::kGreater},
                                                      {Operator::kGreaterEqual, Program::kGreater | Program::kSame}};
  const auto it = kOrders.find(p.op);
  if (it == kOrders.end()) return;
  test.orders = it->second;
  test.number = p.values.front().number;
}

}  // namespace

bool IsNever(const Predicate& p) {
  return p.field.field->name == "evt.num" && p.field.transformers.empty() && !p.right &&
         (p.op == Operator::kEqual || p.op == Operator::kIn) &&
         std::all_of(p.values.begin(), p.values.end(), [](const Literal& l) { return l.number < 1; });
}

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
    free_memo_.resize(rules_.nodes.size());
    out_.by_type_.resize(kMaxEventTypes);
    EventTypes used;
    for (const Rule& r : rules_.rules) {
      if (IsActive(r, threshold)) used |= r.types;
    }
    for (EventTypeId type = 0; type < kMaxEventTypes; ++type) {
      if (used.test(type)) CompileType(type, threshold);
    }
    for (Program::TypeRules& t : out_.by_type_) {
      IndexRules(out_, t);
      CompileCascade(t);
    }
    FinishGraph();
  }

 private:
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
      const bool plain = p.field.call == nullptr && p.field.transformers.empty();
      Program::Test test{.field = &p.field,
                         .extract = plain ? p.field.field->extract : nullptr,
                         .slot = slot(p.field),
                         .quantifier = QuantifierOf(p),
                         .matcher = out_.matchers_.back().get()};
      SetOrders(p, test);
      const bool of_manner = plain && !p.right && IsOfManner(p, test) && out_.open_cells_ < Operation::kNoCell;
      if (of_manner) test.open_cell = static_cast<uint16_t>(out_.open_cells_++);
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
        if (IsNever(rules_.predicates[node.predicate])) return Program::kFalse;
        const std::optional<bool> constant =
            TypeTest(rules_.predicates[node.predicate], out_.tests_[node.predicate].matcher, type_);
        if (constant) return *constant ? Program::kTrue : Program::kFalse;
        return out_.graph_.Test(node.predicate);
      }
      case Node::Kind::kNot:
        return out_.graph_.Negation(Specialise(node.children.front()));
      case Node::Kind::kAnd:
      case Node::Kind::kOr: {
        std::vector<uint32_t> operands;
        for (uint32_t child : node.children) operands.push_back(Specialise(child));
        return out_.graph_.Junction(node.kind, operands);
      }
    }
    return Program::kFalse;
  }

  void CompileCascade(Program::TypeRules& type) {
    std::vector<std::pair<uint32_t, uint32_t>> rules;
    for (uint32_t position : type.always) rules.emplace_back(position, type.rules[position].root);
    type.cascade = BuildCascade(rules, out_.graph_);
  }

  void FinishGraph() {
    std::vector<uint32_t> roots = out_.steps_;
    for (const Program::TypeRules& type : out_.by_type_) {
      for (const CascadeStep& step : type.cascade) roots.push_back(step.operation);
      if (type.indexes.empty()) continue;
      for (const Program::TypedRule& rule : type.rules) roots.push_back(rule.root);
    }
    out_.graph_.Finish(roots);
    for (Program::TypeRules& type : out_.by_type_) {
      for (CascadeStep& step : type.cascade) Resolve(step);
    }
  }

  void Resolve(CascadeStep& step) {
    if (step.ask == CascadeStep::Ask::kFound) return;
    const Operation& o = out_.graph_.operations()[step.operation];
    if (o.cell != Operation::kNoCell) {
      step.ask = CascadeStep::Ask::kCell;
      step.index = o.cell;
    } else if (o.kind == Node::Kind::kPredicate) {
      step.ask = CascadeStep::Ask::kTest;
      step.index = o.test;
      step.open_cell = out_.tests_[o.test].open_cell;
    }
  }

  enum class Depends : uint8_t { kUnknown, kNo, kYes };

  Program& out_;
  const RuleSet& rules_;
  EventTypeId type_ = 0;
  std::vector<Depends> depends_;                      // per RuleSet node: is there a predicate on evt.type below?
  std::vector<std::optional<uint32_t>> free_memo_;    // of nodes where there is none
  std::unordered_map<uint32_t, uint32_t> type_memo_;  // of the others, for type_
};

size_t Program::longest_open_cascade() const {
  size_t longest = 0;
  for (EventTypeId type = 0; type < by_type_.size(); ++type) {
    const size_t steps = by_type_[type].cascade.size();
    if (KindsOfType(type)[VD_KIND_FILE_OPEN] && steps <= WalkMemo::kMaxSteps) longest = std::max(longest, steps);
  }
  return longest;
}

Program::Program(std::shared_ptr<const RuleSet> rules, Priority threshold) : rules_(std::move(rules)), graph_(*rules_) {
  ProgramBuilder(*this, threshold);
}

}  // namespace vedette
