// SPDX-License-Identifier: Apache-2.0
#include "engine/path_prefix_set.h"

namespace vedette {

std::string_view NextPathComponent(std::string_view& path) {
  const size_t begin = path.find_first_not_of('/');
  if (begin == std::string_view::npos) {
    path = {};
    return {};
  }
  path.remove_prefix(begin);
  const std::string_view component = path.substr(0, path.find('/'));
  path.remove_prefix(component.size());
  return component;
}

void PathPrefixSet::Add(std::string_view pattern) {
  Dir* dir = &root_;
  for (std::string_view c = NextPathComponent(pattern); !c.empty(); c = NextPathComponent(pattern)) {
    Glob glob(c);
    Glob::Shape shape = glob.shape();
    if (shape.kind == Glob::Shape::Kind::kExact) {
      dir = &dir->names[std::move(shape.text)];
      continue;
    }
    auto [it, added] = dir->glob_index.try_emplace(std::string(c), dir->globs.size());
    if (added) dir->globs.emplace_back(std::move(glob), Dir{});
    dir = &dir->globs[it->second].second;
  }
  dir->end = true;
}

bool PathPrefixSet::Matches(std::string_view path) const { return Matches(root_, path); }

// Recurses once per component of the longest pattern; a Dir is visited at most once, since it has one way to it.
bool PathPrefixSet::Matches(const Dir& dir, std::string_view rest) {
  if (dir.end) return true;
  const std::string_view component = NextPathComponent(rest);
  if (component.empty()) return false;
  const auto name = dir.names.find(component);
  if (name != dir.names.end() && Matches(name->second, rest)) return true;
  for (const auto& [glob, below] : dir.globs) {
    if (glob.Matches(component) && Matches(below, rest)) return true;
  }
  return false;
}

}  // namespace vedette
