// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_test.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/event_file.h"
#include "engine/engine.h"
#include "outputs/escape.h"
#include "rules/nearest_name.h"

namespace vedette {
namespace {

struct Came {
  Alert alert;
  uint64_t event = 0;  // inline: which one, from 1
  bool expected = false;
};

std::string TextOf(const AlertValue& value) {
  if (const auto* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const auto* n = std::get_if<int64_t>(&value)) return std::to_string(*n);
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? "<NA>" : *text;
}

// What makes the alert another one than the expected; "" if it is that.
std::string Difference(const ExpectedAlert& expected, const Came& came) {
  if (came.alert.rule != expected.rule) return "another rule";
  if (expected.event && came.event != *expected.event) return fmt::format("it is about event {}", came.event);
  for (const auto& [field, value] : expected.fields) {
    const auto found = std::find_if(came.alert.fields.begin(), came.alert.fields.end(),
                                    [&name = field](const auto& f) { return f.first == name; });
    if (found == came.alert.fields.end())
      return fmt::format("it has no field {}: the rule's output does not print it", field);
    if (TextOf(found->second) != value) {
      return fmt::format("its {} is {}, not {}", field, EscapedText(TextOf(found->second)), EscapedText(value));
    }
  }
  return "";
}

class Run {
 public:
  Run(const PolicyTests& tests, const PolicyTest& test, std::shared_ptr<const RuleSet> rules)
      : tests_(tests),
        test_(test),
        rules_(std::move(rules)),
        engine_(Options(), [this](Alert a) { Keep(std::move(a)); }) {
    engine_.SetRules(rules_);
  }

  PolicyTestResult Result() {
    result_.name = test_.name;
    result_.line = test_.line;
    if (!Feed()) return std::move(result_);
    for (const ExpectedAlert& expected : test_.alerts) Expect(expected);
    for (const ExpectedAlert& unwanted : test_.no_alerts) ExpectNot(unwanted);
    if (test_.no_others) ExpectNoOthers();
    return std::move(result_);
  }

 private:
  static EngineOptions Options() {
    EngineOptions options;
    options.compare_verdicts = false;
    return options;
  }

  void Keep(Alert alert) { came_.push_back({std::move(alert), event_, false}); }

  bool Feed() {
    for (const InlineEvent& event : test_.events) {
      ++event_;
      Event view = event.event.event();
      if (view.number == 0) view.number = event_;
      engine_.OnEvent(view);
    }
    if (test_.recording.empty()) return true;
    absl::StatusOr<EventFile> file = OpenEventFile(test_.recording, /*partial=*/false, *rules_);
    absl::Status status = file.ok() ? file->source->Run(
                                          [this](const Event& event) {
                                            event_ = event.number;
                                            engine_.OnEvent(event);
                                          },
                                          {}, {})
                                    : file.status();
    if (!status.ok()) Failure(test_.line, std::string(status.message().data(), status.message().size()));
    return status.ok();
  }

  void Failure(uint32_t line, const std::string& what) {
    result_.failures.push_back(fmt::format("{}:{}: {}", tests_.file, line, what));
  }

  std::string Place(const Came& came) const {
    if (test_.events.empty()) return fmt::format("event {}", came.event);
    return fmt::format("event {} (line {})", came.event, test_.events[came.event - 1].line);
  }

  void Expect(const ExpectedAlert& expected) {
    std::string near;
    for (Came& came : came_) {
      if (came.expected) continue;
      const std::string difference = Difference(expected, came);
      if (difference.empty()) {
        came.expected = true;
        return;
      }
      if (came.alert.rule == expected.rule && near.empty()) {
        near = fmt::format("; one came on {}, but {}", Place(came), difference);
      }
    }
    Failure(expected.line, fmt::format("expected an alert of '{}'{}", expected.rule, near.empty() ? Others() : near));
  }

  std::string Others() const {
    if (came_.empty()) return "; no alert came";
    std::string names;
    for (const Came& came : came_) {
      if (names.find("'" + came.alert.rule + "'") != std::string::npos) continue;
      names += (names.empty() ? "" : ", ") + ("'" + came.alert.rule + "'");
    }
    return "; came: " + names;
  }

  void ExpectNot(const ExpectedAlert& unwanted) {
    for (const Came& came : came_) {
      if (!Difference(unwanted, came).empty()) continue;
      Failure(unwanted.line, fmt::format("expected no alert of '{}'; it came on {}: {}", unwanted.rule, Place(came),
                                         EscapedText(came.alert.output)));
    }
  }

  void ExpectNoOthers() {
    for (const Came& came : came_) {
      if (came.expected) continue;
      Failure(test_.line, fmt::format("expected no other alert; '{}' came on {}: {}", came.alert.rule, Place(came),
                                      EscapedText(came.alert.output)));
    }
  }

  const PolicyTests& tests_;
  const PolicyTest& test_;
  const std::shared_ptr<const RuleSet> rules_;
  uint64_t event_ = 0;
  std::vector<Came> came_;
  Engine engine_;
  PolicyTestResult result_;
};

}  // namespace

std::vector<std::string> UnknownRules(const PolicyTests& tests, const RuleSet& rules) {
  std::vector<std::string_view> names;
  for (const Rule& rule : rules.rules) names.push_back(rule.name);
  std::vector<std::string> out;
  for (const PolicyTest& test : tests.tests) {
    for (const auto* list : {&test.alerts, &test.no_alerts}) {
      for (const ExpectedAlert& alert : *list) {
        if (std::find(names.begin(), names.end(), alert.rule) != names.end()) continue;
        out.push_back(fmt::format("{}:{}: error: there is no rule {}{}", tests.file, alert.line, Quoted(alert.rule),
                                  DidYouMean(NearestName(alert.rule, names))));
      }
    }
  }
  return out;
}

PolicyTestResult RunPolicyTest(const PolicyTests& tests, const PolicyTest& test, std::shared_ptr<const RuleSet> rules) {
  return Run(tests, test, std::move(rules)).Result();
}

}  // namespace vedette
