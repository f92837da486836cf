// SPDX-License-Identifier: Apache-2.0
//
// Fields of single events that Falco has no name for: exec.*, mount.*, ptrace.*, bpf.*, socket.*. They are what rules
// against container escapes compare.
#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

void AddText(std::string_view text, Values& out) {
  if (!text.empty()) out.Add(Value::String(text));
}
template <Symbols (*kSymbols)()>
void AddSymbol(uint64_t value, Values& out) {
  TextWriter text(out);
  AppendSymbol(kSymbols(), value, text);
  text.Finish();
}

// The file that was run, or that was to be run.
void ExecPath(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_EXEC) AddText(e.String(e.record<vd_exec>().exe.path), out);
  if (e.kind() == VD_KIND_EXEC_FAILED) AddText(e.String(e.record<vd_exec_failed>().exe.path), out);
}
void ExecNameRaw(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_EXEC) AddText(e.String(e.record<vd_exec>().filename), out);
  if (e.kind() == VD_KIND_EXEC_FAILED) AddText(e.String(e.record<vd_exec_failed>().filename), out);
}

bool IsMount(const Event& e) { return kMountKinds[e.kind()]; }
void MountFsType(const Event& e, const FieldArg&, Values& out) {
  if (IsMount(e)) AddText(e.String(e.record<vd_mount>().fstype), out);
}
void MountSource(const Event& e, const FieldArg&, Values& out) {
  if (IsMount(e)) AddText(e.String(e.record<vd_mount>().source), out);
}
void MountSourcePath(const Event& e, const FieldArg&, Values& out) {
  if (IsMount(e)) AddText(e.String(e.record<vd_mount>().source_file.path), out);
}
void MountTarget(const Event& e, const FieldArg&, Values& out) {
  if (IsMount(e)) AddText(e.String(e.record<vd_mount>().target.path), out);
}
void MountFlags(const Event& e, const FieldArg&, Values& out) {
  if (!IsMount(e)) return;
  TextWriter text(out);
  AppendFlags(e.kind() == VD_KIND_UMOUNT ? UmountFlagSymbols() : MountFlagSymbols(), e.record<vd_mount>().flags, text);
  text.Finish();
}

bool IsPtrace(const Event& e) { return e.kind() == VD_KIND_PTRACE; }
void TargetPid(const Event& e, const FieldArg&, Values& out) {
  if (IsPtrace(e)) out.Add(Value::Number(e.record<vd_ptrace>().target_pid));
}
void TargetName(const Event& e, const FieldArg&, Values& out) {
  if (IsPtrace(e)) AddText(FixedText(e.record<vd_ptrace>().target_comm), out);
}
void TargetExecId(const Event& e, const FieldArg&, Values& out) {
  if (IsPtrace(e) && e.record<vd_ptrace>().target_exec_id != 0) {
    out.Add(Value::Number(static_cast<int64_t>(e.record<vd_ptrace>().target_exec_id)));
  }
}
void TargetInContainer(const Event& e, const FieldArg&, Values& out) {
  if (IsPtrace(e)) out.Add(Value::Bool(e.record<vd_ptrace>().target_container != 0));
}
void SameContainer(const Event& e, const FieldArg&, Values& out) {
  if (IsPtrace(e)) out.Add(Value::Bool(e.record<vd_ptrace>().same_container != 0));
}
void AttachMode(const Event& e, const FieldArg&, Values& out) {
  constexpr uint32_t kAttach = 2;  // PTRACE_MODE_ATTACH
  if (IsPtrace(e)) out.Add(Value::String((e.record<vd_ptrace>().mode & kAttach) != 0 ? "attach" : "read"));
}

bool IsBpf(const Event& e) { return e.kind() == VD_KIND_BPF; }
void BpfCommand(const Event& e, const FieldArg&, Values& out) {
  if (IsBpf(e)) AddSymbol<BpfCommandSymbols>(e.record<vd_bpf>().cmd, out);
}
void BpfType(const Event& e, const FieldArg&, Values& out) {
  if (IsBpf(e)) out.Add(Value::Number(e.record<vd_bpf>().type));
}
void BpfAttachType(const Event& e, const FieldArg&, Values& out) {
  if (IsBpf(e)) out.Add(Value::Number(e.record<vd_bpf>().attach_type));
}
void BpfName(const Event& e, const FieldArg&, Values& out) {
  if (IsBpf(e)) AddText(FixedText(e.record<vd_bpf>().name), out);
}

void SocketFamily(const Event& e, const FieldArg&, Values& out) {
  if (kSocketKinds[e.kind()]) AddSymbol<FamilySymbols>(e.record<vd_socket>().family, out);
}

void SocketType(const Event& e, const FieldArg&, Values& out) {
  if (kSocketKinds[e.kind()]) out.Add(Value::Number(e.record<vd_socket>().type));
}

