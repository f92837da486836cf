// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_classes.h"

#include <utility>

#include "fmt/format.h"

namespace vedette {
namespace {
constexpr size_t kSweepForRoom = 256;
}  // namespace

// The class's scalars are written before anything is of the class.
absl::Status ContainerClasses::ClassFor(const Container* container, uint8_t generation, uint32_t& out) {
  Generation& g = generations_[generation];
  out = VD_CLASS_UNKNOWN;
  if (g.policy == nullptr) {
    out = 0;  // nobody asks
    return absl::OkStatus();
  }
  const std::vector<bool> holds = g.policy->predicates->Judge(container);
  if (auto it = g.classes.find(holds); it != g.classes.end()) {
    out = it->second;
    return absl::OkStatus();
  }
  if (g.classes.size() >= kMaxClasses) {
    return absl::ResourceExhaustedError(
        fmt::format("the rules tell more than {} kinds of containers apart; ask for less of them", kMaxClasses));
  }
  const auto number = static_cast<uint32_t>(g.classes.size());
  for (uint32_t policy = 0; policy < VD_POLICY_COUNT; ++policy) {
    if (g.policy->kinds[policy].terms.empty()) continue;
    const KernelPolicy::ScalarEntry entry{policy, VD_TABLE_CONTAINER_CLASS, number, g.policy->SetFor(policy, holds)};
    if (absl::Status s = kernel_.PutScalar(entry, generation); !s.ok()) return s;
  }
  g.classes.emplace(holds, number);
  out = number;
  return absl::OkStatus();
}

absl::Status ContainerClasses::Begin(const KernelPolicy& policy, uint8_t generation) {
  generations_[generation] = {policy.containers, {}};
  uint32_t host = 0;  // the first class is the host's
  if (absl::Status s = ClassFor(nullptr, generation, host); !s.ok()) return s;
  for (auto& [cgroup, known] : known_) {
    if (absl::Status s = ClassFor(known.container.get(), generation, known.value.of[generation]); !s.ok()) return s;
    if (absl::Status s = kernel_.PutContainer(cgroup, known.value); !s.ok()) return s;
  }
  return absl::OkStatus();
}

bool ContainerClasses::Know(const Container& container, uint64_t cgroup) {
  auto it = known_.find(cgroup);
  if (it == known_.end() && known_.size() >= max_containers_) Sweep(kSweepForRoom);
  if (it == known_.end() && known_.size() >= max_containers_) {
    ++refused_;
    return false;
  }
  Known known{std::make_shared<const Container>(container), {}};
  known.value.of[1 - active_] = VD_CLASS_UNKNOWN;
  if (it != known_.end()) known.value = it->second.value;
  absl::Status status = ClassFor(&container, active_, known.value.of[active_]);
  if (status.ok()) status = kernel_.PutContainer(cgroup, known.value);
  if (!status.ok()) {
    ++refused_;
    return false;
  }
  known_.insert_or_assign(cgroup, std::move(known));
  return true;
}

void ContainerClasses::Sweep(size_t cgroups) {
  for (; cgroups != 0 && !known_.empty(); --cgroups) {
    auto it = known_.upper_bound(swept_);
    if (it == known_.end()) it = known_.begin();
    swept_ = it->first;
    if (exists_(swept_)) continue;
    kernel_.DropContainer(swept_);
    known_.erase(it);
  }
}

}  // namespace vedette
