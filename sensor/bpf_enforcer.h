// SPDX-License-Identifier: Apache-2.0
//
// BpfEnforcer: writes a KernelPolicy into the maps that the hooks read. Two generations lie side by side: the new one
// is written whole, then vd_policy_active is flipped, then, once no hook can still be reading it, the old one is
// removed. Owned by BpfSource; event thread.
#ifndef VEDETTE_SENSOR_BPF_ENFORCER_H_
#define VEDETTE_SENSOR_BPF_ENFORCER_H_

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "sensor/container_classes.h"
#include "sensor/enforcer.h"
#include "sensor/rule_counts.h"

namespace vedette {

class BpfEnforcer : public Enforcer, private ContainerClasses::Kernel {
 public:
  struct Maps {  // file descriptors, of maps that outlive this
    int active = -1, kinds = -1, trie = -1, scalars = -1, traits = -1, containers = -1, call_index = -1,
        call_policies = -1;
  };
  // `hooks`: kinds whose hooks were loaded with verdicts. `counts` outlives this.
  BpfEnforcer(const Maps& maps, EventKinds hooks, RuleCounts& counts, ContainerClasses::Exists exists)
      : maps_(maps), hooks_(hooks), counts_(counts), classes_(*this, std::move(exists)) {}

  absl::Status Install(const KernelPolicy& policy) override;
  bool Know(const Container& container, uint64_t cgroup) override;
  void Sweep() override;
  Containers containers() const override { return {classes_.known(), classes_.refused()}; }

 private:
  struct Keys {
    std::vector<vd_trie_key> trie;
    std::vector<vd_scalar_key> scalars;
    std::vector<vd_call_key> calls;
  };
  absl::Status Write(const KernelPolicy& policy, uint8_t generation);
  absl::Status WriteCalls(const KernelPolicy& policy, uint8_t generation);
  absl::Status WriteTraits(const KernelPolicy& policy, uint8_t generation);
  absl::Status WriteKinds(const KernelPolicy& policy, uint8_t generation);
  void Remove(uint8_t generation);
  absl::Status PutScalar(const KernelPolicy::ScalarEntry& entry, uint8_t generation) override;
  absl::Status PutContainer(uint64_t cgroup, const vd_container_class& value) override;
  void DropContainer(uint64_t cgroup) override;

  const Maps maps_;
  const EventKinds hooks_;
  RuleCounts& counts_;
  uint32_t active_ = 0;  // counts the policies; its lowest bit is the generation
  std::array<Keys, 2> written_;  // by generation
  ContainerClasses classes_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_BPF_ENFORCER_H_
