// SPDX-License-Identifier: Apache-2.0
//
// Fields of single events that Falco has no name for, continued: signal.*, mem.*, xattr.*, and the services of the
// kernel that a hook guards: io_uring.*, key.*, lockdown.*, module.request, perf.*. And socket.path, the file of a unix
// socket.
#include <sys/socket.h>

#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

void AddText(std::string_view text, Values& out) {
  if (!text.empty()) out.Add(Value::String(text));
}

// Null where the call failed before the hook was asked.
const vd_signal* SignalOf(const Event& e) {
  if (e.kind() != VD_KIND_SIGNAL || e.record<vd_signal>().target_pid == 0) return nullptr;
  return &e.record<vd_signal>();
}
const vd_file_call* MemoryOf(const Event& e) {
  if (e.kind() != VD_KIND_MEMORY || (e.record<vd_file_call>().memory & VD_MEMORY_ASKED) == 0) return nullptr;
  return &e.record<vd_file_call>();
}

void TargetPid(const Event& e, const FieldArg&, Values& out) {
  if (const vd_signal* r = SignalOf(e)) out.Add(Value::Number(r->target_pid));
}
void TargetName(const Event& e, const FieldArg&, Values& out) {
  if (const vd_signal* r = SignalOf(e)) AddText(FixedText(r->target_comm), out);
}
void TargetExe(const Event& e, const FieldArg&, Values& out) {
  if (const vd_signal* r = SignalOf(e)) AddText(e.String(r->target_exe), out);
}
void TargetExecId(const Event& e, const FieldArg&, Values& out) {
  const vd_signal* r = SignalOf(e);
  if (r != nullptr && r->target_exec_id != 0) out.Add(Value::Number(static_cast<int64_t>(r->target_exec_id)));
}
void TargetInContainer(const Event& e, const FieldArg&, Values& out) {
  if (const vd_signal* r = SignalOf(e)) out.Add(Value::Bool(r->target_container != 0));
}
void SameContainer(const Event& e, const FieldArg&, Values& out) {
  if (const vd_signal* r = SignalOf(e)) out.Add(Value::Bool(r->same_container != 0));
}

void Executable(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_MEMORY) out.Add(Value::Bool(MemoryOf(e) != nullptr));
}
void Anonymous(const Event& e, const FieldArg&, Values& out) {
  if (const vd_file_call* r = MemoryOf(e)) out.Add(Value::Bool((r->memory & VD_MEMORY_ANONYMOUS) != 0));
}
void Writable(const Event& e, const FieldArg&, Values& out) {
  constexpr uint32_t kWrite = 2;  // PROT_WRITE
  if (const vd_file_call* r = MemoryOf(e)) out.Add(Value::Bool((r->prot & kWrite) != 0));
}

void AttributeName(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_FILE_XATTR) AddText(e.String(e.record<vd_file_call>().name), out);
}

template <EventKind kKind, Symbols (*kSymbols)()>
void Operation(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() != kKind || e.record<vd_kernel_call>().operation == 0) return;
  TextWriter text(out);
  AppendSymbol(kSymbols(), e.record<vd_kernel_call>().operation, text);
  text.Finish();
}
void KeyType(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_KEY) AddText(e.String(e.record<vd_kernel_call>().name), out);
}
void KeyDescription(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_KEY) AddText(e.String(e.record<vd_kernel_call>().description), out);
}

void ModuleRequest(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_MODULE_REQUEST) AddText(e.String(e.record<vd_kernel_call>().name), out);
}

// Not an abstract name, nor one that was passed and is no path from a root.
void SocketPath(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() != VD_KIND_CONNECT || e.record<vd_socket>().family != AF_UNIX) return;
  const std::string_view path = e.String(e.record<vd_socket>().unix_path);
  if (path.starts_with('/')) AddText(path, out);
}

constexpr EventKinds One(EventKind kind) { return KindSet({kind}); }
constexpr EventKinds kSignal = One(VD_KIND_SIGNAL), kMemory = One(VD_KIND_MEMORY), kKey = One(VD_KIND_KEY);
constexpr KernelDecision kNotCompared = Never("it is not compared at the hook");
constexpr KernelDecision kUseExePath = Never("it is not compared at the hook; use signal.target.exepath");

constexpr KernelDecision OperationOf(EventKind kind) { return InScalars(VD_TABLE_OPERATION, One(kind)); }

