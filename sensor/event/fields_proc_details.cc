// SPDX-License-Identifier: Apache-2.0
//
// proc.stdin.* and what else an image began with (ExecDetails). It is as it was at the exec, except for the event that
// a socket was put in the place of one of the three descriptors.
#include <algorithm>
#include <optional>

#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/socket_view.h"
#include "sensor/event/text_writer.h"

namespace vedette {
namespace {

const ExecDetails* DetailsOf(const Event& e) { return e.process == nullptr ? nullptr : e.process->details.get(); }

// dup, dup2 or dup3 has just put a socket at this descriptor.
template <int kFd>
bool BecameSocket(const Event& e) {
  return e.kind() == VD_KIND_DUP && ResultOf(e) == kFd;
}
void AddText(std::string_view text, Values& out) {
  if (!text.empty()) out.Add(Value::String(text));
}
template <int kFd>
void StdioType(const Event& e, const FieldArg&, Values& out) {
  if (BecameSocket<kFd>(e)) return AddText(SocketOf(e)->type().name, out);
  if (const ExecDetails* d = DetailsOf(e)) AddText(d->stdio[kFd].type, out);
}
template <int kFd>
void StdioName(const Event& e, const FieldArg&, Values& out) {
  if (BecameSocket<kFd>(e)) {
    TextWriter text(out);
    if (AppendSocketName(e, *SocketOf(e), text)) text.Finish();
    return;
  }
  if (const ExecDetails* d = DetailsOf(e)) AddText(d->stdio[kFd].name, out);
}

template <uint64_t ExecDetails::*kMember>
void Number(const Event& e, const FieldArg&, Values& out) {
  if (const ExecDetails* d = DetailsOf(e)) out.Add(Value::Number(static_cast<int64_t>(d->*kMember)));
}
// Falco has it of the main thread only.
template <uint64_t ExecDetails::*kMember, int64_t kUnit = 1>
void OfMainThread(const Event& e, const FieldArg&, Values& out) {
  const ExecDetails* d = DetailsOf(e);
  if (d == nullptr) return;
  out.Add(Value::Number(e.header->tid == e.header->pid ? static_cast<int64_t>(d->*kMember) * kUnit : 0));
}
void PidnsStart(const Event& e, const FieldArg&, Values& out) {
  const ExecDetails* d = DetailsOf(e);
  if (d != nullptr && d->pidns_start_ns != 0) out.Add(Value::Number(ToRealtime(e, d->pidns_start_ns)));
}

constexpr KernelDecision kNotCompared = Never("it is not compared at the hook; use proc.exepath or proc.name");

constexpr Field Row(std::string_view name, FieldType type, std::string_view doc, Extractor extract) {
  return {name, type, ArgKind::kNone, false, false, kAllKinds, doc, extract, kNotCompared};
}

using D = ExecDetails;
constexpr Field kRows[] = {
    Row("proc.fdlimit", FieldType::kNumber, "How many descriptors the process might have open when the image began.",
        Number<&D::fd_limit>),
    Row("proc.pidns_init_start_ts", FieldType::kNumber,
        "When the first process of the process's pid namespace began, in nanoseconds since the epoch.", PidnsStart),
    Row("proc.stderr.name", FieldType::kString, "What descriptor 2 led to; see proc.stdin.name.", StdioName<2>),
    Row("proc.stderr.type", FieldType::kString, "What kind of thing descriptor 2 led to; see proc.stdin.type.",
        StdioType<2>),
    Row("proc.stdin.name", FieldType::kString,
        "What descriptor 0 led to when the image began: the path, client:port->server:port, pipe:[inode]. NULL if it "
        "was "
        "closed.",
        StdioName<0>),
    Row("proc.stdin.type", FieldType::kString,
        "What kind of thing descriptor 0 led to when the image began: file, directory, ipv4, ipv6, unix, netlink, "
        "pipe, "
        "memfd. NULL if it was closed, or is none of these.",
        StdioType<0>),
    Row("proc.stdout.name", FieldType::kString, "What descriptor 1 led to; see proc.stdin.name.", StdioName<1>),
    Row("proc.stdout.type", FieldType::kString, "What kind of thing descriptor 1 led to; see proc.stdin.type.",
        StdioType<1>),
    Row("proc.vmrss", FieldType::kNumber, "Resident memory when the image began, in KiB.", Number<&D::vm_rss_kb>),
    Row("proc.vmsize", FieldType::kNumber, "Virtual memory when the image began, in KiB.", Number<&D::vm_size_kb>),
    Row("proc.vmswap", FieldType::kNumber, "Swapped memory when the image began, in KiB.", Number<&D::vm_swap_kb>),
    Row("thread.pfmajor", FieldType::kNumber, "Major page faults of the thread until the image began.",
        Number<&D::major_faults>),
    Row("thread.pfminor", FieldType::kNumber, "Minor page faults of the thread until the image began.",
        Number<&D::minor_faults>),
    Row("thread.vmrss", FieldType::kNumber, "proc.vmrss for the main thread, 0 for others.",
        OfMainThread<&D::vm_rss_kb>),
    Row("thread.vmrss.b", FieldType::kNumber, "thread.vmrss in bytes.", OfMainThread<&D::vm_rss_kb, 1024>),
    Row("thread.vmsize", FieldType::kNumber, "proc.vmsize for the main thread, 0 for others.",
        OfMainThread<&D::vm_size_kb>),
    Row("thread.vmsize.b", FieldType::kNumber, "thread.vmsize in bytes.", OfMainThread<&D::vm_size_kb, 1024>),
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> ProcDetailFields() { return kRows; }

bool NeedsExecDetails(const Field& field) {
  return field.name == "proc.exe_ino.ctime_duration_pidns_start" ||
         std::any_of(std::begin(kRows), std::end(kRows), [&](const Field& row) { return row.name == field.name; });
}

}  // namespace vedette
