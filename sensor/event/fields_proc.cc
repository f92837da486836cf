// SPDX-License-Identifier: Apache-2.0
//
// proc.* and thread.*: the acting process itself. Its executable is in fields_exe.cc, its relatives are in
// fields_proc_family.cc.
#include <algorithm>

#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/profile_names.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

template <std::string_view Process::*kMember>
void Text(const Event& e, const FieldArg&, Values& out) {
  if (e.process != nullptr) out.Add(Value::String(e.process->*kMember));
}
// For what is never empty when it is known.
template <std::string_view Process::*kMember>
void KnownText(const Event& e, const FieldArg&, Values& out) {
  if (e.process != nullptr && !(e.process->*kMember).empty()) out.Add(Value::String(e.process->*kMember));
}
template <auto kMember>
void Number(const Event& e, const FieldArg&, Values& out) {
  if (e.process != nullptr) out.Add(Value::Number(static_cast<int64_t>(e.process->*kMember)));
}

// Of a refused exec: the name the process would have had, which is what the kernel compared.
void Name(const Event& e, const FieldArg& arg, Values& out) {
  std::string_view refused = RefusedName(e);
  if (!refused.empty()) return out.Add(Value::String(refused));
  Text<&Process::comm>(e, arg, out);
}

void Pid(const Event& e, const FieldArg&, Values& out) {
  if (e.header->pid != 0) out.Add(Value::Number(e.header->pid));
}
void Tid(const Event& e, const FieldArg&, Values& out) {
  if (e.header->tid != 0) out.Add(Value::Number(e.header->tid));
}
// The record has no thread id of the process's own namespace: it is known for the main thread and on the host.
void VTid(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr) return;
  bool main_thread = e.header->tid == e.header->pid;
  if (main_thread || e.process->vpid == e.process->pid) {
    out.Add(Value::Number(main_thread ? e.process->vpid : e.header->tid));
  }
}
void IsMainThread(const Event& e, const FieldArg&, Values& out) {
  if (e.header->pid != 0) out.Add(Value::Bool(e.header->tid == e.header->pid));
}
// Of an exec, that of the caller: what the hook goes by, and what a profile's rules are about. The program that begins
// with it is under it from then on.
void ProfileName(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr || e.profiles == nullptr) return;
  const uint32_t id = e.kind() == VD_KIND_EXEC ? e.process->caller_profile : e.process->profile;
  const std::string_view name = id == 0 ? "" : e.profiles->NameOf(id);
  if (!name.empty()) out.Add(Value::String(name));
}
void ExecId(const Event& e, const FieldArg&, Values& out) {
  if (e.header->exec_id != 0) out.Add(Value::Number(static_cast<int64_t>(e.header->exec_id)));
}

void ExeLine(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr) return;
  TextWriter text(out);
  text.Append(e.process->exe);
  if (!e.process->args.empty()) {
    text.Append(' ');
    text.Append(e.process->args);
  }
  text.Finish();
}
void ArgCount(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr) return;
  const int64_t argc = e.process->argc;
  out.Add(Value::Number(argc == 0 ? 0 : argc - 1));
}
void ArgsLength(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr) return;
  const int64_t blanks = std::max<int64_t>(e.process->argc, 2) - 2;
  out.Add(Value::Number(static_cast<int64_t>(e.process->args.size()) - blanks));
}

void Duration(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr || e.process->start_boot_ns == 0) return;
  out.Add(Value::Number(static_cast<int64_t>(e.header->time_ns - e.process->start_boot_ns)));
}
void StartTime(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr || e.process->start_boot_ns == 0) return;
  out.Add(Value::Number(ToRealtime(e, e.process->start_boot_ns)));
}

template <auto kGroup>
void IsLeader(const Event& e, const FieldArg&, Values& out) {
  if (e.process != nullptr) out.Add(Value::Bool(e.process->*kGroup == e.process->vpid));
}

// After a change of credentials, those that were set.
const vd_creds* CredsOf(const Event& e) {
  if (e.kind() == VD_KIND_CREDS) return &e.record<vd_creds_change>().new_creds;
  return e.process == nullptr ? nullptr : &e.process->creds;
}
template <__u64 vd_creds::*kSet>
void Capabilities(const Event& e, const FieldArg&, Values& out) {
  const vd_creds* creds = CredsOf(e);
  if (creds == nullptr) return;
  TextWriter text(out);
  AppendCapabilities(creds->*kSet, text);
  text.Finish();
}

template <auto kNamespace>
void Namespace(const Event& e, const FieldArg&, Values& out) {
  if (e.process != nullptr && e.process->ns.*kNamespace != 0) out.Add(Value::Number(e.process->ns.*kNamespace));
}
void InHostMountNamespace(const Event& e, const FieldArg&, Values& out) {
  if (e.process != nullptr) out.Add(Value::Bool(e.process->ns.host_mnt == 1));
}

constexpr KernelDecision kNotCompared = Never("it is not compared at the hook; use proc.exepath or proc.name");
constexpr KernelDecision kAboutTime = Never("a verdict does not depend on time");
// Not where a program starts or credentials change: there the event tells those that come of it.
constexpr EventKinds kWithCapabilities = Without(Without(kJudgedKinds, VD_KIND_EXEC), VD_KIND_CREDS);
constexpr KernelDecision InCapabilities(vd_bits bits) {
  return InBits(bits, kWithCapabilities, "what it will have is not known before; use user.uid or container.id");
}

