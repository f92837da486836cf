// SPDX-License-Identifier: Apache-2.0
//
// proc.exe*: the file that the acting process runs. Of an exec that a rule refused (or would have), it is the file that
// was about to run: that is what the kernel compared.
#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"

namespace vedette {
namespace {

void Exe(const Event& e, const FieldArg&, Values& out) {
  if (e.process != nullptr) out.Add(Value::String(e.process->exe));
}
void ExePath(const Event& e, const FieldArg&, Values& out) {
  if (const vd_object* refused = RefusedExe(e)) {
    if (refused->path.len != 0) out.Add(Value::String(e.String(refused->path)));
    return;
  }
  if (e.process != nullptr && !e.process->exe_path.empty()) out.Add(Value::String(e.process->exe_path));
}
template <uint32_t kFlag>
void ExeFlag(const Event& e, const FieldArg&, Values& out) {
  if (RefusedExe(e) != nullptr) {
    out.Add(Value::Bool((e.record<vd_exec_failed>().exe_flags & kFlag) != 0));
  } else if (e.process != nullptr) {
    out.Add(Value::Bool((e.process->exe_file.flags & kFlag) != 0));
  }
}
template <auto kMember>
void OfFile(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr || e.process->exe_file.ino == 0) return;
  out.Add(Value::Number(static_cast<int64_t>(e.process->exe_file.*kMember)));
}
// Both times on one clock: the inode's is CLOCK_REALTIME.
void CtimeToStart(const Event& e, const FieldArg&, Values& out) {
  const Process* p = e.process;
  if (p == nullptr || p->exe_file.ino == 0 || p->start_boot_ns == 0) return;
  auto start = static_cast<uint64_t>(ToRealtime(e, p->start_boot_ns));
  out.Add(Value::Number(static_cast<int64_t>(start - p->exe_file.ctime_ns)));
}

// As Falco only of a file that has changed since its pid namespace began.
void CtimeSincePidns(const Event& e, const FieldArg&, Values& out) {
  const Process* p = e.process;
  if (p == nullptr || p->details == nullptr || p->details->pidns_start_ns == 0 || p->exe_file.ctime_ns == 0) return;
  auto start = static_cast<uint64_t>(ToRealtime(e, p->details->pidns_start_ns));
  if (start < p->exe_file.ctime_ns) out.Add(Value::Number(static_cast<int64_t>(p->exe_file.ctime_ns - start)));
}

constexpr KernelDecision kInode = Never("the inode is not compared at the hook; use proc.exepath");
constexpr KernelDecision kArgv0 = Never("argv[0] is what the caller claims; use proc.exepath");

constexpr Field kRows[] = {
    {"proc.exe", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "argv[0]: what the process was told to be. See proc.exepath.", Exe, kArgv0},
    {"proc.exe_ino", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds, "Inode of the executable.",
     OfFile<&ExeFile::ino>, kInode},
    {"proc.exe_ino.ctime", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "When the executable's inode last changed, in nanoseconds since the epoch.", OfFile<&ExeFile::ctime_ns>, kInode},
    {"proc.exe_ino.ctime_duration_pidns_start", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Nanoseconds from the start of the process's pid namespace to the last change of the executable's inode. NULL if "
     "that "
     "was before.",
     CtimeSincePidns, kInode},
    {"proc.exe_ino.ctime_duration_proc_start", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Nanoseconds from the last change of the executable's inode to the start of the process.", CtimeToStart, kInode},
    {"proc.exe_ino.mtime", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "When the executable was last written, in nanoseconds since the epoch.", OfFile<&ExeFile::mtime_ns>, kInode},
    {"proc.exepath", FieldType::kPath, ArgKind::kNone, false, true, kAllKinds,
     "The executable's path as the kernel resolved it. Of a refused exec, and in a deny rule on exec: the file about "
     "to run.",
     ExePath, InStrings(VD_TABLE_EXE, VD_TABLE_EXE_REVERSED, kJudgedKinds)},
    {"proc.is_exe_from_memfd", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the executable lives in memory only, made by memfd_create.", ExeFlag<VD_EXE_MEMFD>,
     InScalars(VD_TABLE_EXE_MEMFD, kJudgedKinds)},
    {"proc.is_exe_lower_layer", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the executable is in a lower layer of an overlay: it is part of the image.", ExeFlag<VD_EXE_LOWER_LAYER>,
     Never("only the writable layer is compared at the hook; use proc.is_exe_upper_layer")},
    {"proc.is_exe_unlinked", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the executable had no name any more when it was run.", ExeFlag<VD_EXE_UNLINKED>, kInode},
    {"proc.is_exe_upper_layer", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the executable is in the writable layer of an overlay: it is not part of the image.",
     ExeFlag<VD_EXE_UPPER_LAYER>, InScalars(VD_TABLE_EXE_UPPER, kJudgedKinds)},
    {"proc.is_exe_writable", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the process may write to its own executable.", ExeFlag<VD_EXE_WRITABLE>, kInode},
    {"proc.is_script", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if a script was run: the executable is its interpreter.", ExeFlag<VD_EXE_SCRIPT>, kInode},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> ExeFields() { return kRows; }

}  // namespace vedette
