// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/host.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace vedette {
namespace {

constexpr const char* kPasswd = "/etc/passwd";
constexpr const char* kGroup = "/etc/group";

// At most UserDatabase::kMaxFile bytes; what could be read of it.
std::string ReadFile(const std::string& path) {
  std::string text;
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return text;
  char chunk[16384];
  ssize_t n;
  while (text.size() < UserDatabase::kMaxFile && (n = read(fd, chunk, sizeof chunk)) > 0) {
    text.append(chunk, static_cast<size_t>(n));
  }
  close(fd);
  return text;
}

std::string Hostname() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? std::string(name) : std::string();
}

}  // namespace

Host Host::Load(std::string root) {
  Host host;
  host.root_ = std::move(root);
  host.hostname_ = Hostname();
  host.Read();
  return host;
}

Host::FileState Host::StateOf(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return {};
  return {st.st_ino, st.st_size, st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec};
}

void Host::Read() {
  // States first: a change while reading is then seen by the next Refresh().
  passwd_ = StateOf(*root_ + kPasswd);
  group_ = StateOf(*root_ + kGroup);
  UserDatabase users;
  users.ParsePasswd(ReadFile(*root_ + kPasswd));
  users.ParseGroup(ReadFile(*root_ + kGroup));
  users_ = std::move(users);
}

bool Host::Refresh() {
  if (!root_ || (passwd_ == StateOf(*root_ + kPasswd) && group_ == StateOf(*root_ + kGroup))) return false;
  Read();
  return true;
}

}  // namespace vedette
