// SPDX-License-Identifier: Apache-2.0
//
// Evaluator: evaluates a Program on one event after the other. Each field is extracted and each predicate tested at
// most once per event; results carry the number of the event they belong to, so starting an event clears nothing. What
// is about the process alone is evaluated once per state of the process (engine/process_memo.h), what is about the
// manner of an open once per manner (engine/open_memo.h). Event thread. Allocates only while the number of fields that
// one event needed, or of rules that its values found, still grows.
#ifndef VEDETTE_ENGINE_EVALUATOR_H_
#define VEDETTE_ENGINE_EVALUATOR_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/field_reader.h"
#include "engine/open_memo.h"
#include "engine/process_memo.h"
#include "engine/program.h"
#include "engine/walk_memo.h"
#include "sensor/event/event.h"
#include "sensor/event/value.h"

namespace vedette {

class Evaluator {
 public:
  explicit Evaluator(const Program& program);  // which outlives this

  // `event` stays valid until the next Start().
  [[gnu::always_inline]] void Start(const Event& event) {
    event_ = &event;
    ++epoch_;
    reader_.Reset();
    memo_.Select(event);
    open_memo_.Select(event);
  }
  // The rules that match the event, as positions in Program::RulesOf(type).rules, ascending. Valid until the next
  // Start().
  std::span<const uint32_t> Matches() { return Matches(program_.RulesOf(event_->type)); }
  // `type`: the rules of the event's type.
  [[gnu::always_inline]] std::span<const uint32_t> Matches(const Program::TypeRules& type) {
    matches_.clear();
    const uint64_t process = memo_.stamp(), open = open_memo_.stamp();
    if (process != 0 && open != 0 && type.cascade.size() <= WalkMemo::kMaxSteps) {
      walk_memo_.Select(process, open);
      WalkRemembered(type.cascade);
    } else {
      Walk(type.cascade);
    }
    if (!type.indexes.empty()) FindByValue(type);
    if (matches_.size() > 1) std::sort(matches_.begin(), matches_.end());
    return matches_;
  }
  // Whether the operation `root` (Program::TypedRule::root) is true of the event.
  bool Holds(uint32_t root) {
    if (root == Program::kTrue) return true;
    const Operation& operation = operations_[root];
    if (operation.cell != Operation::kNoCell) {
      const ProcessMemo::Known known = memo_.Get(operation.cell);
      return known == ProcessMemo::Known::kNo ? EvaluateCell(root, operation) : known == ProcessMemo::Known::kTrue;
    }
    return operation.kind == Node::Kind::kPredicate ? Passes(operation.test) : Evaluate(root, operation);
  }
  // The same of one of Program::tests().
  bool Passes(uint32_t test) {
    return Remembered(test_result_[test]) ? (test_result_[test] & 1) != 0 : EvaluateTest(test);
  }
  // The steps of the rule's sequence that are true of the event, bit by bit.
  uint32_t StepsOf(const Program::TypedRule& rule) {
    uint32_t mask = 0;
    for (uint32_t i = 0; i < rule.step_count; ++i) {
      const uint32_t root = program_.steps()[rule.first_step + i];
      if (root != Program::kFalse && Holds(root)) mask |= 1u << i;
    }
    return mask;
  }

 private:
  struct Slot {
    uint64_t epoch = 0;
    const Values* values = nullptr;
  };

  void Walk(const Cascade& cascade);
  void WalkRemembered(const Cascade& cascade);
  uint32_t Skip(const Cascade& cascade, uint32_t at);
  bool Answer(const CascadeStep& step);
  void FindByValue(const Program::TypeRules& type);
  bool EvaluateCell(uint32_t id, const Operation& operation);
  bool Evaluate(uint32_t id, const Operation& operation);
  bool EvaluateJunction(const Operation& operation, bool absorbing);
  bool Remembered(uint64_t remembered) const { return remembered >> 1 == epoch_; }
  uint64_t Remember(bool result) const { return epoch_ << 1 | static_cast<uint64_t>(result); }
  bool EvaluateTest(uint32_t test);
  bool EvaluateAnew(const Program::Test& test);
  bool EvaluateOfManner(const Program::Test& test);
  const Values& Extracted(uint32_t id) {
    Slot& slot = slots_[id];
    if (slot.epoch != epoch_) slot = {epoch_, &reader_.Read(*fields_[id], *event_)};
    return *slot.values;
  }
  const Values& Read(const Program::Test& test) {
    const bool plain = test.extract != nullptr && event_->synthetic == nullptr;
    return plain ? reader_.ReadPlain(test.extract, test.field->arg, *event_) : reader_.Read(*test.field, *event_);
  }
  bool TestOne(const Program::Test& test, const Value& value);
  bool TestMany(const Program::Test& test, const Values& values);
  bool TestPair(const Program::Test& test, const Value& value);

  const Program& program_;
  // The program's arrays: what the hot path reads.
  const Operation* const operations_;
  const uint32_t* const operands_;
  const Program::Test* const tests_;
  const FieldRef* const* const fields_;  // by slot
  const Event* event_ = nullptr;
  uint64_t epoch_ = 0;
  std::vector<uint64_t> operation_result_;  // epoch * 2 + result, of shared operations
  std::vector<uint64_t> test_result_;       // the same of tests
  std::vector<Slot> slots_;
  std::vector<uint32_t> candidates_, matches_;
  FieldReader reader_;
  ProcessMemo memo_;
  OpenMemo open_memo_;
  WalkMemo walk_memo_;
  PairScratch pair_scratch_;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_EVALUATOR_H_
