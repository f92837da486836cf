// SPDX-License-Identifier: Apache-2.0
#include "sensor/self_protection.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <utility>

#include "fmt/format.h"
#include "sensor/owned_fd.h"
#include "sensor/pinned_map.h"
#include "sensor/unpreempted.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kRingBytes = 64 << 10;
constexpr size_t kPage = 4096;
constexpr char kMap[] = "vd_self";

void* MapSelf(int map) { return mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0); }

constexpr char kCgroupRoot[] = "/sys/fs/cgroup";

#define VD_SELF_ATTEMPT(WHAT, text) text,
constexpr const char* kTexts[] = {VD_SELF_ATTEMPTS(VD_SELF_ATTEMPT)};
#undef VD_SELF_ATTEMPT
static_assert(std::size(kTexts) == VD_SELF_WHAT_COUNT);

std::string Text(const char* bytes, size_t room) { return {bytes, strnlen(bytes, room)}; }

uint64_t Load(const __u64& count) {
  return std::atomic_ref(*reinterpret_cast<uint64_t*>(const_cast<__u64*>(&count))).load(std::memory_order_relaxed);
}

int FdOf(const BpfObject& object, std::string_view map) {
  for (const BpfObject::Pinnable& m : object.Maps()) {
    if (m.name == map) return m.fd;
  }
  return -1;
}

// Those above a path, "/" too.
std::vector<std::string> Above(const std::string& path) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::path p = fs::absolute(path, error).lexically_normal(); p.has_relative_path();) {
    p = p.parent_path();
    out.push_back(p.string());
  }
  return out;
}

// The agent's own and those above it, without the root's, where nothing can be stopped.
std::vector<std::string> ControlGroups() {
  std::ifstream in("/proc/self/cgroup");
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("0::/")) continue;
    for (fs::path p = line.substr(3); p.has_relative_path(); p = p.parent_path()) out.push_back(kCgroupRoot + p.string());
  }
  return out;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SelfProtection>> SelfProtection::Open(const BpfObject& object) {
  std::unique_ptr<SelfProtection> out(new SelfProtection);
  void* memory = MapSelf(FdOf(object, kMap));
  if (memory == MAP_FAILED) {
    return absl::InternalError(fmt::format("the map vd_self cannot be mapped: {}", strerror(errno)));
  }
  out->self_ = static_cast<vd_self*>(memory);
  out->objects_ = FdOf(object, "vd_self_objects");
  out->ids_ = FdOf(object, "vd_self_ids");
  auto ring = RingReader::Open(FdOf(object, "vd_self_attempts"), kRingBytes, [self = out.get()](auto record) {
    if (record.size() < sizeof(vd_self_attempt)) return;
    const auto* a = reinterpret_cast<const vd_self_attempt*>(record.data());
    SelfAttempt attempt;
    attempt.time_ns = a->time_ns;
    attempt.kind = a->what;
    attempt.what = a->what < VD_SELF_WHAT_COUNT ? kTexts[a->what] : "do something unknown";
    attempt.detail = a->detail;
    attempt.name = Text(a->name, sizeof(a->name));
    attempt.pid = a->pid;
    attempt.uid = a->uid;
    attempt.exec_id = a->exec_id;
    attempt.container = a->container != 0;
    attempt.comm = Text(a->comm, sizeof(a->comm));
    attempt.exe = Text(a->exe, sizeof(a->exe));
    self->read_.push_back(std::move(attempt));
  });
  if (!ring.ok()) return ring.status();
  out->ring_ = *std::move(ring);
  return out;
}

SelfProtection::~SelfProtection() {
  if (self_ != nullptr) munmap(self_, kPage);
}

absl::Status SelfProtection::Start(const BpfObject& object) {
  const Unpreempted unpreempted;
  if (absl::Status s = AddIds(object); !s.ok()) return s;
  std::atomic_ref(self_->on).store(1);
  return absl::OkStatus();
}

void SelfProtection::Stop() { std::atomic_ref(self_->on).store(0); }

