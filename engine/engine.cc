// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/evaluator.h"
#include "engine/output_format.h"
#include "engine/program.h"
#include "engine/relevance.h"
#include "engine/rule_windows.h"
#include "engine/time_span.h"
#include "engine/uuid.h"
#include "engine/verdict_check.h"
#include "sensor/event/event_facts.h"

namespace vedette {
namespace {

// Written by the event thread alone, read by any: no read-modify-write is needed.
void Increment(std::atomic<uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

using Counters = std::vector<std::atomic<uint64_t>>;

// What an alert tells besides its event: as fields, and at the end of its text.

void AddCorrelation(const CorrelationSpec& spec, const Correlated& found, Alert& alert) {
  alert.fields.emplace_back("correlation.count", static_cast<int64_t>(found.count));
  fmt::format_to(std::back_inserter(alert.output), " correlation.count={}", found.count);
  if (spec.is_sequence()) {
    std::string steps;
    for (const CorrelationSpec::Step& step : spec.steps) steps += (steps.empty() ? "" : ", ") + step.name;
    alert.output += " correlation.steps=[" + steps + "]";
    alert.fields.emplace_back("correlation.steps", std::move(steps));
  }
  const auto span = static_cast<int64_t>(TimeBetween(found.first_ns, found.last_ns));
  alert.fields.emplace_back("correlation.span_ns", span);
}

void AddSuppressed(uint64_t suppressed, Alert& alert) {
  alert.fields.emplace_back("throttle.suppressed", static_cast<int64_t>(suppressed));
  if (suppressed != 0) fmt::format_to(std::back_inserter(alert.output), " throttle.suppressed={}", suppressed);
}

// One rule set, ready to run.
struct Loaded {
  Loaded(std::shared_ptr<const RuleSet> rules, Priority threshold)
      : program(std::move(rules), threshold),
        evaluator(program),
        relevance(program),
        verdict_kinds(InterestOf(program.rules()).verdict_kinds) {}

  const RuleSet& rules() const { return program.rules(); }

  Program program;
  Evaluator evaluator;
  Relevance relevance;
  EventKinds verdict_kinds;
};

}  // namespace

class Engine::Impl {
 public:
  Impl(EngineOptions options, AlertSink sink) : options_(std::move(options)), sink_(std::move(sink)) {
    verdict_field_.field = FindField("evt.verdict").field;
    verdict_field_.spelling = "evt.verdict";
  }

  void SetRules(std::shared_ptr<const RuleSet> rules) {
    auto matches = std::make_shared<Counters>(rules->rules.size());
    auto disagreements = std::make_shared<Counters>(rules->rules.size());
    auto windows = std::make_shared<RuleWindows>(*rules, windows_, &window_counters_);
    former_rules_ = shared_rules_;
    loaded_ = std::make_unique<Loaded>(rules, options_.threshold);
    std::lock_guard lock(mutex_);
    matches_ = matches.get();
    windows_ = windows.get();
    shared_matches_ = std::move(matches);
    rule_disagreements_ = disagreements.get();
    shared_disagreements_ = std::move(disagreements);
    shared_windows_ = std::move(windows);
    shared_rules_ = std::move(rules);
  }

  MuteFor OnEvent(const Event& event) {
    if (loaded_ == nullptr || (event.header->flags & VD_F_SEED) != 0 || event.type >= kMaxEventTypes)
      return MuteFor::kNobody;
    Increment(events_);
    const Program::TypeRules& type = loaded_->program.RulesOf(event.type);
    if (type.rules.empty() && !NamesRule(event) && TagOf(event) == 0) return MuteFor::kNobody;
    loaded_->evaluator.Start(event);
    const Rule* decider = nullptr;
    if (NamesRule(event)) {
      decider = OnVerdict(event);
      if (options_.matching == RuleMatching::kFirst) return MuteFor::kNobody;
    }
    bool relevant = decider != nullptr;
    for (uint32_t position : loaded_->evaluator.Matches(type)) {
      const Program::TypedRule& typed = type.rules[position];
      relevant = true;
      const Rule& rule = loaded_->rules().rules[typed.rule];
      if (!rule.profile.empty() && !ReachedAHook(event)) continue;
      if (decider != nullptr && rule.name == decider->name) continue;
      CompareWithAllowed(event, rule);
      if (rule.correlation && !Correlate(event, rule, typed)) continue;
      Emit(event, rule);
      if (options_.matching == RuleMatching::kFirst) return MuteFor::kNobody;
    }
    if (relevant || TagOf(event) == 0) return MuteFor::kNobody;
    return loaded_->relevance.IrrelevantFor(event, loaded_->evaluator);
  }

