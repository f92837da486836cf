// SPDX-License-Identifier: Apache-2.0
//
// evt.*: what happened, save its time (fields_evt_time.cc), what it read or wrote (fields_evt_io.cc), the counts
// (fields_evt_count.cc) and its arguments (event_arg.cc, fields_evt_rawarg.cc).
#include <fcntl.h>

#include "sensor/event/event_arg.h"
#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/host.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

void Num(const Event& e, const FieldArg&, Values& out) { out.Add(Value::Number(static_cast<int64_t>(e.number))); }
void Type(const Event& e, const FieldArg&, Values& out) {
  std::string_view name = EventTypeName(e.type);
  if (!name.empty()) out.Add(Value::String(name));
}
// Falco's rules see the exit side of a call only.
void Dir(const Event&, const FieldArg&, Values& out) { out.Add(Value::String("<")); }
void Source(const Event&, const FieldArg&, Values& out) { out.Add(Value::String("syscall")); }
// evt.type.is.openat
void TypeIs(const Event& e, const FieldArg& arg, Values& out) {
  out.Add(Value::Number(!arg.name.empty() && EventTypeName(e.type) == arg.name ? 1 : 0));
}
void Nothing(const Event&, const FieldArg&, Values&) {}
void Cpu(const Event& e, const FieldArg&, Values& out) { out.Add(Value::Number(e.header->cpu)); }
void Hostname(const Event& e, const FieldArg&, Values& out) {
  if (e.host != nullptr && !e.host->hostname().empty()) out.Add(Value::String(e.host->hostname()));
}

void RawResult(const Event& e, const FieldArg&, Values& out) {
  if (std::optional<int64_t> r = ResultOf(e)) out.Add(Value::Number(*r));
}
void Result(const Event& e, const FieldArg&, Values& out) {
  std::optional<int64_t> r = ResultOf(e);
  if (!r) return;
  if (*r >= 0) return out.Add(Value::String("SUCCESS"));
  TextWriter text(out);
  std::string_view name = SymbolName(ErrnoSymbols(), 0 - static_cast<uint64_t>(*r));
  if (name.empty()) {
    text.AppendNumber(*r);
  } else {
    text.Append(name);
  }
  text.Finish();
}
void Failed(const Event& e, const FieldArg&, Values& out) {
  if (std::optional<int64_t> r = ResultOf(e)) out.Add(Value::Bool(*r < 0));
}

constexpr std::string_view Category(EventKind kind) {
  constexpr EventKinds kProcess = KindSet(
      {VD_KIND_FORK, VD_KIND_EXEC, VD_KIND_EXIT, VD_KIND_EXEC_FAILED, VD_KIND_PTRACE, VD_KIND_UNSHARE, VD_KIND_SETNS});
  constexpr EventKinds kFile = Union(Union(kOpenKinds, kPathChangeKinds), kMountKinds);
  if (kFile[kind]) return "file";
  if (kind == VD_KIND_DUP) return "IO-other";
  if (kSocketKinds[kind]) return "net";
  if (kProcess[kind]) return "process";
  return kind == VD_KIND_CREDS ? "user" : "other";
}
void CategoryOf(const Event& e, const FieldArg&, Values& out) {
  if (e.header->kind != VD_KIND_NONE) out.Add(Value::String(Category(e.kind())));
}

// Of the call, also when it failed, as in Falco; false for what is no open.
uint32_t OpenFlags(const Event& e, uint32_t otherwise) {
  return e.kind() == VD_KIND_FILE_OPEN ? e.record<vd_file_open>().open_flags : otherwise;
}
// Refused before the file was made: what the hook goes by is the making.
bool IsRefusedMaking(const Event& e) {
  return e.kind() == VD_KIND_FILE_OPEN && (e.record<vd_file_open>().name_flags & VD_FILE_MADE) != 0;
}
void IsOpenRead(const Event& e, const FieldArg&, Values& out) {
  uint32_t mode = OpenFlags(e, O_ACCMODE) & O_ACCMODE;
  out.Add(Value::Bool((mode == O_RDONLY || mode == O_RDWR) && !IsRefusedMaking(e)));
}
void IsOpenWrite(const Event& e, const FieldArg&, Values& out) {
  uint32_t mode = OpenFlags(e, O_RDONLY) & O_ACCMODE;
  out.Add(Value::Bool(mode == O_WRONLY || mode == O_RDWR || IsRefusedMaking(e)));
}
bool MayCreate(uint32_t flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }
void IsOpenCreate(const Event& e, const FieldArg&, Values& out) {
  std::optional<int64_t> r = ResultOf(e);
  out.Add(Value::Bool(MayCreate(OpenFlags(e, 0)) && !(r && *r < 0)));
}
void IsOpenExec(const Event& e, const FieldArg&, Values& out) {
  bool creates = MayCreate(OpenFlags(e, 0));
  out.Add(Value::Bool(creates && (e.record<vd_file_open>().create_mode & 0111) != 0));
}

void IsAsync(const Event& e, const FieldArg&, Values& out) { out.Add(Value::Bool(e.kind() == VD_KIND_CONTAINER)); }
void AsyncType(const Event& e, const FieldArg& arg, Values& out) {
  if (e.kind() == VD_KIND_CONTAINER) Type(e, arg, out);
}

void Hook(const Event& e, const FieldArg&, Values& out) {
  if (e.header->kind != VD_KIND_NONE) out.Add(Value::String(Info(e.kind()).name));
}
void Via(const Event& e, const FieldArg&, Values& out) {
  out.Add(Value::String(SymbolName(ViaSymbols(), e.header->via)));
}
void Verdict(const Event& e, const FieldArg&, Values& out) {
  out.Add(Value::String(SymbolName(VerdictSymbols(), e.header->verdict)));
}
void Policy(const Event& e, const FieldArg&, Values& out) {
  if (e.header->verdict != VD_VERDICT_ALLOW) out.Add(Value::Number(e.header->policy_id));
}
template <uint16_t kFlag>
void HeaderFlag(const Event& e, const FieldArg&, Values& out) {
  out.Add(Value::Bool((e.header->flags & kFlag) != 0));
}

