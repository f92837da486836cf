// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_compiler.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <set>
#include <utility>

#include "rules/condition_compiler.h"
#include "rules/event_types.h"
#include "rules/exception_text.h"
#include "rules/list_expansion.h"
#include "rules/macro_expansion.h"
#include "rules/output_template.h"
#include "rules/parser.h"

namespace vedette {
namespace {

constexpr size_t kMaxConditionText = 64 * 1024;  // of Rule::condition
constexpr size_t kManyEventTypes = 100;          // Falco warns beyond this

// What Falco's container plugin suggests, and Falco appends by default.
constexpr std::string_view kSuggestedOutput =
    " container_id=%container.id container_name=%container.name"
    " container_image_repository=%container.image.repository container_image_tag=%container.image.tag"
    " k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name";

class RuleCompiler {
 public:
  RuleCompiler(const Collector& collector, const LoadOptions& options, Diagnostics& diagnostics, RuleSet& set)
      : options_(options),
        diagnostics_(diagnostics),
        set_(set),
        lists_(collector.lists(), &diagnostics),
        macros_(collector.macros(), lists_, &diagnostics),
        conditions_(&set, &diagnostics),
        event_types_(&set) {}

  void Add(const RuleDefinition& definition) {
    if (definition.unknown_source) return;
    bool skip = definition.skip_if_unknown_filter.value_or(false);
    auto condition = Condition(definition);
    MappedText output = Output(definition);
    OutputResult parts = ParseOutput(output, skip, diagnostics_);
    if (!condition) return;
    auto compiled = conditions_.Compile(*condition, skip);
    if (parts.state != OutputResult::State::kOk || compiled.state != CheckResult::State::kOk) return;

    Rule rule = Describe(definition);
    rule.index = static_cast<uint32_t>(set_.rules.size());
    rule.root = compiled.root;
    rule.condition = ToText(**condition, kMaxConditionText);
    rule.output = std::move(parts.parts);
    rule.output_template = output.text();
    AddEventTypes(definition, compiled.unreported, rule);
    WarnOfOutputDeprecations(definition, rule);
    set_.rules.push_back(std::move(rule));
  }

  void WarnUnused() const {
    lists_.WarnUnused();
    macros_.WarnUnused();
  }

 private:
  std::optional<ExprPtr> Condition(const RuleDefinition& definition) {
    MappedText text = *definition.condition;
    if (definition.exceptions) text = ExceptionCondition(text, *definition.exceptions, diagnostics_);
    auto expanded = lists_.Expand(text);
    if (!expanded) return std::nullopt;
    ExprPtr parsed = ParseCondition(*expanded, diagnostics_);
    if (parsed == nullptr) return std::nullopt;
    ExprPtr condition = macros_.Expand(parsed);
    if (condition == nullptr) {
      CheckLeaves(parsed, definition.skip_if_unknown_filter.value_or(false));
      return std::nullopt;
    }
    return condition;
  }

  // Type errors beside an undefined macro belong to the same run.
  void CheckLeaves(const ExprPtr& expr, bool skip_unknown) {
    if (expr->kind == Expr::Kind::kCheck) conditions_.Compile(expr, skip_unknown);
    for (const ExprPtr& child : expr->children) CheckLeaves(child, skip_unknown);
  }

  MappedText Output(const RuleDefinition& definition) const {
    MappedText output = *definition.output;
    if (options_.suggested_output) output.AppendSynthetic(kSuggestedOutput, output.Origin(output.size()));
    return output;
  }

  static Rule Describe(const RuleDefinition& definition) {
    Rule rule;
    rule.name = definition.name;
    rule.description = definition.description.value_or("");
    rule.priority = definition.priority.value_or(Priority::kDebug);
    rule.tags = definition.tags.value_or(std::vector<std::string>());
    rule.source = definition.source.value_or("syscall");
    rule.enabled = definition.enabled.value_or(true);
    rule.action = definition.action.value_or(Action::kAlert);
    rule.mode = definition.mode.value_or(Mode::kEnforce);
    rule.require_inline = definition.require_inline.value_or(false);
    rule.position = definition.position;
    rule.action_position = definition.action_position;
    return rule;
  }

  void AddEventTypes(const RuleDefinition& definition, const std::vector<uint32_t>& unreported, Rule& rule) {
    EventTypes types = event_types_.TypesOf(rule.root);
    rule.types = EventTypeAnalysis::Supported(types);
    rule.kinds = EventTypeAnalysis::KindsOf(rule.types);
    // Falco's files name such types beside others, so that it cannot be an error; but nothing to refuse is one.
    const bool refuses_nothing = rule.types.none() && rule.action != Action::kAlert;
    for (uint32_t index : unreported) ReportUnreported(index, refuses_nothing);
    const bool known = types.any() || unreported.empty();
    if (known && definition.warn_evttypes.value_or(true)) WarnOfTypes(definition, types);
  }

  // As Falco does, which then looks at every event.
  void WarnOfTypes(const RuleDefinition& definition, const EventTypes& types) {
    if (types.none()) {
      diagnostics_.Warning(definition.position,
                           fmt::format("the rule {} matches no event type: its checks of evt.type exclude each other, "
                                       "or it can never be true",
                                       Quoted(definition.name)));
    } else if (types.count() > kManyEventTypes) {
      diagnostics_.Warning(definition.position,
                           fmt::format("the rule {} matches too many event types, which costs time; add a check of "
                                       "evt.type to its condition",
                                       Quoted(definition.name)));
    }
  }

  void ReportUnreported(uint32_t index, bool error) {
    const CheckResult::Unreported& unreported = conditions_.Unreported(index);
    if (!reported_.insert({index, error}).second) return;
    if (error) {
      diagnostics_.Error(unreported.position, unreported.message);
    } else {
      diagnostics_.Warning(unreported.position, unreported.message);
    }
  }

  void WarnOfOutputDeprecations(const RuleDefinition& definition, const Rule& rule) {
    for (const OutputPart& part : rule.output) {
      if (part.field.field == nullptr || part.field.field->name != "evt.dir") continue;
      diagnostics_.Warning(
          definition.position,
          fmt::format("the output of the rule {} has the deprecated field evt.dir", Quoted(rule.name)));
      return;
    }
  }

  const LoadOptions& options_;
  Diagnostics& diagnostics_;
  RuleSet& set_;
  ListExpansion lists_;
  MacroExpansion macros_;
  ConditionCompiler conditions_;
  EventTypeAnalysis event_types_;
  std::set<std::pair<uint32_t, bool>> reported_;  // event types that no event reports: index, as an error
};

}  // namespace

void CompileRules(const Collector& collector, const LoadOptions& options, Diagnostics& diagnostics, RuleSet& set) {
  RuleCompiler compiler(collector, options, diagnostics, set);
  for (const RuleDefinition& rule : collector.rules()) compiler.Add(rule);
  // After an error in their users they would only seem unused.
  if (!diagnostics.has_errors()) compiler.WarnUnused();
}

std::string_view PriorityName(Priority p) {
  constexpr std::array<std::string_view, 8> kNames = {"Emergency", "Alert",  "Critical",      "Error",
                                                      "Warning",   "Notice", "Informational", "Debug"};
  return kNames[static_cast<size_t>(p)];
}

}  // namespace vedette