  EngineStats Stats() const {
    EngineStats stats;
    stats.events = events_.load(std::memory_order_relaxed);
    stats.alerts = alerts_.load(std::memory_order_relaxed);
    stats.verdict_disagreements = disagreements_.load(std::memory_order_relaxed);
    stats.throttled = window_counters_.throttled.load(std::memory_order_relaxed);
    stats.throttle_keys_forgotten = window_counters_.throttle_keys_forgotten.load(std::memory_order_relaxed);
    stats.correlation_keys_forgotten = window_counters_.correlation_keys_forgotten.load(std::memory_order_relaxed);
    stats.correlation_unkeyed = window_counters_.unkeyed.load(std::memory_order_relaxed);
    std::lock_guard lock(mutex_);
    if (shared_rules_ == nullptr) return stats;
    for (const auto& m : *shared_matches_) stats.matches.push_back(m.load(std::memory_order_relaxed));
    for (const Rule& rule : shared_rules_->rules) {
      const uint64_t n = shared_windows_->throttled(rule.index);
      if (n != 0) stats.throttled_by_rule.emplace_back(rule.name, n);
      const uint64_t others = (*shared_disagreements_)[rule.index].load(std::memory_order_relaxed);
      if (others != 0) stats.disagreements_by_rule.emplace_back(rule.name, others);
    }
    return stats;
  }

 private:
  // What the kernel refused is always reported, whatever user space thinks of it. The rule that refused, if known.
  const Rule* OnVerdict(const Event& event) {
    const Rule* decider = DecidingRule(event, loaded_->rules());
    if (decider == nullptr) return OnFormerVerdict(event);
    if (options_.compare_verdicts && IsComparable(event) && decider->calls == nullptr &&
        decider->priority <= options_.threshold && !ConditionHolds(event, *decider)) {
      Disagree(*decider);
    }
    Emit(event, *decider);
    return decider;
  }

  // It was decided before the last reload and comes after it. A rule that is still there counts and throttles it.
  const Rule* OnFormerVerdict(const Event& event) {
    const Rule* former = former_rules_ == nullptr ? nullptr : DecidingRule(event, *former_rules_);
    if (former == nullptr) {
      EmitUnknownPolicy(event);
      return nullptr;
    }
    const std::vector<Rule>& rules = loaded_->rules().rules;
    const auto same = std::find_if(rules.begin(), rules.end(),
                                   [&](const Rule& rule) { return rule.name == former->name && Decides(rule); });
    if (same == rules.end()) {
      Send(event, AlertOf(event, *former));
      return former;
    }
    Emit(event, *same);
    return &*same;
  }

  bool ConditionHolds(const Event& event, const Rule& rule) {
    const std::vector<Program::TypedRule>& typed = loaded_->program.RulesOf(event.type).rules;
    const auto it = std::lower_bound(typed.begin(), typed.end(), rule.index,
                                     [](const Program::TypedRule& t, uint32_t index) { return t.rule < index; });
    return it != typed.end() && it->rule == rule.index && loaded_->evaluator.Holds(it->root);
  }

  // A rule that refuses matches, and the kernel let the operation pass.
  void CompareWithAllowed(const Event& event, const Rule& rule) {
    if (!options_.compare_verdicts || !Decides(rule) || !IsComparable(event)) return;
    if (WasAllowedByHook(event, loaded_->verdict_kinds)) Disagree(rule);
  }

  void Disagree(const Rule& rule) {
    Increment(disagreements_);
    Increment((*rule_disagreements_)[rule.index]);
  }

