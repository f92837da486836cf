// SPDX-License-Identifier: Apache-2.0
#include "sensor/bpf_source.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "sensor/boot_time.h"
#include "sensor/bpf_enforcer.h"
#include "sensor/cgroup.h"
#include "sensor/container_metadata.h"
#include "sensor/container_scan.h"
#include "sensor/context_record.h"
#include "sensor/event/event_facts.h"
#include "sensor/kernel_symbols.h"
#include "sensor/pinned_map.h"
#include "sensor/skeleton.h"
#include "sensor/unpreempted.h"

namespace vedette {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBatch = 512;  // records of one lane before the lifecycle ring is looked at again
// A ring wakes us when this much waits; what is less is found by looking this often.
constexpr uint32_t kWakeupBytes = 64 << 10;
constexpr int kPollMs = 50;
constexpr auto kIdleEvery = std::chrono::milliseconds(100);
constexpr size_t kMaxEarlyBytes = 64 << 20;
constexpr auto kSweepEvery = std::chrono::seconds(1);       // of containers that are gone
constexpr auto kScanFor = std::chrono::milliseconds(3000);  // containers that run already

// Of the bytes of a ring, which the kernel has written: whole unless it is no record of ours.
const vd_header* HeaderOf(std::span<const std::byte> record) {
  return record.size() >= sizeof(vd_header) ? reinterpret_cast<const vd_header*>(record.data()) : nullptr;
}

// Nobody who does not read our memory can tell which names give equal tags.
uint64_t Secret() {
  uint64_t secret = 0;
  if (getrandom(&secret, sizeof(secret), 0) != sizeof(secret)) return 0;
  return secret | 1;
}

void AddPrefilter(vd_config& config) {
  const std::optional<PathLocks> locks = FindPathLocks();
  config.tag_secret = Secret();
  if (!locks || config.tag_secret == 0) return;
  config.rename_lock = locks->rename_lock;
  config.mount_lock = locks->mount_lock;
  config.prefilter = 1;
}

vd_config MakeConfig(const BpfSource::Options& options, const ProgramPlan& plan) {
  vd_config config{};
  config.event_kinds = plan.event_kinds;
  config.verdict_kinds = plan.verdict_kinds;
  config.deferred_kinds = plan.deferred_kinds;
  config.return_kinds = plan.return_kinds;
  struct stat st {};
  if (stat("/proc/1/root", &st) == 0) {
    config.host_root_ino = st.st_ino;
    config.host_root_dev = major(st.st_dev) << 20 | minor(st.st_dev);
  }
  if (stat("/proc/1/ns/mnt", &st) == 0) config.host_mnt_ns = static_cast<__u32>(st.st_ino);
  config.agent_tgid = static_cast<__u32>(getpid());
  config.max_path = std::min<uint32_t>(options.max_path, VD_MAX_PATH);
  config.max_nameraw = std::min<uint32_t>(options.max_nameraw, VD_MAX_NAMERAW);
  config.max_args = std::min<uint32_t>(options.max_args, VD_MAX_ARGS);
  config.wakeup_bytes = kWakeupBytes;
  config.max_buffer = std::min<uint32_t>(options.max_buffer, VD_MAX_BUFFER);
  config.failed_opens = options.interest.failed_opens ? 1 : 0;
  if (options.prefilter) AddPrefilter(config);
  config.exec_env = options.interest.environments ? 1 : 0;
  config.exec_details = options.interest.exec_details ? 1 : 0;
  config.profiles = options.interest.profiles.empty() ? 0 : 1;
  config.containers = options.interest.containers ? 1 : 0;
  config.lineage = options.interest.ancestors ? 1 : 0;
  config.call_policies = options.interest.call_policies ? 1 : 0;
  config.capable_of_all = options.interest.capable_of_all ? 1 : 0;
  config.profiled_only = options.interest.profiled_only ? 1 : 0;
  config.former = options.former;
  config.modify_return = plan.modify_return ? 1 : 0;
  config.self_opens = plan.self_opens ? 1 : 0;
  return config;
}

}  // namespace

