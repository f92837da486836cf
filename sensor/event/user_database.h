// SPDX-License-Identifier: Apache-2.0
//
// UserDatabase: names of users and groups as /etc/passwd and /etc/group give them. Immutable once parsed; bounded:
// what exceeds a bound is left out and counted.
#ifndef VEDETTE_SENSOR_EVENT_USER_DATABASE_H_
#define VEDETTE_SENSOR_EVENT_USER_DATABASE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vedette {

struct User {
  std::string name, home, shell;
};

class UserDatabase {
 public:
  static constexpr size_t kMaxEntries = 65536;   // of each kind
  static constexpr size_t kMaxLine = 4096;       // bytes; a longer line is skipped
  static constexpr size_t kMaxFile = 16u << 20;  // bytes

  // The first entry of an id wins, as in the C library.
  void ParsePasswd(std::string_view text);
  void ParseGroup(std::string_view text);

  const User* FindUser(uint32_t uid) const;          // null: there is none
  const std::string* FindGroup(uint32_t gid) const;  // null: there is none
  uint64_t skipped() const { return skipped_; }      // malformed, too long or too many

 private:
  std::unordered_map<uint32_t, User> users_;
  std::unordered_map<uint32_t, std::string> groups_;
  uint64_t skipped_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_USER_DATABASE_H_
