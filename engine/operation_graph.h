// SPDX-License-Identifier: Apache-2.0
//
// OperationGraph: conditions as one graph of operations, in which what is equal is one node. Built by ProgramBuilder,
// then immutable; owned by the Program; any thread may read it.
//
// Junctions are flat: an `and` within an `and`, and by De Morgan a denied `or` within it, is taken apart, and operands
// stand cheapest first, which no rule can notice: predicates have no effects. What a junction asks of the process alone
// stands together as one operand, so that it is remembered from event to event as one answer.
#ifndef VEDETTE_ENGINE_OPERATION_GRAPH_H_
#define VEDETTE_ENGINE_OPERATION_GRAPH_H_

#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "rules/rule_set.h"

namespace vedette {

struct Operation {
  static constexpr uint16_t kNoCell = 0xffff;

  Node::Kind kind = Node::Kind::kPredicate;
  bool shared = false;            // more than one parent: its result is worth remembering
  uint16_t cell = kNoCell;        // of the ProcessMemo: it is about the process alone
  uint32_t first = 0, count = 0;  // operands
  uint32_t test = 0;              // kPredicate: index into RuleSet::predicates
};

class OperationGraph {
 public:
  // Besides the numbers of operations.
  static constexpr uint32_t kTrue = ~uint32_t{0};
  static constexpr uint32_t kFalse = ~uint32_t{1};

  explicit OperationGraph(const RuleSet& rules) : rules_(rules) {}

  // The operation that means it: one of the graph, or a constant. `kind`: kAnd or kOr.
  uint32_t Test(uint32_t predicate) { return Intern(Node::Kind::kPredicate, predicate, {}); }
  uint32_t Negation(uint32_t id);
  uint32_t Junction(Node::Kind kind, const std::vector<uint32_t>& operands);
  // The operands that `id` stands for in a conjunction, those about the process one by one. Of kTrue none.
  std::vector<uint32_t> ConjunctsOf(uint32_t id);
  // The operands of `id` if it is a conjunction that is not about the process alone, else `id` itself.
  std::vector<uint32_t> OperandsOfConjunction(uint32_t id) const;
  // The operands of `id` if it is a choice between tests or what is about the process alone, else `id` itself.
  std::vector<uint32_t> AlternativesOf(uint32_t id) const;
  // Rough instructions, for what is remembered of the process its share of them.
  uint32_t cost(uint32_t id) const;

  // Nothing is added after it. `roots`: each use of an operation, or constants; what none of them needs is left alone.
  void Finish(std::span<const uint32_t> roots);

  std::span<const Operation> operations() const { return operations_; }
  std::span<const uint32_t> operands() const { return operands_; }
  std::span<const uint32_t> OperandsOf(const Operation& o) const {
    return std::span(operands_).subspan(o.first, o.count);
  }
  uint32_t cells() const { return cells_; }

 private:
  using Key = std::tuple<Node::Kind, uint32_t, std::vector<uint32_t>>;

  uint32_t Intern(Node::Kind kind, uint32_t predicate, std::vector<uint32_t> operands);
  void Flatten(Node::Kind kind, uint32_t id, bool keep_process, std::vector<uint32_t>& out);
  void Reach(uint32_t id);
  void AssignCell(uint32_t id);
  void Order(const std::vector<uint32_t>& uses);

  const RuleSet& rules_;
  std::vector<Operation> operations_;
  std::vector<uint32_t> operands_;
  uint32_t cells_ = 0;
  // Of the building.
  std::map<Key, uint32_t> interned_;
  std::vector<uint32_t> cost_;
  std::vector<bool> of_process_;  // about the process alone (Field::process_only)
  std::vector<bool> reachable_;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_OPERATION_GRAPH_H_