BpfSource::BpfSource(Options options)
    : options_(std::move(options)),
      proc_scan_("/proc", options_.interest.environments),
      stream_({.processes = {.cgroup_of = [this](uint32_t pid, uint64_t id) { return CgroupOf(pid, id); }},
               .containers = {.lookup = [](Container& container) { return LoadContainerMetadata("/", container); },
                              .on_known = OnKnown()},
               .boot_to_realtime_ns = BootToRealtimeNs(),
               .host = Host::Load()}) {}

// Nothing, if no rule asks.
std::function<bool(const Container&, uint64_t)> BpfSource::OnKnown() {
  if (!options_.interest.containers) return {};
  return [this](const Container& container, uint64_t cgroup) {
    return IsNamedByRoot(cgroup) && enforcer_->Know(container, cgroup);
  };
}

BpfSource::~BpfSource() {
  if (epoll_ >= 0) close(epoll_);
  if (wake_ >= 0) close(wake_);
}

absl::StatusOr<std::unique_ptr<BpfSource>> BpfSource::Open(Options options) {
  if (options.interest.containers && !HasUnifiedCgroups()) {
    return absl::FailedPreconditionError(
        "the rules refuse by what is known of a container, and this host has no cgroups of version 2 at "
        "/sys/fs/cgroup by which the kernel could tell containers apart; use container.id, or boot with "
        "systemd.unified_cgroup_hierarchy=1");
  }
  ProgramPlan plan = std::move(options.plan);
  std::unique_ptr<BpfSource> source(new BpfSource(std::move(options)));
  vd_config config = MakeConfig(source->options_, plan);
  auto object = BpfObject::Load(std::move(plan), config, source->options_.rings, source->options_.log,
                                source->options_.former_maps);
  if (!object.ok()) return object.status();
  source->object_ = *std::move(object);
  auto& maps = source->object_->skeleton().maps;
  auto counts = RuleCounts::Open(bpf_map__fd(maps.vd_rules));
  if (!counts.ok()) return counts.status();
  source->rule_counts_ = *std::move(counts);
  source->enforcer_ = std::make_unique<BpfEnforcer>(
      BpfEnforcer::Maps{bpf_map__fd(maps.vd_policy_active), bpf_map__fd(maps.vd_policy_kinds),
                        bpf_map__fd(maps.vd_policy_trie), bpf_map__fd(maps.vd_policy_scalars),
                        bpf_map__fd(maps.vd_traits), bpf_map__fd(maps.vd_containers),
                        bpf_map__fd(maps.vd_call_index), bpf_map__fd(maps.vd_call_policies)},
       source->options_.interest.verdict_kinds, *source->rule_counts_, CgroupExists);
  if (absl::Status s = source->OpenRings(); !s.ok()) return s;
  source->SetDomains(source->options_.interest.domains);
  source->SetProfiles(source->options_.interest.profiles);
  if (config.prefilter == 0) return source;
  source->tag_secret_ = config.tag_secret;
  if (absl::Status s = source->OpenMuteList(); !s.ok()) return s;
  return source;
}

absl::Status BpfSource::OpenMuteList() {
  auto list = MuteList::Open(bpf_map__fd(object_->skeleton().maps.vd_muted));
  if (!list.ok()) return list.status();
  mute_list_ = *std::move(list);
  UnmuteAll();
  return absl::OkStatus();
}

void BpfSource::Mute(const Event& event, MuteFor whom) {
  const uint64_t tag = TagOf(event);
  if (mute_list_ == nullptr || tag == 0 || whom == MuteFor::kNobody) return;
  const vd_header& h = *event.header;
  const bool container = (h.flags & VD_F_CONTAINER) != 0;
  mute_list_->Add(whom == MuteFor::kAll ? vd_turn_tag(tag, tag_secret_, container, h.policy_id) : tag);
}

void BpfSource::UnmuteAll() {
  std::atomic_ref epoch(object_->skeleton().bss->vd_tag_epoch);
  epoch.store(epoch.load() + 1);
}

uint64_t BpfSource::Muted(uint32_t kind) const {
  return SumOverProcessors(bpf_map__fd(object_->skeleton().maps.vd_mute_hits), kind);
}

