// SPDX-License-Identifier: Apache-2.0
//
// BpfSource: events of the running kernel. Open() decides what to load and loads it; the policy may then be installed
// through enforcer(); Attach() attaches the lifecycle programs, lists the processes that exist, and attaches the
// rest; Run() reads the three rings until Stop(). Nothing is missed in between: a process created while the list
// is made is in a ring that is read after it.
//
// The lifecycle ring is emptied before each batch of the others, and whenever an event names an exec id that is not
// known, so a process is known before its events are delivered.
#ifndef VEDETTE_SENSOR_BPF_SOURCE_H_
#define VEDETTE_SENSOR_BPF_SOURCE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sensor/bpf_object.h"
#include "sensor/domain_resolver.h"
#include "sensor/enforcer.h"
#include "sensor/event_source.h"
#include "sensor/cgroup_use.h"
#include "sensor/event_stream.h"
#include "sensor/introductions.h"
#include "sensor/mute_list.h"
#include "sensor/proc_scan.h"
#include "sensor/ring_reader.h"
#include "sensor/rule_counts.h"

namespace vedette {

class BpfSource : public EventSource {
 public:
  struct Options {
    Interest interest;
    ProgramPlan plan = {};  // of PlanForThisKernel(interest)
    RingSizes rings = {};
    uint32_t max_path = VD_MAX_PATH;  // bounds of capture, bytes
    uint32_t max_nameraw = VD_MAX_NAMERAW;
    uint32_t max_buffer = VD_MAX_BUFFER;
    uint32_t max_args = VD_MAX_ARGS;
    bool prefilter = false;                               // Mute() has an effect
    std::function<void(std::string_view line)> log = {};  // libbpf's messages
    // Of programs that this source takes over from: see vd_former. The descriptors are used by Open() only.
    vd_former former = VD_FORMER_NONE;
    BpfObject::FormerMaps former_maps;
  };

  // An error names what the kernel refused, and why.
  static absl::StatusOr<std::unique_ptr<BpfSource>> Open(Options options);
  ~BpfSource() override;

  // When it returns, every hook is active. What is read meanwhile is kept for Run(), which calls this if nobody has.
  absl::Status Attach();

  absl::Status Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) override;
  void Mute(const Event& event, MuteFor whom) override;
  void Stop() override;
  SourceStats Stats() const override;
  const UndecidedCounts& Undecided() override;

  // Any thread but the event thread. OK: the kernel decides by what is known of the container. Waits for Run().
  absl::Status Introduce(const OciContainer& container, Introductions::Deadline deadline);

  // With Interest::uses: what has been used so far.
  std::vector<CgroupUse> Uses() const;
  // What has been muted is reported again: before other rules, or another policy, take effect.
  void UnmuteAll();

  Enforcer& enforcer() { return *enforcer_; }
  BpfObject& object() { return *object_; }
  const BpfObject& object() const { return *object_; }
  // Nothing is refused in this container from now on, or again. NotFound: it is not known. Its whole id.
  absl::StatusOr<std::string> SetContainerMonitored(const std::string& id, bool monitored);
  // Between events; what is waiting about processes is read if that one is not known yet. Null: it is not known.
  const Process* FindProcess(uint64_t exec_id);
  const std::vector<std::string>& warnings() const { return object_->plan().warnings; }
  bool has_prefilter() const { return mute_list_ != nullptr; }
  bool uses_modify_return() const { return object_->plan().modify_return; }  // BPF is not among the active LSMs
  size_t programs_attached() const { return object_->attached(); }
  size_t programs_loaded() const { return object_->plan().load.size(); }
  // OK if what is loaded serves `interest` too; else reloading rules needs a restart, and the message says so.
  absl::Status Covers(const Interest& interest) const;
  // The names that the rules compare addresses with, from now on.
  void SetDomains(std::vector<std::string> names) { resolver_.SetNames(std::move(names)); }
  void SetProfiles(std::span<const std::string> names) { stream_.SetProfiles(names); }

 private:
  struct Handlers {
    const Sink* sink = nullptr;
    const Tap* tap = nullptr;
  };

  explicit BpfSource(Options options);
  absl::Status OpenRings();
  absl::Status OpenMuteList();
  std::function<bool(const Container&, uint64_t)> OnKnown();
  void KnowContainers();
  uint64_t Muted(uint32_t kind) const;
  absl::Status Loop(const std::function<void()>& idle);
  void OnLifecycle(std::span<const std::byte> record);
  void OnOther(std::span<const std::byte> record);
  void Deliver(std::span<const std::byte> record);
  void DeliverEarly();
  bool DrainLifecycle();
  bool ReadBatch();
  void PollContext();
  absl::Status TakeOver(const IntroducedContainer& introduced);
  void Wake();
  bool Wait();
  void TapContext(std::span<const std::byte> record);
  uint64_t Loss(uint32_t kind, uint32_t reason) const;
  std::string CgroupOf(uint32_t pid, uint64_t cgroup_id);

  const Options options_;
  ProcScan proc_scan_;
  EventStream stream_;
  DomainResolver resolver_;
  std::unique_ptr<BpfObject> object_;
  std::unique_ptr<RuleCounts> rule_counts_;
  std::unique_ptr<Enforcer> enforcer_;
  UndecidedCounts undecided_{};
  uint64_t undecided_seen_ = 0;          // of the programs' own sum of them
  std::unique_ptr<MuteList> mute_list_;  // null: no prefilter
  uint64_t tag_secret_ = 0;              // vd_config's
  std::unique_ptr<RingReader> lifecycle_, verdict_, bulk_;
  int epoll_ = -1;
  int wake_ = -1;  // eventfd
  std::atomic<bool> stop_{false};
  Introductions introductions_;
  Handlers handlers_;
  bool attached_ = false;
  // While attaching, processes come and go that have no identity yet: no loss, they are of the time before.
  std::array<uint64_t, VD_KIND_COUNT> without_identity_before_{};
  std::vector<std::vector<uint64_t>> early_;  // records read before Run(), 8-byte aligned
  size_t early_bytes_ = 0;
  uint64_t newest_other_ns_ = 0;  // time of the newest record of the verdict and bulk rings
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_BPF_SOURCE_H_
