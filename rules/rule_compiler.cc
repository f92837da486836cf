// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rules/condition_compiler.h"
#include "rules/event_types.h"
#include "rules/exception_text.h"
#include "rules/list_expansion.h"
#include "rules/macro_expansion.h"
#include "rules/output_template.h"
#include "rules/parser.h"
#include "rules/window_compiler.h"
#include "sensor/event/profile_names.h"

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
      : collector_(collector),
        options_(options),
        diagnostics_(diagnostics),
        set_(set),
        lists_(collector.lists(), &diagnostics),
        macros_(collector.macros(), lists_, &diagnostics),
        conditions_(&set, &diagnostics),
        event_types_(&set) {}

  void Add(const RuleDefinition& definition) {
    if (definition.unknown_source) return;
    const ConditionCompiler::Options options = OptionsOf(definition);
    bool windows = CheckWindows(definition, diagnostics_);
    std::optional<ExprPtr> condition = definition.condition ? Condition(definition) : ExprPtr();
    MappedText output = Output(definition);
    OutputResult parts = ParseOutput(output, options.skip_unknown, diagnostics_);
    Rule rule = Describe(definition);
    windows = CompileWindows(definition, rule) && windows;
    std::vector<ExprPtr> steps;
    if (definition.sequence && !Steps(definition, condition, steps)) return;
    if (!condition) return;
    if (definition.sequence) condition = MakeExpr(Expr::Kind::kOr, steps.front()->position, steps);
    auto compiled = conditions_.Compile(*condition, options);
    if (parts.state != OutputResult::State::kOk || compiled.state != CheckResult::State::kOk || !windows) return;

    rule.index = static_cast<uint32_t>(set_.rules.size());
    rule.root = compiled.root;
    for (size_t i = 0; i < steps.size(); ++i) {
      rule.correlation->steps[i].root = conditions_.Compile(steps[i], options).root;  // known: part of the condition
    }
    rule.condition = ToText(**condition, kMaxConditionText);
    rule.output = std::move(parts.parts);
    rule.output_template = output.text();
    AddExtraFields(definition, rule);
    for (OutputPart& part : rule.output) part.field.arg.resolved = options.resolved;
    for (ExtraField& extra : rule.extra_fields) {
      for (OutputPart& part : extra.format) part.field.arg.resolved = options.resolved;
    }
    AddEventTypes(definition, compiled.unreported, rule);
    WarnOfOutputDeprecations(definition, rule);
    set_.rules.push_back(std::move(rule));
  }

  void Add(const ProfileDefinition& definition) {
    const ConditionCompiler::Options options{.skip_unknown = false, .resolved = true};
    const std::optional<ExprPtr> scope = Parsed(definition.match, options);
    if (!scope) return;
    const auto compiled = conditions_.Compile(*scope, options);
    if (compiled.state != CheckResult::State::kOk) return;
    set_.profiles.push_back(
        {definition.name, ProfileId(definition.name), compiled.root, definition.until_known, definition.position});
  }

  void WarnUnused() const {
    lists_.WarnUnused();
    macros_.WarnUnused();
  }

 private:
  static ConditionCompiler::Options OptionsOf(const RuleDefinition& definition) {
    return {definition.skip_if_unknown_filter.value_or(false),
            definition.action.value_or(Action::kAlert) != Action::kAlert};
  }

  // Once per rule, so that its errors are reported once, however many sequences have it as a step.
  std::optional<ExprPtr> Condition(const RuleDefinition& definition) {
    auto known = conditions_of_.find(&definition);
    if (known == conditions_of_.end()) known = conditions_of_.emplace(&definition, NewCondition(definition)).first;
    return known->second;
  }

  std::optional<ExprPtr> NewCondition(const RuleDefinition& definition) {
    MappedText text = *definition.condition;
    if (definition.exceptions) text = ExceptionCondition(text, *definition.exceptions, diagnostics_);
    return Parsed(text, OptionsOf(definition));
  }

  std::optional<ExprPtr> Parsed(const MappedText& text, ConditionCompiler::Options options) {
    auto expanded = lists_.Expand(text);
    if (!expanded) return std::nullopt;
    ExprPtr parsed = ParseCondition(*expanded, diagnostics_);
    if (parsed == nullptr) return std::nullopt;
    ExprPtr condition = macros_.Expand(parsed);
    if (condition == nullptr) {
      CheckLeaves(parsed, options);
      return std::nullopt;
    }
    return condition;
  }

  bool CompileWindows(const RuleDefinition& definition, Rule& rule) {
    if (definition.throttle) rule.throttle = CompileThrottle(*definition.throttle, diagnostics_);
    if (definition.count) rule.correlation = CompileCount(*definition.count, diagnostics_);
    if (definition.sequence) rule.correlation = CompileSequence(*definition.sequence, diagnostics_);
    const bool correlates = definition.count || definition.sequence;
    return definition.throttle.has_value() == rule.throttle.has_value() && correlates == rule.correlation.has_value();
  }

  // The condition of each step; the rule's own has to hold, too. All steps are tried, for the sake of their errors.
  bool Steps(const RuleDefinition& definition, const std::optional<ExprPtr>& own, std::vector<ExprPtr>& out) {
    bool good = own.has_value();
    for (const SequenceDefinition::Step& step : definition.sequence->steps) {
      std::optional<ExprPtr> condition = StepCondition(definition, step.condition);
      if (!condition) {
        good = false;
      } else if (own && *own != nullptr) {
        out.push_back(MakeExpr(Expr::Kind::kAnd, (*condition)->position, {*own, *condition}));
      } else {
        out.push_back(*condition);
      }
    }
    for (const ExprPtr& step : out) {
      if (!good) conditions_.Compile(step, OptionsOf(definition));  // for its errors
    }
    return good;
  }

  // A step is a condition (a macro's name is one), or the name of a rule, whose condition it then has.
  std::optional<ExprPtr> StepCondition(const RuleDefinition& definition, const MappedText& text) {
    auto named = [&](const auto& item) { return item.name == text.text(); };
    const auto rule = std::find_if(collector_.rules().begin(), collector_.rules().end(), named);
    const bool macro = std::any_of(collector_.macros().begin(), collector_.macros().end(), named);
    if (macro || rule == collector_.rules().end()) return Parsed(text, OptionsOf(definition));
    if (!rule->count && !rule->sequence && !rule->unknown_source) return Condition(*rule);
    diagnostics_.Error(
        text.Origin(0),
        fmt::format("the rule {} cannot be a step: it {}", Quoted(rule->name),
                    rule->unknown_source ? "has an unknown source" : "has 'count' or 'sequence' itself; use a macro"));
    return std::nullopt;
  }

  // Type errors beside an undefined macro belong to the same run.
  void CheckLeaves(const ExprPtr& expr, ConditionCompiler::Options options) {
    if (expr->kind == Expr::Kind::kCheck) conditions_.Compile(expr, options);
    for (const ExprPtr& child : expr->children) CheckLeaves(child, options);
  }

  static bool Matches(const OutputAddition& addition, const RuleDefinition& definition) {
    auto has = [&](const std::string& tag) {
      return definition.tags &&
             std::find(definition.tags->begin(), definition.tags->end(), tag) != definition.tags->end();
    };
    return (addition.source.empty() || addition.source == definition.source.value_or("syscall")) &&
           (addition.rule.empty() || addition.rule == definition.name) &&
           std::all_of(addition.tags.begin(), addition.tags.end(), has);
  }

  MappedText Output(const RuleDefinition& definition) const {
    MappedText output = *definition.output;
    const SourceOffset end = output.Origin(output.size());
    for (const OutputAddition& addition : options_.additions) {
      if (!Matches(addition, definition)) continue;
      if (!addition.text.empty()) output.AppendSynthetic(" " + addition.text, end);
      if (addition.suggested) output.AppendSynthetic(kSuggestedOutput, end);
    }
    return output;
  }

  // A later addition replaces an earlier one of the same name.
  void AddExtraFields(const RuleDefinition& definition, Rule& rule) {
    for (const OutputAddition& addition : options_.additions) {
      if (!Matches(addition, definition)) continue;
      for (const OutputAddition::Field& field : addition.fields) {
        MappedText text;
        text.AppendSynthetic(field.format ? *field.format : "%" + field.name, definition.output->Origin(0));
        OutputResult parsed = ParseOutput(text, false, diagnostics_);
        if (parsed.state != OutputResult::State::kOk) continue;
        std::erase_if(rule.extra_fields, [&](const ExtraField& earlier) { return earlier.name == field.name; });
        rule.extra_fields.push_back({field.name, std::move(parsed.parts), !field.format});
      }
    }
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
    rule.error = definition.error.value_or(0);
    rule.guard = definition.guard.value_or(true);
    rule.require_inline = definition.require_inline.value_or(false);
    rule.profile = definition.profile;
    rule.calls = definition.calls;
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
    if (rule.require_inline && rule.action == Action::kAlert) {
      diagnostics_.Error(
          definition.position,
          fmt::format("the rule {} says 'require: inline', which is about what 'action: deny' and 'kill' "
                      "do, and has neither; take it out, or add an action",
                      Quoted(rule.name)));
    }
    CheckErrno(definition, rule);
    if (rule.action == Action::kAlert && rule.enabled && rule.types.any() && IsOnlyOfCapable(rule.types)) {
      diagnostics_.Warning(
          definition.position,
          fmt::format("the rule {} will never alert: 'capable' is reported only when it is refused, or would "
                      "be; write 'action: deny' and 'mode: monitor'",
                      Quoted(rule.name)));
    }
    // A rule that is switched off reports nothing anyway, whatever its event types.
    if (rule.enabled || refuses_nothing) {
      for (uint32_t index : unreported) ReportUnreported(index, refuses_nothing);
    }
    const bool known = types.any() || unreported.empty();
    if (known && definition.warn_evttypes.value_or(true)) WarnOfTypes(definition, types);
  }

  void CheckErrno(const RuleDefinition& definition, const Rule& rule) {
    if (rule.error == 0 || !rule.profile.empty()) return;
    if (rule.action != Action::kDeny) {
      diagnostics_.Error(definition.position,
                         fmt::format("the rule {} says 'errno', which is about what 'action: deny' refuses; take it out{}",
                                     Quoted(rule.name),
                                     rule.action == Action::kKill ? ": who is killed sees no error" : ", or add the action"));
    } else if (rule.kinds.test(VD_KIND_CAPABLE)) {
      diagnostics_.Error(definition.position,
                         fmt::format("the rule {} says 'errno', but who asks for a capability is told yes or no only; take "
                                     "'errno' or 'capable' out",
                                     Quoted(rule.name)));
    }
  }

  static bool IsOnlyOfCapable(const EventTypes& types) { return (types & ~TypesOfKind(VD_KIND_CAPABLE)).none(); }

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

  const Collector& collector_;
  const LoadOptions& options_;
  Diagnostics& diagnostics_;
  RuleSet& set_;
  ListExpansion lists_;
  MacroExpansion macros_;
  ConditionCompiler conditions_;
  std::unordered_map<const RuleDefinition*, std::optional<ExprPtr>> conditions_of_;
  EventTypeAnalysis event_types_;
  std::set<std::pair<uint32_t, bool>> reported_;  // event types that no event reports: index, as an error
};

}  // namespace

void CompileRules(const Collector& collector, const LoadOptions& options, Diagnostics& diagnostics, RuleSet& set) {
  RuleCompiler compiler(collector, options, diagnostics, set);
  for (const ProfileDefinition& profile : collector.profiles()) compiler.Add(profile);
  for (const RuleDefinition& rule : collector.rules()) compiler.Add(rule);
  // After an error in their users they would only seem unused.
  if (!diagnostics.has_errors()) compiler.WarnUnused();
}

std::vector<std::string> ProfileNamesOf(const RuleSet& rules) {
  std::vector<std::string> out;
  for (const Profile& profile : rules.profiles) out.push_back(profile.name);
  return out;
}

std::string_view PriorityName(Priority p) {
  constexpr std::array<std::string_view, 8> kNames = {"Emergency", "Alert",  "Critical",      "Error",
                                                      "Warning",   "Notice", "Informational", "Debug"};
  return kNames[static_cast<size_t>(p)];
}

}  // namespace vedette
