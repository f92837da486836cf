// SPDX-License-Identifier: Apache-2.0
//
// ReadProfile: a `profile` item → its scope, and one rule per class of operations that it speaks of. The rules are
// rules like others, named "PROFILE: CLASS": they ask for proc.profile, refuse what the lists refuse, and are reported,
// counted and compiled for the kernel like any. No state.
#ifndef VEDETTE_RULES_PROFILE_READER_H_
#define VEDETTE_RULES_PROFILE_READER_H_

#include <span>
#include <string_view>

#include "rules/collector.h"
#include "rules/diagnostics.h"
#include "rules/yaml_node.h"

namespace vedette {

void ReadProfile(const YamlNode& item, Collector& collector, Diagnostics& diagnostics);

// The classes, as "exec" or "files.read", with what their patterns are; for the editors' schema and documentation.
struct ProfileClassInfo {
  std::string_view name, doc;
};
std::span<const ProfileClassInfo> ProfileClasses();

}  // namespace vedette
#endif  // VEDETTE_RULES_PROFILE_READER_H_
