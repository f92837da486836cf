// SPDX-License-Identifier: Apache-2.0
//
// SelfAttempt: an attempt on the agent that self-protection refused; GuardedPaths: what files it guards. Plain data.
#ifndef VEDETTE_SENSOR_SELF_ATTEMPT_H_
#define VEDETTE_SENSOR_SELF_ATTEMPT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace vedette {

struct GuardedPaths {
  std::vector<std::string> files;        // not written, removed, renamed or replaced
  std::vector<std::string> directories;  // no name in them is made, removed or renamed
};

struct SelfAttempt {
  uint64_t time_ns = 0;  // CLOCK_BOOTTIME
  std::string what;      // "send a signal to the agent"
  uint32_t kind = 0;     // enum vd_self_what
  uint64_t detail = 0;   // SIGNAL: its number; see bpf/abi/self.h
  std::string name;      // the last part of the file's name, if it was about one
  // Who.
  uint32_t pid = 0, uid = 0;
  uint64_t exec_id = 0;
  bool container = false;
  std::string comm, exe;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_SELF_ATTEMPT_H_
