// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/evaluator_comparison.h"

#include <fmt/format.h>

#include <utility>

#include "rules/mapped_text.h"
#include "rules/parser.h"
#include "rules/rule_loader.h"
#include "sensor/event/synthetic.h"

namespace vedette {
namespace {

std::string RuleYaml(size_t number, std::string_view condition) {
  std::string quoted;
  for (char c : condition) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return fmt::format("- rule: r{}\n  desc: d\n  condition: '{}'\n  output: matched\n  priority: WARNING\n", number,
                     quoted);
}

}  // namespace

EvaluatorComparison::EvaluatorComparison(const Size& size, std::function<uint64_t()> random)
    : size_(size), generator_(std::move(random)) {
  MakeRules();
}

void EvaluatorComparison::MakeRules() {
  for (size_t i = 0; i < generator_.macros().size(); ++i) {
    macros_["macro" + std::to_string(i)] = Parse(generator_.macros()[i].expanded);
  }
  std::string yaml = generator_.Definitions();
  for (size_t i = 0; i < size_.rules; ++i) {
    texts_.push_back(i % 4 == 0 ? generator_.Check() : generator_.Condition(3));
    if (size_.indexed) texts_.back() = generator_.Indexed(texts_.back());
    conditions_.push_back(Parse(texts_.back().expanded));
    yaml += RuleYaml(i, texts_.back().written);
  }
  Load(yaml);
}

ExprPtr EvaluatorComparison::Parse(const std::string& condition) {
  Sources sources;
  sources.Add("condition", "");
  MappedText text;
  text.AppendSynthetic(condition, {});
  Diagnostics diagnostics(&sources);
  ExprPtr parsed = ParseCondition(text, diagnostics);
  for (const Diagnostic& d : diagnostics.Take()) error_ += fmt::format("{}: {}\n", condition, d.message);
  return parsed;
}

void EvaluatorComparison::Load(const std::string& yaml) {
  const std::vector<RuleFile> files = {{"rules.yaml", yaml}};
  LoadResult loaded = LoadRules(files);
  for (const Diagnostic& d : loaded.diagnostics) {
    if (d.severity == Diagnostic::Severity::kError) error_ += d.ToString();
  }
  if (loaded.ok()) rules_ = std::move(loaded.rules);
}

std::string EvaluatorComparison::Run() {
  if (!error_.empty()) return error_;
  const Program program(rules_, Priority::kDebug);
  Evaluator evaluator(program);
  for (size_t e = 0; e < size_.events; ++e) {
    std::string disagreement = CompareOn(generator_.Event(), program, evaluator);
    if (!disagreement.empty()) return disagreement;
  }
  return "";
}

std::string EvaluatorComparison::CompareOn(const std::string& event_text, const Program& program,
                                           Evaluator& evaluator) {
  const auto synthetic = SyntheticEvent::FromText(event_text);
  if (!synthetic.ok()) return fmt::format("{}: {}", event_text, synthetic.status().ToString());
  const Event event = synthetic->event();  // both evaluators refer to it
  std::vector<bool> matched(size_.rules);
  evaluator.Start(event);
  for (uint32_t at : evaluator.Matches()) matched[program.RulesOf(event.type).rules[at].rule] = true;
  const PlainEvaluator plain(event);
  for (size_t i = 0; i < size_.rules; ++i) {
    const bool expected = plain.Holds(*conditions_[i], macros_);
    for (const std::string& of : texts_[i].of) ++(expected ? answers_[of].yes : answers_[of].no);
    if (matched[i] != expected) return Disagreement(i, matched[i], event_text);
  }
  return "";
}

std::string EvaluatorComparison::Disagreement(size_t rule, bool matched, const std::string& event_text) const {
  return fmt::format("the compiled condition is {}\n  condition: {}\n  expanded:  {}\n  event:     {}\n{}", matched,
                     texts_[rule].written, rules_->rules[rule].condition, event_text, generator_.Definitions());
}

}  // namespace vedette
