// SPDX-License-Identifier: Apache-2.0
//
// LearnedPaths: paths that programs used → the patterns of a profile that allow them, and others like them that a next
// run will use. The rules are in docs/learn.md; in short:
//   - a path is allowed as it is, unless
//   - its name is another one at each run (it has the number of the process, another name differs from it in numbers
//     alone, it looks like a time or mkstemp's letters), or a folder has `collapse` names or more: then the whole
//     folder is, DIR/**, where a folder is one program's own;
//   - never a folder that others share: /, /etc, /usr, /var/lib, /dev … (CanCollapse());
//   - of /proc/PID/NAME it is **NAME.
// Pure; any thread.
#ifndef VEDETTE_ENGINE_LEARNED_PATHS_H_
#define VEDETTE_ENGINE_LEARNED_PATHS_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace vedette {

struct PathLimits {
  size_t collapse = 10;       // names of one folder from which on it is allowed whole; 0: never for their number
  size_t max_patterns = 256;  // of one class
};

struct LearnedPattern {
  std::string text;
  std::string note;  // what a reader should know of it; "": nothing
  friend bool operator==(const LearnedPattern&, const LearnedPattern&) = default;
};

// `changing`: those whose last name is known to be another one at the next run. Sorted, none covered by another.
// Exceeding max_patterns makes the folders with the most names collapse; an error if even that does not do.
absl::StatusOr<std::vector<LearnedPattern>> LearnPaths(const std::set<std::string>& paths, const PathLimits& limits,
                                                       const std::set<std::string>& changing = {});

// Whether DIR/** may be made of names found in it: whether it is the folder of one program.
bool CanCollapse(std::string_view directory);
// Whether a name looks as if it would be another one at the next run.
bool IsVolatileName(std::string_view name);
// Whether one of the numbers in the name is `number`.
bool HasNumber(std::string_view name, uint64_t number);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_LEARNED_PATHS_H_
