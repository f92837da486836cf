// SPDX-License-Identifier: Apache-2.0
#include "engine/evaluator.h"

#include <algorithm>

#include "engine/transform.h"

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
  if (operation.kind == Node::Kind::kPredicate) {
    const uint64_t remembered = test_result_[operation.test];
    return Remembered(remembered) ? (remembered & 1) != 0 : EvaluateTest(operation.test);
  }
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
    result = test.matcher->Matches(values[0]);
  } else {
    const bool wanted = test.quantifier == Program::Quantifier::kAny;
    result = !wanted && (!values.empty() || values.unnamed());
    for (const Value& v : values) {
      if (test.matcher->Matches(v) == wanted) {
        result = wanted;
        break;
      }
    }
  }
  test_result_[id] = Remember(result);
  return result;
}

const Values& Evaluator::ExtractNow(uint32_t id) {
  const FieldRef& ref = *program_.slots()[id];
  Values* values = &NextBuffer();
  Extract(*ref.field, ref.arg, *event_, *values);
  if (!ref.transformers.empty()) {
    Values& transformed = NextBuffer();
    ApplyTransformers(ref.transformers, *values, transformed);
    values = &transformed;
  }
  slots_[id] = {epoch_, values};
  return *values;
}

void Evaluator::AddBuffer() { buffers_.push_back(std::make_unique_for_overwrite<Values>()); }

}  // namespace vedette
