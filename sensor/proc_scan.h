// SPDX-License-Identifier: Apache-2.0
//
// ProcScan: completes the seeds. The kernel's task iterator lists the processes that exist when the agent starts
// (vd_exec records with VD_F_SEED: identity, credentials, namespaces); what it cannot read cheaply or at all — the
// arguments in another process's memory, paths — comes from /proc here, as strings of the same record. So a recording
// needs nothing but its records.
//
// Owned by the source; event thread, at start only.
#ifndef VEDETTE_SENSOR_PROC_SCAN_H_
#define VEDETTE_SENSOR_PROC_SCAN_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/abi/records.h"

namespace vedette {

class ProcScan {
 public:
  // Tests give another directory than /proc. `environments`: of the processes, too.
  explicit ProcScan(std::string proc = "/proc", bool environments = false);

  // `seed` with the strings and numbers it lacks. If the process is gone, or its pid is another's by now (the start
  // time tells), as it was. Valid until the next call.
  std::span<const std::byte> Complete(std::span<const std::byte> seed);

  // The cgroup path as vd_exec.cgroup has it: the v2 one, else the first v1 one that is not the root. "" if gone.
  std::string CgroupOf(uint32_t pid) const;

  uint64_t completed() const { return completed_; }
  uint64_t gone() const { return gone_; }

 private:
  struct Found;
  Found Read(uint32_t pid) const;
  void Append(vd_str& to, std::string_view own, std::string_view found, size_t max);

  const std::string proc_;
  const bool environments_;
  std::vector<uint64_t> buffer_;  // 8-byte aligned
  size_t used_ = 0;
  uint64_t completed_ = 0;
  uint64_t gone_ = 0;
};

// The cgroup path in the text of /proc/PID/cgroup.
std::string_view CgroupPathOf(std::string_view proc_cgroup);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_PROC_SCAN_H_
