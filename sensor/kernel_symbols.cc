// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel_symbols.h"

#include <charconv>
#include <fstream>
#include <string_view>

namespace vedette {
namespace {

// "ffffffff82c0e040 D rename_lock": the address, if the line is of `name`. Modules' symbols have a third column.
uint64_t AddressOf(std::string_view name, std::string_view line) {
  if (!line.ends_with(name)) return 0;
  line.remove_suffix(name.size());
  uint64_t address = 0;
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), address, 16);
  const std::string_view rest = line.substr(static_cast<size_t>(end - line.data()));
  return error == std::errc() && rest.size() == 3 && rest.front() == ' ' && rest.back() == ' ' ? address : 0;
}

}  // namespace

std::optional<PathLocks> FindPathLocks(const std::string& file) {
  std::ifstream symbols(file);
  PathLocks locks;
  for (std::string line; (locks.rename_lock == 0 || locks.mount_lock == 0) && std::getline(symbols, line);) {
    if (uint64_t address = AddressOf("rename_lock", line); address != 0) locks.rename_lock = address;
    if (uint64_t address = AddressOf("mount_lock", line); address != 0) locks.mount_lock = address;
  }
  if (locks.rename_lock == 0 || locks.mount_lock == 0) return std::nullopt;
  return locks;
}

}  // namespace vedette
