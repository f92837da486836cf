// SPDX-License-Identifier: Apache-2.0
//
// Records for the tests of the sensor, as the kernel side lays them out: the struct, then its strings.
#ifndef VEDETTE_TESTS_UNIT_SENSOR_RECORDS_H_
#define VEDETTE_TESTS_UNIT_SENSOR_RECORDS_H_

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/abi/records.h"
#include "sensor/event/event_kind.h"

namespace vedette::testing {

template <typename R>
class RecordOf {
 public:
  explicit RecordOf(EventKind kind) : words_((sizeof(R) + 7) / 8), size_(sizeof(R)) {
    header().kind = kind;
    header().syscall_nr = VD_NO_SYSCALL;
  }
  vd_header& header() { return *reinterpret_cast<vd_header*>(words_.data()); }  // every record begins with one
  R& get() { return *reinterpret_cast<R*>(words_.data()); }
  R* operator->() { return &get(); }
  // Appends `text` and points `at` (a member's offset in the struct) to it.
  void Add(size_t at, std::string_view text) {
    vd_str s{static_cast<__u16>(size_), static_cast<__u16>(text.size())};
    words_.resize((size_ + text.size() + 7) / 8);
    memcpy(bytes() + size_, text.data(), text.size());
    size_ += text.size();
    memcpy(bytes() + at, &s, sizeof(s));
  }
  std::span<const std::byte> Bytes() {
    header().size = static_cast<__u32>(size_);
    return {reinterpret_cast<const std::byte*>(words_.data()), size_};
  }
  operator const R&() {
    Bytes();
    return get();
  }

 private:
  char* bytes() { return reinterpret_cast<char*>(words_.data()); }
  std::vector<uint64_t> words_;
  size_t size_;
};

struct ExecSpec {
  uint64_t exec_id = 0;
  uint32_t pid = 0;
  uint64_t previous = 0, parent = 0;
  uint32_t parent_pid = 0;
  std::string comm = "sh", exe = "/bin/sh", cwd = "/";
  std::vector<std::string> args = {};
  std::string cgroup = "";
  uint64_t cgroup_id = 0;
  uint64_t time_ns = 1;
  uint64_t start_ns = 1;
  uint16_t flags = 0;
};

inline RecordOf<vd_exec> Exec(const ExecSpec& spec) {
  RecordOf<vd_exec> r(VD_KIND_EXEC);
  r->h.exec_id = spec.exec_id;
  r->h.pid = r->h.tid = spec.pid;
  r->h.time_ns = spec.time_ns;
  r->h.flags = spec.flags;
  r->h.cgroup_id = spec.cgroup_id;
  r->h.syscall_nr = 59;
  r->previous_exec_id = spec.previous;
  r->parent_exec_id = spec.parent;
  r->parent_pid = spec.parent_pid;
  r->start_ns = spec.start_ns;
  memcpy(r->comm, spec.comm.data(), std::min(spec.comm.size(), sizeof(r->comm)));
  std::string args;
  for (const std::string& arg : spec.args) args += arg + '\0';
  r->argc = static_cast<__u32>(spec.args.size());
  r->args_len = static_cast<__u32>(args.size());
  r.Add(offsetof(vd_exec, exe) + offsetof(vd_object, path), spec.exe);
  if (!args.empty()) r.Add(offsetof(vd_exec, args), args);
  r.Add(offsetof(vd_exec, cwd), spec.cwd);
  if (!spec.cgroup.empty()) r.Add(offsetof(vd_exec, cgroup), spec.cgroup);
  return r;
}

inline RecordOf<vd_exec> Seed(ExecSpec spec) {
  spec.flags |= VD_F_SEED;
  return Exec(spec);
}

struct ForkSpec {
  uint64_t creator = 0;
  uint32_t creator_pid = 0;
  uint64_t child = 0;
  uint32_t child_pid = 0;
  uint64_t time_ns = 1;
  uint64_t cgroup_id = 0;
  uint16_t flags = 0;
};

inline RecordOf<vd_fork> Fork(const ForkSpec& spec) {
  RecordOf<vd_fork> r(VD_KIND_FORK);
  r->h.exec_id = spec.creator;
  r->h.pid = r->h.tid = spec.creator_pid;
  r->h.time_ns = spec.time_ns;
  r->h.flags = spec.flags;
  r->h.syscall_nr = 56;
  r->h.cgroup_id = r->child_cgroup_id = spec.cgroup_id;
  r->child_exec_id = spec.child;
  r->child_pid = r->child_vpid = spec.child_pid;
  r->child_start_ns = spec.time_ns;
  return r;
}

inline RecordOf<vd_exit> Exit(uint64_t exec_id, uint32_t pid, uint64_t time_ns) {
  RecordOf<vd_exit> r(VD_KIND_EXIT);
  r->h.exec_id = exec_id;
  r->h.pid = r->h.tid = pid;
  r->h.time_ns = time_ns;
  return r;
}

inline RecordOf<vd_file_open> Open(uint64_t exec_id, uint32_t pid, std::string_view path, uint64_t time_ns) {
  RecordOf<vd_file_open> r(VD_KIND_FILE_OPEN);
  r->h.exec_id = exec_id;
  r->h.pid = r->h.tid = pid;
  r->h.time_ns = time_ns;
  r->h.syscall_nr = 257;
  r.Add(offsetof(vd_file_open, file) + offsetof(vd_object, path), path);
  return r;
}

}  // namespace vedette::testing
#endif  // VEDETTE_TESTS_UNIT_SENSOR_RECORDS_H_
