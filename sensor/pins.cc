// SPDX-License-Identifier: Apache-2.0
#include "sensor/pins.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "bpf/abi/config.h"
#include "bpf/abi/policy.h"
#include "fmt/format.h"
#include "sensor/boot_time.h"
#include "sensor/owned_fd.h"
#include "sensor/pinned_map.h"
#include "sensor/self_protection.h"
#include "sensor/unpreempted.h"

namespace vedette {
namespace {

using std::chrono_literals::operator""ms;

constexpr auto kEndsWithin = std::chrono::seconds(5);
// With whoever only looks, and with an agent that has been killed and is not gone yet.
constexpr std::chrono::milliseconds kPatience(2000);

uint64_t SumOfLosses(const PinnedMap& losses, uint32_t reason) {
  uint64_t sum = 0;
  for (uint32_t kind = 0; kind < VD_KIND_COUNT; ++kind) {
    sum += SumOverProcessors(losses.fd(), kind * VD_LOSS_COUNT + reason);
  }
  return sum;
}

std::vector<uint32_t> ProgramsOf(const PinDir::Generation& generation) {
  std::vector<uint32_t> out;
  for (const std::string& path : PinDir::LinksOf(generation)) {
    const OwnedFd link(bpf_obj_get(path.c_str()));
    bpf_link_info info{};
    __u32 size = sizeof(info);
    if (link.valid() && bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0) out.push_back(info.prog_id);
  }
  return out;
}

// " (process 12)", "" if that is not known.
std::string NameOf(const absl::StatusOr<EnforcementState>& state) {
  return state.ok() && state->pid != 0 ? fmt::format(" (process {})", state->pid) : "";
}

// The kernel lets go of a program a moment after its last link.
bool WaitUntilGone(const std::vector<uint32_t>& programs) {
  const auto end = std::chrono::steady_clock::now() + kEndsWithin;
  for (uint32_t id : programs) {
    while (OwnedFd(bpf_prog_get_fd_by_id(id)).valid()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(10ms);
    }
  }
  return true;
}

}  // namespace

// One generation that another process has made. Its maps stay readable when its pins are gone.
class Former {
 public:
  explicit Former(PinDir::Generation generation)
      : generation_(std::move(generation)),
        owner_(Get("vd_owner")),
        active_(Get("vd_policy_active")),
        rules_(Get("vd_rules")),
        losses_(Get("vd_losses")),
        tasks_(Get("vd_tasks")),
        lineages_(Get("vd_lineages")),
        containers_(Get("vd_containers")),
        names_(Get("vd_names")) {
    active_.Read(0, epoch_);
    owner_known_ = owner_.Read(0, owner_value_);
    readable_ = owner_known_ && owner_value_.layout == VD_LAYOUT_VERSION && owner_.ArraySize(sizeof(vd_owner)) == 1 &&
                rules_.ArraySize(sizeof(vd_rule)) == 2 * VD_MAX_RULES &&
                losses_.ProcessorArraySize(sizeof(uint64_t)) == uint32_t{VD_KIND_COUNT} * VD_LOSS_COUNT;
  }

  const PinDir::Generation& generation() const { return generation_; }
  bool readable() const { return readable_; }

  // How the programs of a successor can read tasks().
  vd_former kind() const {
    if (!generation_.complete || tasks_.type() != BPF_MAP_TYPE_TASK_STORAGE) return VD_FORMER_NONE;
    if (readable_ && tasks_.value_size() == VD_TASK_STATE_SIZE) return VD_FORMER_WHOLE;
    return tasks_.value_size() >= sizeof(vd_task_prefix) ? VD_FORMER_PREFIX : VD_FORMER_NONE;
  }
  BpfObject::FormerMaps maps() const {
    const bool lineages = lineages_.type() == BPF_MAP_TYPE_TASK_STORAGE && lineages_.value_size() == VD_LINEAGE_SIZE;
    return {tasks_.fd(), kind() == VD_FORMER_WHOLE && lineages ? lineages_.fd() : -1};
  }

  // Adds the former names of files to those of a successor: what has been mounted elsewhere stays what it is. Returns
  // how many. Both may go on adding meanwhile.
  absl::StatusOr<uint32_t> CopyNames(int to) const {
    if (!names_.IsHash(sizeof(vd_name_key), sizeof(vd_name))) return 0;
    const Unpreempted unpreempted;
    vd_name_key key{};
    vd_name name{};
    uint32_t count = 0;
    while (bpf_map_get_next_key(names_.fd(), count != 0 ? &key : nullptr, &key) == 0) {
      ++count;
      if (bpf_map_lookup_elem(names_.fd(), &key, &name) != 0) continue;
      if (bpf_map_update_elem(to, &key, &name, BPF_NOEXIST) != 0 && errno != EEXIST) {
        return absl::InternalError(fmt::format("cannot take over the former names of files: {}", strerror(errno)));
      }
    }
    return count;
  }

