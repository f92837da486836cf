// SPDX-License-Identifier: Apache-2.0
#include "engine/evaluator.h"

#include <algorithm>

namespace vedette {
Evaluator::Evaluator(const Program& program)
    : program_(program),
      operations_(program.graph().operations().data()),
      operands_(program.graph().operands().data()),
      tests_(program.tests().data()),
      fields_(program.slots().data()),
      operation_result_(program.graph().operations().size()),
      test_result_(program.tests().size()),
      slots_(program.slots().size()),
      memo_(program.graph().cells()),
      open_memo_(program.open_cells()),
      walk_memo_(program.longest_open_cascade()) {}

// Of a step that finds a rule: true.
[[gnu::always_inline]] inline bool Evaluator::Answer(const CascadeStep& step) {
  switch (step.ask) {
    case CascadeStep::Ask::kTest: {
      if (step.open_cell == Operation::kNoCell) return Passes(step.index);
      const OpenMemo::Known known = open_memo_.Get(step.open_cell);
      return known == OpenMemo::Known::kNo ? Passes(step.index) : known == OpenMemo::Known::kTrue;
    }
    case CascadeStep::Ask::kCell: {
      const ProcessMemo::Known known = memo_.Get(step.index);
      return known == ProcessMemo::Known::kNo ? Holds(step.operation) : known == ProcessMemo::Known::kTrue;
    }
    case CascadeStep::Ask::kFound:
      matches_.push_back(step.index);
      return true;
    case CascadeStep::Ask::kOperation:
      break;
  }
  return Holds(step.operation);
}

void Evaluator::Walk(const Cascade& cascade) {
  for (uint32_t at = 0; at < cascade.size();) {
    const CascadeStep& step = cascade[at];
    at = Answer(step) ? step.then : step.otherwise;
  }
}

// From one step that must be asked anew to the next.
void Evaluator::WalkRemembered(const Cascade& cascade) {
  const CascadeStep* const steps = cascade.data();
  const auto end = static_cast<uint32_t>(cascade.size());
  uint16_t* next = &walk_memo_.First();
  for (uint32_t at = 0;;) {
    if (*next == WalkMemo::kUnknown) *next = static_cast<uint16_t>(Skip(cascade, at));
    const uint32_t asked = *next;
    if (asked >= end) return;
    const CascadeStep& step = steps[asked];
    const bool answer = Answer(step);
    at = answer ? step.then : step.otherwise;
    next = &walk_memo_.After(asked, answer);
  }
}

uint32_t Evaluator::Skip(const Cascade& cascade, uint32_t at) {
  while (at < cascade.size() && cascade[at].IsRemembered()) {
    at = Answer(cascade[at]) ? cascade[at].then : cascade[at].otherwise;
  }
  return at;
}

void Evaluator::FindByValue(const Program::TypeRules& type) {
  candidates_.clear();
  for (const Program::Index& index : type.indexes) {
    for (const Value& v : Extracted(index.slot)) {
      if (v.kind() == Value::Kind::kString) index.values.Find(v.string(), candidates_);
    }
  }
  std::sort(candidates_.begin(), candidates_.end());
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
  for (uint32_t rule : candidates_) {
    if (Holds(type.rules[rule].root)) matches_.push_back(rule);
  }
}

bool Evaluator::EvaluateCell(uint32_t id, const Operation& operation) {
  const bool result = Evaluate(id, operation);
  memo_.Set(operation.cell, result);
  return result;
}

bool Evaluator::Evaluate(uint32_t id, const Operation& operation) {
  if (operation.kind == Node::Kind::kPredicate) return Passes(operation.test);
  if (operation.kind == Node::Kind::kNot) return !Holds(operands_[operation.first]);
  const bool absorbing = operation.kind == Node::Kind::kOr;
  if (!operation.shared) return EvaluateJunction(operation, absorbing);
  if (Remembered(operation_result_[id])) return (operation_result_[id] & 1) != 0;
  const bool result = EvaluateJunction(operation, absorbing);
  operation_result_[id] = Remember(result);
  return result;
}

bool Evaluator::EvaluateJunction(const Operation& operation, bool absorbing) {
  const uint32_t* operand = operands_ + operation.first;
  for (const uint32_t* end = operand + operation.count; operand != end; ++operand) {
    if (Holds(*operand) == absorbing) return absorbing;
  }
  return !absorbing;
}

inline bool Evaluator::TestOne(const Program::Test& test, const Value& value) {
  if (test.orders != 0) {
    const int64_t number = value.number();
    const int order = number < test.number    ? Program::kLess
                      : number == test.number ? Program::kSame
                                              : Program::kGreater;
    return (test.orders & order) != 0;
  }
  return test.matcher != nullptr ? test.matcher->Matches(value) : TestPair(test, value);
}

[[gnu::always_inline]] inline bool Evaluator::EvaluateAnew(const Program::Test& test) {
  Slot& slot = slots_[test.slot];
  if (slot.epoch != epoch_) slot = {epoch_, &Read(test)};
  const Values& values = *slot.values;
  return values.size() == 1 ? TestOne(test, values[0]) : TestMany(test, values);
}

bool Evaluator::EvaluateTest(uint32_t id) {
  const Program::Test& test = tests_[id];
  const bool result = test.open_cell == Operation::kNoCell ? EvaluateAnew(test) : EvaluateOfManner(test);
  test_result_[id] = Remember(result);
  return result;
}

bool Evaluator::EvaluateOfManner(const Program::Test& test) {
  const OpenMemo::Known known = open_memo_.Get(test.open_cell);
  if (known != OpenMemo::Known::kNo) return known == OpenMemo::Known::kTrue;
  const bool result = EvaluateAnew(test);
  open_memo_.Set(test.open_cell, result);
  return result;
}

bool Evaluator::TestMany(const Program::Test& test, const Values& values) {
  const bool wanted = test.quantifier == Program::Quantifier::kAny;
  for (const Value& v : values) {
    if (TestOne(test, v) == wanted) return wanted;
  }
  return !wanted && (!values.empty() || values.unnamed());
}

bool Evaluator::TestPair(const Program::Test& test, const Value& value) {
  const Values& right = Extracted(test.right);
  return std::any_of(right.begin(), right.end(), [&](const Value& r) { return test.pair(value, r, pair_scratch_); });
}

}  // namespace vedette
