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
  if (error == EROFS) {
    return absl::FailedPreconditionError(text +
                                         "; mount it writable, or let enforcement end with the agent: "
                                         "--pin-dir none");
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

absl::Status NotBpfFs(const std::string& path) {
  return absl::FailedPreconditionError(
      fmt::format("pin_dir {} is not on a BPF file system, and only there enforcement can outlive the agent; use a "
                  "directory below {}, or mount one: mount -t bpf bpf DIR",
                  path, kBpfMount));
}

absl::Status MountBpfFs(const std::string& path) {
  if (!path.starts_with(std::string(kBpfMount) + "/")) return NotBpfFs(path);
  if (mount("bpf", kBpfMount, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("no BPF file system at {}, and none can be mounted: {}; without it enforcement cannot outlive the "
                  "agent. Mount it: mount -t bpf bpf {}; or let it end with the agent: --pin-dir none",
                  kBpfMount, strerror(errno), kBpfMount));
}

std::vector<std::string> SortedPaths(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Neither ours nor in the way of it: whoever has put it there has to take it away.
absl::Status Foreign(const std::string& what) {
  return absl::FailedPreconditionError(
      fmt::format("{} is not of Vedette's making: remove it, or choose another pin_dir", what));
}

absl::Status OfAnotherUser(const std::string& path, uid_t owner) {
  return absl::PermissionDeniedError(fmt::format("{} belongs to {}: run it as that user, or choose another pin_dir",
                                                 path, owner == 0 ? "root" : fmt::format("user {}", owner)));
}

absl::Status Unlink(const std::string& path, size_t& count) {
  if (unlink(path.c_str()) == 0) {
    ++count;
    return absl::OkStatus();
  }
  if (errno == ENOENT) return absl::OkStatus();
  return errno == EISDIR ? Foreign(path) : ErrnoStatus("cannot remove", path, errno);
}

absl::Status RemoveEmpty(const std::string& path) {
  if (rmdir(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return errno == ENOTEMPTY ? Foreign("what is in " + path) : ErrnoStatus("cannot remove", path, errno);
}

// Whether the descriptor's directory is the one that has this name now.
bool HasName(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return fstat(fd, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace

absl::Status PinDir::Prepare() const {
  if (!IsBpfFs(Existing(path_))) {
    if (absl::Status s = MountBpfFs(path_); !s.ok()) return s;
  }
  const std::string parent = fs::path(path_).parent_path().string();
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) return ErrnoStatus("cannot make", parent, error.value());
  if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return ErrnoStatus("cannot make", path_, errno);
  if (absl::Status s = Check(); !s.ok()) return s;
  if (chmod(path_.c_str(), 0700) != 0) return ErrnoStatus("cannot protect", path_, errno);
  return absl::OkStatus();
}

absl::Status PinDir::Check() const {
  struct stat st {};
  if (lstat(path_.c_str(), &st) != 0) return ErrnoStatus("cannot look at", path_, errno);
  if (!S_ISDIR(st.st_mode)) return Foreign(path_);
  if (st.st_uid != geteuid()) return OfAnotherUser(path_, st.st_uid);
  return IsBpfFs(path_) ? absl::OkStatus() : NotBpfFs(path_);
}

absl::StatusOr<PinDir::Lock> PinDir::TryLock(std::chrono::milliseconds patience) const {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPause(50);
  const auto end = Clock::now() + patience;
  for (;;) {
    OwnedFd fd(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return ErrnoStatus("cannot open", path_, errno);
    const bool locked = flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK) return ErrnoStatus("cannot lock", path_, errno);
    // Whoever had it may have removed the directory, and somebody else made it anew.
    if (locked && HasName(fd.get(), path_)) return Lock(std::move(fd));
    if (!locked && Clock::now() >= end) {
      return absl::UnavailableError(fmt::format("{} is in use by another vedette", path_));
    }
    if (!locked) std::this_thread::sleep_for(kPause);
  }
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

// What else somebody keeps in it is not ours to remove, nor in the way.
absl::Status PinDir::RemoveDirectory() const {
  if (rmdir(path_.c_str()) == 0 || errno == ENOENT || errno == ENOTEMPTY) return absl::OkStatus();
  return ErrnoStatus("cannot remove", path_, errno);
}

}  // namespace vedette
