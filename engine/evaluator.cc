// SPDX-License-Identifier: Apache-2.0
#include "engine/evaluator.h"

#include <algorithm>

namespace vedette {
namespace {

bool Compare(Program::Compare how, int64_t a, int64_t b) {
  switch (how) {
    case Program::Compare::kEqual:
      return a == b;
    case Program::Compare::kNotEqual:
      return a != b;
    case Program::Compare::kLess:
      return a < b;
    case Program::Compare::kLessEqual:
      return a <= b;
    case Program::Compare::kGreater:
      return a > b;
    case Program::Compare::kGreaterEqual:
      return a >= b;
    case Program::Compare::kNone:
      break;
  }
  return false;
}

}  // namespace

Evaluator::Evaluator(const Program& program)
    : program_(program),
      operations_(program.graph().operations().data()),
      operands_(program.graph().operands().data()),
      tests_(program.tests().data()),
      fields_(program.slots().data()),
      operation_result_(program.graph().operations().size()),
      test_result_(program.tests().size()),
      slots_(program.slots().size()),
      memo_(program.graph().cells()) {}

std::span<const uint32_t> Evaluator::Matches() {
  const Program::TypeRules& type = program_.RulesOf(event_->type);
  matches_.clear();
  const CascadeStep* const steps = type.cascade.data();
  const auto end = static_cast<uint32_t>(type.cascade.size());
  for (uint32_t at = 0; at < end;) {
    const CascadeStep& step = steps[at];
    if (!Holds(step.operation)) {
      at = step.otherwise;
      continue;
    }
    if (step.rule != CascadeStep::kNoRule) matches_.push_back(step.rule);
    ++at;
  }
  if (!type.indexes.empty()) FindByValue(type);
  if (matches_.size() > 1) std::sort(matches_.begin(), matches_.end());
  return matches_;
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

bool Evaluator::Evaluate(uint32_t id) {
  const Operation& operation = operations_[id];
  if (operation.cell == Operation::kNoCell) return EvaluateAnew(id, operation);
  const ProcessMemo::Known known = memo_.Get(operation.cell);
  if (known != ProcessMemo::Known::kNo) return known == ProcessMemo::Known::kTrue;
  const bool result = EvaluateAnew(id, operation);
  memo_.Set(operation.cell, result);
  return result;
}

inline bool Evaluator::EvaluateAnew(uint32_t id, const Operation& operation) {
  if (operation.kind == Node::Kind::kPredicate) return Passes(operation.test);
  if (operation.kind == Node::Kind::kNot) return !Evaluate(operands_[operation.first]);
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

bool Evaluator::EvaluateTest(uint32_t id) {
  const Program::Test& test = tests_[id];
  const Values& values = Extracted(test.slot);
  const bool result = test.compare != Program::Compare::kNone && values.size() == 1
                          ? Compare(test.compare, values[0].number(), test.number)
                          : TestAll(test, values);
  test_result_[id] = Remember(result);
  return result;
}

bool Evaluator::TestAll(const Program::Test& test, const Values& values) {
  if (values.size() == 1) return TestOne(test, values[0]);
  const bool wanted = test.quantifier == Program::Quantifier::kAny;
  for (const Value& v : values) {
    if (TestOne(test, v) == wanted) return wanted;
  }
  return !wanted && (!values.empty() || values.unnamed());
}

bool Evaluator::TestOne(const Program::Test& test, const Value& value) {
  if (test.matcher != nullptr) return test.matcher->Matches(value);
  const Values& right = Extracted(test.right);
  return std::any_of(right.begin(), right.end(), [&](const Value& r) { return test.pair(value, r, pair_scratch_); });
}

}  // namespace vedette
