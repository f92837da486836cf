// SPDX-License-Identifier: Apache-2.0
//
// Enforcer: puts a KernelPolicy where the hooks decide. Implemented by sensor/bpf_enforcer; the engine and the tests
// know only this. Called by the event thread.
#ifndef VEDETTE_SENSOR_ENFORCER_H_
#define VEDETTE_SENSOR_ENFORCER_H_

#include "absl/status/status.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

class Enforcer {
 public:
  virtual ~Enforcer() = default;
  // Replaces the policy as one step: until it returns OK the former one decides, in every hook. On error the former
  // one stays.
  virtual absl::Status Install(const KernelPolicy& policy) = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_ENFORCER_H_
