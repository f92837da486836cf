// SPDX-License-Identifier: Apache-2.0
//
// Process: what is known of one process image (the time between two execs of a process), and Container, what is
// known of the container it lives in. Owned by the process table (sensor/process_table.h), read by field
// extractors, on the event thread only.
#ifndef VEDETTE_SENSOR_EVENT_PROCESS_H_
#define VEDETTE_SENSOR_EVENT_PROCESS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpf/abi/records.h"
#include "sensor/event/environment.h"
#include "sensor/event/exec_details.h"
#include "sensor/event/shared_text.h"

namespace vedette {

struct ContainerMount {
  std::string source, destination, mode, propagation;
  bool writable = false;
  friend bool operator==(const ContainerMount&, const ContainerMount&) = default;
};

using Labels = std::vector<std::pair<std::string, std::string>>;  // sorted by key

// What more a runtime's files tell of a container. An optional without a value: they do not tell.
struct ContainerDetails {
  std::optional<std::vector<ContainerMount>> mounts;
  std::optional<Labels> labels;
  std::optional<Labels> pod_labels;
  std::optional<bool> host_pid, host_network, host_ipc;
  std::string image_id;
  std::string healthcheck;  // the command, NONE if there is none
  std::string ip;
  std::string pod_sandbox_id;
  bool cut = false;    // a bound has cut mounts or labels
  std::string unread;  // why the runtime's database could not be read; empty: it was, or there is none
};

struct Container {
  std::string id;  // as in Falco: the first 12 characters
  std::string full_id;
  std::string runtime;  // docker, containerd, cri-o, podman, runc, lxc, systemd-nspawn, unknown
  std::string name;     // empty: not known
  std::string image;    // whole reference; empty: not known
  std::string image_repository;
  std::string image_tag;
  std::string image_digest;
  enum class Privileged : uint8_t { kUnknown, kNo, kYes } privileged = Privileged::kUnknown;
  std::string pod_name, pod_namespace, pod_uid;
  int64_t start_time_ns = 0;  // CLOCK_REALTIME; 0: not known
  bool known = false;         // its runtime has told all that it tells
  // CLOCK_BOOTTIME since when the kernel decides by what is known of it; 0: no rule asks it to.
  static constexpr uint64_t kNever = UINT64_MAX;
  uint64_t decided_ns = 0;
  ContainerDetails details;
};

struct ExeFile {
  uint64_t ino = 0;
  uint32_t dev = 0;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint64_t ctime_ns = 0, mtime_ns = 0;
  uint32_t flags = 0;  // VD_EXE_*
};

struct Process {
  uint64_t exec_id = 0;
  uint32_t pid = 0, vpid = 0, ppid = 0;
  uint32_t pgid = 0, sid = 0, vpgid = 0, vsid = 0;
  uint32_t tty = 0;
  uint32_t profile = 0;         // the id of the profile it is under; 0: none
  uint32_t caller_profile = 0;  // the same of what executed it
  bool in_container = false;  // VD_F_CONTAINER of the record that made it
  bool args_truncated = false;
  uint64_t start_boot_ns = 0;  // of the process
  uint64_t exec_boot_ns = 0;   // of this image
  uint64_t exit_boot_ns = 0;   // 0: alive
  uint64_t cgroup_id = 0;
  // Differs from what it was, and from that of every other process, whenever one of the facts below has changed.
  // 0: not followed.
  uint64_t version = 0;
  uint32_t argc = 0;
  std::string_view comm;      // proc.name: 15 characters, as at exec
  std::string_view exe;       // proc.exe: argv[0]
  std::string_view exe_path;  // proc.exepath: kernel-resolved
  std::string_view args;      // proc.args: argv[1…] joined by blanks
  std::string_view cmdline;   // comm + " " + args
  std::string_view cwd;       // with a trailing slash, as Falco prints it
  std::string_view cgroup;
  SharedText text, cwd_text, cgroup_text;  // what the views are of: the latter two only where they changed since exec
  std::shared_ptr<const Environment> environment;  // null: not captured
  std::shared_ptr<const ExecDetails> details;      // null: not captured
  ExeFile exe_file;
  vd_creds creds{};
  vd_namespaces ns{};
  const Container* container = nullptr;  // null on the host
  Process* parent = nullptr;             // creator or, once it is gone, who adopted it; null: not known
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_PROCESS_H_
