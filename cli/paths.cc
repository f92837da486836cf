// SPDX-License-Identifier: Apache-2.0
#include "cli/paths.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace vedette {

namespace fs = std::filesystem;

absl::StatusOr<std::string> DefaultRules() {
  std::error_code error;
  if (fs::is_directory(kLocalRules, error)) return std::string(kLocalRules);
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const std::string installed = (program.parent_path().parent_path() / "share/vedette/rules").string();
  if (fs::is_directory(installed, error)) return installed;
  return absl::NotFoundError(
      fmt::format("no rules: neither {} nor {} is there; name rule files with -r", kLocalRules, installed));
}

}  // namespace vedette