  Alert NewAlert(const Event& event) {
    Alert alert;
    alert.id = ids_.Next(event.time_ns);
    alert.time_ns = event.time_ns;
    alert.hostname = options_.hostname;
    alert.verdict = static_cast<vd_verdict>(event.header->verdict);
    return alert;
  }

  // Whether this event completes what the rule's count or sequence asks for.
  bool Correlate(const Event& event, const Rule& rule, const Program::TypedRule& typed) {
    correlated_ = windows_->Correlate(rule, event, loaded_->evaluator.StepsOf(typed));
    return correlated_.has_value();
  }

  void Emit(const Event& event, const Rule& rule) {
    Increment((*matches_)[rule.index]);
    std::optional<uint64_t> suppressed = 0;
    if (rule.throttle) suppressed = windows_->Pass(rule, event);
    if (!suppressed) return;
    Alert alert = AlertOf(event, rule);
    if (rule.correlation) AddCorrelation(*rule.correlation, *correlated_, alert);
    if (rule.throttle) AddSuppressed(*suppressed, alert);
    Send(event, std::move(alert));
  }

  Alert AlertOf(const Event& event, const Rule& rule) {
    Alert alert = NewAlert(event);
    alert.rule = rule.name;
    alert.priority = rule.priority;
    alert.source = rule.source;
    alert.tags = rule.tags;
    alert.action = rule.action;
    alert.output = format_.Line(rule.output, event);
    format_.AddFields(rule.output, event, alert.fields);
    for (const ExtraField& extra : rule.extra_fields) format_.AddExtra(extra, event, alert.fields);
    return alert;
  }

  // It was decided under a set that has been replaced more than once since: its name is gone, the refusal is not.
  void EmitUnknownPolicy(const Event& event) {
    Alert alert = NewAlert(event);
    alert.rule = fmt::format("Replaced rule {}", event.header->policy_id);
    alert.priority = Priority::kCritical;
    alert.source = "syscall";
    alert.action = Action::kDeny;
    alert.output = fmt::format("refused by a rule of a set that was replaced meanwhile | type={} pid={}",
                               EventTypeName(event.type), event.header->pid);
    Send(event, std::move(alert));
  }

  void Send(const Event& event, Alert alert) {
    const bool has_time =
        std::any_of(alert.fields.begin(), alert.fields.end(), [](const auto& f) { return f.first == "evt.time"; });
    if (!has_time) alert.fields.emplace_back("evt.time", event.time_ns);
    if (HasVerdict(event)) format_.AddField(verdict_field_, event, alert.fields);
    for (const FieldRef& field : options_.appended_fields) format_.AddField(field, event, alert.fields);
    Increment(alerts_);
    sink_(std::move(alert));
  }

  // Constant after construction.
  const EngineOptions options_;
  const AlertSink sink_;
  FieldRef verdict_field_;

  // Of the event thread.
  std::unique_ptr<Loaded> loaded_;
  std::shared_ptr<const RuleSet> former_rules_;  // until the last reload
  Counters* matches_ = nullptr;                  // of shared_matches_
  Counters* rule_disagreements_ = nullptr;       // of shared_disagreements_
  RuleWindows* windows_ = nullptr;               // of shared_windows_
  std::optional<Correlated> correlated_;         // of the alert being made
  OutputFormat format_;
  UuidV7 ids_;

  // Of any thread.
  std::atomic<uint64_t> events_{0}, alerts_{0}, disagreements_{0};
  RuleWindows::Counters window_counters_;
  mutable std::mutex mutex_;
  // The pointers are guarded by mutex_, the counters behind them are atomic.
  std::shared_ptr<Counters> shared_matches_;
  std::shared_ptr<Counters> shared_disagreements_;
  std::shared_ptr<RuleWindows> shared_windows_;
  std::shared_ptr<const RuleSet> shared_rules_;
};

Engine::Engine(EngineOptions options, AlertSink sink)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(sink))) {}
Engine::~Engine() = default;
void Engine::SetRules(std::shared_ptr<const RuleSet> rules) { impl_->SetRules(std::move(rules)); }
MuteFor Engine::OnEvent(const Event& event) { return impl_->OnEvent(event); }
EngineStats Engine::Stats() const { return impl_->Stats(); }

}  // namespace vedette
