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

#include "sensor/owned_fd.h"

namespace vedette {
namespace {

constexpr const char* kRoot = "/sys/fs/cgroup";
constexpr int kKernfsHandle = 0xfe;  // FILEID_KERNFS: a handle is the id

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

bool CgroupExists(uint64_t id) {
  static const OwnedFd root(open(kRoot, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  alignas(file_handle) char bytes[sizeof(file_handle) + sizeof(id)];
  auto* handle = reinterpret_cast<file_handle*>(bytes);
  handle->handle_bytes = sizeof(id);
  handle->handle_type = kKernfsHandle;
  memcpy(bytes + sizeof(file_handle), &id, sizeof(id));
  const OwnedFd cgroup(open_by_handle_at(root.get(), handle, O_PATH | O_CLOEXEC));
  return cgroup.valid() || errno != ESTALE;
}

std::vector<uint32_t> ProcessesOfCgroup(const std::string& path) {
  std::ifstream file(kRoot + path + "/cgroup.procs");
  std::vector<uint32_t> out;
  for (uint32_t pid = 0; file >> pid;) out.push_back(pid);
  return out;
}

}  // namespace vedette
