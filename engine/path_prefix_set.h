// SPDX-License-Identifier: Apache-2.0
//
// PathPrefixSet: `pmatch`. A path matches when some pattern's components are its first components; a component may be a
// glob. A tree of components, so the cost does not grow with the number of patterns that share no component with the
// path. Empty components ("//", a trailing slash) count for nothing. Immutable, any thread.
#ifndef VEDETTE_ENGINE_PATH_PREFIX_SET_H_
#define VEDETTE_ENGINE_PATH_PREFIX_SET_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/glob.h"

namespace vedette {

class PathPrefixSet {
 public:
  void Add(std::string_view pattern);
  bool Matches(std::string_view path) const;

 private:
  struct Dir {
    bool end = false;  // a pattern ends here: everything below matches
    std::map<std::string, Dir, std::less<>> names;
    std::vector<std::pair<Glob, Dir>> globs;
    std::map<std::string, size_t, std::less<>> glob_index;  // while building: a glob's text to its place in `globs`
  };
  static bool Matches(const Dir& dir, std::string_view rest);

  Dir root_;
};

// Cuts the first component off `path`; "" when there is none left.
std::string_view NextPathComponent(std::string_view& path);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_PATH_PREFIX_SET_H_
