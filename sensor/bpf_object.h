// SPDX-License-Identifier: Apache-2.0
//
// BpfObject: the kernel programs and maps of one run, from the skeleton: opened, configured, loaded, attached. Dropping
// it detaches everything. Owned by BpfSource; event thread.
#ifndef VEDETTE_SENSOR_BPF_OBJECT_H_
#define VEDETTE_SENSOR_BPF_OBJECT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bpf/abi/config.h"
#include "sensor/libbpf_log.h"
#include "sensor/program_plan.h"

struct vedette_bpf;
struct bpf_link;
struct bpf_program;

namespace vedette {

struct RingSizes {  // bytes: powers of two, multiples of the page size; they count as memory of the agent
  uint32_t lifecycle = 2 << 20;
  uint32_t verdict = 512 << 10;
  uint32_t bulk = 4 << 20;
};

class BpfObject {
 public:
  // Loads what `plan` says. An error names the program and shows why the kernel refused it.
  // Of the programs that these take over from, see vd_config.former; file descriptors, used during the call only.
  struct FormerMaps {
    int tasks = -1, lineages = -1;  // -1: there is none
  };
  static absl::StatusOr<std::unique_ptr<BpfObject>> Load(ProgramPlan plan, const vd_config& config,
                                                         const RingSizes& rings, LibbpfLog::Sink log,
                                                         const FormerMaps& former);
  ~BpfObject();

  // In this order; each program is attached once.
  absl::Status AttachLifecycle();
  // Lists the processes that exist into the lifecycle ring; `drain` is called until it is through, and after. Where rules
  // ask for ancestors it is found out, too, what they descend from.
  absl::Status RunSeedIterators(const std::function<void()>& drain);
  absl::Status AttachRest();
  // Self-protection, while rules refuse; nothing if the plan has none of it.
  absl::Status AttachSelf();
  void DetachSelf();
  bool has_self() const;  // in the plan

  vedette_bpf& skeleton() { return *skeleton_; }
  // User space has put so many names into vd_names. From now on walks look there.
  void CountNames(uint32_t more) const;
  const ProgramPlan& plan() const { return plan_; }
  size_t attached() const { return links_.size(); }

  // What has to be pinned for the verdicts to go on without this process, in the order of attaching.
  struct Pinnable {
    std::string name;
    int fd;
  };
  std::vector<Pinnable> DecidingLinks() const;
  std::vector<Pinnable> Maps() const;

 private:
  struct DestroySkeleton {
    void operator()(vedette_bpf* skeleton) const;
  };
  struct DestroyLink {
    void operator()(bpf_link* link) const;
  };
  BpfObject(ProgramPlan plan, LibbpfLog::Sink log);
  absl::Status Open();
  absl::Status RunIterator(const char* name, const std::function<void()>& drain);
  absl::Status Choose();
  absl::Status Attach(bool lifecycle);
  void LeaveOut();
  absl::Status AttachOne(const ProgramPlan::Item& item);
  absl::Status AttachResults();
  absl::Status AttachResultsOf(const std::vector<std::string>& functions, bool decides);
  bpf_program* ResultProbe() const;

  const ProgramPlan plan_;
  const LibbpfLog::Sink log_;
  std::unique_ptr<vedette_bpf, DestroySkeleton> skeleton_;
  struct Link {
    std::unique_ptr<bpf_link, DestroyLink> link;
    std::string program;
    bool decides;
    bool self = false;
  };
  std::vector<Link> links_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_BPF_OBJECT_H_
