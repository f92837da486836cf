// SPDX-License-Identifier: Apache-2.0
#include "engine/operation_graph.h"

#include <algorithm>
#include <utility>

#include "engine/matcher.h"
#include "sensor/event/field.h"

namespace vedette {
namespace {

// More are not remembered: with that many conditions most rules are found by an index.
constexpr uint32_t kMaxCells = 1024;
// How many events of a process share what is remembered of it, roughly.
constexpr uint32_t kEventsOfAProcess = 8;

bool IsOfProcess(const FieldRef& ref) {
  if (ref.call == nullptr) return ref.field->process_only;
  return std::all_of(ref.call->arguments.begin(), ref.call->arguments.end(), IsOfProcess);
}
bool IsOfProcess(const Predicate& p) { return IsOfProcess(p.field) && (!p.right || IsOfProcess(*p.right)); }

bool IsConstant(uint32_t id) { return id == OperationGraph::kTrue || id == OperationGraph::kFalse; }

}  // namespace

uint32_t OperationGraph::Intern(Node::Kind kind, uint32_t predicate, std::vector<uint32_t> operands) {
  const auto next = static_cast<uint32_t>(operations_.size());
  auto [it, added] = interned_.try_emplace(Key{kind, predicate, std::move(operands)}, next);
  if (!added) return it->second;
  const std::vector<uint32_t>& kept = std::get<2>(it->first);
  const bool is_test = kind == Node::Kind::kPredicate;
  uint64_t cost = is_test ? MatcherCost(rules_.predicates[predicate]) : 0;
  for (uint32_t o : kept) cost += cost_[o];
  cost_.push_back(static_cast<uint32_t>(std::min<uint64_t>(cost, 1u << 30)));
  of_process_.push_back(is_test ? IsOfProcess(rules_.predicates[predicate])
                                : std::all_of(kept.begin(), kept.end(), [&](uint32_t o) { return of_process_[o]; }));
  operations_.push_back({.kind = kind,
                         .first = static_cast<uint32_t>(operands_.size()),
                         .count = static_cast<uint32_t>(kept.size()),
                         .test = predicate});
  operands_.insert(operands_.end(), kept.begin(), kept.end());
  return next;
}

uint32_t OperationGraph::Negation(uint32_t id) {
  if (id == kTrue) return kFalse;
  if (id == kFalse) return kTrue;
  if (operations_[id].kind == Node::Kind::kNot) return operands_[operations_[id].first];
  return Intern(Node::Kind::kNot, 0, {id});
}

// What is about the process alone stays whole with `keep_process`.
void OperationGraph::Flatten(Node::Kind kind, uint32_t id, bool keep_process, std::vector<uint32_t>& out) {
  const Operation o = operations_[id];  // a copy: negations may be added
  if (keep_process && of_process_[id]) return out.push_back(id);
  if (o.kind == kind) {
    for (uint32_t i = 0; i < o.count; ++i) Flatten(kind, operands_[o.first + i], keep_process, out);
    return;
  }
  if (o.kind == Node::Kind::kNot) {
    const Operation denied = operations_[operands_[o.first]];
    if (denied.kind != kind && denied.kind != Node::Kind::kPredicate) {
      for (uint32_t i = 0; i < denied.count; ++i) {
        Flatten(kind, Negation(operands_[denied.first + i]), keep_process, out);
      }
      return;
    }
  }
  out.push_back(id);
}

std::vector<uint32_t> OperationGraph::ConjunctsOf(uint32_t id) {
  std::vector<uint32_t> out;
  if (!IsConstant(id)) Flatten(Node::Kind::kAnd, id, false, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<uint32_t> OperationGraph::OperandsOfConjunction(uint32_t id) const {
  if (IsConstant(id) || of_process_[id] || operations_[id].kind != Node::Kind::kAnd) return {id};
  const std::span<const uint32_t> operands = OperandsOf(operations_[id]);
  return {operands.begin(), operands.end()};
}

std::vector<uint32_t> OperationGraph::AlternativesOf(uint32_t id) const {
  if (IsConstant(id) || of_process_[id] || operations_[id].kind != Node::Kind::kOr) return {id};
  const std::span<const uint32_t> operands = OperandsOf(operations_[id]);
  const bool simple = std::all_of(operands.begin(), operands.end(), [&](uint32_t o) {
    return of_process_[o] || operations_[o].kind == Node::Kind::kPredicate;
  });
  if (!simple) return {id};
  std::vector<uint32_t> out(operands.begin(), operands.end());
  std::stable_sort(out.begin(), out.end(), [&](uint32_t a, uint32_t b) { return cost(a) < cost(b); });
  return out;
}

uint32_t OperationGraph::cost(uint32_t id) const {
  if (IsConstant(id)) return 0;
  return of_process_[id] ? cost_[id] / kEventsOfAProcess : cost_[id];
}

uint32_t OperationGraph::Junction(Node::Kind kind, const std::vector<uint32_t>& given) {
  const uint32_t neutral = kind == Node::Kind::kAnd ? kTrue : kFalse;
  std::vector<uint32_t> operands;
  for (uint32_t id : given) {
    if (id == neutral) continue;
    if (IsConstant(id)) return id;
    Flatten(kind, id, true, operands);
  }
  std::sort(operands.begin(), operands.end(),
            [&](uint32_t a, uint32_t b) { return std::tie(cost_[a], a) < std::tie(cost_[b], b); });
  operands.erase(std::unique(operands.begin(), operands.end()), operands.end());
  if (operands.empty()) return neutral;
  if (operands.size() == 1) return operands.front();
  const auto rest = std::stable_partition(operands.begin(), operands.end(), [&](uint32_t o) { return of_process_[o]; });
  if (rest - operands.begin() >= 2 && rest != operands.end()) {
    const uint32_t of_process = Intern(kind, 0, {operands.begin(), rest});
    operands.erase(operands.begin(), rest);
    operands.insert(operands.begin(), of_process);
  }
  return Intern(kind, 0, std::move(operands));
}

void OperationGraph::Reach(uint32_t id) {
  if (IsConstant(id) || reachable_[id]) return;
  reachable_[id] = true;
  for (uint32_t operand : OperandsOf(operations_[id])) Reach(operand);
}

// One for each operation that is about the process while who asks for it is not.
void OperationGraph::AssignCell(uint32_t id) {
  if (IsConstant(id) || !of_process_[id] || cells_ == kMaxCells) return;
  if (operations_[id].cell == Operation::kNoCell) operations_[id].cell = static_cast<uint16_t>(cells_++);
}

void OperationGraph::Finish(std::span<const uint32_t> roots) {
  reachable_.assign(operations_.size(), false);
  for (uint32_t root : roots) {
    Reach(root);
    AssignCell(root);
  }
  std::vector<uint32_t> uses(operations_.size());
  for (uint32_t root : roots) {
    if (!IsConstant(root)) ++uses[root];
  }
  for (uint32_t id = 0; id < operations_.size(); ++id) {
    if (!reachable_[id]) continue;
    for (uint32_t operand : OperandsOf(operations_[id])) {
      ++uses[operand];
      if (!of_process_[id]) AssignCell(operand);
    }
  }
  for (size_t id = 0; id < operations_.size(); ++id) operations_[id].shared = uses[id] > 1;
  Order(uses);
}

// What many operations need is paid once: its cost counts as shared between them, so rules with a condition in common
// (`container`, `open_read`) fail on it together. So does what is remembered from event to event.
void OperationGraph::Order(const std::vector<uint32_t>& uses) {
  auto share = [&](uint32_t o) {
    const uint32_t askers = std::max(uses[o], 1u);
    return cost_[o] / (operations_[o].cell == Operation::kNoCell ? askers : askers * kEventsOfAProcess);
  };
  for (const Operation& o : operations_) {
    const auto begin = operands_.begin() + o.first;
    std::stable_sort(begin, begin + o.count, [&](uint32_t a, uint32_t b) { return share(a) < share(b); });
  }
}

}  // namespace vedette
