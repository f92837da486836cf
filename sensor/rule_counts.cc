// SPDX-License-Identifier: Apache-2.0
#include "sensor/rule_counts.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <vector>

#include "fmt/format.h"

namespace vedette {
namespace {

constexpr size_t kRules = 2 * VD_MAX_RULES;
constexpr char kFurther[] = "(further rules)";

void Increase(__u64& count, uint64_t by) {
  std::atomic_ref(*reinterpret_cast<uint64_t*>(&count)).fetch_add(by, std::memory_order_relaxed);
}

uint64_t Load(const __u64& count) {
  // atomic_ref of const does not exist before C++26; nothing is written.
  return std::atomic_ref(*reinterpret_cast<uint64_t*>(const_cast<__u64*>(&count))).load(std::memory_order_relaxed);
}

void SetName(vd_rule& rule, std::string_view name) {
  memset(rule.name, 0, sizeof(rule.name));
  memcpy(rule.name, name.data(), std::min(name.size(), sizeof(rule.name) - 1));
}

std::string_view NameOf(const vd_rule& rule) { return {rule.name, strnlen(rule.name, sizeof(rule.name))}; }

}  // namespace

absl::StatusOr<std::unique_ptr<RuleCounts>> RuleCounts::Open(int map) {
  void* memory = mmap(nullptr, kRules * sizeof(vd_rule), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  if (memory == MAP_FAILED) {
    return absl::InternalError(fmt::format("the map vd_rules cannot be mapped: {}", strerror(errno)));
  }
  auto counts = std::make_unique<RuleCounts>(std::span(static_cast<vd_rule*>(memory), kRules));
  counts->mapped_ = true;
  return counts;
}

RuleCounts::~RuleCounts() {
  if (mapped_) munmap(rules_.data(), rules_.size_bytes());
}

void RuleCounts::Begin(uint8_t generation, const KernelPolicy& policy) {
  std::map<uint32_t, vd_clause> clauses;                         // one of each rule, in the order of the rules
  for (uint32_t k = VD_KIND_NONE + 1; k < VD_KIND_COUNT; ++k) {  // those of kind NONE are profiles
    const vd_kind_policy& kind = policy.kinds[k];
    for (uint32_t i = 0; i < VD_MAX_CLAUSES; ++i) {
      if (vd_set_has(&kind.all, i) != 0) clauses.emplace(kind.clause[i].policy_id, kind.clause[i]);
    }
  }
  for (const KernelPolicy::Calls& calls : policy.calls) {
    vd_clause clause{};
    clause.policy_id = calls.table->policy_id;
    clause.action = calls.kills ? VD_ACTION_KILL : VD_ACTION_DENY;
    clause.monitor = calls.refuses ? 0 : 1;
    clauses.emplace(clause.policy_id, clause);
  }
  std::span<vd_rule> rules = Of(generation);
  memset(rules.data(), 0, rules.size_bytes());
  counters_[generation].clear();
  // Those that say an errno first: it is kept beside the counter, and the last ones share one.
  std::vector<vd_clause> ordered;
  for (const bool says : {true, false}) {
    for (const auto& [id, clause] : clauses) {
      if (policy.errors.contains(id) == says) ordered.push_back(clause);
    }
  }
  for (const vd_clause& clause : ordered) {
    const uint32_t id = clause.policy_id;
    const size_t next = counters_[generation].size() + 1;
    const auto counter = static_cast<uint16_t>(next < VD_MAX_RULES ? next : 0);
    counters_[generation].emplace(id, counter);
    vd_rule& rule = rules[counter];
    rule.policy_id = id;
    rule.kill = clause.action == VD_ACTION_KILL;
    if (const auto error = policy.errors.find(id); error != policy.errors.end()) rule.error = error->second;
    rule.enforced = rule.enforced || clause.monitor == 0;  // the shared one: if any of them is
    auto name = policy.rule_names.find(id);
    SetName(rule, counter == 0                      ? kFurther
                  : name != policy.rule_names.end() ? name->second
                                                    : fmt::format("rule {}", id));
  }
}

void RuleCounts::SetCounters(uint8_t generation, vd_kind_policy& kind) const {
  for (uint32_t i = 0; i < VD_MAX_CLAUSES; ++i) {
    if (vd_set_has(&kind.all, i) == 0) continue;
    kind.clause[i].counter = CounterOf(generation, kind.clause[i].policy_id);
  }
}

uint16_t RuleCounts::CounterOf(uint8_t generation, uint32_t policy_id) const {
  auto found = counters_[generation].find(policy_id);
  return found != counters_[generation].end() ? found->second : 0;
}

void RuleCounts::Activate(uint8_t generation) {
  if (std::exchange(active_, generation) == generation) return;
  former_.clear();
  std::map<uint16_t, uint16_t> moved;  // index of the former generation → of this one
  for (uint16_t from = 0; from < VD_MAX_RULES; ++from) {
    const vd_rule& former = Of(1 - generation)[from];
    if (former.policy_id == 0) continue;
    for (uint16_t to = 0; to < VD_MAX_RULES; ++to) {
      vd_rule& rule = Of(generation)[to];
      if (rule.policy_id == 0 || NameOf(rule) != NameOf(former) || rule.enforced != former.enforced) continue;
      Increase(rule.decided, Load(former.decided));
      Increase(rule.told, Load(former.told));
      moved.emplace(from, to);
      break;
    }
  }
  for (const auto& [id, from] : counters_[1 - generation]) {
    if (auto to = moved.find(from); to != moved.end()) former_.emplace(id, to->second);
  }
}

void RuleCounts::Told(uint32_t policy_id) {
  const Counters& active = counters_[active_];
  auto found = active.find(policy_id);
  if (found == active.end()) {
    found = former_.find(policy_id);
    if (found == former_.end()) return;
  }
  Increase(Of(active_)[found->second].told, 1);
}

std::vector<RuleCount> ReadRuleCounts(std::span<const vd_rule> generation) {
  std::vector<RuleCount> out;
  for (const vd_rule& rule : generation) {
    if (rule.policy_id == 0) continue;
    out.push_back({std::string(NameOf(rule)), rule.enforced != 0, rule.kill != 0, Load(rule.decided), Load(rule.told)});
  }
  return out;
}

}  // namespace vedette