constexpr EventKinds kSocketHooks = Without(Without(kSocketKinds, VD_KIND_DUP), VD_KIND_RECVFROM);
constexpr EventKinds kBpf = KindSet({VD_KIND_BPF});
constexpr EventKinds kPtrace = KindSet({VD_KIND_PTRACE});
constexpr KernelDecision kNotCompared = Never("it is not compared at the hook");
constexpr KernelDecision kUseTarget =
    Never("it is not compared at the hook; use mount.source, mount.target or mount.fstype");

constexpr Field kRows[] = {
    {"bpf.attach_type", FieldType::kNumber, ArgKind::kNone, false, false, kBpf, "enum bpf_attach_type of a program.",
     BpfAttachType, kNotCompared},
    {"bpf.cmd", FieldType::kString, ArgKind::kNone, false, false, kBpf, "The command of bpf(2): BPF_PROG_LOAD.",
     BpfCommand, InScalars(VD_TABLE_BPF_CMD, kBpf)},
    {"bpf.name", FieldType::kString, ArgKind::kNone, false, false, kBpf,
     "The name that the caller gave to a program or map.", BpfName, Never("it is what the caller claims; use bpf.cmd")},
    {"bpf.type", FieldType::kNumber, ArgKind::kNone, false, false, kBpf,
     "enum bpf_prog_type or bpf_map_type, of a command that makes one.", BpfType, kNotCompared},
    {"exec.nameraw", FieldType::kString, ArgKind::kNone, false, false, kExecKinds,
     "The path as it was passed to execve.", ExecNameRaw, kClaimOnly},
    {"exec.path", FieldType::kPath, ArgKind::kNone, false, false, kExecKinds,
     "The file that was run, or that was to be run when the exec failed or was refused.", ExecPath,
     InStrings(VD_TABLE_EXE, VD_TABLE_EXE_REVERSED, KindSet({VD_KIND_EXEC}))},
    {"mount.flags", FieldType::kString, ArgKind::kNone, false, false, kMountKinds,
     "MS_BIND|MS_REC and the like; of umount FORCE, DETACH, EXPIRE, NOFOLLOW.", MountFlags, kUseTarget},
    {"mount.fstype", FieldType::kString, ArgKind::kNone, false, false, kMountKinds, "The file system's type.",
     MountFsType, InStrings(VD_TABLE_FSTYPE, VD_TABLE_COUNT, kMountKinds)},
    {"mount.source", FieldType::kString, ArgKind::kNone, false, false, kMountKinds,
     "What is mounted, as it was named: a device, a directory, or any word.", MountSource,
     InStrings(VD_TABLE_MOUNT_SOURCE, VD_TABLE_COUNT, kMountKinds)},
    {"mount.source.path", FieldType::kPath, ArgKind::kNone, false, false, kMountKinds,
     "What is bound or moved, as the kernel resolved it; the new root of pivot_root.", MountSourcePath, kUseTarget},
    {"mount.target", FieldType::kPath, ArgKind::kNone, false, false, kMountKinds,
     "Where it is mounted, or what is unmounted, as the kernel resolved it.", MountTarget,
     InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED,
               KindSet({VD_KIND_MOUNT, VD_KIND_MOVE_MOUNT, VD_KIND_UMOUNT, VD_KIND_PIVOT_ROOT}))},
    {"ptrace.mode", FieldType::kString, ArgKind::kNone, false, false, kPtrace,
     "attach, or read: what the kernel was asked to allow.", AttachMode, kNotCompared},
    {"ptrace.same_container", FieldType::kBool, ArgKind::kNone, false, false, kPtrace,
     "True if caller and target are in one container, or both on the host.", SameContainer,
     InScalars(VD_TABLE_SAME_CONTAINER, kPtrace)},
    {"ptrace.target.exec_id", FieldType::kNumber, ArgKind::kNone, false, false, kPtrace,
     "proc.exec_id of the process that is reached into.", TargetExecId, kNotCompared},
    {"ptrace.target.in_container", FieldType::kBool, ArgKind::kNone, false, false, kPtrace,
     "True if the process that is reached into is in a container.", TargetInContainer,
     Never("it is not compared at the hook; use ptrace.same_container")},
    {"ptrace.target.name", FieldType::kString, ArgKind::kNone, false, false, kPtrace,
     "The name of the process that is reached into.", TargetName,
     Never("it is not compared at the hook; use ptrace.same_container")},
    {"ptrace.target.pid", FieldType::kNumber, ArgKind::kNone, false, false, kPtrace,
     "The process id of the process that is reached into.", TargetPid, kNotCompared},
    {"socket.family", FieldType::kString, ArgKind::kNone, false, false, kSocketKinds,
     "The socket's address family: AF_INET, AF_UNIX, AF_PACKET.", SocketFamily,
     InScalars(VD_TABLE_FAMILY, kSocketHooks)},
    {"socket.type", FieldType::kNumber, ArgKind::kNone, false, false, kSocketKinds,
     "SOCK_*: 1 is a stream, 2 datagrams, 3 raw.", SocketType, InScalars(VD_TABLE_SOCKET_TYPE, kSocketHooks)},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> ObjectFields() { return kRows; }

}  // namespace vedette
