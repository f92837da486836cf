// SPDX-License-Identifier: Apache-2.0
//
// ProfileText: a behaviour that was learned → a profile in YAML that allows it and nothing else. Pure; any thread.
#ifndef VEDETTE_ENGINE_PROFILE_TEXT_H_
#define VEDETTE_ENGINE_PROFILE_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/learned_paths.h"
#include "engine/learner.h"

namespace vedette {

struct ProfileHead {
  std::string name, description, match;
  bool monitor = false;               // mode: monitor
  bool files_read = false;            // the class files.read was learned
  std::vector<std::string> comments;  // what stands above it, a line each
};

// An error names the class that has more patterns than `limits` lets it have.
absl::StatusOr<std::string> ProfileText(const ProfileHead& head, const Behaviour& behaviour, const PathLimits& limits);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_PROFILE_TEXT_H_
