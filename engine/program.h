// SPDX-License-Identifier: Apache-2.0
//
// Program: a RuleSet made ready for evaluation. For every event type it holds the rules that can match it, each with
// its condition specialised to the type: predicates on evt.type are gone, and what became equal is one operation,
// across rules and types (engine/operation_graph.h). Rules are found through an index of values where they are many,
// else through a cascade of common questions (engine/cascade.h). Built once per rule set, immutable, any thread.
#ifndef VEDETTE_ENGINE_PROGRAM_H_
#define VEDETTE_ENGINE_PROGRAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/cascade.h"
#include "engine/matcher.h"
#include "engine/operation_graph.h"
#include "engine/pair_matcher.h"
#include "engine/value_index.h"
#include "rules/rule_set.h"
#include "sensor/event/event_kind.h"
#include "sensor/event/field.h"

namespace vedette {

class Program {
 public:
  enum class Quantifier : uint8_t { kAny, kAll };  // over the values of a field
  // How a number or boolean may stand to the one of the test, which is then done without a call: a set of bits.
  enum Order : uint8_t { kLess = 1, kSame = 2, kGreater = 4 };
  struct Test {
    const FieldRef* field = nullptr;  // of the slot
    Extractor extract = nullptr;      // the field's, if it is plain: no function, no transformer
    uint32_t slot = 0;                // index into slots()
    Quantifier quantifier = Quantifier::kAny;
    uint8_t orders = 0;                       // 0: not a comparison of numbers
    uint16_t open_cell = Operation::kNoCell;  // of the OpenMemo: for opens it is about their manner alone
    int64_t number = 0;                       // what the field is compared with
    const Matcher* matcher = nullptr;         // null with a field on the right
    uint32_t right = 0;                       // of such a predicate: index into slots()
    PairTest pair = nullptr;
  };
  struct TypedRule {
    uint32_t rule = 0;                        // index into rules().rules
    uint32_t root = 0;                        // an operation of graph(), or kTrue
    uint32_t first_step = 0, step_count = 0;  // of a sequence: steps()[first_step, first_step + step_count)
  };
  // The rules of one event type. Where they are many, a rule that demands a text of some field is found through an
  // index of that field instead of being evaluated on every event.
  struct Index {
    uint32_t slot;  // index into slots()
    ValueIndex values;
  };
  struct TypeRules {
    std::vector<TypedRule> rules;  // in definition order
    std::vector<uint32_t> always;  // positions in `rules` of those that no index finds, ascending
    std::vector<Index> indexes;
    Cascade cascade;  // of `always`
  };
  static constexpr uint32_t kTrue = OperationGraph::kTrue;
  static constexpr uint32_t kFalse = OperationGraph::kFalse;

  // Rules that are disabled or below `threshold` are left out.
  Program(std::shared_ptr<const RuleSet> rules, Priority threshold);

  const RuleSet& rules() const { return *rules_; }
  const TypeRules& RulesOf(EventTypeId type) const { return by_type_[type]; }
  const OperationGraph& graph() const { return graph_; }
  std::span<const Test> tests() const { return tests_; }
  uint32_t open_cells() const { return open_cells_; }
  // In steps, of those that the WalkMemo takes.
  size_t longest_open_cascade() const;
  std::span<const uint32_t> steps() const { return steps_; }         // like TypedRule::root; kFalse, too
  std::span<const FieldRef* const> slots() const { return slots_; }  // distinct fields that conditions use

 private:
  friend class ProgramBuilder;

  std::shared_ptr<const RuleSet> rules_;
  std::vector<TypeRules> by_type_;
  OperationGraph graph_;
  std::vector<Test> tests_;
  uint32_t open_cells_ = 0;
  std::vector<uint32_t> steps_;
  std::vector<const FieldRef*> slots_;
  std::vector<std::unique_ptr<const Matcher>> matchers_;
};

bool IsTypeTest(const Predicate& predicate);  // of evt.type or syscall.type, against literals

// `evt.num = 0` and the like: events are counted from 1, and this is how Falco's rules say never.
bool IsNever(const Predicate& predicate);

// The value of a predicate on the event's type for events of `type`; nothing for any other predicate. `matcher` may be
// null for those.
std::optional<bool> TypeTest(const Predicate& predicate, const Matcher* matcher, EventTypeId type);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_PROGRAM_H_
