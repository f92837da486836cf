// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel_facts.h"

#include <bpf/btf.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"

namespace vedette {
namespace {

constexpr std::string_view kTracepointPrefix = "btf_trace_";

std::string ReadAll(int fd) {
  std::string out;
  char buffer[1024];
  ssize_t n;
  while (out.size() < 65536 && (n = read(fd, buffer, sizeof(buffer))) > 0) out.append(buffer, n);
  close(fd);
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

// securityfs without mounting it anywhere.
int OpenInDetachedSecurityfs(const char* file) {
  int fs = fsopen("securityfs", FSOPEN_CLOEXEC);
  if (fs < 0) return -1;
  int fd = -1;
  if (fsconfig(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
    int mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
    if (mount >= 0) {
      fd = openat(mount, file, O_RDONLY | O_CLOEXEC);
      close(mount);
    }
  }
  close(fs);
  return fd;
}

struct Names {
  absl::flat_hash_set<std::string> functions, tracepoints;
};

constexpr char kMultiProbes[] = "register_fprobe_syms";  // there if the kernel can attach kprobe.multi programs
// From 7.0 by this name (until then with another argument).
constexpr char kTaskWork[] = "bpf_task_work_schedule_resume";

// Of the kernel's 60 000 functions, those that are asked for.
absl::flat_hash_set<std::string> Targets() {
  absl::flat_hash_set<std::string> out;
  for (const ProgramInfo& program : AllPrograms()) {
    std::string target(program.target);
    out.insert(target);
    if (program.way == ProgramWay::kLsm) out.insert({"bpf_lsm_" + target, SecurityFunctionOf(target)});
  }
  for (std::string_view function : ProbeFunctions()) out.insert(std::string(function));
  out.insert(kMultiProbes);
  out.insert(kTaskWork);
  return out;
}

// Debian's kernels preempt kernel code from 7.0; from 6.15 probes have what they need (see bpf/abi/probes.def).
bool MayPreempt() {
  utsname name{};
  int major = 0, minor = 0;
  if (uname(&name) != 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  return std::pair(major, minor) >= std::pair(6, 15);
}

}  // namespace

bool ListHas(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    if (item == name) return true;
    list.remove_prefix(std::min(item.size() + 1, list.size()));
  }
  return false;
}

std::optional<std::string> ActiveSecurityModules() {
  int fd = open("/sys/kernel/security/lsm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) fd = OpenInDetachedSecurityfs("lsm");
  if (fd < 0) return std::nullopt;
  return ReadAll(fd);
}

absl::StatusOr<KernelFacts> ReadKernelFacts() {
  std::unique_ptr<btf, decltype(&btf__free)> btf(btf__load_vmlinux_btf(), &btf__free);
  if (btf == nullptr) {
    return absl::UnavailableError(
        fmt::format("this kernel has no BTF (/sys/kernel/btf/vmlinux: {}); use a kernel built with "
                    "CONFIG_DEBUG_INFO_BTF=y",
                    std::error_code(errno, std::generic_category()).message()));
  }
  auto names = std::make_shared<Names>();
  const absl::flat_hash_set<std::string> targets = Targets();
  for (__u32 id = 1; id < btf__type_cnt(btf.get()); ++id) {
    const btf_type* type = btf__type_by_id(btf.get(), id);
    if (!btf_is_func(type) && !btf_is_typedef(type)) continue;
    std::string_view name = btf__name_by_offset(btf.get(), type->name_off);
    if (btf_is_typedef(type)) {
      if (name.starts_with(kTracepointPrefix)) names->tracepoints.emplace(name.substr(kTracepointPrefix.size()));
      continue;
    }
    std::string function(name);
    if (targets.contains(function)) names->functions.insert(std::move(function));
  }
  KernelFacts out;
  out.has_function = [names](std::string_view name) { return names->functions.contains(std::string(name)); };
  out.has_tracepoint = [names](std::string_view name) { return names->tracepoints.contains(std::string(name)); };
  out.skips_programs = MayPreempt() && out.has_function(kMultiProbes);
  out.has_task_work = out.has_function(kTaskWork);
  // Not to be had: the fallback works with and without.
  out.bpf_lsm = ListHas(ActiveSecurityModules().value_or(""), "bpf");
  return out;
}

}  // namespace vedette
