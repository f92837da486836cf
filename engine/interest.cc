// SPDX-License-Identifier: Apache-2.0
//
// InterestOf: what the sensor has to deliver. Every answer is a sound over-approximation: a rule can only match events
// that are in it.
#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/call_compiler.h"
#include "engine/engine.h"
#include "engine/matcher.h"
#include "engine/policy_guard.h"
#include "engine/program.h"
#include "engine/verdict_check.h"

namespace vedette {
namespace {

// Which truth values a condition may have, over all the events considered.
struct Truth {
  bool may_hold = true;
  bool may_fail = true;
};

// Could a rule match an open that failed before any hook saw it (ENOENT, ENOTDIR, …)? Such an event has evt.rawres < 0,
// evt.res is not SUCCESS and fd.num is -1; about anything else nothing is assumed.
class FailedOpen {
 public:
  explicit FailedOpen(const RuleSet& rules)
      : rules_(rules), matchers_(rules.predicates.size()), memo_(rules.nodes.size()) {}

  bool MayMatch(const Rule& rule) {
    for (std::string_view name : Info(VD_KIND_FILE_OPEN).types) {
      const std::optional<EventTypeId> type = FindEventType(name);
      if (!type || !rule.types.test(*type)) continue;
      type_ = *type;
      ++round_;
      if (Of(rule.root).may_hold) return true;
    }
    return false;
  }

 private:
  Truth Of(uint32_t n) {
    if (memo_[n].round != round_) {
      const Truth truth = OfNode(rules_.nodes[n]);
      memo_[n] = {round_, truth};
    }
    return memo_[n].truth;
  }

  Truth OfNode(const Node& node) {
    if (node.kind == Node::Kind::kPredicate) return OfPredicate(node.predicate);
    if (node.kind == Node::Kind::kNot) {
      const Truth t = Of(node.children.front());
      return {t.may_fail, t.may_hold};
    }
    const bool is_and = node.kind == Node::Kind::kAnd;
    Truth out{is_and, !is_and};
    for (uint32_t child : node.children) {
      const Truth t = Of(child);
      out.may_hold = is_and ? out.may_hold && t.may_hold : out.may_hold || t.may_hold;
      out.may_fail = is_and ? out.may_fail || t.may_fail : out.may_fail && t.may_fail;
    }
    return out;
  }

  Truth OfPredicate(uint32_t index) {
    const Predicate& p = rules_.predicates[index];
    const std::string_view name = p.field.field->name;
    if (!p.field.transformers.empty() || p.right) return {};
    if (IsTypeTest(p)) {
      const bool holds = MatcherOf(index).Matches(Value::String(EventTypeName(type_)));
      return {holds, !holds};
    }
    if (name == "fd.num") return {MatcherOf(index).Matches(Value::Number(-1)), true};  // it may also be NULL
    if (name == "evt.rawres") return OverErrors(MatcherOf(index));
    if (name == "evt.res" && (p.op == Operator::kEqual || p.op == Operator::kIn)) {
      return {std::any_of(p.values.begin(), p.values.end(), [](const Literal& l) { return l.text != "SUCCESS"; }),
              true};
    }
    return {};
  }

  const Matcher& MatcherOf(uint32_t predicate) {
    if (matchers_[predicate] == nullptr) matchers_[predicate] = CompileMatcher(rules_.predicates[predicate]);
    return *matchers_[predicate];
  }

  static Truth OverErrors(const Matcher& matcher) {
    constexpr int64_t kMaxErrno = 4095;
    bool may_hold = false;
    for (int64_t e = 1; e <= kMaxErrno && !may_hold; ++e) may_hold = matcher.Matches(Value::Number(-e));
    return {may_hold, true};
  }

