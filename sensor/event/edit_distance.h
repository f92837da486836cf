// SPDX-License-Identifier: Apache-2.0
//
// The nearest of some names to a misspelt one, for "did you mean". Thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_EDIT_DISTANCE_H_
#define VEDETTE_SENSOR_EVENT_EDIT_DISTANCE_H_

#include <cstddef>
#include <span>
#include <string_view>

namespace vedette {

// Insertions, deletions, substitutions and swaps of neighbours; strings beyond 64 bytes are infinitely far apart.
size_t EditDistance(std::string_view a, std::string_view b);

// "" if none is within a third of the name's length.
std::string_view Nearest(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_EDIT_DISTANCE_H_
