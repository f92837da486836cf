// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_windows.h"

#include <fmt/format.h>

#include <iterator>
#include <unordered_map>
#include <utility>

#include "engine/verdict_check.h"

namespace vedette {
namespace {

// Written by the event thread alone.
void Add(std::atomic<uint64_t>& counter, uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

void AppendKey(const std::vector<FieldRef>& by, std::string& out) {
  for (const FieldRef& field : by) out += "\n  " + field.spelling;
}

// All that the meaning of a rule's state depends on.
std::string DefinitionOf(const Rule& rule) {
  if (!rule.throttle && !rule.correlation) return "";
  std::string out = rule.name + "\n" + rule.condition;
  auto add = std::back_inserter(out);
  if (rule.throttle) {
    fmt::format_to(add, "\nthrottle {} {} {}", rule.throttle->limit, rule.throttle->within_ns, rule.throttle->verdicts);
    AppendKey(rule.throttle->by, out);
  }
  if (rule.correlation) {
    fmt::format_to(add, "\ncorrelation {} {} {}", rule.correlation->at_least, rule.correlation->within_ns,
                   rule.correlation->steps.size());
    AppendKey(rule.correlation->by, out);
  }
  return out;
}

std::unique_ptr<Correlation> NewCorrelation(const CorrelationSpec& spec) {
  if (spec.is_sequence()) return std::make_unique<SequenceCorrelation>(spec);
  return std::make_unique<CountCorrelation>(spec);
}

}  // namespace

RuleWindows::RuleWindows(const RuleSet& rules, RuleWindows* before, Counters* counters)
    : states_(rules.rules.size()), throttled_(rules.rules.size()), counters_(*counters) {
  std::unordered_map<std::string_view, State*> former;
  if (before != nullptr) {
    for (State& state : before->states_) {
      if (!state.definition.empty()) former.emplace(state.definition, &state);
    }
  }
  for (const Rule& rule : rules.rules) {
    State& state = states_[rule.index];
    state.definition = DefinitionOf(rule);
    if (state.definition.empty()) continue;
    if (auto same = former.find(state.definition); same != former.end()) {
      state.throttle = std::move(same->second->throttle);
      state.correlation = std::move(same->second->correlation);
    }
    if (rule.throttle && !state.throttle) state.throttle = std::make_unique<Throttle>(*rule.throttle);
    if (rule.correlation && !state.correlation) state.correlation = NewCorrelation(*rule.correlation);
  }
}

std::optional<Correlated> RuleWindows::Correlate(const Rule& rule, const Event& event, StepMask steps) {
  Correlation& correlation = *states_[rule.index].correlation;
  const std::string_view key = key_.Of(rule.correlation->by, event);
  if (key_.has_null()) {  // "unknown" is no common ground
    Add(counters_.unkeyed, 1);
    return std::nullopt;
  }
  const uint64_t forgotten = correlation.keys_forgotten();
  std::optional<Correlated> found = correlation.Add(key, event.time_ns, steps);
  Add(counters_.correlation_keys_forgotten, correlation.keys_forgotten() - forgotten);
  return found;
}

std::optional<uint64_t> RuleWindows::Pass(const Rule& rule, const Event& event) {
  if (HasVerdict(event) && !rule.throttle->verdicts) return 0;
  Throttle& throttle = *states_[rule.index].throttle;
  const uint64_t forgotten = throttle.keys_forgotten();
  std::optional<uint64_t> suppressed = throttle.Pass(key_.Of(rule.throttle->by, event), event.time_ns);
  Add(counters_.throttle_keys_forgotten, throttle.keys_forgotten() - forgotten);
  if (!suppressed) {
    Add(counters_.throttled, 1);
    Add(throttled_[rule.index], 1);
  }
  return suppressed;
}

}  // namespace vedette
