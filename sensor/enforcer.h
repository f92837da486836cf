// SPDX-License-Identifier: Apache-2.0
//
// Enforcer: puts a KernelPolicy where the hooks decide. Implemented by sensor/bpf_enforcer; the engine and the tests
// know only this. Called by the event thread.
#ifndef VEDETTE_SENSOR_ENFORCER_H_
#define VEDETTE_SENSOR_ENFORCER_H_

#include "absl/status/status.h"
#include "sensor/event/kernel_policy.h"
#include "sensor/event/process.h"

namespace vedette {

class Enforcer {
 public:
  virtual ~Enforcer() = default;
  // Replaces the policy as one step: until it returns OK the former one decides, in every hook. On error the former
  // one stays.
  virtual absl::Status Install(const KernelPolicy& policy) = 0;

  // The processes in this cgroup and below it are a container's of which all is known: when this returns true, the
  // kernel decides by it. False: there is no room (counted).
  virtual bool Know(const Container& container, uint64_t cgroup) = 0;
  // Forgets containers that are gone, a few at a time. To be called again and again.
  virtual void Sweep() = 0;
  struct Containers {
    size_t known = 0;
    uint64_t refused = 0;  // how often there was no room for one
  };
  virtual Containers containers() const = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_ENFORCER_H_
