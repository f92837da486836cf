// SPDX-License-Identifier: Apache-2.0
//
// RandomHistory: records of a small machine on which everything happens that changes what is known of a process —
// forks, execs, exits, changed credentials and directories, containers entered, container metadata that comes late — in
// any order, ids reused, more images than the table keeps. The same seed makes the same history.
#ifndef VEDETTE_TESTS_UNIT_SENSOR_RANDOM_HISTORY_H_
#define VEDETTE_TESTS_UNIT_SENSOR_RANDOM_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "sensor/context_record.h"
#include "tests/unit/sensor/records.h"

namespace vedette::testing {

class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : random_(seed) {}

  // The next record, to be fed before the next call.
  std::span<const std::byte> Next() {
    time_ns_ += 1 + Below(1000);
    switch (Below(16)) {
      case 0:
      case 1:
        return Keep(Fork({.creator = Id(),
                          .creator_pid = Pid(),
                          .child = NewId(),
                          .child_pid = Pid(),
                          .time_ns = time_ns_,
                          .cgroup_id = Cgroup(),
                          .flags = Flags()}));
      case 2:
      case 3:
        return Keep(Exec(ExecOf(Below(4) == 0 ? Id() : NewId())));
      case 4:
        return Keep(Exit(Id(), Pid(), time_ns_));
      case 5:
        return Keep(Credentials());
      case 6:
        return Keep(Chdir());
      case 7:
        return Metadata();
      default:
        return Keep(Acting(Open(Id(), Pid(), "/etc/f" + std::to_string(Below(3)), time_ns_)));
    }
  }
  uint64_t time_ns() const { return time_ns_; }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }
  uint64_t Id() { return 1 + (last_id_ > 12 ? last_id_ - Below(12) : Below(12)); }
  uint64_t NewId() { return ++last_id_; }
  uint32_t Pid() { return static_cast<uint32_t>(1 + Below(8)); }
  uint64_t Cgroup() { return 10 + Below(3); }
  uint16_t Flags() { return Below(2) == 0 ? uint16_t{VD_F_CONTAINER} : uint16_t{0}; }
  std::string Word(const char* what) { return what + std::to_string(Below(3)); }

  ExecSpec ExecOf(uint64_t id) {
    const uint64_t cgroup = Cgroup();
    return {.exec_id = id,
            .pid = Pid(),
            .previous = Id(),
            .parent = Id(),
            .parent_pid = Pid(),
            .comm = Word("c"),
            .exe = "/bin/" + Word("e"),
            .cwd = "/" + Word("d"),
            .args = {Word("a"), Word("b")},
            .cgroup = Below(2) == 0 ? "/lxc/web" + std::to_string(cgroup) : "",
            .cgroup_id = cgroup,
            .time_ns = time_ns_,
            .start_ns = time_ns_,
            .flags = static_cast<uint16_t>(Flags() | (Below(8) == 0 ? VD_F_SEED : 0))};
  }
  // Who acts may be another thread's user, and elsewhere than its process was last seen.
  template <typename R>
  RecordOf<R> Acting(RecordOf<R> record) {
    const bool moved = Below(8) == 0;
    record->h.uid = Below(8) == 0 ? 1 : 0;
    record->h.cgroup_id = moved ? Cgroup() : 10 + record->h.exec_id % 3;
    record->h.flags = moved ? Flags() : record->h.exec_id % 2 == 0 ? uint16_t{VD_F_CONTAINER} : uint16_t{0};
    return record;
  }
  RecordOf<vd_creds_change> Credentials() {
    RecordOf<vd_creds_change> r(VD_KIND_CREDS);
    r->h.exec_id = Id();
    r->h.pid = r->h.tid = Pid();
    r->h.time_ns = time_ns_;
    r->new_creds.euid = r->new_creds.egid = r->new_creds.loginuid = static_cast<__u32>(Below(3));
    r->new_creds.cap_effective = Below(4);
    return r;
  }
  RecordOf<vd_call> Chdir() {
    RecordOf<vd_call> r(VD_KIND_SYSCALL);
    r->h.exec_id = Id();
    r->h.pid = r->h.tid = Pid();
    r->h.syscall_nr = 80;
    r->h.flags = VD_F_RESULT;
    r->h.time_ns = time_ns_;
    r.Add(offsetof(vd_call, path), "/" + Word("d"));
    return r;
  }
  std::span<const std::byte> Metadata() {
    Container found;
    found.full_id = "web" + std::to_string(Cgroup());
    found.name = Word("n");
    found.image_repository = Word("i");
    bytes_ = MakeContextRecord(found);
    return bytes_;
  }

  // At an address that a record may have.
  template <typename R>
  std::span<const std::byte> Keep(RecordOf<R> record) {
    const std::span<const std::byte> bytes = record.Bytes();
    words_.assign((bytes.size() + 7) / 8, 0);
    memcpy(words_.data(), bytes.data(), bytes.size());
    return std::as_bytes(std::span(words_)).first(bytes.size());
  }

  std::mt19937_64 random_;
  uint64_t last_id_ = 0;
  uint64_t time_ns_ = 1;
  std::vector<uint64_t> words_;
  std::vector<std::byte> bytes_;
};

}  // namespace vedette::testing
#endif  // VEDETTE_TESTS_UNIT_SENSOR_RANDOM_HISTORY_H_
