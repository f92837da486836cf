// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/environment.h"

#include <algorithm>

namespace vedette {

Environment::Environment(std::string_view bytes) {
  bytes = bytes.substr(0, kMax);
  if (bytes.ends_with('\0')) bytes.remove_suffix(1);
  if (bytes.empty()) return;
  text_ = bytes;
  for (size_t end = 0; (end = text_.find('\0', end)) != std::string::npos; ++end) {
    text_[end] = ' ';
    ends_.push_back(static_cast<uint16_t>(end));
  }
  ends_.push_back(static_cast<uint16_t>(text_.size()));
  text_.shrink_to_fit();
  ends_.shrink_to_fit();
}

std::optional<std::string_view> Environment::Find(std::string_view name) const {
  size_t begin = 0;
  for (uint16_t end : ends_) {
    std::string_view variable = std::string_view(text_).substr(begin, end - begin);
    if (variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=') {
      return variable.substr(name.size() + 1);
    }
    begin = size_t{end} + 1;
  }
  return std::nullopt;
}

}  // namespace vedette
