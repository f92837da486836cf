// SPDX-License-Identifier: Apache-2.0
//
// KernelUse: which system calls and capabilities the processes of one cgroup used that are under a profile. Plain data.
#ifndef VEDETTE_SENSOR_KERNEL_USE_H_
#define VEDETTE_SENSOR_KERNEL_USE_H_

#include <cstdint>

#include "bpf/abi/learn.h"

namespace vedette {

struct KernelUse {
  uint64_t cgroup_id = 0;
  vd_use use{};
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_KERNEL_USE_H_