constexpr Field kRows[] = {
    {"io_uring.operation", FieldType::kString, ArgKind::kNone, false, false, One(VD_KIND_IO_URING),
     "setup: a new one. sqpoll: with a kernel thread that polls. override_creds: an operation by the credentials of a "
     "registered personality. cmd: a command to a driver, past ioctl.",
     Operation<VD_KIND_IO_URING, UringOperationSymbols>, OperationOf(VD_KIND_IO_URING)},
    {"key.description", FieldType::kString, ArgKind::kNone, false, false, kKey, "Of a key about to be made, its name.",
     KeyDescription, Never("it is not compared at the hook; use key.type")},
    {"key.permission", FieldType::kString, ArgKind::kNone, false, false, kKey,
     "What the first key of the call is about to be used for: view, read, write, search, link, setattr, unlink; alloc: "
     "it is "
     "about to be made.",
     Operation<VD_KIND_KEY, KeyPermissionSymbols>, OperationOf(VD_KIND_KEY)},
    {"key.type", FieldType::kString, ArgKind::kNone, false, false, kKey,
     "Of a key about to be made, its type: user, logon, keyring.", KeyType,
     InStrings(VD_TABLE_NAME, VD_TABLE_COUNT, kKey)},
    {"lockdown.reason", FieldType::kString, ArgKind::kNone, false, false, One(VD_KIND_LOCKED_DOWN),
     "What lockdown would forbid: dev_mem, kexec, msr, ioport, kcore, kprobes, bpf_write_user, tracefs and so on.",
     Operation<VD_KIND_LOCKED_DOWN, LockdownSymbols>, OperationOf(VD_KIND_LOCKED_DOWN)},
    {"mem.is_anonymous", FieldType::kBool, ArgKind::kNone, false, false, kMemory,
     "True if the memory that becomes executable is of no file. NULL where nothing becomes executable.", Anonymous,
     InScalars(VD_TABLE_MEMORY_ANONYMOUS, kMemory)},
    {"mem.is_executable", FieldType::kBool, ArgKind::kNone, false, false, kMemory,
     "True if memory is about to become executable; false for other calls of mprotect.", Executable,
     Never("a hook is asked only where it is true; leave it out")},
    {"mem.is_writable", FieldType::kBool, ArgKind::kNone, false, false, kMemory,
     "True if the memory that becomes executable is writable, too. NULL where nothing becomes executable.", Writable,
     InScalars(VD_TABLE_MEMORY_WRITABLE, kMemory)},
    {"module.request", FieldType::kString, ArgKind::kNone, false, false, One(VD_KIND_MODULE_REQUEST),
     "The module that the kernel is about to have loaded by itself, by its name or an alias: net-pf-31, fs-xfs.",
     ModuleRequest, InStrings(VD_TABLE_NAME, VD_TABLE_COUNT, One(VD_KIND_MODULE_REQUEST))},
    {"perf.access", FieldType::kString, ArgKind::kNone, false, false, One(VD_KIND_PERF),
     "open, which is asked of every perf_event_open; a rule that refuses may also name cpu, kernel, tracepoint.",
     Operation<VD_KIND_PERF, PerfAccessSymbols>, OperationOf(VD_KIND_PERF)},
    {"signal.same_container", FieldType::kBool, ArgKind::kNone, false, false, kSignal,
     "True if sender and receiver are in one container, or both on the host.", SameContainer,
     InScalars(VD_TABLE_SAME_CONTAINER, kSignal)},
    {"signal.target.exec_id", FieldType::kNumber, ArgKind::kNone, false, false, kSignal,
     "proc.exec_id of the process that gets the signal.", TargetExecId, kNotCompared},
    {"signal.target.exepath", FieldType::kPath, ArgKind::kNone, false, false, kSignal,
     "The executable of the process that gets the signal.", TargetExe,
     InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, kSignal)},
    {"signal.target.in_container", FieldType::kBool, ArgKind::kNone, false, false, kSignal,
     "True if the process that gets the signal is in a container.", TargetInContainer,
     Never("it is not compared at the hook; use signal.same_container")},
    {"signal.target.name", FieldType::kString, ArgKind::kNone, false, false, kSignal,
     "The name of the process that gets the signal.", TargetName, kUseExePath},
    {"signal.target.pid", FieldType::kNumber, ArgKind::kNone, false, false, kSignal,
     "The process id of the process that gets the signal.", TargetPid, kUseExePath},
    {"socket.path", FieldType::kPath, ArgKind::kNone, false, false, One(VD_KIND_CONNECT),
     "The file of the unix socket that is connected to, as the kernel found it. NULL for other sockets and for "
     "abstract "
     "names. Of a connect that failed, the path that was asked for.",
     SocketPath, InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, One(VD_KIND_CONNECT))},
    {"xattr.name", FieldType::kString, ArgKind::kNone, false, false, One(VD_KIND_FILE_XATTR),
     "The extended attribute that is set or removed: security.capability, system.posix_acl_access, user.x.",
     AttributeName, InStrings(VD_TABLE_NAME, VD_TABLE_COUNT, One(VD_KIND_FILE_XATTR))},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> ServiceFields() { return kRows; }

}  // namespace vedette
