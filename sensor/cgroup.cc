// SPDX-License-Identifier: Apache-2.0
#include "sensor/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "fmt/format.h"
#include "sensor/container_id.h"
#include "sensor/owned_fd.h"

namespace vedette {
namespace {

constexpr const char* kRoot = "/sys/fs/cgroup";
constexpr int kKernfsHandle = 0xfe;  // FILEID_KERNFS: a handle is the id

OwnedFd OpenCgroup(uint64_t id) {
  static const OwnedFd root(open(kRoot, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  alignas(file_handle) char bytes[sizeof(file_handle) + sizeof(id)];
  auto* handle = reinterpret_cast<file_handle*>(bytes);
  handle->handle_bytes = sizeof(id);
  handle->handle_type = kKernfsHandle;
  memcpy(bytes + sizeof(file_handle), &id, sizeof(id));
  return OwnedFd(open_by_handle_at(root.get(), handle, O_PATH | O_CLOEXEC));
}

// From the root of the hierarchy; "" if there is none.
std::string PathOf(uint64_t id) {
  const OwnedFd cgroup = OpenCgroup(id);
  char path[4096];
  const ssize_t size =
      cgroup.valid() ? readlink(fmt::format("/proc/self/fd/{}", cgroup.get()).c_str(), path, sizeof(path)) : -1;
  const std::string_view found(path, size > 0 ? static_cast<size_t>(size) : 0);
  const std::string_view root = kRoot;
  return found.starts_with(root) && found.size() < sizeof(path) ? std::string(found.substr(root.size())) : "";
}

bool IsRoots(const std::string& path) {
  struct stat st {};
  return stat((kRoot + path).c_str(), &st) == 0 && st.st_uid == 0 && (st.st_mode & 022) == 0;
}

}  // namespace

bool HasUnifiedCgroups() {
  struct statfs fs {};
  return statfs(kRoot, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

// On 64 bits the inode number is the id.
uint64_t CgroupId(const std::string& path) {
  struct stat st {};
  if (!path.starts_with('/') || stat((kRoot + path).c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) return 0;
  return st.st_ino;
}

bool CgroupExists(uint64_t id) { return OpenCgroup(id).valid() || errno != ESTALE; }

// The name is that of the first directory from above by which the container is called as by all of them; who may make
// it is who may write to those above.
bool IsNamedByRoot(uint64_t id) {
  const std::string path = PathOf(id);
  const std::string container = ContainerIdOfCgroup(path).full_id;
  if (container.empty()) return false;
  for (size_t slash = 0; slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (!IsRoots(path.substr(0, slash))) return false;
    if (ContainerIdOfCgroup(path.substr(0, path.find('/', slash + 1))).full_id == container) return true;
  }
  return false;
}

std::vector<uint32_t> ProcessesOfCgroup(const std::string& path) {
  std::ifstream file(kRoot + path + "/cgroup.procs");
  std::vector<uint32_t> out;
  for (uint32_t pid = 0; file >> pid;) out.push_back(pid);
  return out;
}

}  // namespace vedette
