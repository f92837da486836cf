// SPDX-License-Identifier: Apache-2.0
#include "rules/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace vedette {
namespace {

constexpr size_t kMaxName = 64;  // longer names are not compared

// Optimal string alignment distance; at most `limit` + 1.
size_t Edits(std::string_view a, std::string_view b, size_t limit) {
  std::array<std::array<size_t, kMaxName + 1>, 3> rows{};
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    row[0] = i;
    size_t best = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replace, above[j] + 1, row[j - 1] + 1});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
      best = std::min(best, row[j]);
    }
    if (best > limit) return limit + 1;
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view NearestName(std::string_view name, std::span<const std::string_view> candidates) {
  if (name.size() > kMaxName) return "";
  size_t limit = std::max<size_t>(1, name.size() / 3);
  std::string_view nearest;
  for (std::string_view candidate : candidates) {
    size_t longer = std::max(name.size(), candidate.size());
    size_t shorter = std::min(name.size(), candidate.size());
    if (candidate.size() > kMaxName || longer - shorter > limit) continue;
    size_t edits = Edits(name, candidate, limit);
    if (edits > limit) continue;
    nearest = candidate;
    if (edits == 0) return nearest;
    limit = edits - 1;
  }
  return nearest;
}

std::string DidYouMean(std::string_view near) {
  return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

}  // namespace vedette
