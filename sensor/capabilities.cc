// SPDX-License-Identifier: Apache-2.0
#include "sensor/capabilities.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "fmt/format.h"
#include "sensor/kernel_facts.h"
#include "sensor/program_plan.h"

namespace vedette {
namespace {

using Status = Capability::Status;

constexpr std::string_view kNeedsPrivileges =
    "needs root (or CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH): run it with sudo";
constexpr long kCgroup2Magic = 0x63677270;

std::optional<std::string> ReadLine(const char* path) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return std::nullopt;
  char buffer[512] = "";
  bool got = std::fgets(buffer, sizeof(buffer), file) != nullptr;
  std::fclose(file);
  if (!got) return std::nullopt;
  buffer[strcspn(buffer, "\n")] = '\0';
  return buffer;
}

std::string ErrnoText(int error) { return std::error_code(error, std::generic_category()).message(); }

uint64_t EffectiveCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return 0;
  return uint64_t{data[1].effective} << 32 | data[0].effective;
}

bool IsPrivileged() {
  uint64_t caps = EffectiveCapabilities();
  auto has = [caps](int cap) { return (caps >> cap & 1) != 0; };
  // CAP_SYS_ADMIN stands for the first two, and for CAP_BPF on kernels before 5.8.
  bool bpf = has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON));
  return bpf && has(CAP_SYS_PTRACE) && has(CAP_DAC_READ_SEARCH);
}

Capability Privileges() {
  bool ok = IsPrivileged();
  return {"privileges",
          ok ? Status::kYes : Status::kNo,
          true,
          fmt::format("effective user {}", geteuid()),
          "nothing can be loaded",
          "run with sudo, or grant CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH"};
}

Capability KernelVersion() {
  utsname name{};
  uname(&name);
  int major = 0, minor = 0;
  sscanf(name.release, "%d.%d", &major, &minor);
  int version = major * 100 + minor;
  Status status = version >= 601 ? Status::kYes : version >= 511 ? Status::kFallback : Status::kNo;
  return {"kernel version", status, false, name.release, "kernels before 6.1 are not tested", "use Linux 6.1 or newer"};
}

Capability Btf() {
  bool ok = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  return {"kernel BTF",
          ok ? Status::kYes : Status::kNo,
          true,
          ok ? "/sys/kernel/btf/vmlinux" : "/sys/kernel/btf/vmlinux: " + ErrnoText(errno),
          "nothing can be loaded",
          "use a kernel built with CONFIG_DEBUG_INFO_BTF=y"};
}

Capability BpfCall() {
  int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vd_probe", 4, 4, 1, nullptr);
  if (fd >= 0) {
    close(fd);
    return {"bpf(2)", Status::kYes, true, "allowed", "", ""};
  }
  return {"bpf(2)",
          Status::kNo,
          true,
          ErrnoText(-fd),
          "nothing can be loaded",
          "run with sudo, outside a container whose seccomp filter refuses bpf(2)"};
}

Capability MapType(const char* name, bpf_map_type type, const char* since) {
  int got = libbpf_probe_bpf_map_type(type, nullptr);
  return {name,
          got == 1 ? Status::kYes : Status::kNo,
          true,
          got == 1 ? "available" : "not available",
          "nothing can be loaded",
          fmt::format("use Linux {} or newer, with the privileges above", since)};
}

Capability Lsm(const absl::StatusOr<KernelFacts>& facts) {
  std::optional<std::string> active = ActiveSecurityModules();
  std::string detail = active ? "active: " + *active : "/sys/kernel/security/lsm cannot be read";
  Capability row{"BPF LSM", Status::kNo, true, detail, "", ""};
  if (facts.ok() && facts->bpf_lsm) {
    row.status = Status::kYes;
  } else if (facts.ok() && facts->has_function("security_file_open")) {
    row.status = Status::kFallback;
    row.detail += "; fmod_ret on security_* functions is used";
    row.lost = "nothing; another module's refusal may come before ours and hide the event";
    row.remedy = "boot with bpf in lsm= (lsm=" + (active && !active->empty() ? *active + ",bpf" : "…,bpf") + ")";
  } else {
    row.lost = "no event and no verdict";
    row.remedy = "use a kernel with CONFIG_BPF_LSM=y and BTF, booted with bpf in lsm=";
  }
  return row;
}

Capability Jit() {
  std::optional<std::string> value = ReadLine("/proc/sys/net/core/bpf_jit_enable");
  bool off = value && *value == "0";
  return {"BPF JIT",
          off ? Status::kNo : Status::kYes,
          true,
          off ? "net.core.bpf_jit_enable = 0" : "on",
          "LSM and tracing programs cannot be attached",
          "sysctl -w net.core.bpf_jit_enable=1"};
}

