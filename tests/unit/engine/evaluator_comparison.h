// SPDX-License-Identifier: Apache-2.0
//
// EvaluatorComparison: random rules on random events, by the compiled evaluator and by PlainEvaluator. What the
// differential test and the fuzz target of that name run.
#ifndef VEDETTE_TESTS_UNIT_ENGINE_EVALUATOR_COMPARISON_H_
#define VEDETTE_TESTS_UNIT_ENGINE_EVALUATOR_COMPARISON_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/evaluator.h"
#include "engine/program.h"
#include "rules/rule_set.h"
#include "tests/unit/engine/plain_evaluator.h"
#include "tests/unit/engine/rule_generator.h"

namespace vedette {

class EvaluatorComparison {
 public:
  struct Size {
    size_t rules, events;
    bool indexed = false;  // every rule has a demand that the index finds it by
  };
  // What single checks came to, by what is in them.
  struct Answers {
    size_t yes = 0, no = 0;
  };

  EvaluatorComparison(const Size& size, std::function<uint64_t()> random);

  // "", or where the evaluators disagree: the condition and the event. Also why the rules or an event do not load.
  std::string Run();
  const std::map<std::string, Answers>& answers() const { return answers_; }

 private:
  void MakeRules();
  ExprPtr Parse(const std::string& condition);
  void Load(const std::string& yaml);
  std::string CompareOn(const std::string& event_text, const Program& program, Evaluator& evaluator);
  std::string Disagreement(size_t rule, bool matched, const std::string& event_text) const;

  const Size size_;
  RuleGenerator generator_;
  std::vector<ConditionText> texts_;
  std::vector<ExprPtr> conditions_;
  PlainEvaluator::Macros macros_;
  std::shared_ptr<const RuleSet> rules_;
  std::string error_;
  std::map<std::string, Answers> answers_;
};

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_ENGINE_EVALUATOR_COMPARISON_H_