  // Has its programs refuse nothing from now on. The kernel lets go of a program a moment after its pin, and of several in any
  // order: what decides must not outlive what follows processes for it, or it would refuse what it allows. Of another layout only
  // what looks as expected is written to.
  void Disarm() const {
    const PinnedMap kinds = Get("vd_policy_kinds"), calls = Get("vd_call_index");
    const Unpreempted unpreempted;
    if (calls.IsHash(sizeof(vd_call_key), sizeof(uint32_t))) {
      vd_call_key key{};
      while (bpf_map_get_next_key(calls.fd(), nullptr, &key) == 0 && bpf_map_delete_elem(calls.fd(), &key) == 0) continue;
    }
    const uint32_t count = kinds.ArraySize(kinds.value_size());
    if (count == 0 || count % 2 != 0 || active_.ArraySize(sizeof(epoch_)) != 1) return;
    // Its lowest bit is the generation: the one that nobody reads becomes empty, then the one that all read.
    const uint32_t epoch = epoch_ + 1;
    const std::vector<char> nothing(kinds.value_size());
    const uint32_t first = (epoch & 1) * (count / 2), zero = 0;
    for (uint32_t i = first; i < first + count / 2; ++i) {
      if (bpf_map_update_elem(kinds.fd(), &i, nothing.data(), BPF_ANY) != 0) return;
    }
    bpf_map_update_elem(active_.fd(), &zero, &epoch, BPF_ANY);
  }

  // What is known of it now, into the state of all; the newest complete one comes last.
  void AddTo(EnforcementState& state) const {
    const Unpreempted unpreempted;
    ++state.generations;
    if (readable_) {
      state.unseen += SumOfLosses(losses_, VD_LOSS_UNATTENDED);
      state.undecided += SumOfLosses(losses_, VD_LOSS_POLICY);
      AddRules(state.rules);
    }
    AddMonitored(state.monitored);
    if (const auto self = ReadSelf(generation_); self.ok()) {
      state.self_loaded = true;
      state.self_on = self->on;
      state.self_refused += self->refused;
      state.self_untold += self->refused > self->told ? self->refused - self->told : 0;
    }
    if (!generation_.complete || !owner_known_) return;
    vd_owner owner = owner_value_;
    owner_.Read(0, owner);
    state.pid = owner.pid;
    state.version.assign(owner.version, strnlen(owner.version, sizeof(owner.version)));
    state.readable = readable_;
    if (!readable_) return;
    state.since_ns = owner.since_ns;
    state.attached_ns = owner.attached_ns;
    state.gone_ns = owner.gone_ns;
    state.containers = containers_.CountKeys<uint64_t>(VD_MAX_CONTAINERS);
    AddHookCounts(Get("vd_works").fd(), Get("vd_mute_hits").fd(), Get("vd_sent").fd(), losses_.fd(), state.hooks);
  }

 private:
  void AddMonitored(std::vector<std::string>& out) const {
    const PinnedMap map = Get("vd_monitored");
    if (map.type() != BPF_MAP_TYPE_HASH || map.value_size() != sizeof(vd_monitored)) return;
    uint64_t key = 0, next = 0;
    for (bool more = bpf_map_get_next_key(map.fd(), nullptr, &next) == 0; more;
         more = bpf_map_get_next_key(map.fd(), &key, &next) == 0) {
      key = next;
      vd_monitored value{};
      if (bpf_map_lookup_elem(map.fd(), &key, &value) == 0) {
        out.emplace_back(value.name, strnlen(value.name, sizeof(value.name)));
      }
    }
  }

  PinnedMap Get(std::string_view map) const { return PinnedMap(PinDir::MapPath(generation_, map)); }

  void AddRules(std::vector<RuleCount>& out) const {
    std::vector<vd_rule> rules(VD_MAX_RULES);
    for (uint32_t i = 0; i < VD_MAX_RULES; ++i) rules_.Read((epoch_ & 1) * VD_MAX_RULES + i, rules[i]);
    for (RuleCount& rule : ReadRuleCounts(rules)) {
      auto same = std::ranges::find_if(
          out, [&](const RuleCount& r) { return r.name == rule.name && r.enforced == rule.enforced; });
      if (same == out.end()) {
        out.push_back(std::move(rule));
      } else {
        same->decided += rule.decided;
        same->told += rule.told;
      }
    }
  }

