// SPDX-License-Identifier: Apache-2.0
#include "sensor/bpf_object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "sensor/boot_time.h"
#include "sensor/skeleton.h"

namespace vedette {
namespace {

// Identities of process images go on from here: larger than any of an agent that ran before in this boot.
uint64_t FirstExecId() { return (BootTimeNs() / 1'000'000'000 + 1) << 32; }

std::string ErrnoText(int error) { return strerror(error < 0 ? -error : error); }

int OpenCgroupRoot() {
  int fd = open("/sys/fs/cgroup/unified", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd >= 0 ? fd : open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

#define VD_PROBE(program, probe, function)
#include "bpf/abi/probes.def"
#undef VD_PROBE
constexpr const char* kResultProbe = VD_RESULT_PROBE;

std::string_view LoadedName(const ProgramPlan::Item& item) {
  return item.probe.empty() ? item.program->name : item.probe;
}

// By name, resolved by the kernel: libbpf would read all its symbols.
bpf_link* AttachProbe(bpf_program* program, const std::vector<std::string>& functions, bool at_return) {
  std::vector<const char*> names;
  for (const std::string& function : functions) names.push_back(function.c_str());
  bpf_kprobe_multi_opts options{};
  options.sz = sizeof(options);
  options.syms = names.data();
  options.cnt = names.size();
  options.retprobe = at_return;
  return bpf_program__attach_kprobe_multi_opts(program, nullptr, &options);
}

// Memory that only the load needed: libbpf has parsed the kernel's whole BTF, and the object that is part of this program (2 MB) has
// been read. That is const, so its pages come back from the file if anybody asks.
void GiveBack(const bpf_object_skeleton& skeleton) {
  malloc_trim(0);
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(skeleton.data) + page - 1) & ~(page - 1);
  const uintptr_t end = (reinterpret_cast<uintptr_t>(skeleton.data) + skeleton.data_sz) & ~(page - 1);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace

void BpfObject::DestroySkeleton::operator()(vedette_bpf* skeleton) const { vedette_bpf__destroy(skeleton); }
void BpfObject::DestroyLink::operator()(bpf_link* link) const { bpf_link__destroy(link); }

BpfObject::BpfObject(ProgramPlan plan, LibbpfLog::Sink log) : plan_(std::move(plan)), log_(std::move(log)) {}
// Last attached first detached: no hook decides without the programs that follow processes for it.
BpfObject::~BpfObject() {
  while (!links_.empty()) links_.pop_back();
}

absl::StatusOr<std::unique_ptr<BpfObject>> BpfObject::Load(ProgramPlan plan, const vd_config& config,
                                                           const RingSizes& rings, LibbpfLog::Sink sink,
                                                           const FormerMaps& former) {
  std::unique_ptr<BpfObject> object(new BpfObject(std::move(plan), std::move(sink)));
  LibbpfLog log(object->log_);
  if (absl::Status s = object->Open(); !s.ok()) return s;
  vedette_bpf& skeleton = object->skeleton();
  // The skeleton's section is mapped memory; its variable is const for the programs only.
  memcpy(const_cast<vd_config*>(reinterpret_cast<const volatile vd_config*>(&skeleton.rodata->vd_config)), &config,
         sizeof(config));
  skeleton.bss->vd_next_exec_id = FirstExecId();
  bpf_map__set_max_entries(skeleton.maps.vd_ring_lifecycle, rings.lifecycle);
  bpf_map__set_max_entries(skeleton.maps.vd_ring_verdict, rings.verdict);
  bpf_map__set_max_entries(skeleton.maps.vd_ring_bulk, rings.bulk);
  if (config.call_policies == 0) {
    for (bpf_map* map : {skeleton.maps.vd_call_index, skeleton.maps.vd_call_policies, skeleton.maps.vd_call_rates}) {
      bpf_map__set_max_entries(map, 1);
    }
  }
  const auto learns = [](const ProgramPlan::Item& item) { return item.program->learning; };
  if (std::none_of(object->plan_.load.begin(), object->plan_.load.end(), learns)) {
    bpf_map__set_max_entries(skeleton.maps.vd_uses, 1);
  }
  for (const auto& [map, fd] : {std::pair{skeleton.maps.vd_former, former.tasks},
                                std::pair{skeleton.maps.vd_former_lineages, former.lineages}}) {
    if (fd < 0 || bpf_map__reuse_fd(map, fd) == 0) continue;
    return absl::InternalError(fmt::format(
        "the map of processes of the agent before cannot be used: {}; `vedette unload` removes it", ErrnoText(errno)));
  }
  if (absl::Status s = object->Choose(); !s.ok()) return s;
  int error = vedette_bpf__load(&skeleton);
  GiveBack(*skeleton.skeleton);
  if (error == 0) return object;
  std::string program = log.RefusedProgram();
  if (!program.empty()) {
    return absl::InternalError(
        fmt::format("program {}: the kernel refused it ({}): {}", program, ErrnoText(error), log.Reason()));
  }
  return absl::InternalError(
      fmt::format("the BPF programs could not be loaded ({}): {}", ErrnoText(error), log.Reason()));
}

absl::Status BpfObject::Open() {
  skeleton_.reset(vedette_bpf__open());
  if (skeleton_ == nullptr) {
    return absl::InternalError(fmt::format("the BPF object in this program cannot be opened: {}", ErrnoText(errno)));
  }
  return absl::OkStatus();
}

// Only what is in the plan is loaded.
absl::Status BpfObject::Choose() {
  bpf_program* program;
  bpf_object__for_each_program(program, skeleton_->obj) bpf_program__set_autoload(program, false);
  LeaveOut();
  if (!plan_.result_functions.empty() || !plan_.deciding_functions.empty()) {
    bpf_program__set_autoload(ResultProbe(), true);
  }
  for (const ProgramPlan::Item& item : plan_.load) {
    std::string name(LoadedName(item));
    program = bpf_object__find_program_by_name(skeleton_->obj, name.c_str());
    if (program == nullptr) return absl::InternalError(fmt::format("program {} is not in the BPF object", name));
    bpf_program__set_autoload(program, true);
    if (!item.modify_return) continue;
    bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
    bpf_program__set_expected_attach_type(program, BPF_MODIFY_RETURN);
    if (int error = bpf_program__set_attach_target(program, 0, item.function.c_str()); error != 0) {
      return absl::InternalError(
          fmt::format("program {}: cannot be aimed at {}: {}", name, item.function, ErrnoText(error)));
    }
  }
  return absl::OkStatus();
}

bpf_program* BpfObject::ResultProbe() const { return bpf_object__find_program_by_name(skeleton_->obj, kResultProbe); }

// Twice, as those that decide go on when this process has ended, and the others do not.
absl::Status BpfObject::AttachResults() {
  if (absl::Status s = AttachResultsOf(plan_.deciding_functions, true); !s.ok()) return s;
  return AttachResultsOf(plan_.result_functions, false);
}

absl::Status BpfObject::AttachResultsOf(const std::vector<std::string>& functions, bool decides) {
  if (functions.empty()) return absl::OkStatus();
  bpf_link* link = AttachProbe(ResultProbe(), functions, /*at_return=*/true);
  if (link == nullptr) {
    return absl::InternalError(
        fmt::format("program {}: cannot be attached to {} system calls: {}; see `vedette doctor`", kResultProbe,
                    functions.size(), ErrnoText(errno)));
  }
  links_.push_back({std::unique_ptr<bpf_link, DestroyLink>(link), kResultProbe, decides});
  return absl::OkStatus();
}

absl::Status BpfObject::AttachOne(const ProgramPlan::Item& item) {
  std::string name(LoadedName(item));
  bpf_program* program = bpf_object__find_program_by_name(skeleton_->obj, name.c_str());
  bpf_link* link;
  if (item.program->way == ProgramWay::kCgroup) {
    int cgroup = OpenCgroupRoot();
    link = bpf_program__attach_cgroup(program, cgroup);
    if (cgroup >= 0) close(cgroup);
  } else if (!item.probe.empty()) {
    link = AttachProbe(program, {item.function}, /*at_return=*/false);
  } else {
    link = bpf_program__attach(program);
  }
  if (link == nullptr) {
    return absl::InternalError(fmt::format("program {}: cannot be attached to {}: {}; see `vedette doctor`", name,
                                           item.function, ErrnoText(errno)));
  }
  links_.push_back(
      {std::unique_ptr<bpf_link, DestroyLink>(link), std::move(name), Decides(plan_, item), item.program->self});
  return absl::OkStatus();
}

absl::Status BpfObject::Attach(bool lifecycle) {
  LibbpfLog log(log_);
  for (const ProgramPlan::Item& item : plan_.load) {
    if (item.program->way == ProgramWay::kIter || item.program->always != lifecycle || item.program->self) continue;
    if (absl::Status s = AttachOne(item); !s.ok()) return s;
  }
  return absl::OkStatus();
}

std::vector<BpfObject::Pinnable> BpfObject::DecidingLinks() const {
  std::vector<Pinnable> out;
  for (const Link& link : links_) {
    if (link.decides) out.push_back({link.program, bpf_link__fd(link.link.get())});
  }
  return out;
}

void BpfObject::CountNames(uint32_t more) const {
  std::atomic_ref(skeleton_->bss->vd_name_count).fetch_add(more, std::memory_order_release);
}

// Not those that belong to the programs of before: they would keep what they knew.
std::vector<BpfObject::Pinnable> BpfObject::Maps() const {
  std::vector<Pinnable> out;
  bpf_map* map;
  bpf_object__for_each_map(map, skeleton_->obj) {
    const bool former = map == skeleton_->maps.vd_former || map == skeleton_->maps.vd_former_lineages;
    if (!former && bpf_map__fd(map) >= 0) out.push_back({bpf_map__name(map), bpf_map__fd(map)});
  }
  return out;
}

bool BpfObject::has_self() const {
  return std::ranges::any_of(plan_.load, [](const ProgramPlan::Item& item) { return item.program->self; });
}

absl::Status BpfObject::AttachSelf() {
  LibbpfLog log(log_);
  DetachSelf();
  for (const ProgramPlan::Item& item : plan_.load) {
    if (!item.program->self) continue;
    if (absl::Status s = AttachOne(item); !s.ok()) return s;
  }
  return absl::OkStatus();
}

void BpfObject::DetachSelf() {
  std::erase_if(links_, [](const Link& link) { return link.self; });
}

// Maps that would be memory for nothing, or that only some kernels know.
void BpfObject::LeaveOut() {
  bpf_map__set_autocreate(skeleton_->maps.vd_returns, plan_.return_kinds != 0);
  if (has_self()) return;
  auto& maps = skeleton_->maps;
  for (bpf_map* map : {maps.vd_self, maps.vd_self_objects, maps.vd_self_ids, maps.vd_self_attempts}) {
    bpf_map__set_autocreate(map, false);
  }
}

absl::Status BpfObject::AttachLifecycle() { return Attach(true); }
absl::Status BpfObject::AttachRest() {
  if (absl::Status s = Attach(false); !s.ok()) return s;
  LibbpfLog log(log_);
  return AttachResults();
}

absl::Status BpfObject::RunSeedIterators(const std::function<void()>& drain) {
  LibbpfLog log(log_);
  if (absl::Status s = RunIterator("vd_seed", drain); !s.ok()) return s;
  const auto asks = [](const ProgramPlan::Item& item) { return item.program->lineage; };
  if (std::ranges::none_of(plan_.load, asks)) return absl::OkStatus();
  // A child may have a smaller number than its parent: so again, while there is news.
  constexpr int kMaxPasses = 64;
  std::atomic_ref<uint32_t> found(skeleton_->bss->vd_lineages_seeded);
  uint32_t before = 0;
  for (int pass = 0; pass < kMaxPasses && (pass == 0 || found.load() != before); ++pass) {
    before = found.load();
    if (absl::Status s = RunIterator("vd_seed_lineage", drain); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status BpfObject::RunIterator(const char* name, const std::function<void()>& drain) {
  bpf_program* program = bpf_object__find_program_by_name(skeleton_->obj, name);
  std::unique_ptr<bpf_link, DestroyLink> link(program != nullptr ? bpf_program__attach_iter(program, nullptr) : nullptr);
  if (link == nullptr) {
    return absl::InternalError(fmt::format("the task iterator {} cannot be attached: {}", name, ErrnoText(errno)));
  }
  int fd = bpf_iter_create(bpf_link__fd(link.get()));
  if (fd < 0) return absl::InternalError(fmt::format("the task iterator cannot be run: {}", ErrnoText(fd)));
  // One read() walks all tasks and fills the ring, so somebody else has to empty it meanwhile.
  std::atomic<bool> done{false};
  int error = 0;
  std::jthread walker([&] {
    char nothing[64];
    ssize_t got;
    while ((got = read(fd, nothing, sizeof(nothing))) > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN))) {
    }
    error = got < 0 ? errno : 0;
    done.store(true, std::memory_order_release);
  });
  while (!done.load(std::memory_order_acquire)) {
    drain();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  walker.join();
  drain();
  close(fd);
  if (error != 0) return absl::InternalError(fmt::format("the task iterator failed: {}", ErrnoText(error)));
  return absl::OkStatus();
}

}  // namespace vedette
