// SPDX-License-Identifier: Apache-2.0
//
// Paths: where the configuration and the rules are when nobody says. No state, any thread.
#ifndef VEDETTE_CLI_PATHS_H_
#define VEDETTE_CLI_PATHS_H_

#include <string>

#include "absl/status/statusor.h"

namespace vedette {

inline constexpr const char* kDefaultConfig = "/etc/vedette/vedette.yaml";
inline constexpr const char* kLocalRules = "/etc/vedette/rules";

// /etc/vedette/rules if it is there, else the rules installed with the program: PREFIX/share/vedette/rules for
// PREFIX/bin/vedette. An error says to use -r.
absl::StatusOr<std::string> DefaultRules();

}  // namespace vedette
#endif  // VEDETTE_CLI_PATHS_H_