Capability Ftrace() {
  std::optional<std::string> value = ReadLine("/proc/sys/kernel/ftrace_enabled");
  bool off = value && *value == "0";
  return {"function tracing",
          off ? Status::kNo : Status::kYes,
          true,
          off ? "kernel.ftrace_enabled = 0" : "kernel.ftrace_enabled = 1",
          "LSM, fmod_ret and fexit programs are silent",
          "sysctl -w kernel.ftrace_enabled=1"};
}

Capability Lockdown() {
  std::optional<std::string> value = ReadLine("/sys/kernel/security/lockdown");
  bool blocks = value && value->find("[confidentiality]") != std::string::npos;
  return {"lockdown",
          blocks ? Status::kNo : Status::kYes,
          true,
          value.value_or("not active"),
          "BPF programs may not read kernel memory",
          "boot with lockdown=integrity or none"};
}

Capability CgroupV2() {
  struct statfs st {};
  bool unified = statfs("/sys/fs/cgroup", &st) == 0 && st.f_type == kCgroup2Magic;
  bool hybrid = statfs("/sys/fs/cgroup/unified", &st) == 0 && st.f_type == kCgroup2Magic;
  return {"cgroup v2",
          unified || hybrid ? Status::kYes : Status::kFallback,
          false,
          unified  ? "/sys/fs/cgroup"
          : hybrid ? "/sys/fs/cgroup/unified"
                   : "not mounted",
          "containers are told apart by their exec's cgroup v1 path only",
          "boot with systemd.unified_cgroup_hierarchy=1"};
}

// One row for all hooks, and one for each that is missing.
void AppendHooks(const KernelFacts& facts, std::vector<Capability>& out) {
  size_t present = 0, all = 0;
  std::vector<Capability> missing;
  for (const ProgramInfo& program : AllPrograms()) {
    if (program.way != ProgramWay::kLsm && program.way != ProgramWay::kTpBtf) continue;
    if (program.where_present) continue;
    ++all;
    std::string target(program.target);
    bool has = program.way == ProgramWay::kTpBtf
                   ? facts.has_tracepoint(target)
                   : facts.has_function(facts.bpf_lsm ? "bpf_lsm_" + target : SecurityFunctionOf(target));
    if (has) {
      ++present;
      continue;
    }
    missing.push_back({"hook " + target, Status::kNo, program.always, "not in this kernel",
                       "events and verdicts at this hook", "use a newer kernel"});
  }
  out.push_back({"hooks", missing.empty() ? Status::kYes : Status::kFallback, false,
                 fmt::format("{} of {}", present, all), "see below", ""});
  for (Capability& row : missing) out.push_back(std::move(row));
}

// Probing makes libbpf talk.
class QuietLibbpf {
 public:
  QuietLibbpf() : former_(libbpf_set_print(nullptr)) {}
  ~QuietLibbpf() { libbpf_set_print(former_); }

 private:
  libbpf_print_fn_t former_;
};

}  // namespace

std::vector<Capability> ProbeCapabilities() {
  QuietLibbpf quiet;
  absl::StatusOr<KernelFacts> facts = ReadKernelFacts();
  std::vector<Capability> out;
  out.push_back(Privileges());
  out.push_back(KernelVersion());
  out.push_back(Btf());
  out.push_back(BpfCall());
  out.push_back(Jit());
  out.push_back(MapType("ring buffer", BPF_MAP_TYPE_RINGBUF, "5.8"));
  out.push_back(MapType("task storage", BPF_MAP_TYPE_TASK_STORAGE, "5.11"));
  out.push_back(Lsm(facts));
  out.push_back(Ftrace());
  out.push_back(Lockdown());
  out.push_back(CgroupV2());
  if (facts.ok()) AppendHooks(*facts, out);
  for (Capability& row : out) {
    if (row.status == Status::kYes) row.lost = row.remedy = "";
  }
  return out;
}

absl::StatusOr<ProgramPlan> PlanForThisKernel(const Interest& interest) {
  QuietLibbpf quiet;
  if (!IsPrivileged()) return absl::PermissionDeniedError(std::string(kNeedsPrivileges));
  absl::StatusOr<KernelFacts> facts = ReadKernelFacts();
  if (!facts.ok()) return facts.status();
  if (Capability lsm = Lsm(facts); lsm.status == Status::kNo) {
    return absl::UnavailableError(fmt::format(
        "this kernel has neither BPF LSM nor fmod_ret on security functions ({}): {}", lsm.detail, lsm.remedy));
  }
  for (const Capability& row : {Jit(), Ftrace(), Lockdown()}) {
    if (row.status == Status::kNo)
      return absl::UnavailableError(fmt::format("{}: {}: {}", row.name, row.detail, row.remedy));
  }
  if (Capability call = BpfCall(); call.status == Status::kNo) {
    return absl::PermissionDeniedError(fmt::format("bpf(2) is refused ({}): {}", call.detail, call.remedy));
  }
  return PlanPrograms(interest, *facts);
}

absl::Status CheckCanRun(const Interest& interest) { return PlanForThisKernel(interest).status(); }

}  // namespace vedette
