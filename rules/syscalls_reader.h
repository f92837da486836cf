// SPDX-License-Identifier: Apache-2.0
//
// ReadSyscalls: the key `syscalls` of a profile → CallPolicy, with the seccomp profile that it may name. No state.
#ifndef VEDETTE_RULES_SYSCALLS_READER_H_
#define VEDETTE_RULES_SYSCALLS_READER_H_

#include <memory>
#include <set>
#include <string>

#include "rules/call_policy.h"
#include "rules/diagnostics.h"
#include "rules/yaml_node.h"

namespace vedette {

// `capabilities`: those that the profile leaves, for the conditions of a seccomp profile. `error`: what is denied fails with,
// unless it says. Null after an error.
std::shared_ptr<CallPolicy> ReadSyscalls(const YamlNode& node, const std::string& profile,
                                         const std::set<std::string>& capabilities, uint32_t error,
                                         Diagnostics& diagnostics);

}  // namespace vedette
#endif  // VEDETTE_RULES_SYSCALLS_READER_H_