absl::Status BpfSource::OpenRings() {
  auto& maps = object_->skeleton().maps;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct Lane {
    std::unique_ptr<RingReader>* reader;
    bpf_map* map;
    uint32_t size;
    void (BpfSource::*handle)(std::span<const std::byte>);
  };
  const RingSizes& sizes = options_.rings;
  for (const Lane& lane : {Lane{&lifecycle_, maps.vd_ring_lifecycle, sizes.lifecycle, &BpfSource::OnLifecycle},
                           Lane{&verdict_, maps.vd_ring_verdict, sizes.verdict, &BpfSource::OnOther},
                           Lane{&bulk_, maps.vd_ring_bulk, sizes.bulk, &BpfSource::OnOther}}) {
    auto reader = RingReader::Open(bpf_map__fd(lane.map), lane.size,
                                   [this, handle = lane.handle](std::span<const std::byte> r) { (this->*handle)(r); });
    if (!reader.ok()) return reader.status();
    *lane.reader = *std::move(reader);
  }
  bool ok = epoll_ >= 0 && wake_ >= 0;
  for (int fd : {bpf_map__fd(maps.vd_ring_lifecycle), bpf_map__fd(maps.vd_ring_verdict), bpf_map__fd(maps.vd_ring_bulk),
                 wake_}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    // Rings tell of news once; what is left in them is found by looking.
    if (fd != wake_) event.events |= EPOLLET;
    ok = ok && epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
  }
  if (ok) return absl::OkStatus();
  return absl::InternalError(fmt::format("the rings cannot be read: {}", strerror(errno)));
}

absl::Status BpfSource::Covers(const Interest& interest) const {
  Interest missing{.kinds = interest.kinds & ~options_.interest.kinds,
                   .verdict_kinds = interest.verdict_kinds & ~options_.interest.verdict_kinds,
                   .failed_opens = interest.failed_opens && !options_.interest.failed_opens,
                   .calls = interest.calls & ~options_.interest.calls,
                   .killed_calls = interest.killed_calls & ~options_.interest.killed_calls,
                   .environments = interest.environments && !options_.interest.environments,
                   .exec_details = interest.exec_details && !options_.interest.exec_details,
                   .containers = false,
                   .ancestors = false,
                   .call_policies = interest.call_policies && !options_.interest.call_policies,
                   .capable_of_all = interest.capable_of_all && !options_.interest.capable_of_all,
                   .self_protection = false,
                   .profiles = {},
                   .profiled_only = false,
                   .uses = false,
                   .domains = {}};
  if (interest.containers && !options_.interest.containers) {
    return absl::FailedPreconditionError(
        "the new rules refuse by what is known of a container, and none did at start; restart vedette");
  }
  if (interest.ancestors && !options_.interest.ancestors) {
    return absl::FailedPreconditionError(
        "the new rules refuse by what a process descends from, and none did at start; restart vedette so that all are "
        "followed");
  }
  if (!interest.profiles.empty() && options_.interest.profiles.empty()) {
    return absl::FailedPreconditionError(
        "the new rules have profiles, and there were none at start; restart vedette so that programs are asked for "
        "theirs");
  }
  if (missing.call_policies) {
    return absl::FailedPreconditionError(
        "the new rules have a profile with 'syscalls', and there was none at start; restart vedette");
  }
  if (missing.capable_of_all) {
    return absl::FailedPreconditionError(
        "the new rules refuse capabilities also where there is no profile, and none did at start; restart vedette");
  }
  for (const EventKindInfo& info : AllEventKinds()) {
    if (!missing.kinds[info.kind] && !missing.verdict_kinds[info.kind]) continue;
    return absl::FailedPreconditionError(
        fmt::format("the new rules need {} {}, which was not loaded at start; restart vedette",
                    missing.kinds[info.kind] ? "events of" : "verdicts on", info.name));
  }
  for (size_t call = 0; call < missing.calls.size(); ++call) {
    if (!missing.calls[call]) continue;
    return absl::FailedPreconditionError(
        fmt::format("the new rules need the system call {}, which was not loaded at start; restart vedette",
                    EventTypeName(static_cast<EventTypeId>(call))));
  }
  for (size_t call = 0; call < missing.killed_calls.size(); ++call) {
    if (!missing.killed_calls[call]) continue;
    return absl::FailedPreconditionError(
        fmt::format("the new rules kill for the system call {}, which was only told of at start; restart vedette",
                    EventTypeName(static_cast<EventTypeId>(call))));
  }
  if (!missing.failed_opens && !missing.environments && !missing.exec_details) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "the new rules need {}, which were not loaded at start; restart vedette", missing.failed_opens ? "failed opens"
                                                                                : missing.environments
                                                                                    ? "environments"
                                                                                    : "details of an exec"));
}

