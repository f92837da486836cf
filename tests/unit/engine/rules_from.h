// SPDX-License-Identifier: Apache-2.0
//
// What the engine's tests share: rules from YAML text, events from a line of text, and the alerts they give.
#ifndef VEDETTE_TESTS_UNIT_ENGINE_RULES_FROM_H_
#define VEDETTE_TESTS_UNIT_ENGINE_RULES_FROM_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "rules/rule_loader.h"
#include "sensor/event/synthetic.h"

namespace vedette {

inline std::shared_ptr<const RuleSet> RulesFrom(std::string_view yaml, const LoadOptions& options = {}) {
  const std::vector<RuleFile> files = {{"rules.yaml", std::string(yaml)}};
  LoadResult result = LoadRules(files, options);
  for (const Diagnostic& d : result.diagnostics) {
    if (d.severity == Diagnostic::Severity::kError) ADD_FAILURE() << d.ToString();
  }
  return result.ok() ? result.rules : std::make_shared<RuleSet>();
}

// One rule named "r" with this condition.
inline std::string RuleText(std::string_view condition, std::string_view more = "", std::string_view name = "r") {
  std::string quoted;
  for (char c : condition) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return "- rule: " + std::string(name) + "\n  desc: d\n  condition: '" + quoted +
         "'\n  output: matched\n  priority: WARNING\n" + std::string(more);
}

inline SyntheticEvent EventFrom(std::string_view text) {
  auto event = SyntheticEvent::FromText(text);
  if (!event.ok()) {
    ADD_FAILURE() << text << ": " << event.status().ToString();
    return std::move(SyntheticEvent::FromText("evt.type=openat")).value();
  }
  return *std::move(event);
}

// An engine that keeps its alerts.
class Detector {
 public:
  explicit Detector(std::string_view yaml, EngineOptions options = {})
      : Detector(RulesFrom(yaml), std::move(options)) {}
  explicit Detector(std::shared_ptr<const RuleSet> rules, EngineOptions options = {})
      : engine_(std::move(options), [this](Alert a) { alerts_.push_back(std::move(a)); }) {
    engine_.SetRules(std::move(rules));
  }

  std::vector<Alert> On(const Event& event) {
    alerts_.clear();
    engine_.OnEvent(event);
    return std::move(alerts_);
  }
  std::vector<Alert> On(std::string_view text) {
    const SyntheticEvent event = EventFrom(text);
    return On(event.event());
  }
  std::vector<std::string> RulesOn(std::string_view text) {
    std::vector<std::string> names;
    for (const Alert& a : On(text)) names.push_back(a.rule);
    return names;
  }
  Engine& engine() { return engine_; }

 private:
  std::vector<Alert> alerts_;
  Engine engine_;
};

inline bool Matches(std::string_view condition, std::string_view event) {
  return !Detector(RuleText(condition)).On(event).empty();
}

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_ENGINE_RULES_FROM_H_