constexpr Field kRows[] = {
    {"proc.args", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The arguments, without the program's name, joined by blanks.", Text<&Process::args>, kNotCompared},
    {"proc.cgroup", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The process's control group, as a path from the root of the hierarchy.", KnownText<&Process::cgroup>,
     kNotCompared},
    {"proc.cmdlenargs", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The length of all arguments together, without the blanks.", ArgsLength, kNotCompared},
    {"proc.cmdline", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "proc.name, a blank and proc.args.",
     Text<&Process::cmdline>, kNotCompared},
    {"proc.cmdnargs", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "How many arguments there are, without the program's name.", ArgCount, kNotCompared},
    {"proc.cwd", FieldType::kPath, ArgKind::kNone, false, true, kAllKinds,
     "The working directory when the image began, with a slash at the end.", KnownText<&Process::cwd>, kNotCompared},
    {"proc.duration", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Nanoseconds since the process began.", Duration, kAboutTime},
    {"proc.exec_id", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "Vedette's number for the process image: unlike a pid it is never used again.", ExecId, kUserSpaceOnly},
    {"proc.exeline", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "proc.exe, a blank and proc.args.",
     ExeLine, kNotCompared},
    {"proc.is_sid_leader", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the process leads its session.", IsLeader<&Process::vsid>, kNotCompared},
    {"proc.is_vpgid_leader", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the process leads its process group.", IsLeader<&Process::vpgid>, kNotCompared},
    {"proc.name", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The process's name, of at most 15 characters. Of a refused exec, and in a deny rule on exec: the name of the "
     "program "
     "about to run.",
     Name, InStrings(VD_TABLE_COMM, VD_TABLE_COUNT, kJudgedKinds)},
    {"proc.ns.cgroup", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds, "Inode of the cgroup namespace.",
     Namespace<&vd_namespaces::cgroup>, kNotCompared},
    {"proc.ns.host_mnt", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the process is in the mount namespace of the host.", InHostMountNamespace, kNotCompared},
    {"proc.ns.ipc", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds, "Inode of the IPC namespace.",
     Namespace<&vd_namespaces::ipc>, kNotCompared},
    {"proc.ns.mnt", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds, "Inode of the mount namespace.",
     Namespace<&vd_namespaces::mnt>, kNotCompared},
    {"proc.ns.net", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds, "Inode of the network namespace.",
     Namespace<&vd_namespaces::net>, kNotCompared},
    {"proc.ns.pid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds, "Inode of the pid namespace.",
     Namespace<&vd_namespaces::pid>, kNotCompared},
    {"proc.ns.user", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds, "Inode of the user namespace.",
     Namespace<&vd_namespaces::user>, kNotCompared},
    {"proc.ns.uts", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds, "Inode of the UTS namespace.",
     Namespace<&vd_namespaces::uts>, kNotCompared},
    {"proc.pgid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The process group, in the host's numbering.", Number<&Process::pgid>, kNotCompared},
    {"proc.pid", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The process id, in the host's numbering.", Pid, kNotCompared},
    {"proc.pid.ts", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "When the process began, in nanoseconds since the epoch.", StartTime, kAboutTime},
    {"proc.profile", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "The profile that the process is under; NULL: none. Of an exec: that the caller is under.", ProfileName,
     InScalars(VD_TABLE_PROFILE, kJudgedKinds)},
    {"proc.sid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The session, in the numbering of the process's own pid namespace.", Number<&Process::vsid>, kNotCompared},
    {"proc.tty", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "Device number of the controlling terminal, 0 if there is none.", Number<&Process::tty>, kNotCompared},
    {"proc.vpgid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The process group, in the numbering of the process's own pid namespace.", Number<&Process::vpgid>, kNotCompared},
    {"proc.vpid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The process id in its own pid namespace.", Number<&Process::vpid>, kNotCompared},
    {"thread.cap_effective", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "Effective capabilities, as names separated by blanks.", Capabilities<&vd_creds::cap_effective>, InCapabilities(VD_BITS_CAP_EFFECTIVE)},
    {"thread.cap_inheritable", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "Inheritable capabilities, as names separated by blanks.", Capabilities<&vd_creds::cap_inheritable>,
     InCapabilities(VD_BITS_CAP_INHERITABLE)},
    {"thread.cap_permitted", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "Permitted capabilities, as names separated by blanks.", Capabilities<&vd_creds::cap_permitted>, InCapabilities(VD_BITS_CAP_PERMITTED)},
    {"thread.cgroups", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The same as proc.cgroup.",
     KnownText<&Process::cgroup>, kNotCompared},
    {"thread.ismain", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True if the main thread of the process acted.", IsMainThread, kNotCompared},
    {"thread.tid", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The thread id, in the host's numbering.", Tid, kNotCompared},
    {"thread.vtid", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The thread id in its own pid namespace. NULL for other threads than the main one in a container.", VTid,
     kNotCompared},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> ProcFields() { return kRows; }

}  // namespace vedette
