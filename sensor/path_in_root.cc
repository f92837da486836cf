// SPDX-License-Identifier: Apache-2.0
#include "sensor/path_in_root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "fmt/format.h"
#include "sensor/owned_fd.h"

namespace vedette {

std::string PathInRoot(uint32_t pid, const std::string& path) {
  const OwnedFd root(open(fmt::format("/proc/{}/root", pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return "";
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;  // a link in a container leads to the container's files
  const OwnedFd file(static_cast<int>(syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof(how))));
  if (file.get() < 0) return "";
  std::array<char, 4096> text;
  const ssize_t n = readlink(fmt::format("/proc/self/fd/{}", file.get()).c_str(), text.data(), text.size());
  if (n <= 0 || static_cast<size_t>(n) >= text.size()) return "";
  return std::string(text.data(), static_cast<size_t>(n));
}

}  // namespace vedette
