// SPDX-License-Identifier: Apache-2.0
//
// CheckEngineVersion and CheckPluginVersions: what rule files require of Falco, answered for Vedette: the language of
// Falco's engine kFalcoEngineVersion, and the fields of its `container` plugin. No state.
#ifndef VEDETTE_RULES_REQUIRED_VERSION_H_
#define VEDETTE_RULES_REQUIRED_VERSION_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/diagnostics.h"
#include "rules/yaml_node.h"

namespace vedette {

struct Version {
  uint32_t major = 0, minor = 0, patch = 0;
};

inline constexpr Version kFalcoEngineVersion{0, 63, 0};
inline constexpr Version kContainerPluginVersion{0, 7, 0};

std::optional<Version> ParseVersion(std::string_view text);  // "1.2.3", what follows a '-' or '+' is dropped
// Same major version and not older.
bool Satisfies(const Version& have, const Version& required);

void CheckEngineVersion(const YamlNode& item, Diagnostics& diagnostics);
void CheckPluginVersions(const YamlNode& item, Diagnostics& diagnostics);

}  // namespace vedette
#endif  // VEDETTE_RULES_REQUIRED_VERSION_H_
