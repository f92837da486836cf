// SPDX-License-Identifier: Apache-2.0
//
// proc.p*, proc.a*, session and group leaders: the relatives of the acting process. Ancestor fields without an index
// have a value per ancestor, parent first; [0] is the process itself, [1] its parent.
#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"

namespace vedette {
namespace {

// Longer chains of ancestors than this are cut; it also ends a walk over a broken table.
constexpr uint32_t kMaxAncestors = 1024;

const Process* ParentOf(const Event& e) { return e.process == nullptr ? nullptr : e.process->parent; }

const Process* Ancestor(const Event& e, uint32_t index) {
  const Process* p = e.process;
  if (index > kMaxAncestors) return nullptr;
  for (uint32_t i = 0; i < index && p != nullptr; ++i) p = p->parent;
  return p;
}

template <auto kMember>
Value Of(const Process& p) {
  if constexpr (std::is_same_v<std::decay_t<decltype(p.*kMember)>, std::string_view>) {
    return Value::String(p.*kMember);
  } else {
    return Value::Number(static_cast<int64_t>(p.*kMember));
  }
}
// An executable's path that is not known is NULL, not "".
template <>
Value Of<&Process::exe_path>(const Process& p) {
  return p.exe_path.empty() ? Value() : Value::String(p.exe_path);
}

template <auto kMember>
void Parents(const Event& e, const FieldArg&, Values& out) {
  if (const Process* p = ParentOf(e)) out.Add(Of<kMember>(*p));
}
template <auto kMember>
void Ancestors(const Event& e, const FieldArg& arg, Values& out) {
  if (arg.present) {
    if (const Process* p = Ancestor(e, arg.index)) out.Add(Of<kMember>(*p));
    return;
  }
  uint32_t left = kMaxAncestors;
  for (const Process* p = ParentOf(e); p != nullptr && left != 0 && !out.overflowed(); p = p->parent, --left) {
    out.Add(Of<kMember>(*p));
  }
}

void ParentPid(const Event& e, const FieldArg&, Values& out) {
  if (e.process != nullptr) out.Add(Value::Number(e.process->ppid));
}
void ParentStart(const Event& e, const FieldArg&, Values& out) {
  const Process* p = ParentOf(e);
  if (p != nullptr && p->start_boot_ns != 0) out.Add(Value::Number(ToRealtime(e, p->start_boot_ns)));
}
void ParentDuration(const Event& e, const FieldArg&, Values& out) {
  const Process* p = ParentOf(e);
  if (p == nullptr || p->start_boot_ns == 0) return;
  out.Add(Value::Number(static_cast<int64_t>(e.header->time_ns - p->start_boot_ns)));
}

// The leader of a session or group, or the oldest relative known of it.
template <auto kGroup>
const Process* Leader(const Event& e) {
  const Process* p = e.process;
  if (p == nullptr) return nullptr;
  for (uint32_t i = 0; i < kMaxAncestors; ++i) {
    const Process* up = p->parent;
    if (up == nullptr || up->*kGroup != p->*kGroup || p->pid == p->*kGroup) break;
    p = up;
  }
  return p;
}
template <auto kGroup, auto kMember>
void OfLeader(const Event& e, const FieldArg&, Values& out) {
  if (const Process* p = Leader<kGroup>(e)) out.Add(Of<kMember>(*p));
}

// The oldest shell among the process and its ancestors.
void LoginShell(const Event& e, const FieldArg&, Values& out) {
  const Process* shell = nullptr;
  uint32_t left = kMaxAncestors;
  for (const Process* p = e.process; p != nullptr && left != 0; p = p->parent, --left) {
    if (p->comm.ends_with("sh")) shell = p;
  }
  if (shell != nullptr) out.Add(Value::Number(shell->pid));
}

constexpr KernelDecision kAncestorPaths = InAncestors(VD_TABLE_EXE, VD_TABLE_EXE_REVERSED);
constexpr KernelDecision kAncestorNames = InAncestors(VD_TABLE_COMM, VD_TABLE_COUNT);
constexpr KernelDecision kLeaders = Never("sessions and groups are not compared at the hook; use proc.aexepath or proc.aname");
constexpr KernelDecision kParentName = InStrings(VD_TABLE_PARENT_COMM, VD_TABLE_COUNT, kJudgedKinds);
constexpr KernelDecision kParentPath = InStrings(VD_TABLE_PARENT_EXE, VD_TABLE_PARENT_EXE_REVERSED, kJudgedKinds);
constexpr KernelDecision kArguments =
    Never("arguments are what the caller claims; use proc.pexepath, proc.pname, proc.aexepath or proc.aname");
constexpr KernelDecision kNumbers =
    Never("process numbers are not compared at the hook; use proc.pexepath or proc.pname");

constexpr Field kRows[] = {
    {"proc.acmdline", FieldType::kString, ArgKind::kOptionalIndex, true, true, kAllKinds,
     "The command line of an ancestor: proc.acmdline[1] is the parent's; without an index, any ancestor's.",
     Ancestors<&Process::cmdline>, kArguments},
    {"proc.aexe", FieldType::kString, ArgKind::kOptionalIndex, true, true, kAllKinds,
     "argv[0] of an ancestor; without an index, any ancestor's.", Ancestors<&Process::exe>, kArguments},
    {"proc.aexepath", FieldType::kPath, ArgKind::kOptionalIndex, true, true, kAllKinds,
     "The executable's path of an ancestor; without an index, any ancestor's.", Ancestors<&Process::exe_path>,
     kAncestorPaths},
    {"proc.aname", FieldType::kString, ArgKind::kOptionalIndex, true, true, kAllKinds,
     "The name of an ancestor: proc.aname[1] is the parent's; without an index, any ancestor's.",
     Ancestors<&Process::comm>, kAncestorNames},
    {"proc.apid", FieldType::kNumber, ArgKind::kOptionalIndex, true, true, kAllKinds,
     "The process id of an ancestor; without an index, any ancestor's.", Ancestors<&Process::pid>, kNumbers},
    {"proc.loginshellid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The process id of the oldest shell among the process and its ancestors.", LoginShell, kNumbers},
    {"proc.pcmdline", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The parent's command line.",
     Parents<&Process::cmdline>, kArguments},
    {"proc.pexe", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The parent's argv[0].",
     Parents<&Process::exe>, kArguments},
    {"proc.pexepath", FieldType::kPath, ArgKind::kNone, false, true, kAllKinds,
     "The parent's executable, as the kernel resolved it.", Parents<&Process::exe_path>, kParentPath},
    {"proc.pname", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The parent's name.",
     Parents<&Process::comm>, kParentName},
    {"proc.ppid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The parent's process id, in the host's numbering.", ParentPid, kNumbers},
    {"proc.ppid.duration", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Nanoseconds since the parent began.", ParentDuration, kNumbers},
    {"proc.ppid.ts", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "When the parent began, in nanoseconds since the epoch.", ParentStart, kNumbers},
    {"proc.pvpid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The parent's process id in its own pid namespace.", Parents<&Process::vpid>, kNumbers},
    {"proc.sid.exe", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "argv[0] of the session's leader.",
     OfLeader<&Process::sid, &Process::exe>, kLeaders},
    {"proc.sid.exepath", FieldType::kPath, ArgKind::kNone, false, true, kAllKinds,
     "The executable's path of the session's leader.", OfLeader<&Process::sid, &Process::exe_path>, kLeaders},
    {"proc.sname", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The name of the session's leader, or of the oldest relative known of that session.",
     OfLeader<&Process::sid, &Process::comm>, kLeaders},
    {"proc.vpgid.exe", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "argv[0] of the process group's leader.", OfLeader<&Process::pgid, &Process::exe>, kLeaders},
    {"proc.vpgid.exepath", FieldType::kPath, ArgKind::kNone, false, true, kAllKinds,
     "The executable's path of the process group's leader.", OfLeader<&Process::pgid, &Process::exe_path>, kLeaders},
    {"proc.vpgid.name", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The name of the process group's leader, or of the oldest relative known of that group.",
     OfLeader<&Process::pgid, &Process::comm>, kLeaders},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> ProcFamilyFields() { return kRows; }

}  // namespace vedette
