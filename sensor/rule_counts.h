// SPDX-License-Identifier: Apache-2.0
//
// RuleCounts: how often each rule has decided, in the map vd_rules (bpf/abi/pins.h), which outlives the agent with the
// programs that count. Written and read through a mapping. Owned by BpfSource; event thread.
#ifndef VEDETTE_SENSOR_RULE_COUNTS_H_
#define VEDETTE_SENSOR_RULE_COUNTS_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bpf/abi/pins.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

struct RuleCount {
  std::string name;
  bool enforced = false, kill = false;
  uint64_t decided = 0, told = 0;

  // Refusals that no agent has read the record of.
  uint64_t Untold() const { return enforced && decided > told ? decided - told : 0; }
};

class RuleCounts {
 public:
  // `map`: file descriptor of vd_rules; used during the call only.
  static absl::StatusOr<std::unique_ptr<RuleCounts>> Open(int map);
  // Over memory that is laid out like the map.
  explicit RuleCounts(std::span<vd_rule> rules) : rules_(rules) {}
  ~RuleCounts();
  RuleCounts(const RuleCounts&) = delete;
  RuleCounts& operator=(const RuleCounts&) = delete;

  // Gives each rule of `policy` a counter of this generation, at 0. Rules that find none share counter 0.
  void Begin(uint8_t generation, const KernelPolicy& policy);
  // Writes the counters of Begin() into the clauses.
  void SetCounters(uint8_t generation, vd_kind_policy& kind) const;
  uint16_t CounterOf(uint8_t generation, uint32_t policy_id) const;  // of Begin(); 0: the shared one
  // This generation decides now and the other one no more: what rules of the same name have counted goes on.
  void Activate(uint8_t generation);
  // A record that says that this rule, of this policy or of the one before, refused has been read.
  void Told(uint32_t policy_id);

 private:
  using Counters = std::map<uint32_t, uint16_t>;  // policy id → index

  std::span<vd_rule> Of(uint8_t generation) const { return rules_.subspan(generation * VD_MAX_RULES, VD_MAX_RULES); }

  const std::span<vd_rule> rules_;
  bool mapped_ = false;
  uint8_t active_ = 0;
  std::array<Counters, 2> counters_;  // by generation
  Counters former_;  // of the rules before the last Activate(), in the active generation: their records come late
};

// Of the rules of one generation, those that there are.
std::vector<RuleCount> ReadRuleCounts(std::span<const vd_rule> generation);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_RULE_COUNTS_H_