  const RuleSet& rules_;
  std::vector<std::unique_ptr<const Matcher>> matchers_;
  struct Remembered {
    uint32_t round = 0;
    Truth truth;
  };
  std::vector<Remembered> memo_;  // per node, of this round
  uint32_t round_ = 0;            // one per rule and type
  EventTypeId type_ = 0;
};

void WantCall(std::string_view name, Interest& interest) {
  interest.kinds.set(VD_KIND_SYSCALL);
  interest.calls.set(*FindEventType(name));
}

void AddInterestOfAll(const std::vector<FieldRef>& fields, Interest& interest) {
  for (const FieldRef& field : fields) AddInterest(field, interest);
}

// What a rule reads besides its condition.
void AddReads(const Rule& rule, Interest& interest) {
  for (const OutputPart& part : rule.output) AddInterest(part.field, interest);
  for (const ExtraField& extra : rule.extra_fields) {
    for (const OutputPart& part : extra.format) AddInterest(part.field, interest);
  }
  if (rule.throttle) AddInterestOfAll(rule.throttle->by, interest);
  if (rule.correlation) AddInterestOfAll(rule.correlation->by, interest);
}

void AddPredicate(const Predicate& p, Interest& interest) {
  AddInterest(p.field, interest);
  if (p.right) AddInterest(*p.right, interest);
  if (!p.field.field->is_domain) return;
  constexpr Operator kWholeNames[] = {Operator::kEqual, Operator::kNotEqual, Operator::kIn, Operator::kIntersects};
  if (std::find(std::begin(kWholeNames), std::end(kWholeNames), p.op) == std::end(kWholeNames)) return;
  for (const Literal& l : p.values) interest.domains.push_back(l.text);
}

// The predicates that an enabled rule reaches.
void AddConditions(const RuleSet& rules, Interest& interest) {
  std::vector<bool> seen(rules.nodes.size());
  std::vector<uint32_t> todo;
  for (const Rule& rule : rules.rules) {
    if (rule.enabled) todo.push_back(rule.root);
  }
  while (!todo.empty()) {
    const uint32_t n = todo.back();
    todo.pop_back();
    if (seen[n]) continue;
    seen[n] = true;
    const Node& node = rules.nodes[n];
    if (node.kind == Node::Kind::kPredicate) AddPredicate(rules.predicates[node.predicate], interest);
    todo.insert(todo.end(), node.children.begin(), node.children.end());
  }
}

// Where the calls of a profile are refused, and told or killed for.
void AddCalls(const CallPolicy& policy, Interest& interest) {
  const CompiledCalls calls = CompileCalls(policy);
  interest.call_policies = true;
  interest.verdict_kinds |= calls.hooks;
  if (calls.at_entry) interest.kinds.set(VD_KIND_SYSCALL_ENTRY);
  if (calls.hooks.test(VD_KIND_EXEC)) interest.kinds.set(VD_KIND_EXEC_FAILED);
}

// Never watched for alone: only what is refused is told, and the entry costs each system call of each process.
constexpr EventKind kOnlyRefused[] = {VD_KIND_CAPABLE, VD_KIND_SYSCALL_ENTRY};

}  // namespace

void AddInterest(const FieldRef& ref, Interest& interest) {
  if (ref.call != nullptr) AddInterestOfAll(ref.call->arguments, interest);
  if (ref.field == nullptr) return;
  if (NeedsEnvironments(*ref.field)) interest.environments = true;
  if (NeedsExecDetails(*ref.field)) interest.exec_details = true;
  if (ref.field->name != "proc.cwd") return;  // where a process is now: that takes every change of it
  for (std::string_view call : {"chdir", "fchdir"}) WantCall(call, interest);
}

Interest InterestOf(const RuleSet& rules) {
  Interest interest;
  for (const EventKindInfo& info : AllEventKinds()) {
    if (info.lane == VD_LANE_LIFECYCLE) interest.kinds.set(info.kind);
  }
  FailedOpen failed_open(rules);
  for (const Rule& rule : rules.rules) {
    if (!rule.enabled) continue;
    EventKinds watched = rule.kinds;
    for (EventKind kind : kOnlyRefused) watched.reset(kind);
    interest.kinds |= watched;
    AddReads(rule, interest);
    interest.calls |= rule.types & TypesOfKind(VD_KIND_SYSCALL);
    if (rule.kinds.test(VD_KIND_FILE_OPEN) && !interest.failed_opens && rule.profile.empty())
      interest.failed_opens = failed_open.MayMatch(rule);
    if (rule.calls != nullptr) {
      AddCalls(*rule.calls, interest);
      continue;
    }
    if (!Decides(rule)) continue;
    if (rule.kinds.test(VD_KIND_CAPABLE) && rule.profile.empty()) interest.capable_of_all = true;
    // A refused exec is decided at EXEC and reported as EXEC_FAILED.
    interest.verdict_kinds |= rule.kinds & DecidableKinds();
    if (rule.action == Action::kKill) {
      interest.verdict_kinds |= rule.kinds & KilledAfterKinds();
      interest.killed_calls |= rule.types & TypesOfKind(VD_KIND_SYSCALL);
    }
    if (rule.guard && (rule.kinds & GuardedKinds()).any()) {
      interest.verdict_kinds.set(VD_KIND_FILE_RENAME);
      interest.verdict_kinds.set(VD_KIND_FILE_LINK);
    }
    if (rule.kinds.test(VD_KIND_EXEC)) interest.kinds.set(VD_KIND_EXEC_FAILED);
  }
  AddConditions(rules, interest);
  interest.profiles = ProfileNamesOf(rules);
  std::sort(interest.domains.begin(), interest.domains.end());
  interest.domains.erase(std::unique(interest.domains.begin(), interest.domains.end()), interest.domains.end());
  interest.verdict_kinds.reset(VD_KIND_EXEC_FAILED);
  return interest;
}

}  // namespace vedette