constexpr KernelDecision kNotADecision = Never("it describes the event, not the operation; leave it out");

constexpr Field kRows[] = {
    {"evt.arg", FieldType::kString, ArgKind::kName, false, false, kAllKinds,
     "An argument of the event, by name (evt.arg.flags) or by number (evt.arg[1]): its symbolic text if it has one, "
     "else its value as text. Paths are the kernel-resolved ones where a hook saw them.",
     ExtractArgument, Never("this argument is not known at the hook")},
    {"evt.args", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "All arguments of the event, as name=value, separated by blanks.", ExtractArguments,
     Never("a list of arguments is not known at the hook; test one argument")},
    {"evt.asynctype", FieldType::kString, ArgKind::kNone, false, false, KindSet({VD_KIND_CONTAINER}),
     "What was learnt, of an event that no call caused: container. NULL for other events.", AsyncType, kNotADecision},
    {"evt.category", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "The event's category: file, net, process, user, IO-other or other.", CategoryOf, kNotADecision},
    {"evt.compat", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True if the event came from a 32-bit system call.", HeaderFlag<VD_F_COMPAT>, kNotADecision},
    {"evt.cpu", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The number of the CPU on which the event happened.", Cpu, kNotADecision},
    {"evt.dir", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "Always \"<\": rules see what a call did, not that it began.", Dir, kNotADecision},
    {"evt.failed", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True if the call returned an error. NULL when its result is not known.", Failed, kAfterTheCall},
    {"evt.hook", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "Vedette's name for the kind of event, as `vedette events` lists it: file_open, mount, process_exec.", Hook,
     Never("choose the event by evt.type")},
    {"evt.hostname", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "The name of the machine.", Hostname,
     kUserSpaceOnly},
    {"evt.info", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "The same as evt.args.", ExtractArguments,
     Never("a list of arguments is not known at the hook; test one argument")},
    {"evt.is_async", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True if no call caused the event: a container's metadata became known.", IsAsync, kNotADecision},
    {"evt.is_open_create", FieldType::kBool, ArgKind::kNone, false, false, kOpenKinds,
     "True if a file was opened with leave to create it and the call did not fail; false for other events.",
     IsOpenCreate, kAfterTheCall},
    {"evt.is_open_exec", FieldType::kBool, ArgKind::kNone, false, false, kOpenKinds,
     "True if a file may have been created with permission to execute it; false for other events.", IsOpenExec,
     Never("the mode of a new file is not compared at the hook; use evt.is_open_write")},
    {"evt.is_open_read", FieldType::kBool, ArgKind::kNone, false, false, kOpenKinds,
     "True if a file is opened for reading; false for other events.", IsOpenRead,
     InScalars(VD_TABLE_OPEN_READ, kOpenKinds)},
    {"evt.is_open_write", FieldType::kBool, ArgKind::kNone, false, false, kOpenKinds,
     "True if a file is opened for writing; false for other events.", IsOpenWrite,
     InScalars(VD_TABLE_OPEN_WRITE, kOpenKinds)},
    {"evt.num", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The event's number, counted from 1 since the monitor started.", Num, kNotADecision},
    {"evt.plugininfo", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "Always NULL, as in Falco for an event that comes from no plugin.", Nothing, kNotADecision},
    {"evt.pluginname", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "Always NULL, as in Falco for an event that comes from no plugin.", Nothing, kNotADecision},
    {"evt.policy", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The number of the rule that refused the operation, or would have: 1 + its place in the rule set; a reload counts "
     "on "
     "from the set before.",
     Policy, kNotADecision},
    {"evt.rawres", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "What the call returned, a negative errno on failure. NULL when it is not known.", RawResult, kAfterTheCall},
    {"evt.read_failed", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True if a value of the event could not be read in the kernel.", HeaderFlag<VD_F_READ_FAILED>, kNotADecision},
    {"evt.res", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "SUCCESS, or the name of the error (ENOENT). NULL when the result is not known.", Result, kAfterTheCall},
    {"evt.source", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "Always syscall.", Source,
     kNotADecision},
    {"evt.truncated", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True if a string of the event was cut at its bound.", HeaderFlag<VD_F_TRUNCATED>, kNotADecision},
    {"evt.type", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "The name of the system call, procexit, or container. For an operation that no system call of the kind began "
     "(io_uring, a "
     "kernel worker): the kind's first type, openat for an open.",
     Type, InScalars(VD_TABLE_SYSCALL, kJudgedKinds)},
    {"evt.type.is", FieldType::kNumber, ArgKind::kName, false, false, kAllKinds,
     "1 if the event is of the type that is named, else 0: evt.type.is.openat. Prefer evt.type, which says what is to "
     "be "
     "watched.",
     TypeIs, Never("it does not choose the event; use evt.type")},
    {"evt.verdict", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "What the kernel decided: allow, deny, kill, kill-after (the call was carried out, as no hook is asked before "
     "it), "
     "would_deny, would_kill or would_kill-after (a rule in monitor mode).",
     Verdict, kNotADecision},
    {"evt.via", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "How the operation reached the kernel: syscall, io_uring or kernel.", Via,
     Never("the route is not compared at the hook; leave it out to decide all routes")},
    {"syscall.type", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "The same as evt.type.", Type,
     InScalars(VD_TABLE_SYSCALL, kJudgedKinds)},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> EvtFields() { return kRows; }

}  // namespace vedette
