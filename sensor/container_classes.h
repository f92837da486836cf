// SPDX-License-Identifier: Apache-2.0
//
// ContainerClasses: the containers that the kernel decides by (vd_containers in bpf/abi/policy.h), each with the class
// that it is of under the policy of each generation. Containers become known one by one, policies change: this keeps
// both together. Owned by the enforcer; event thread.
//
// Bounds: VD_MAX_CONTAINERS cgroups, kMaxClasses classes. A container for which there is no room stays unknown to the
// kernel, and is counted; one whose cgroup is gone makes room.
#ifndef VEDETTE_SENSOR_CONTAINER_CLASSES_H_
#define VEDETTE_SENSOR_CONTAINER_CLASSES_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "sensor/event/kernel_policy.h"
#include "sensor/event/process.h"

namespace vedette {

class ContainerClasses {
 public:
  // Where they are written: the kernel's maps.
  class Kernel {
   public:
    virtual ~Kernel() = default;
    virtual absl::Status PutScalar(const KernelPolicy::ScalarEntry& entry, uint8_t generation) = 0;
    virtual absl::Status PutContainer(uint64_t cgroup, const vd_container_class& value) = 0;
    virtual void DropContainer(uint64_t cgroup) = 0;
  };
  using Exists = std::function<bool(uint64_t cgroup)>;
  static constexpr size_t kMaxClasses = 512;  // of one policy

  // `kernel` outlives this.
  ContainerClasses(Kernel& kernel, Exists exists, size_t max_containers = VD_MAX_CONTAINERS)
      : kernel_(kernel), exists_(std::move(exists)), max_containers_(max_containers) {}

  // Writes the classes of all known containers under `policy` for `generation`, which decides nothing yet.
  absl::Status Begin(const KernelPolicy& policy, uint8_t generation);
  void Activate(uint8_t generation) { active_ = generation; }  // it decides from now on

  // The kernel decides by it when this returns true; false: there is no room, or the map cannot be written.
  bool Know(const Container& container, uint64_t cgroup);
  // Looks whether some of the cgroups are still there, and forgets those that are not. To be called again and again.
  void Sweep(size_t cgroups = 32);

  size_t known() const { return known_.size(); }
  uint64_t refused() const { return refused_; }  // how often there was no room

 private:
  struct Known {
    std::shared_ptr<const Container> container;
    vd_container_class value{{VD_CLASS_UNKNOWN, VD_CLASS_UNKNOWN}};
  };
  struct Generation {
    std::shared_ptr<const ContainerPolicy> policy;  // null: it asks for none
    std::map<std::vector<bool>, uint32_t> classes;
  };
  absl::Status ClassFor(const Container* container, uint8_t generation, uint32_t& out);

  Kernel& kernel_;
  const Exists exists_;
  const size_t max_containers_;
  std::map<uint64_t, Known> known_;  // by cgroup
  std::array<Generation, 2> generations_;
  uint8_t active_ = 0;
  uint64_t swept_ = 0;  // the last cgroup that was looked at
  uint64_t refused_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTAINER_CLASSES_H_
