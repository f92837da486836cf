// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/domain_names.h"

#include <algorithm>

namespace vedette {

void DomainNames::Add(std::string_view name, const IpAddress& address) {
  std::vector<std::string>& names = names_[address];
  if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

std::span<const std::string> DomainNames::Find(const IpAddress& address) const {
  auto it = names_.find(address);
  if (it == names_.end()) return {};
  return it->second;
}

}  // namespace vedette
