// SPDX-License-Identifier: Apache-2.0
//
// ProcessTable: the process images there are and, for a while, were. Fed with lifecycle records in their order; asked
// by exec id for the image an event belongs to. Owned by EventStream; event thread only.
//
// Parent means creator: the image that forked, as it was then, also after it has gone on to exec or exit. So says the
// kernel side (vd_task_state), and a verdict and a match of user space must agree.
//
// Images that ended (exit, or replaced by exec) linger: events of theirs may still be on their way in another ring,
// and they are ancestors. They are dropped once Advance() has passed their end by `linger_ns` and no image in the
// table has them as parent. Everything is bounded: by number, by the number of ended ones, and by the bytes of
// strings. What a bound forces out is counted; the children of a dropped image are given to its parent, so
// Process::parent never dangles, and since an image can only become the parent of one that is not its ancestor, never
// forms a loop.
#ifndef VEDETTE_SENSOR_PROCESS_TABLE_H_
#define VEDETTE_SENSOR_PROCESS_TABLE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "bpf/abi/records.h"
#include "sensor/container_table.h"
#include "sensor/event/process.h"

namespace vedette {

class ProcessTable {
 public:
  struct Options {
    size_t max_images = 65536;
    size_t max_ended = 16384;
    size_t max_string_bytes = size_t{48} << 20;  // beyond it, new images keep the first kCutArgs bytes of arguments
    uint64_t linger_ns = 1'000'000'000;
    // The cgroup path of a process, asked for when it turns out to be in a container whose cgroup no exec has named
    // yet. Empty, or returning "": not to be had.
    std::function<std::string(uint32_t pid, uint64_t cgroup_id)> cgroup_of = {};
  };
  static constexpr size_t kCutArgs = 128;

  struct Stats {
    uint64_t images = 0, ended = 0;     // now
    uint64_t evicted = 0;               // forced out by a bound before their time
    uint64_t args_cut = 0;              // images whose arguments were cut for max_string_bytes
    uint64_t environments_dropped = 0;  // images whose environment was not kept for the same reason
    uint64_t details_dropped = 0;       // images whose ExecDetails were not kept, likewise
    uint64_t unknown_parents = 0;       // forks by an image that is not in the table
    uint64_t lost_exits = 0;            // images that must have ended, their pid being used anew
  };

  explicit ProcessTable(ContainerTable* containers);  // which outlives it
  ProcessTable(Options options, ContainerTable* containers);
  ~ProcessTable();
  ProcessTable(const ProcessTable&) = delete;
  ProcessTable& operator=(const ProcessTable&) = delete;

  // Each record has been checked by the decoder: its strings lie behind it.
  void OnFork(const vd_fork& record);
  void OnExec(const vd_exec& record);  // and seeds
  void OnExit(const vd_exit& record);
  void OnCreds(const vd_creds_change& record);
  void OnProfile(const vd_container& record);  // it is under another one
  void OnCall(const vd_call& record);          // one that changes the process: chdir, fchdir

  // Another profile than its exec's record says: of a recording, see EventStream::SetScopes().
  void SetProfile(uint64_t exec_id, uint32_t profile, uint32_t caller_profile);

  // The image an event belongs to; null if unknown. Takes over what its header says of the container (a process
  // becomes a container's without exec, by pivot_root).
  const Process* Acting(const vd_header& header);

  const Process* Find(uint64_t exec_id) const;
  const Process* FindPid(uint32_t pid) const;                // its current image
  const Process* FirstIn(const Container& container) const;  // of its images that are alive, the oldest; null: none

  // The images of a container that are alive and under no profile.
  std::vector<const Process*> WithoutProfile(const Container& container) const;

  // Differs from what it was whenever a fact that a field reads from the process, its ancestors or its container has
  // changed. Together with the exec id it names a state of the process.
  uint64_t VersionOf(const Process& process) const { return std::max(process.version, all_changed_); }
  // The facts of many images have changed: container metadata came, a process with children changed.
  void AllChanged() { all_changed_ = ++versions_; }

  // Every record up to `boot_ns` has been seen, in all rings.
  void Advance(uint64_t boot_ns);

  Stats stats() const;

 private:
  struct Image;
  struct List {  // of images, the oldest first
    void Add(Image* image);
    void Remove(Image* image);
    Image *first = nullptr, *last = nullptr;
    size_t size = 0;
  };

  Image* FindImage(uint64_t exec_id) const;
  Image* Current(uint32_t pid) const;
  Image* Insert(uint64_t exec_id);
  void ForgetPid(Image* image);
  void Remove(Image* image);
  void RemoveIdle(Image* image);
  static void Move(Image* image, List* to);
  void MakeRoom();
  void End(Image* image, uint64_t boot_ns);
  void BecomeCurrent(Image* image);
  void SetParent(Image* child, Image* parent);
  void Detach(Image* child);
  void Attach(Image* child, Image* parent);
  void SetContainer(Image* image, bool in_container, uint64_t cgroup_id, uint64_t time_ns);
  void MoveContainer(Image* image, const vd_header& header);
  void Changed(Image* image);
  void SetDirectory(Image* image, std::string_view path);
  void SetTexts(Image* image, const vd_exec& record, std::string_view args);
  void FillExec(Image* image, const vd_exec& record);
  void SetEnvironment(Image* image, const vd_exec& record);
  void SetDetails(Image* image, const vd_exec& record);
  void FillFork(Image* image, const Image* creator, const vd_fork& record);
  void CountShared(Image* image);
  void LinkSeeds();

  const Options options_;
  ContainerTable* const containers_;
  size_t string_bytes_ = 0;  // what the texts of the images count themselves into
  absl::flat_hash_map<uint64_t, std::unique_ptr<Image>> images_;
  absl::flat_hash_map<uint32_t, Image*> by_pid_;
  List alive_, ended_, kept_;  // kept_: ended, lingered, but somebody's parent
  uint64_t versions_ = 0;      // the last one given to an image
  uint64_t all_changed_ = 0;   // images whose version is below it have changed
  Image* acting_ = nullptr;    // the last one that Acting() was asked for: mostly the next one, too
  bool seeds_unlinked_ = false;
  Stats stats_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_PROCESS_TABLE_H_
