// SPDX-License-Identifier: Apache-2.0
//
// Seccomp profiles as JSON: Docker's, with its conditions on capabilities, architectures and the kernel, and the one of
// the OCI runtime specification → CallPolicy, and back. Any thread, no state.
//
// Sources: opencontainers/runtime-spec config-linux.md "Seccomp", moby/profiles seccomp, libseccomp's
// seccomp_rule_add(3): an entry without conditions replaces those with conditions of the same call.
#ifndef VEDETTE_RULES_OCI_SECCOMP_H_
#define VEDETTE_RULES_OCI_SECCOMP_H_

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "rules/call_policy.h"

namespace vedette {

// What `includes` and `excludes` are about.
struct SeccompHost {
  std::set<std::string> capabilities;             // "CAP_SYS_ADMIN"
  std::pair<uint32_t, uint32_t> kernel = {6, 1};  // at least this one
};

// The capabilities of a container of Docker and podman when nothing is said.
const std::set<std::string>& DefaultContainerCapabilities();

struct ImportedSeccomp {
  CallPolicy policy;  // normalized
  std::vector<std::string> warnings;
};

// Bounds, each an error when exceeded.
inline constexpr size_t kMaxSeccompBytes = 1u << 20;
inline constexpr size_t kMaxSeccompDepth = 16;
inline constexpr size_t kMaxSeccompEntries = 4096;  // of `syscalls`
inline constexpr size_t kMaxSeccompNames = 65536;   // in all of them

absl::StatusOr<ImportedSeccomp> ImportSeccomp(std::string_view json, const SeccompHost& host);

// The object that stands in config.json's linux.seccomp. `complain`: what the default refuses is logged.
// An error names what seccomp cannot say.
absl::StatusOr<std::string> ExportSeccomp(const CallPolicy& policy, bool complain);

}  // namespace vedette
#endif  // VEDETTE_RULES_OCI_SECCOMP_H_