// --- records ---

void BpfSource::OnLifecycle(std::span<const std::byte> record) {
  const vd_header* header = HeaderOf(record);
  bool seed = header != nullptr && header->kind == VD_KIND_EXEC && (header->flags & VD_F_SEED) != 0;
  Deliver(seed ? proc_scan_.Complete(record) : record);
}

void BpfSource::OnOther(std::span<const std::byte> record) {
  if (const vd_header* header = HeaderOf(record)) {
    if (!stream_.Knows(header->exec_id)) DrainLifecycle();
    newest_other_ns_ = std::max<uint64_t>(newest_other_ns_, header->time_ns);
    if (vd_is_enforced(header->verdict) != 0) rule_counts_->Told(header->policy_id);
  }
  Deliver(record);
}

void BpfSource::Deliver(std::span<const std::byte> record) {
  if (handlers_.sink == nullptr) {
    std::vector<uint64_t>& copy = early_.emplace_back((record.size() + 7) / 8);
    memcpy(copy.data(), record.data(), record.size());
    early_bytes_ += record.size();
    return;
  }
  if (*handlers_.tap) (*handlers_.tap)(record);
  stream_.Feed(record, *handlers_.sink);
}

void BpfSource::DeliverEarly() {
  // The decoder goes by the record's own size: the padding to 8 bytes does not matter.
  for (const std::vector<uint64_t>& record : early_) Deliver(std::as_bytes(std::span(record)));
  early_ = {};
  early_bytes_ = 0;
}

bool BpfSource::DrainLifecycle() {
  if (early_bytes_ > kMaxEarlyBytes) return false;  // stays in the ring until Run()
  return lifecycle_->Read(std::numeric_limits<size_t>::max()) > 0;
}

// The container's own control group: that part of a process's path which has its id.
static absl::StatusOr<uint64_t> ControlGroupOf(std::string_view path, const std::string& id) {
  const size_t at = path.find(id);
  if (at == std::string_view::npos) {
    return absl::FailedPreconditionError(fmt::format("the control group of container {} does not have its name", id));
  }
  const std::string group(path.substr(0, path.find('/', at)));
  struct stat st {};
  for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (stat((root + group).c_str(), &st) == 0) return st.st_ino;
  }
  return absl::NotFoundError(fmt::format("the control group {} is not there: {}", group, strerror(errno)));
}

absl::StatusOr<std::string> BpfSource::SetContainerMonitored(const std::string& id, bool monitored) {
  const int map = bpf_map__fd(object_->skeleton().maps.vd_monitored);
  const Process* process = nullptr;
  if (const Container* container = stream_.FindContainer(id); container != nullptr) {
    process = stream_.processes().FirstIn(*container);
  }
  if (process == nullptr) return absl::NotFoundError(fmt::format("no container {} runs here", id));
  const std::string& full = process->container->full_id;
  auto group = ControlGroupOf(process->cgroup, full);
  if (!group.ok()) return group.status();
  const Unpreempted unpreempted;
  vd_monitored value{};
  memcpy(value.name, full.data(), std::min(full.size(), sizeof(value.name) - 1));
  const bool known = bpf_map_lookup_elem(map, &*group, &value) == 0;
  const int error = monitored ? bpf_map_update_elem(map, &*group, &value, BPF_ANY)
                    : known   ? bpf_map_delete_elem(map, &*group)
                              : 0;
  if (error != 0) {
    return absl::ResourceExhaustedError(fmt::format(
        "cannot write vd_monitored ({}): at most {} containers are in monitor mode", strerror(-error), VD_MAX_MONITORED));
  }
  std::atomic_ref count(object_->skeleton().bss->vd_monitored_count);
  if (monitored != known) count.fetch_add(monitored ? 1 : -1);
  return full;
}

