// SPDX-License-Identifier: Apache-2.0
#include "engine/evaluator.h"

#include <algorithm>

namespace vedette {

Evaluator::Evaluator(const Program& program)
    : program_(program),
      operations_(program.operations().data()),
      operands_(program.operands().data()),
      tests_(program.tests().data()),
      operation_result_(program.operations().size()),
      test_result_(program.tests().size()),
      slots_(program.slots().size()) {}

std::span<const uint32_t> Evaluator::Candidates() {
  const Program::TypeRules& type = program_.RulesOf(event_->type);
  if (type.indexes.empty()) return type.always;
  candidates_.clear();
  for (const Program::Index& index : type.indexes) {
    for (const Value& v : Extracted(index.slot)) {
      if (v.kind() == Value::Kind::kString) index.values.Find(v.string(), candidates_);
    }
  }
  if (candidates_.empty()) return type.always;
  candidates_.insert(candidates_.end(), type.always.begin(), type.always.end());
  std::sort(candidates_.begin(), candidates_.end());
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
  return candidates_;
}

bool Evaluator::Evaluate(uint32_t id) {
  const Program::Operation& operation = operations_[id];
  if (operation.kind == Node::Kind::kPredicate) return Passes(operation.test);
  if (operation.kind == Node::Kind::kNot) return !Evaluate(operands_[operation.first]);
  const bool absorbing = operation.kind == Node::Kind::kOr;
  if (!operation.shared) return EvaluateJunction(operation, absorbing);
  if (Remembered(operation_result_[id])) return (operation_result_[id] & 1) != 0;
  const bool result = EvaluateJunction(operation, absorbing);
  operation_result_[id] = Remember(result);
  return result;
}

bool Evaluator::EvaluateJunction(const Program::Operation& operation, bool absorbing) {
  const uint32_t* operand = operands_ + operation.first;
  for (const uint32_t* end = operand + operation.count; operand != end; ++operand) {
    if (Evaluate(*operand) == absorbing) return absorbing;
  }
  return !absorbing;
}

bool Evaluator::EvaluateTest(uint32_t id) {
  const Program::Test& test = tests_[id];
  const Values& values = Extracted(test.slot);
  bool result = false;
  if (values.size() == 1) {
    result = Test(test, values[0]);
  } else {
    const bool wanted = test.quantifier == Program::Quantifier::kAny;
    result = !wanted && (!values.empty() || values.unnamed());
    for (const Value& v : values) {
      if (Test(test, v) == wanted) {
        result = wanted;
        break;
      }
    }
  }
  test_result_[id] = Remember(result);
  return result;
}

bool Evaluator::Test(const Program::Test& test, const Value& value) {
  if (test.matcher != nullptr) return test.matcher->Matches(value);
  const Values& right = Extracted(test.right);
  return std::any_of(right.begin(), right.end(), [&](const Value& r) { return test.pair(value, r, pair_scratch_); });
}

const Values& Evaluator::ExtractNow(uint32_t id) {
  const Values& values = reader_.Read(*program_.slots()[id], *event_);
  slots_[id] = {epoch_, &values};
  return values;
}

}  // namespace vedette
