// SPDX-License-Identifier: Apache-2.0
//
// CgroupUse: which system calls and capabilities the processes of one cgroup used that are under a profile. Plain data.
#ifndef VEDETTE_SENSOR_CGROUP_USE_H_
#define VEDETTE_SENSOR_CGROUP_USE_H_

#include <cstdint>

#include "bpf/abi/learn.h"

namespace vedette {

struct CgroupUse {
  uint64_t cgroup_id = 0;
  vd_use use{};
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CGROUP_USE_H_