const Process* BpfSource::FindProcess(uint64_t exec_id) {
  if (!stream_.Knows(exec_id)) DrainLifecycle();
  return stream_.processes().Find(exec_id);
}

// One batch of each lane; false if there was nothing at all.
bool BpfSource::ReadBatch() {
  uint64_t began = BootTimeNs();
  bool any = false, rest = false;
  for (RingReader* ring : {verdict_.get(), bulk_.get()}) {
    any |= DrainLifecycle();
    size_t got = ring->Read(kBatch);
    any |= got > 0;
    rest |= got == kBatch;
  }
  // With every ring empty, nothing from before is to come; else the slowest one tells.
  stream_.Advance(rest ? newest_other_ns_ : began);
  return any;
}

void BpfSource::TapContext(std::span<const std::byte> record) {
  if (handlers_.tap != nullptr && *handlers_.tap) (*handlers_.tap)(record);
}

absl::Status BpfSource::Introduce(const OciContainer& container, Introductions::Deadline deadline) {
  if (!options_.interest.containers) return absl::OkStatus();  // nobody asks
  absl::StatusOr<IntroducedContainer> resolved = ResolveOciContainer(container);
  // A database may be locked for a moment.
  while (absl::IsUnavailable(resolved.status()) && Clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    resolved = ResolveOciContainer(container);
  }
  if (!resolved.ok()) return resolved.status();
  return introductions_.Add(*std::move(resolved), deadline, [this] { Wake(); });
}

absl::Status BpfSource::TakeOver(const IntroducedContainer& introduced) {
  const EventSource::Sink& sink = handlers_.sink != nullptr ? *handlers_.sink : EventSource::Sink();
  TapContext(MakeContextRecord(CgroupPath{introduced.cgroup, introduced.cgroup_path}));
  TapContext(MakeContextRecord(introduced.container));
  stream_.Introduce(introduced.container, introduced.cgroup_path, introduced.cgroup, sink);
  if (enforcer_->Know(introduced.container, introduced.cgroup)) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("the kernel has no room for another container: at most {}", VD_MAX_CONTAINERS));
}

void BpfSource::PollContext() {
  introductions_.Serve([this](const IntroducedContainer& introduced) { return TakeOver(introduced); });
  stream_.PollContainers([this](const Container& container) { TapContext(MakeContextRecord(container)); },
                         handlers_.sink != nullptr ? *handlers_.sink : EventSource::Sink());
}

std::string BpfSource::CgroupOf(uint32_t pid, uint64_t cgroup_id) {
  std::string path = proc_scan_.CgroupOf(pid);
  if (!path.empty()) TapContext(MakeContextRecord(CgroupPath{cgroup_id, path}));
  return path;
}

// --- the run ---

// Before a program is asked for its profile, and before the programs of a former agent go.
void BpfSource::KnowContainers() {
  if (!options_.interest.containers) return;
  auto load = [](Container& container) { return LoadContainerMetadata("/", container); };
  for (const RunningContainer& running : FindRunningContainers(load, kScanFor)) {
    if (IsNamedByRoot(running.cgroup)) enforcer_->Know(running.container, running.cgroup);
  }
}

absl::Status BpfSource::Attach() {
  KnowContainers();
  if (absl::Status s = object_->AttachLifecycle(); !s.ok()) return s;
  // The iterator writes into the lifecycle ring.
  if (absl::Status s = object_->RunSeedIterators([this] { DrainLifecycle(); }); !s.ok()) return s;
  attached_ = true;
  for (uint32_t kind = 0; kind < VD_KIND_COUNT; ++kind) {
    without_identity_before_[kind] = Loss(kind, VD_LOSS_NO_STATE);
  }
  return object_->AttachRest();
}

absl::Status BpfSource::Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) {
  if (!attached_) {
    if (absl::Status s = Attach(); !s.ok()) return s;
  }
  handlers_ = {&sink, &tap};
  DeliverEarly();
  absl::Status status = Loop(idle);
  handlers_ = {};
  return status;
}

