// SPDX-License-Identifier: Apache-2.0
#include "rules/errno_name.h"

#include "sensor/event/symbols.h"

namespace vedette {
namespace {

constexpr uint64_t kFirstInternal = 512;  // linux/errno.h: never seen by user space

}  // namespace

std::optional<uint32_t> ErrnoOf(std::string_view name) {
  const auto value = SymbolValue(ErrnoSymbols(), name);
  if (!value || *value >= kFirstInternal) return std::nullopt;
  return static_cast<uint32_t>(*value);
}

std::vector<std::string_view> ErrnoNames() {
  std::vector<std::string_view> out;
  for (const Symbol& symbol : ErrnoSymbols()) {
    if (symbol.value < kFirstInternal) out.push_back(symbol.name);
  }
  return out;
}

}  // namespace vedette
