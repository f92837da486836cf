// SPDX-License-Identifier: Apache-2.0
#include "rules/window_compiler.h"

#include <fmt/format.h>

#include <utility>

#include "rules/field_resolver.h"

namespace vedette {
namespace {

constexpr size_t kMaxStepName = 80;

bool ResolveKey(const WindowDefinition& definition, Diagnostics& diagnostics, std::vector<FieldRef>& out) {
  bool good = true;
  for (const MappedText& text : definition.by) {
    ResolvedField field = ResolveFieldText(text.text());
    if (field.ok()) {
      out.push_back(std::move(field.ref));
    } else {
      const SourcePosition at = text.empty() ? definition.position : diagnostics.sources().PositionOf(text.Origin(0));
      diagnostics.Error(at, text.empty() ? "'by' has an empty field" : field.error);
      good = false;
    }
  }
  return good;
}

template <typename Spec>
std::optional<Spec> CompileWindow(const WindowDefinition& definition, Diagnostics& diagnostics) {
  Spec out;
  if (!ResolveKey(definition, diagnostics, out.by)) return std::nullopt;
  out.within_ns = definition.within_ns;
  return out;
}

}  // namespace

std::optional<ThrottleSpec> CompileThrottle(const ThrottleDefinition& definition, Diagnostics& diagnostics) {
  auto out = CompileWindow<ThrottleSpec>(definition, diagnostics);
  if (!out) return std::nullopt;
  out->limit = definition.limit;
  out->verdicts = definition.verdicts;
  return out;
}

std::optional<CorrelationSpec> CompileCount(const CountDefinition& definition, Diagnostics& diagnostics) {
  auto out = CompileWindow<CorrelationSpec>(definition, diagnostics);
  if (out) out->at_least = definition.at_least;
  return out;
}

std::optional<CorrelationSpec> CompileSequence(const SequenceDefinition& definition, Diagnostics& diagnostics) {
  auto out = CompileWindow<CorrelationSpec>(definition, diagnostics);
  if (!out) return std::nullopt;
  for (const SequenceDefinition::Step& step : definition.steps) out->steps.push_back({StepName(step), 0});
  return out;
}

bool CheckWindows(const RuleDefinition& rule, Diagnostics& diagnostics) {
  const bool decides = rule.action.value_or(Action::kAlert) != Action::kAlert;
  const size_t errors = diagnostics.errors();
  if (rule.count && rule.sequence) {
    diagnostics.Error(rule.count->position,
                      fmt::format("the rule {} has both 'count' and 'sequence'; split it in two", Quoted(rule.name)));
  }
  auto refuse = [&](std::string_view key, SourcePosition at) {
    diagnostics.Error(at, fmt::format("the rule {} refuses, but a hook decides about one operation and cannot wait for "
                                      "'{}'; leave out '{}', or 'action'",
                                      Quoted(rule.name), key, key));
  };
  if (decides && rule.count) refuse("count", rule.count->position);
  if (decides && rule.sequence) refuse("sequence", rule.sequence->position);
  if (rule.sequence && rule.exceptions && !rule.exceptions->empty() && !rule.condition) {
    diagnostics.Error(rule.position, fmt::format("the exceptions of the rule {} need a 'condition' they are exceptions "
                                                 "from; it has to hold of every step",
                                                 Quoted(rule.name)));
  }
  if (decides && rule.throttle && !rule.throttle->verdicts) {
    diagnostics.Warning(
        rule.throttle->position,
        fmt::format("the throttle of the rule {} leaves out what the kernel refuses; add verdicts: true",
                    Quoted(rule.name)));
  }
  return diagnostics.errors() == errors;
}

std::string StepName(const SequenceDefinition::Step& step) {
  return step.name.empty() ? Printable(step.condition.text(), kMaxStepName) : Printable(step.name, kMaxStepName);
}

}  // namespace vedette