absl::Status BpfSource::Loop(const std::function<void()>& idle) {
  auto last_idle = Clock::now(), last_sweep = last_idle;
  auto run_idle = [&] {
    last_idle = Clock::now();
    PollContext();
    stream_.SetClock(BootToRealtimeNs());
    stream_.RefreshHost();
    if (auto domains = resolver_.Poll()) stream_.SetDomains(std::move(domains));
    if (Clock::now() - last_sweep >= kSweepEvery) {
      last_sweep = Clock::now();
      enforcer_->Sweep();
    }
    if (idle) idle();
  };
  while (!stop_.load(std::memory_order_acquire)) {
    if (ReadBatch()) {
      if (Clock::now() - last_idle >= kIdleEvery) run_idle();
      continue;
    }
    if (!Wait()) return absl::InternalError(fmt::format("waiting for events failed: {}", strerror(errno)));
    run_idle();
  }
  // What the programs have sent until now is still to be delivered.
  for (int i = 0; i < 1000 && ReadBatch(); ++i) {
  }
  return absl::OkStatus();
}

// Until records come, or somebody wakes us, or a while.
bool BpfSource::Wait() {
  epoll_event events[4];
  const int ready = epoll_wait(epoll_, events, 4, kPollMs);
  for (int i = 0; i < ready; ++i) {
    uint64_t times;
    if (events[i].data.fd != wake_) continue;
    [[maybe_unused]] const ssize_t got = read(wake_, &times, sizeof(times));
  }
  return ready >= 0 || errno == EINTR;
}

void BpfSource::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

void BpfSource::Stop() {
  stop_.store(true, std::memory_order_release);
  Wake();
}

std::vector<CgroupUse> BpfSource::Uses() const {
  std::vector<CgroupUse> out;
  const Unpreempted unpreempted;
  const int fd = bpf_map__fd(object_->skeleton().maps.vd_uses);
  uint64_t cgroup = 0, next = 0;
  for (const uint64_t* from = nullptr; bpf_map_get_next_key(fd, from, &next) == 0; from = &cgroup) {
    cgroup = next;
    CgroupUse use{cgroup, {}};
    if (bpf_map_lookup_elem(fd, &cgroup, &use.use) == 0) out.push_back(use);
  }
  return out;
}

uint64_t BpfSource::Loss(uint32_t kind, uint32_t reason) const {
  return SumOverProcessors(bpf_map__fd(object_->skeleton().maps.vd_losses), kind * VD_LOSS_COUNT + reason);
}

const UndecidedCounts& BpfSource::Undecided() {
  const uint64_t seen = std::atomic_ref(object_->skeleton().bss->vd_undecided).load(std::memory_order_acquire);
  if (std::exchange(undecided_seen_, seen) == seen) return undecided_;
  const Unpreempted unpreempted;
  for (uint32_t kind = 0; kind < VD_KIND_COUNT; ++kind) {
    // EXEC_FAILED is what becomes of an exec that is refused.
    const bool judged = options_.interest.verdict_kinds[kind] || kind == VD_KIND_EXEC_FAILED;
    if (judged) undecided_[kind] = Loss(kind, VD_LOSS_POLICY);
  }
  return undecided_;
}

SourceStats BpfSource::Stats() const {
  SourceStats out = stream_.Stats();
  out.containers_decided = enforcer_->containers().known;
  out.containers_refused = enforcer_->containers().refused;
  const Unpreempted unpreempted;
  const auto& maps = object_->skeleton().maps;
  AddHookCounts(bpf_map__fd(maps.vd_works), bpf_map__fd(maps.vd_mute_hits), bpf_map__fd(maps.vd_sent),
                bpf_map__fd(maps.vd_losses), out.hooks);
  for (uint32_t kind = 0; kind < VD_KIND_COUNT; ++kind) {
    out.muted[kind] = Muted(kind);
    for (uint32_t reason = 0; reason < VD_LOSS_COUNT; ++reason) out.losses[kind][reason] = Loss(kind, reason);
    out.losses[kind][VD_LOSS_NO_STATE] -= without_identity_before_[kind];
  }
  return out;
}

}  // namespace vedette