absl::Status SelfProtection::AddIds(const BpfObject& object) {
  auto add = [&](uint64_t id) {
    const uint32_t one = 1;
    if (bpf_map_update_elem(ids_, &id, &one, BPF_ANY) == 0) return absl::OkStatus();
    return absl::InternalError(fmt::format("self-protection: cannot write vd_self_ids: {}", strerror(errno)));
  };
  for (const BpfObject::Pinnable& map : object.Maps()) {
    bpf_map_info info{};
    __u32 size = sizeof(info);
    if (bpf_obj_get_info_by_fd(map.fd, &info, &size) != 0) continue;
    if (absl::Status s = add(VD_SELF_MAP_ID | info.id); !s.ok()) return s;
  }
  for (const BpfObject::Pinnable& link : object.DecidingLinks()) {
    bpf_link_info info{};
    __u32 size = sizeof(info);
    if (bpf_obj_get_info_by_fd(link.fd, &info, &size) != 0) continue;
    if (absl::Status s = add(VD_SELF_PROGRAM_ID | info.prog_id); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status SelfProtection::Register(const std::string& path, uint32_t classes) {
  self_->classes = classes;
  const uint64_t before = Load(self_->registered);
  std::atomic_ref(self_->register_tid).store(static_cast<__u32>(gettid()));
  const OwnedFd fd(open(path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  const int error = errno;
  std::atomic_ref(self_->register_tid).store(0);
  if (!fd.valid() && (error == ENOENT || error == ENOTDIR)) return absl::OkStatus();
  if (!fd.valid()) {
    return absl::InternalError(fmt::format("self-protection: cannot open {}: {}", path, strerror(error)));
  }
  if (Load(self_->registered) != before) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "self-protection cannot guard {}: it guards at most {} files and directories; put the rules into fewer files, or "
      "set self_protection: off",
      path, VD_SELF_MAX_OBJECTS));
}

absl::Status SelfProtection::RegisterAll(const GuardedPaths& paths) {
  std::set<std::string> above;
  auto add = [&](const std::string& path, uint32_t classes) {
    for (std::string& directory : Above(path)) above.insert(std::move(directory));
    return Register(path, classes);
  };
  if (absl::Status s = Register("/proc/self/exe", VD_SELF_PROGRAM | VD_SELF_FILE); !s.ok()) return s;
  std::error_code error;
  for (std::string& directory : Above(fs::read_symlink("/proc/self/exe", error).string())) {
    above.insert(std::move(directory));
  }
  for (const std::string& file : paths.files) {
    if (absl::Status s = add(file, VD_SELF_FILE); !s.ok()) return s;
  }
  for (const std::string& directory : paths.directories) {
    if (absl::Status s = add(directory, VD_SELF_NAMES); !s.ok()) return s;
  }
  for (const std::string& directory : above) {
    if (absl::Status s = Register(directory, VD_SELF_ABOVE); !s.ok()) return s;
  }
  for (const std::string& group : ControlGroups()) {
    if (absl::Status s = Register(group, VD_SELF_CGROUP); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status SelfProtection::Guard(const GuardedPaths& paths) {
  const Unpreempted unpreempted;
  self_->epoch = ++epoch_;
  absl::Status status = RegisterAll(paths);
  // What is guarded anew stays guarded if this fails: more than before is no harm.
  if (status.ok()) ForgetOlder();
  return status;
}

void SelfProtection::ForgetOlder() {
  std::vector<vd_self_key> old;
  vd_self_key key{}, next{};
  for (bool more = bpf_map_get_next_key(objects_, nullptr, &next) == 0; more;
       more = bpf_map_get_next_key(objects_, &key, &next) == 0) {
    key = next;
    vd_self_object object{};
    if (bpf_map_lookup_elem(objects_, &key, &object) != 0) continue;
    if (object.epoch != epoch_) old.push_back(key);
  }
  for (const vd_self_key& k : old) bpf_map_delete_elem(objects_, &k);
}

bool SelfProtection::on() const { return std::atomic_ref(self_->on).load() != 0; }

uint64_t SelfProtection::refused() const { return Load(self_->refused); }

std::vector<SelfAttempt> SelfProtection::TakeAttempts() {
  ring_->Read(std::numeric_limits<size_t>::max());
  if (read_.empty()) return {};
  // The count is raised before the record is written: what is missing may be under way, so it is told by the next one at the latest.
  self_->told += read_.size();
  return std::exchange(read_, {});
}

absl::StatusOr<PinnedSelf> ReadSelf(const PinDir::Generation& generation) {
  const PinnedMap map(PinDir::MapPath(generation, kMap));
  vd_self self{};
  if (map.ArraySize(sizeof(self)) != 1 || !map.Read(0, self)) return absl::NotFoundError("no map vd_self");
  return PinnedSelf{self.on != 0, self.refused, self.told};
}

// Written through a mapping, as the programs count in the same element.
absl::Status SetSelf(const PinDir::Generation& generation, bool on) {
  const PinnedMap map(PinDir::MapPath(generation, kMap));
  if (map.ArraySize(sizeof(vd_self)) != 1) return absl::NotFoundError("no map vd_self");
  void* memory = MapSelf(map.fd());
  if (memory == MAP_FAILED) {
    return absl::InternalError(fmt::format("the map vd_self cannot be mapped: {}", strerror(errno)));
  }
  std::atomic_ref(static_cast<vd_self*>(memory)->on).store(on ? 1 : 0);
  munmap(memory, kPage);
  return absl::OkStatus();
}

}  // namespace vedette
