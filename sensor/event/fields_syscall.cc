// SPDX-License-Identifier: Apache-2.0
//
// What a capability or a system call is refused for: capability.name, syscall.name and its like.
#include "sensor/event/field_rows.h"
#include "sensor/event/symbols.h"
#include "sensor/event/syscall_abi.h"
#include "sensor/event/syscall_table.h"
#include "sensor/event/text_writer.h"

namespace vedette {
namespace {

bool IsEntry(const Event& e) { return e.kind() == VD_KIND_SYSCALL_ENTRY; }

void CapabilityName(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() != VD_KIND_CAPABLE) return;
  TextWriter text(out);
  AppendSymbol(CapabilitySymbols(), e.record<vd_capability>().capability, text);
  text.Finish();
}

void Arch(const Event& e, const FieldArg&, Values& out) {
  if (!IsEntry(e)) return;
  const std::string_view name = ArchName(e.record<vd_syscall_entry>().arch);
  if (!name.empty()) out.Add(Value::String(name));
}

void Arguments(const Event& e, const FieldArg&, Values& out) {
  if (!IsEntry(e)) return;
  TextWriter text(out);
  bool first = true;
  for (uint64_t value : e.record<vd_syscall_entry>().args) {
    text.Append(first ? "0x" : " 0x");
    first = false;
    text.AppendNumber(value, 16);
  }
  text.Finish();
}

// Of the call that began; of other events of the one that led to them.
void Name(const Event& e, const FieldArg&, Values& out) {
  std::string_view name;
  if (IsEntry(e)) {
    const auto& r = e.record<vd_syscall_entry>();
    name = CallNameOf(r.arch, r.nr);
  } else if (e.header->syscall_nr != VD_NO_SYSCALL) {
    name = SyscallNameOf(e.header->syscall_nr);
  }
  if (!name.empty()) out.Add(Value::String(name));
}

void Number(const Event& e, const FieldArg&, Values& out) {
  if (IsEntry(e)) out.Add(Value::Number(e.record<vd_syscall_entry>().nr));
}

void Suppressed(const Event& e, const FieldArg&, Values& out) {
  if (IsEntry(e)) out.Add(Value::Number(static_cast<int64_t>(e.record<vd_syscall_entry>().suppressed)));
}

constexpr EventKinds kEntry = KindSet({VD_KIND_SYSCALL_ENTRY});
constexpr EventKinds kCapable = KindSet({VD_KIND_CAPABLE});
constexpr KernelDecision kUseProfile = Never("system calls are refused by a profile's `syscalls`");

constexpr Field kRows[] = {
    {"capability.name", FieldType::kString, ArgKind::kNone, false, false, kCapable,
     "The capability that was asked for: CAP_SYS_ADMIN.", CapabilityName, InScalars(VD_TABLE_CAPABILITY, kCapable)},
    {"syscall.arch", FieldType::kString, ArgKind::kNone, false, false, kEntry,
     "The way into the kernel: x86_64, i386 or x32. Of evt.type = syscall_entry.", Arch, kUseProfile},
    {"syscall.args", FieldType::kString, ArgKind::kNone, false, false, kEntry,
     "The six registers of the call, hexadecimal. Of evt.type = syscall_entry.", Arguments, kUseProfile},
    {"syscall.name", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "The system call that led to the event, by its name on x86-64; of evt.type = syscall_entry the one that began, by "
     "its name of syscall.arch. NULL for a number without a name.",
     Name, InScalars(VD_TABLE_CALL, kCapable, "it is known to evt.type = capable only; use evt.type")},
    {"syscall.nr", FieldType::kNumber, ArgKind::kNone, false, false, kEntry,
     "The number of the call, of syscall.arch. Of evt.type = syscall_entry.", Number, kUseProfile},
    {"syscall.suppressed", FieldType::kNumber, ArgKind::kNone, false, false, kEntry,
     "How many equal calls were not told before this one, since more than 20 came within a second.", Suppressed,
     kUseProfile},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> SyscallFields() { return kRows; }

}  // namespace vedette
