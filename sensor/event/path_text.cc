// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/path_text.h"

namespace vedette {
namespace {

// Appends the components of `path` below `root`, the size `out` may not shrink below.
void AppendComponents(std::string_view path, size_t root, TextWriter& out) {
  while (!path.empty()) {
    size_t end = std::min(path.find('/'), path.size());
    std::string_view component = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      size_t slash = out.text().rfind('/');
      if (slash != std::string_view::npos && slash >= root) out.Truncate(slash);
      continue;
    }
    out.Append('/');
    out.Append(component);
  }
}

}  // namespace

namespace {
// std::string_view::rfind goes byte by byte.
size_t LastSlash(std::string_view path) {
  const void* at = path.empty() ? nullptr : memrchr(path.data(), '/', path.size());
  return at == nullptr ? std::string_view::npos : static_cast<size_t>(static_cast<const char*>(at) - path.data());
}
}  // namespace

std::string_view DirectoryOf(std::string_view path) {
  const size_t slash = LastSlash(path);
  if (slash == std::string_view::npos || slash == 0) return "/";
  if (slash == path.size() - 1) return path;
  return path.substr(0, slash);
}

std::string_view FileNameOf(std::string_view path) {
  const size_t slash = LastSlash(path);
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

void AppendJoined(std::string_view directory, std::string_view path, TextWriter& out) {
  size_t root = out.size();
  if (!path.starts_with('/')) AppendComponents(directory, root, out);
  AppendComponents(path, root, out);
  if (out.size() == root) out.Append('/');
}

}  // namespace vedette
