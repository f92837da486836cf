// SPDX-License-Identifier: Apache-2.0
//
// The generated skeleton, with the types its sections are made of. Included by bpf_object and bpf_source only.
#ifndef VEDETTE_SENSOR_SKELETON_H_
#define VEDETTE_SENSOR_SKELETON_H_

#include "bpf/abi/config.h"
#include "bpf/abi/policy.h"
#include "bpf/abi/records.h"
#include "bpf/abi/self.h"
#include "vedette.skel.h"

#endif  // VEDETTE_SENSOR_SKELETON_H_
