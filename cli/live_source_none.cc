// SPDX-License-Identifier: Apache-2.0
//
// LiveSource of a build without BPF (VEDETTE_BPF=OFF): everything but watching a kernel works there.
#include <string>

#include "cli/live_source.h"

namespace vedette {
namespace {

absl::Status NotBuilt() {
  return absl::UnimplementedError(
      std::string("this vedette was built without BPF support (VEDETTE_BPF=OFF): it cannot watch a kernel; 'check', "
                  "'replay', 'fields' and 'rules' work"));
}

}  // namespace

bool HasBpfSupport() { return false; }
absl::Status CheckLive(const Interest&) { return NotBuilt(); }

std::vector<Capability> ProbeLive() {
  Capability bpf;
  bpf.name = "BPF support";
  bpf.required = true;
  bpf.detail = "not built in";
  bpf.remedy = "build with VEDETTE_BPF=ON";
  return {bpf};
}

absl::StatusOr<std::unique_ptr<LiveSource>> LiveSource::Open(const Interest&, const KernelPolicy&, const LiveOptions&) {
  return NotBuilt();
}

absl::StatusOr<EnforcementState> ReadLiveEnforcement(const std::string&) { return NotBuilt(); }
absl::StatusOr<bool> SetLiveSelfProtection(const std::string&, bool) { return NotBuilt(); }
absl::StatusOr<LiveUnloaded> UnloadLive(const std::string&) { return NotBuilt(); }

}  // namespace vedette