  const PinDir::Generation generation_;
  const PinnedMap owner_, active_, rules_, losses_, tasks_, lineages_, containers_, names_;
  vd_owner owner_value_{};
  uint32_t epoch_ = 0;  // of the policy that it had
  bool owner_known_ = false, readable_ = false;
};

Pins::Pins(std::string directory, std::string version)
    : directory_(std::move(directory)), version_(std::move(version)) {}
Pins::~Pins() = default;

absl::StatusOr<std::unique_ptr<Pins>> Pins::Open(const std::string& directory, std::string version, bool enforce) {
  std::unique_ptr<Pins> pins(new Pins(directory, std::move(version)));
  if (absl::Status s = pins->Own(enforce); !s.ok()) return s;
  return pins;
}

// The directory may go between two steps: an agent that enforces nothing any more, and unload, remove it.
absl::StatusOr<PinDir::Lock> Pins::LockDirectory(bool enforce) const {
  for (int tries = 0;; ++tries) {
    if (absl::Status s = enforce ? directory_.Prepare() : directory_.Check(); !s.ok()) return s;
    auto lock = directory_.TryLock(kPatience);
    if (lock.ok() || !absl::IsNotFound(lock.status()) || !enforce || tries == 3) return lock;
  }
}

absl::Status Pins::Own(bool enforce) {
  other_.clear();
  if (lock_) return absl::OkStatus();
  auto lock = LockDirectory(enforce);
  if (lock.ok()) {
    lock_ = *std::move(lock);
    return FindFormers();
  }
  if (absl::IsNotFound(lock.status()) && !enforce) return absl::OkStatus();
  if (absl::IsPermissionDenied(lock.status()) && !enforce) {
    other_ = fmt::format("what may be enforced by pins is not touched: {}", std::string(lock.status().message()));
    return absl::OkStatus();
  }
  if (!absl::IsUnavailable(lock.status())) return lock.status();
  const std::string who = NameOf(ReadEnforcement(directory_.path()));
  if (enforce) {
    return absl::FailedPreconditionError(fmt::format(
        "another vedette{} enforces by {}; stop it first: its rules stay in force until this one takes over", who,
        directory_.path()));
  }
  other_ = fmt::format("another vedette{} enforces; that is not touched", who);
  return absl::OkStatus();
}

absl::Status Pins::FindFormers() {
  auto generations = directory_.List();
  if (!generations.ok()) return generations.status();
  for (PinDir::Generation& generation : *generations) {
    formers_.push_back(std::make_unique<Former>(std::move(generation)));
  }
  return absl::OkStatus();
}

void Pins::AddFormer(BpfSource::Options& options) const {
  for (const auto& former : formers_) {
    if (former->kind() == VD_FORMER_NONE) continue;
    options.former = former->kind();
    options.former_maps = former->maps();
  }
}

absl::Status Pins::Settle(const BpfObject& object, bool enforce) {
  if (enforce && !mine_) {
    if (absl::Status s = Own(true); !s.ok()) return s;
    if (absl::Status s = Pin(object); !s.ok()) return s;
  }
  if (!lock_) return absl::OkStatus();
  if (absl::Status s = CopyNames(object); enforce && !s.ok()) return s;
  if (absl::Status s = Retire(); !s.ok()) return s;
  return enforce ? absl::OkStatus() : Withdraw();
}

absl::Status Pins::Pin(const BpfObject& object) {
  EnforcementState before;
  for (const auto& former : formers_) former->AddTo(before);
  const uint64_t now = BootTimeNs();
  vd_owner owner{};
  owner.layout = VD_LAYOUT_VERSION;
  owner.pid = static_cast<__u32>(getpid());
  memcpy(owner.version, version_.data(), std::min(version_.size(), sizeof(owner.version) - 1));
  owner.since_ns = before.since_ns != 0 ? before.since_ns : now;
  owner.attached_ns = now;

  auto generation = directory_.Begin(now);
  if (!generation.ok()) return generation.status();
  auto pin = [&](int fd, const std::string& path) {
    if (bpf_obj_pin(fd, path.c_str()) == 0) return absl::OkStatus();
    return absl::InternalError(fmt::format("cannot pin {}: {}", path, strerror(errno)));
  };
  absl::Status status;
  for (const BpfObject::Pinnable& map : object.Maps()) {
    const __u32 zero = 0;
    if (map.name == "vd_owner" && bpf_map_update_elem(map.fd, &zero, &owner, BPF_ANY) != 0) {
      status.Update(absl::InternalError(fmt::format("cannot write vd_owner: {}", strerror(errno))));
    }
    status.Update(pin(map.fd, PinDir::MapPath(*generation, map.name)));
  }
  // In the order of attaching: whatever cuts this short, no hook decides without what follows processes for it.
  size_t index = 0;
  for (const BpfObject::Pinnable& link : object.DecidingLinks()) {
    if (status.ok()) status = pin(link.fd, PinDir::LinkPath(*generation, index++, link.name));
  }
  if (status.ok()) status = directory_.Complete(*generation);
  if (!status.ok()) {
    directory_.Remove(*generation).IgnoreError();
    return status;
  }
  mine_ = *std::move(generation);
  return absl::OkStatus();
}

absl::Status Pins::CopyNames(const BpfObject& object) {
  for (const BpfObject::Pinnable& map : object.Maps()) {
    if (map.name != "vd_names") continue;
    for (const auto& former : formers_) {
      const absl::StatusOr<uint32_t> copied = former->CopyNames(map.fd);
      if (!copied.ok()) return copied.status();
      object.CountNames(*copied);
    }
  }
  return absl::OkStatus();
}

absl::Status Pins::Retire() {
  if (formers_.empty()) return absl::OkStatus();
  EnforcementState state;
  for (const auto& former : formers_) {
    for (const std::string& path : PinDir::LinksOf(former->generation())) state.programs.push_back(path);
    former->Disarm();
    if (absl::Status s = directory_.Remove(former->generation()); !s.ok()) return s;
  }
  for (const auto& former : formers_) former->AddTo(state);
  formers_.clear();
  // One that was cut short before its first link has enforced nothing.
  if (state.enforcing() || state.pid != 0) former_state_ = std::move(state);
  return absl::OkStatus();
}

std::vector<std::string> Pins::Directories() const {
  if (!mine_) return {};
  return {directory_.path(), mine_->path, mine_->path + "/links", mine_->path + "/maps"};
}

absl::Status Pins::Withdraw() {
  if (!lock_) return absl::OkStatus();
  if (mine_) {
    if (absl::Status s = directory_.Remove(*mine_); !s.ok()) return s;
    mine_.reset();
  }
  absl::Status status = directory_.RemoveDirectory();
  lock_.reset();
  return status;
}

absl::StatusOr<EnforcementState> ReadEnforcement(const std::string& path) {
  const PinDir directory(path);
  EnforcementState state;
  absl::Status usable = directory.Check();
  auto generations = usable.ok() ? directory.List() : usable;
  if (absl::IsNotFound(generations.status())) return state;
  if (!generations.ok()) return generations.status();
  state.agent = absl::IsUnavailable(directory.TryLock().status());
  for (PinDir::Generation& generation : *generations) {
    for (const std::string& link : PinDir::LinksOf(generation)) {
      const std::string name = link.substr(link.rfind('/') + 1);
      state.programs.push_back(name.substr(name.find('_') + 1));
    }
    state.maps += PinDir::MapsOf(generation).size();
    Former(std::move(generation)).AddTo(state);
  }
  return state;
}

absl::StatusOr<bool> SetSelfProtection(const std::string& path, bool on) {
  const PinDir directory(path);
  absl::Status usable = directory.Check();
  auto generations = usable.ok() ? directory.List() : usable;
  if (absl::IsNotFound(generations.status())) return false;
  if (!generations.ok()) return generations.status();
  bool any = false;
  for (const PinDir::Generation& generation : *generations) {
    absl::Status set = SetSelf(generation, on);
    if (!set.ok() && !absl::IsNotFound(set)) return set;
    any = any || set.ok();
  }
  return any;
}

absl::StatusOr<Unloaded> Unload(const std::string& path) {
  const PinDir directory(path);
  Unloaded out;
  absl::Status usable = directory.Check();
  auto lock = usable.ok() ? directory.TryLock(kPatience) : usable;
  if (absl::IsNotFound(lock.status())) return out;
  auto state = ReadEnforcement(path);
  if (absl::IsUnavailable(lock.status())) {
    return absl::FailedPreconditionError(fmt::format("an agent{} enforces: stop it first, then unload", NameOf(state)));
  }
  if (!lock.ok()) return lock.status();
  if (!state.ok()) return state.status();
  out.state = *std::move(state);
  out.state.agent = false;
  auto generations = directory.List();
  if (!generations.ok()) return generations.status();
  std::vector<uint32_t> programs;
  for (const PinDir::Generation& generation : *generations) {
    std::ranges::copy(ProgramsOf(generation), std::back_inserter(programs));
    Former(generation).Disarm();
    if (absl::Status s = directory.Remove(generation, &out.removed); !s.ok()) return s;
  }
  if (absl::Status s = directory.RemoveDirectory(); !s.ok()) return s;
  out.ended = WaitUntilGone(programs);
  return out;
}

}  // namespace vedette
