// SPDX-License-Identifier: Apache-2.0
//
// The rows of event arguments: for each kind what its arguments are called, how they are written, and what a hook can
// decide of them.
#include <fcntl.h>

#include "sensor/event/call_arg.h"
#include "sensor/event/event_arg.h"
#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/host.h"
#include "sensor/event/named_path.h"
#include "sensor/event/socket_view.h"

namespace vedette {
namespace {

constexpr uint32_t kUnset = 0xffffffff;

bool AppendText(std::string_view text, TextWriter& out) {
  out.Append(text);
  return !text.empty();
}
template <typename Integer>
bool AppendInteger(Integer value, TextWriter& out) {
  out.AppendNumber(value);
  return true;
}

// --- of any event

bool Result(const Event& e, TextWriter& out) {
  std::optional<int64_t> r = ResultOf(e);
  if (!r) return false;
  std::string_view name = *r < 0 ? SymbolName(ErrnoSymbols(), 0 - static_cast<uint64_t>(*r)) : "";
  if (name.empty()) {
    out.AppendNumber(*r);
  } else {
    out.Append(name);
  }
  return true;
}
bool UserName(const Event& e, uint32_t uid, TextWriter& out) {
  const User* user = e.host == nullptr || uid == kUnset ? nullptr : e.host->users().FindUser(uid);
  if (user != nullptr) return AppendText(user->name, out);
  return uid == kUnset ? AppendInteger(-1, out) : AppendInteger(uid, out);
}
bool GroupName(const Event& e, uint32_t gid, TextWriter& out) {
  const std::string* name = e.host == nullptr || gid == kUnset ? nullptr : e.host->users().FindGroup(gid);
  if (name != nullptr) return AppendText(*name, out);
  return gid == kUnset ? AppendInteger(-1, out) : AppendInteger(gid, out);
}

// --- of a record: a number, a set of flags, a string

template <typename Record, auto kMember>
bool NumberOf(const Event& e, TextWriter& out) {
  return AppendInteger(e.record<Record>().*kMember, out);
}
template <typename Record, auto kMember, Symbols (*kSymbols)()>
bool FlagsOf(const Event& e, TextWriter& out) {
  AppendFlags(kSymbols(), e.record<Record>().*kMember, out);
  return true;
}
template <typename Record, auto kMember, Symbols (*kSymbols)()>
bool SymbolOf(const Event& e, TextWriter& out) {
  AppendSymbol(kSymbols(), e.record<Record>().*kMember, out);
  return true;
}
template <typename Record, vd_str Record::*kMember>
bool StringOf(const Event& e, TextWriter& out) {
  return AppendText(e.String(e.record<Record>().*kMember), out);
}
bool AppendOctal(uint32_t mode, TextWriter& out) {
  if (mode != 0) out.Append('0');
  return (out.AppendNumber(mode, 8), true);
}

// --- processes

template <std::string_view Process::*kMember>
bool ProcessText(const Event& e, TextWriter& out) {
  return e.process != nullptr && (out.Append(e.process->*kMember), true);
}
template <auto kMember>
bool ProcessNumber(const Event& e, TextWriter& out) {
  return e.process != nullptr && AppendInteger(e.process->*kMember, out);
}
bool Tid(const Event& e, TextWriter& out) { return AppendInteger(e.header->tid, out); }
bool Pid(const Event& e, TextWriter& out) { return AppendInteger(e.header->pid, out); }
bool EffectiveUser(const Event& e, TextWriter& out) { return UserName(e, e.header->uid, out); }
bool EffectiveGroup(const Event& e, TextWriter& out) {
  return e.process != nullptr && GroupName(e, e.process->creds.egid, out);
}
bool LoginUser(const Event& e, TextWriter& out) {
  return e.process != nullptr && UserName(e, e.process->creds.loginuid, out);
}
template <__u64 vd_creds::*kSet>
bool Capabilities(const Event& e, TextWriter& out) {
  bool change = e.kind() == VD_KIND_CREDS;
  if (!change && e.process == nullptr) return false;
  AppendCapabilities((change ? e.record<vd_creds_change>().new_creds : e.process->creds).*kSet, out);
  return true;
}
bool ExecFile(const Event& e, TextWriter& out) {
  return AppendText(
      e.String(e.kind() == VD_KIND_EXEC ? e.record<vd_exec>().exe.path : e.record<vd_exec_failed>().exe.path), out);
}
bool ExecFileName(const Event& e, TextWriter& out) {
  return AppendText(
      e.String(e.kind() == VD_KIND_EXEC ? e.record<vd_exec>().filename : e.record<vd_exec_failed>().filename), out);
}
bool ExecFlags(const Event& e, TextWriter& out) {
  constexpr uint32_t kAboutTheRecord = VD_EXE_HAS_ENV | VD_EXE_HAS_DETAILS;
  const uint32_t flags =
      e.kind() == VD_KIND_EXEC ? e.record<vd_exec>().exe_flags : e.record<vd_exec_failed>().exe_flags;
  AppendFlags(ExeFlagSymbols(), flags & ~kAboutTheRecord, out);
  return true;
}
bool ExecInode(const Event& e, TextWriter& out) {
  const vd_object* exe = ObjectOf(e);
  return exe != nullptr && AppendInteger(exe->ino, out);
}
bool ExitCode(const Event& e, TextWriter& out) {
  uint32_t status = e.record<vd_exit>().status;
  return AppendInteger((status & 0x7f) == 0 ? status >> 8 & 0xff : 0, out);
}
bool ExitSignal(const Event& e, TextWriter& out) {
  uint32_t signal = e.record<vd_exit>().status & 0x7f;
  AppendSymbol(SignalSymbols(), signal, out);
  return true;
}
bool ExitCore(const Event& e, TextWriter& out) { return AppendInteger(e.record<vd_exit>().status >> 7 & 1, out); }
template <__u32 vd_creds::*kId>
bool NewUser(const Event& e, TextWriter& out) {
  return UserName(e, e.record<vd_creds_change>().new_creds.*kId, out);
}
template <__u32 vd_creds::*kId>
bool NewGroup(const Event& e, TextWriter& out) {
  return GroupName(e, e.record<vd_creds_change>().new_creds.*kId, out);
}

// --- files

bool NewDescriptor(const Event& e, TextWriter& out) { return Result(e, out); }
bool DirFd(const Event& e, TextWriter& out) {
  int32_t fd = e.record<vd_file_open>().dirfd;
  return fd == AT_FDCWD ? AppendText("AT_FDCWD", out) : AppendInteger(fd, out);
}
bool OpenFlags(const Event& e, TextWriter& out) {
  AppendOpenFlags(e.record<vd_file_open>().open_flags, out);
  return true;
}
bool OpenMode(const Event& e, TextWriter& out) { return AppendOctal(e.record<vd_file_open>().create_mode, out); }
template <auto kMember>
bool OfOpenFile(const Event& e, TextWriter& out) {
  const vd_object* file = ObjectOf(e);
  return file != nullptr && AppendInteger(file->*kMember, out);
}
template <NamedPath (*kPath)(const Event&)>
bool AskedPath(const Event& e, TextWriter& out) {
  return kPath(e).AppendAsked(out);
}
constexpr ArgRender kName = AskedPath<NameOf>;
constexpr ArgRender kNewName = AskedPath<TargetOf>;

bool NodeMode(const Event& e, TextWriter& out) { return AppendOctal(e.record<vd_path_change>().mode, out); }
bool NewOwner(const Event& e, TextWriter& out) { return UserName(e, e.record<vd_path_change>().uid, out); }
bool NewOwningGroup(const Event& e, TextWriter& out) { return GroupName(e, e.record<vd_path_change>().gid, out); }

// --- mounts

bool MountSource(const Event& e, TextWriter& out) {
  const auto& m = e.record<vd_mount>();
  return AppendText(e.String(m.source), out);
}
template <vd_object vd_mount::*kObject>
bool MountPath(const Event& e, TextWriter& out) {
  return AppendText(e.String((e.record<vd_mount>().*kObject).path), out);
}

// --- sockets

bool Tuple(const Event& e, TextWriter& out) {
  std::optional<SocketView> s = SocketOf(e);
  return s && AppendSocketName(e, *s, out);
}
// The address that was given to the call.
bool Addr(const Event& e, TextWriter& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (!s) return false;
  if (!s->ip) return AppendSocketName(e, *s, out);
  const SocketEnd& end = e.kind() == VD_KIND_CONNECT ? s->remote : s->local;
  if (!end.address_known) return false;
  AppendAddress(end.address, out);
  out.Append(':');
  return AppendInteger(end.port, out);
}
bool SocketFd(const Event& e, TextWriter& out) {
  int32_t fd = e.record<vd_socket>().fd;
  return fd >= 0 && AppendInteger(fd, out);
}

// --- the rest

bool PtraceRequest(const Event& e, TextWriter& out) {
  uint64_t request = e.record<vd_ptrace>().request;
  if (request == ~0ULL) return false;
  AppendSymbol(PtraceSymbols(), request, out);
  return true;
}
bool NamespaceFd(const Event& e, TextWriter& out) {
  int32_t fd = e.record<vd_namespace>().fd;
  return fd >= 0 && AppendInteger(fd, out);
}
bool BpfName(const Event& e, TextWriter& out) { return AppendText(FixedText(e.record<vd_bpf>().name), out); }

// --- system calls without a record of their own

bool CallName(const Event& e, TextWriter& out) { return AppendText(EventTypeName(e.type), out); }
// As the hook was told, which is there also where the signal came by no system call of its own.
bool Signal(const Event& e, TextWriter& out) {
  const auto& r = e.record<vd_signal>();
  if (r.target_pid == 0) return AppendCallArgument(e, "sig", out);
  AppendSymbol(SignalSymbols(), r.signal, out);
  return true;
}

// --- kernel decisions

constexpr KernelDecision InPath(EventKind kind) {
  return InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, KindSet({kind}));
}
constexpr KernelDecision kOpenFlags =
    Never("flags are not compared at the hook; use evt.is_open_read, evt.is_open_write");
constexpr KernelDecision kLinkText = Never("the text of a link is not compared at the hook; use fs.path.target");
constexpr KernelDecision kAddress =
    Never("addresses as text are not compared at the hook; use fd.rip, fd.rnet, fd.rport");

constexpr KernelDecision kBytes = Never("bytes in the caller's memory are not compared at the hook");

// Of Falco's generic event.
constexpr EventKinds kGeneric =
    KindSet({VD_KIND_KEY, VD_KIND_FILE_XATTR, VD_KIND_FILE_TRUNCATE, VD_KIND_FILE_TIMES, VD_KIND_SIGNAL});
constexpr EventKinds kExec = kExecKinds;
constexpr EventKinds kCreds = KindSet({VD_KIND_CREDS});
constexpr EventKinds kProcesses = KindSet({VD_KIND_FORK, VD_KIND_EXEC, VD_KIND_EXEC_FAILED});
constexpr EventKinds kForks = KindSet({VD_KIND_FORK});
constexpr EventKinds kUnlink = KindSet({VD_KIND_FILE_UNLINK});
constexpr EventKinds kPairs = KindSet({VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK});
constexpr EventKinds kSymlink = KindSet({VD_KIND_FILE_SYMLINK});
constexpr EventKinds kMount = KindSet({VD_KIND_MOUNT, VD_KIND_FS_CREATE, VD_KIND_MOVE_MOUNT});
constexpr EventKinds kNewSocket = KindSet({VD_KIND_SOCKET});
constexpr EventKinds kReturningFd = KindSet({VD_KIND_FILE_OPEN, VD_KIND_SOCKET, VD_KIND_ACCEPT, VD_KIND_BPF});
constexpr EventKinds kNamedSocket =
    KindSet({VD_KIND_BIND, VD_KIND_CONNECT, VD_KIND_LISTEN, VD_KIND_SENDTO, VD_KIND_RECVFROM});
constexpr EventKinds One(EventKind k) { return KindSet({k}); }

using PC = vd_path_change;
constexpr EventArg kArgs[] = {
    {"res", kAllKinds, Result, kAfterTheCall},
    {"fd", kReturningFd, NewDescriptor, kAfterTheCall},
    // processes
    {"exe", kProcesses, ProcessText<&Process::exe>},
    {"args", kProcesses, ProcessText<&Process::args>},
    {"tid", kProcesses, Tid},
    {"pid", kProcesses, Pid},
    {"ptid", kProcesses, ProcessNumber<&Process::ppid>},
    {"cwd", kProcesses, ProcessText<&Process::cwd>},
    {"comm", kProcesses, ProcessText<&Process::comm>},
    {"cgroups", kProcesses, ProcessText<&Process::cgroup>},
    {"tty", kExec, ProcessNumber<&Process::tty>},
    {"vpgid", kExec, ProcessNumber<&Process::vpgid>},
    {"pgid", kExec, ProcessNumber<&Process::pgid>},
    {"loginuid", kExec, LoginUser},
    {"flags", kExec, ExecFlags, Never("use proc.is_exe_from_memfd or proc.is_exe_upper_layer")},
    {"exe_ino", kExec, ExecInode},
    {"exe_ino_ctime", One(VD_KIND_EXEC), NumberOf<vd_exec, &vd_exec::exe_ctime_ns>},
    {"exe_ino_mtime", One(VD_KIND_EXEC), NumberOf<vd_exec, &vd_exec::exe_mtime_ns>},
    {"trusted_exepath", kExec, ExecFile, InStrings(VD_TABLE_EXE, VD_TABLE_EXE_REVERSED, One(VD_KIND_EXEC))},
    {"filename", kExec, ExecFileName, kClaimOnly},
    {"uid", kProcesses, EffectiveUser},
    {"gid", kProcesses, EffectiveGroup},
    {"flags", kForks, FlagsOf<vd_fork, &vd_fork::clone_flags, CloneSymbols>},
    {"child_pid", kForks, NumberOf<vd_fork, &vd_fork::child_pid>},
    {"vtid", kForks, ProcessNumber<&Process::vpid>},
    {"vpid", kForks, ProcessNumber<&Process::vpid>},
    {"status", One(VD_KIND_EXIT), NumberOf<vd_exit, &vd_exit::status>},
    {"ret", One(VD_KIND_EXIT), ExitCode},
    {"sig", One(VD_KIND_EXIT), ExitSignal},
    {"core", One(VD_KIND_EXIT), ExitCore},
    {"uid", kCreds, NewUser<&vd_creds::euid>},
    {"gid", kCreds, NewGroup<&vd_creds::egid>},
    {"ruid", kCreds, NewUser<&vd_creds::uid>},
    {"euid", kCreds, NewUser<&vd_creds::euid>},
    {"suid", kCreds, NewUser<&vd_creds::suid>},
    {"rgid", kCreds, NewGroup<&vd_creds::gid>},
    {"egid", kCreds, NewGroup<&vd_creds::egid>},
    {"sgid", kCreds, NewGroup<&vd_creds::sgid>},
    {"cap_inheritable", Union(kExec, kCreds), Capabilities<&vd_creds::cap_inheritable>},
    {"cap_permitted", Union(kExec, kCreds), Capabilities<&vd_creds::cap_permitted>},
    {"cap_effective", Union(kExec, kCreds), Capabilities<&vd_creds::cap_effective>},
    // files
    {"dirfd", kOpenKinds, DirFd},
    {"mountfd", kOpenKinds, DirFd},
    {"name", kOpenKinds, kName, kClaimOnly},
    {"path", kOpenKinds, kName, kClaimOnly},
    {"flags", kOpenKinds, OpenFlags, kOpenFlags},
    {"creat_flags", kOpenKinds, OpenFlags, kOpenFlags},
    {"mode", kOpenKinds, OpenMode},
    {"dev", kOpenKinds, OfOpenFile<&vd_object::dev>},
    {"ino", kOpenKinds, OfOpenFile<&vd_object::ino>},
    {"path", kUnlink, kName, kClaimOnly},
    {"name", kUnlink, kName, kClaimOnly},
    {"flags", kUnlink, FlagsOf<PC, &PC::flags, AtFlagSymbols>},
    {"oldpath", kPairs, kName, kClaimOnly},
    {"newpath", kPairs, kNewName, kClaimOnly},
    {"flags", One(VD_KIND_FILE_RENAME), FlagsOf<PC, &PC::flags, RenameFlagSymbols>},
    {"flags", One(VD_KIND_FILE_LINK), FlagsOf<PC, &PC::flags, AtFlagSymbols>},
    {"target", kSymlink, StringOf<PC, &PC::target>, kLinkText},
    {"linkpath", kSymlink, kName, kClaimOnly},
    {"filename", One(VD_KIND_FILE_CHMOD), kName, kClaimOnly},
    {"mode", One(VD_KIND_FILE_CHMOD), FlagsOf<PC, &PC::mode, ModeSymbols>,
     InBits(VD_BITS_OPERATION, One(VD_KIND_FILE_CHMOD)), ModeSymbols},
    {"flags", One(VD_KIND_FILE_CHMOD), FlagsOf<PC, &PC::flags, AtFlagSymbols>},
    {"path", One(VD_KIND_FILE_CHOWN), kName, kClaimOnly},
    {"pathname", One(VD_KIND_FILE_CHOWN), kName, kClaimOnly},
    {"uid", One(VD_KIND_FILE_CHOWN), NewOwner},
    {"gid", One(VD_KIND_FILE_CHOWN), NewOwningGroup},
    {"flags", One(VD_KIND_FILE_CHOWN), FlagsOf<PC, &PC::flags, AtFlagSymbols>},
    {"path", One(VD_KIND_FILE_MKNOD), kName, kClaimOnly},
    {"mode", One(VD_KIND_FILE_MKNOD), NodeMode},
    {"dev", One(VD_KIND_FILE_MKNOD), NumberOf<PC, &PC::dev>},
    {"path", One(VD_KIND_FILE_MKDIR), kName, kClaimOnly},
    {"mode", One(VD_KIND_FILE_MKDIR), NodeMode},
    {"path", One(VD_KIND_CHROOT), kName, kClaimOnly},
    // mounts
    {"dev", kMount, MountSource, InStrings(VD_TABLE_MOUNT_SOURCE, VD_TABLE_COUNT, kMount)},
    {"dir", KindSet({VD_KIND_MOUNT, VD_KIND_MOVE_MOUNT}), MountPath<&vd_mount::target>,
     InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, KindSet({VD_KIND_MOUNT, VD_KIND_MOVE_MOUNT}))},
    {"type", kMount, StringOf<vd_mount, &vd_mount::fstype>, InStrings(VD_TABLE_FSTYPE, VD_TABLE_COUNT, kMount)},
    {"flags", kMount, FlagsOf<vd_mount, &vd_mount::flags, MountFlagSymbols>,
     InBits(VD_BITS_OPERATION, One(VD_KIND_MOUNT), "the flags of mount(2) only are compared; use evt.type = mount"),
     MountFlagSymbols},
    {"name", One(VD_KIND_UMOUNT), MountPath<&vd_mount::target>, InPath(VD_KIND_UMOUNT)},
    {"flags", One(VD_KIND_UMOUNT), FlagsOf<vd_mount, &vd_mount::flags, UmountFlagSymbols>,
     InBits(VD_BITS_OPERATION, One(VD_KIND_UMOUNT)), UmountFlagSymbols},
    {"new_root", One(VD_KIND_PIVOT_ROOT), MountPath<&vd_mount::source_file>},
    {"put_old", One(VD_KIND_PIVOT_ROOT), MountPath<&vd_mount::target>, InPath(VD_KIND_PIVOT_ROOT)},
    // sockets
    {"domain", kNewSocket, SymbolOf<vd_socket, &vd_socket::family, FamilySymbols>,
     InScalars(VD_TABLE_FAMILY, kNewSocket), FamilySymbols},
    {"type", kNewSocket, NumberOf<vd_socket, &vd_socket::type>, InScalars(VD_TABLE_SOCKET_TYPE, kNewSocket)},
    {"proto", kNewSocket, NumberOf<vd_socket, &vd_socket::protocol>},
    {"fd", kNamedSocket, SocketFd},
    {"addr", KindSet({VD_KIND_BIND, VD_KIND_CONNECT}), Addr, kAddress},
    {"tuple", KindSet({VD_KIND_CONNECT, VD_KIND_ACCEPT, VD_KIND_SENDTO, VD_KIND_RECVFROM}), Tuple, kAddress},
    {"data", kPayloadKinds, StringOf<vd_socket, &vd_socket::buffer>, kBytes},
    {"backlog", One(VD_KIND_LISTEN), NumberOf<vd_socket, &vd_socket::backlog>},
    {"oldfd", One(VD_KIND_DUP), SocketFd},
    {"newfd", One(VD_KIND_DUP), Result, kAfterTheCall},
    // the rest
    {"request", One(VD_KIND_PTRACE), PtraceRequest, InScalars(VD_TABLE_PTRACE_REQUEST, One(VD_KIND_PTRACE)),
     PtraceSymbols},
    {"pid", One(VD_KIND_PTRACE), NumberOf<vd_ptrace, &vd_ptrace::target_pid>},
    {"flags", KindSet({VD_KIND_UNSHARE, VD_KIND_SETNS}), FlagsOf<vd_namespace, &vd_namespace::flags, CloneSymbols>},
    {"nstype", One(VD_KIND_SETNS), FlagsOf<vd_namespace, &vd_namespace::flags, CloneSymbols>},
    {"fd", One(VD_KIND_SETNS), NamespaceFd},
    {"cmd", One(VD_KIND_BPF), SymbolOf<vd_bpf, &vd_bpf::cmd, BpfCommandSymbols>,
     InScalars(VD_TABLE_BPF_CMD, One(VD_KIND_BPF)), BpfCommandSymbols},
    {"type", One(VD_KIND_BPF), NumberOf<vd_bpf, &vd_bpf::type>},
    {"name", One(VD_KIND_BPF), BpfName, Never("it is what the caller claims; use evt.arg.cmd")},
    {"uargs", One(VD_KIND_MODULE), StringOf<vd_module, &vd_module::args>},
    {"sig", One(VD_KIND_SIGNAL), Signal, InScalars(VD_TABLE_SIGNAL, One(VD_KIND_SIGNAL)), SignalSymbols},
    // system calls by their registers
    {"ID", kGeneric, CallName},
    {"nativeID", kGeneric, NumberOf<vd_header, &vd_header::syscall_nr>},
#define VD_CALL_ARG(name, kinds) {#name, kinds, CallArgument<#name>},
#include "sensor/event/call_arg_names.def"
#undef VD_CALL_ARG
};

}  // namespace

std::span<const EventArg> AllEventArgs() { return kArgs; }

}  // namespace vedette
