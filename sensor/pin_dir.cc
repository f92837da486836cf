// SPDX-License-Identifier: Apache-2.0
#include "sensor/pin_dir.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "fmt/format.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = "part_", kWhole = "gen_";
constexpr const char* kBpfMount = "/sys/fs/bpf";

absl::Status ErrnoStatus(std::string_view what, const std::string& path, int error) {
  std::string text = fmt::format("{} {}: {}", what, path, strerror(error));
  if (error == ENOENT) return absl::NotFoundError(text);
  if (error == EACCES || error == EPERM) {
    return absl::PermissionDeniedError(text + "; run it as root, and see that no rule refuses it");
  }
  return absl::InternalError(text);
}

bool IsBpfFs(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && static_cast<unsigned long>(info.f_type) == BPF_FS_MAGIC;
}

// The nearest directory above that exists.
std::string Existing(const std::string& path) {
  fs::path p = fs::path(path).parent_path();
  std::error_code error;
  while (p.has_relative_path() && !fs::exists(p, error)) p = p.parent_path();
  return p.string();
}

absl::Status MountBpfFs(const std::string& path) {
  if (!path.starts_with(std::string(kBpfMount) + "/")) {
    return absl::FailedPreconditionError(
        fmt::format("pin_dir {} is not on a BPF file system, and only there enforcement can outlive the agent; use a "
                    "directory below {}, or mount one: mount -t bpf bpf DIR",
                    path, kBpfMount));
  }
  if (mount("bpf", kBpfMount, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("no BPF file system at {}, and none can be mounted: {}; without it enforcement cannot outlive the "
                  "agent. Mount it: mount "
                  "-t bpf bpf {}; or let it end with the agent: --pin-dir none",
                  kBpfMount, strerror(errno), kBpfMount));
}

std::vector<std::string> SortedPaths(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::Status Unlink(const std::string& path, size_t& count) {
  if (unlink(path.c_str()) == 0) {
    ++count;
    return absl::OkStatus();
  }
  return errno == ENOENT ? absl::OkStatus() : ErrnoStatus("cannot remove", path, errno);
}

absl::Status RemoveEmpty(const std::string& path) {
  if (rmdir(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return ErrnoStatus("cannot remove", path, errno);
}

}  // namespace

PinDir::Lock& PinDir::Lock::operator=(Lock&& other) noexcept {
  if (fd_ >= 0) close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

PinDir::Lock::~Lock() {
  if (fd_ >= 0) close(fd_);
}

absl::Status PinDir::Prepare() const {
  if (!IsBpfFs(Existing(path_))) {
    if (absl::Status s = MountBpfFs(path_); !s.ok()) return s;
  }
  std::error_code error;
  fs::create_directories(fs::path(path_).parent_path(), error);
  if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return ErrnoStatus("cannot make", path_, errno);
  struct stat st {};
  if (lstat(path_.c_str(), &st) != 0) return ErrnoStatus("cannot look at", path_, errno);
  if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
    return absl::FailedPreconditionError(
        fmt::format("pin_dir {} is no directory of this user's: remove it, or choose another", path_));
  }
  if (chmod(path_.c_str(), 0700) != 0) return ErrnoStatus("cannot protect", path_, errno);
  return absl::OkStatus();
}

absl::StatusOr<PinDir::Lock> PinDir::TryLock(std::chrono::milliseconds patience) const {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPause(50);
  const int fd = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus("cannot open", path_, errno);
  Lock lock(fd);
  const auto end = Clock::now() + patience;
  int error;
  while ((error = flock(fd, LOCK_EX | LOCK_NB)) != 0 && errno == EWOULDBLOCK && Clock::now() < end) {
    std::this_thread::sleep_for(kPause);
  }
  if (error == 0) return lock;
  if (errno == EWOULDBLOCK) return absl::UnavailableError(fmt::format("{} is in use by another vedette", path_));
  return ErrnoStatus("cannot lock", path_, errno);
}

absl::StatusOr<std::vector<PinDir::Generation>> PinDir::List() const {
  const int fd = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus("cannot open", path_, errno);
  close(fd);
  std::vector<Generation> out;
  for (const std::string& path : SortedPaths(path_)) {
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    const bool complete = name.starts_with(kWhole);
    if (complete || name.starts_with(kPart)) out.push_back({path, complete});
  }
  auto number = [](const Generation& g) { return std::string_view(g.path).substr(g.path.rfind('_')); };
  std::ranges::stable_sort(out, {}, number);
  return out;
}

absl::StatusOr<PinDir::Generation> PinDir::Begin(uint64_t number) const {
  Generation generation{fmt::format("{}/{}{:016x}", path_, kPart, number), false};
  for (const std::string& path : {generation.path, generation.path + "/links", generation.path + "/maps"}) {
    if (mkdir(path.c_str(), 0700) != 0) return ErrnoStatus("cannot make", path, errno);
  }
  return generation;
}

absl::Status PinDir::SetComplete(Generation& generation, bool complete) const {
  std::string path = generation.path;
  path.replace(path.rfind('/') + 1, (complete ? kPart : kWhole).size(), complete ? kWhole : kPart);
  if (rename(generation.path.c_str(), path.c_str()) != 0) return ErrnoStatus("cannot rename", generation.path, errno);
  generation = {std::move(path), complete};
  return absl::OkStatus();
}

std::string PinDir::LinkPath(const Generation& generation, size_t index, std::string_view program) {
  return fmt::format("{}/links/{:03}_{}", generation.path, index, program);
}

// A BPF file system has no names with a dot.
std::string PinDir::MapPath(const Generation& generation, std::string_view map) {
  std::string name(map);
  std::ranges::replace(name, '.', '_');
  return fmt::format("{}/maps/{}", generation.path, name);
}

std::vector<std::string> PinDir::LinksOf(const Generation& generation) {
  return SortedPaths(generation.path + "/links");
}

std::vector<std::string> PinDir::MapsOf(const Generation& generation) { return SortedPaths(generation.path + "/maps"); }

absl::Status PinDir::Remove(Generation generation, Removed* removed) const {
  if (generation.complete) {
    if (absl::Status s = SetComplete(generation, false); !s.ok()) return s;
  }
  Removed ignored;
  Removed& count = removed != nullptr ? *removed : ignored;
  std::vector<std::string> links = LinksOf(generation);
  for (auto link = links.rbegin(); link != links.rend(); ++link) {
    if (absl::Status s = Unlink(*link, count.links); !s.ok()) return s;
  }
  for (const std::string& map : MapsOf(generation)) {
    if (absl::Status s = Unlink(map, count.maps); !s.ok()) return s;
  }
  for (const std::string& path : {generation.path + "/links", generation.path + "/maps", generation.path}) {
    if (absl::Status s = RemoveEmpty(path); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status PinDir::RemoveDirectory() const { return RemoveEmpty(path_); }

}  // namespace vedette
