// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/user_database.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace vedette {
namespace {

constexpr size_t kMaxColumns = 7;
using Columns = std::array<std::string_view, kMaxColumns>;

// The columns of a line; how many there are.
size_t Split(std::string_view line, Columns& columns) {
  size_t count = 0;
  while (count < kMaxColumns) {
    size_t colon = line.find(':');
    columns[count++] = line.substr(0, colon);
    if (colon == std::string_view::npos) break;
    line.remove_prefix(colon + 1);
  }
  return count;
}

std::optional<uint32_t> ParseId(std::string_view text) {
  uint32_t id = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

template <typename Fn>
void ForEachLine(std::string_view text, Fn fn) {
  text = text.substr(0, UserDatabase::kMaxFile);
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.front() != '#') fn(line);
  }
}

}  // namespace

void UserDatabase::ParsePasswd(std::string_view text) {
  ForEachLine(text, [this](std::string_view line) {
    Columns c;
    std::optional<uint32_t> uid;
    if (line.size() > kMaxLine || Split(line, c) < 7 || users_.size() >= kMaxEntries || !(uid = ParseId(c[2]))) {
      ++skipped_;
      return;
    }
    users_.try_emplace(*uid, User{std::string(c[0]), std::string(c[5]), std::string(c[6])});
  });
}

void UserDatabase::ParseGroup(std::string_view text) {
  ForEachLine(text, [this](std::string_view line) {
    Columns c;
    std::optional<uint32_t> gid;
    // The last column, the members, may be long; it is not read.
    if (Split(line, c) < 3 || c[0].size() > kMaxLine || groups_.size() >= kMaxEntries || !(gid = ParseId(c[2]))) {
      ++skipped_;
      return;
    }
    groups_.try_emplace(*gid, c[0]);
  });
}

const User* UserDatabase::FindUser(uint32_t uid) const {
  auto it = users_.find(uid);
  return it == users_.end() ? nullptr : &it->second;
}

const std::string* UserDatabase::FindGroup(uint32_t gid) const {
  auto it = groups_.find(gid);
  return it == groups_.end() ? nullptr : &it->second;
}

}  // namespace vedette
