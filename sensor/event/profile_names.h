// SPDX-License-Identifier: Apache-2.0
//
// ProfileNames: what the profiles are called whose ids the kernel keeps with each process. An id is made of the name
// alone, so that a process keeps its profile over a reload and over a restart of the agent. Immutable once events see
// it; any thread.
#ifndef VEDETTE_SENSOR_EVENT_PROFILE_NAMES_H_
#define VEDETTE_SENSOR_EVENT_PROFILE_NAMES_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette {

// FNV-1a, 32 bits; never 0, which is no profile. Two names of one rule set with the same id are a load error.
constexpr uint32_t ProfileId(std::string_view name) {
  uint32_t id = 2166136261u;
  for (char c : name) id = (id ^ static_cast<unsigned char>(c)) * 16777619u;
  return id == 0 ? 1 : id;
}

class ProfileNames {
 public:
  explicit ProfileNames(std::span<const std::string> names) {
    for (const std::string& name : names) names_.emplace_back(ProfileId(name), name);
  }
  // "" if the id is of none of them: of a profile that a reload has taken away.
  std::string_view NameOf(uint32_t id) const {
    for (const auto& [known, name] : names_) {
      if (known == id) return name;
    }
    return "";
  }

 private:
  std::vector<std::pair<uint32_t, std::string>> names_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_PROFILE_NAMES_H_
