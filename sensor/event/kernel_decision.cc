// SPDX-License-Identifier: Apache-2.0
//
// What a field's row alone does not say: arguments, fields that mean another table for another kind, and the numbers
// behind a text.
#include <algorithm>
#include <charconv>

#include "sensor/event/event_arg.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/profile_names.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

// Fields whose value is another table's for some kinds than the row says.
struct OtherTable {
  std::string_view field;
  KernelDecision decision;
};
constexpr KernelDecision kTargetIsThePath =
    InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED,
              KindSet({VD_KIND_FILE_SYMLINK, VD_KIND_MOUNT, VD_KIND_MOVE_MOUNT, VD_KIND_PIVOT_ROOT}));
constexpr OtherTable kOtherTables[] = {
    {"fs.path.target", kTargetIsThePath},
    {"fs.realpath.target", kTargetIsThePath},
};

// Fields whose text stands for a scalar.
struct FieldSymbols {
  std::string_view field;
  Symbols (*symbols)();
};
constexpr FieldSymbols kFieldSymbols[] = {
    {"bpf.cmd", BpfCommandSymbols},           {"fd.fs.name", FileSystemSymbols},
    {"fd.inode_type", FileTypeSymbols},       {"io_uring.operation", UringOperationSymbols},
    {"key.permission", KeyPermissionSymbols}, {"lockdown.reason", LockdownSymbols},
    {"perf.access", PerfAccessSymbols},       {"fd.mount_class", MountClassSymbols},
    {"socket.family", FamilySymbols},         {"capability.name", CapabilitySymbols},
    {"thread.cap_effective", CapabilitySymbols}, {"thread.cap_inheritable", CapabilitySymbols},
    {"thread.cap_permitted", CapabilitySymbols},
};

KernelDecision AtKind(const KernelDecision& decision, EventKind kind) {
  if (kind == VD_KIND_NONE || decision.use == KernelUse::kNever || decision.kinds[kind]) return decision;
  return Never(decision.why_not.empty() ? "the value is not known at this hook" : decision.why_not);
}

// evt.arg.NAME over all kinds that have one: the first decidable one and the kinds that share its table.
KernelDecision ForArgumentName(std::string_view name) {
  KernelDecision out = Never("this argument is not compared at the hook");
  for (const EventArg& arg : AllEventArgs()) {
    if (arg.name != name) continue;
    if (out.use == KernelUse::kNever) {
      out = arg.kernel;
    } else if (arg.kernel.use == out.use && arg.kernel.table == out.table) {
      out.kinds |= arg.kernel.kinds;
    }
  }
  return out;
}

// Judged at the end of the call: what is known of it then is not all compared.
constexpr KernelDecision kArgumentOfACall =
    Never("none of the rule's calls has that argument as a number; leave it out");
constexpr KernelDecision kResultOfACall = Never("results are not compared in the kernel; leave it out");

KernelDecision ForArgument(const FieldArg& arg, EventKind kind) {
  if (arg.name.empty()) return Never("name the argument, as in evt.arg.flags");
  if (kind == VD_KIND_NONE) return ForArgumentName(arg.name);
  const EventArg* row = FindEventArg(arg.name, kind);
  if (row == nullptr) return Never("the event has no such argument");
  if (vd_is_killed_after(kind) == 0) return AtKind(row->kernel, kind);
  return row->kernel.why_not == kAfterTheCall.why_not ? kResultOfACall : kArgumentOfACall;
}

// By number: the process itself and its parent.
KernelDecision ForAncestor(const KernelDecision& any, uint32_t index) {
  const bool path = any.table == VD_TABLE_EXE;
  if (index == 0) return InStrings(any.table, any.reversed, any.kinds);
  if (index == 1 && path) return InStrings(VD_TABLE_PARENT_EXE, VD_TABLE_PARENT_EXE_REVERSED, any.kinds);
  if (index == 1) return InStrings(VD_TABLE_PARENT_COMM, VD_TABLE_COUNT, any.kinds);
  return Never("by number only the process [0] and its parent [1] are compared there; without one, all ancestors are");
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? 0 - value : value;
}

// The value whose text this is: a number only where the value has no name.
std::vector<uint64_t> BySymbol(Symbols symbols, std::string_view literal) {
  if (auto value = SymbolValue(symbols, literal)) return {*value};
  auto number = ParseNumber(literal);
  if (!number || !SymbolName(symbols, *number).empty()) return {};
  return {*number};
}

Symbols SymbolsOf(const Field& field, const FieldArg& arg, EventKind kind) {
  if (field.name == "evt.arg") {
    const EventArg* row = FindEventArg(arg.name, kind);
    if (row == nullptr || row->symbols == nullptr) return {};
    return row->symbols();
  }
  for (const FieldSymbols& s : kFieldSymbols) {
    if (s.field == field.name) return s.symbols();
  }
  return {};
}

}  // namespace

bool NamesPath(const Field& field) {
  const KernelDecision& d = field.kernel;
  return d.table == VD_TABLE_PATH || d.table == VD_TABLE_PATH_TO || d.reversed == VD_TABLE_PATH_REVERSED;
}

EventKinds DecidableKinds() { return kHookKinds; }
EventKinds KilledAfterKinds() { return kKilledAfterKinds; }

KernelDecision KernelDecisionFor(const Field& field, const FieldArg& arg, EventKind kind) {
  if (field.name == "evt.arg") return ForArgument(arg, kind);
  if (kind != VD_KIND_NONE) {
    for (const OtherTable& other : kOtherTables) {
      if (other.field == field.name && other.decision.kinds[kind]) return other.decision;
    }
  }
  if (vd_is_killed_after(kind) != 0 && field.kernel.why_not == kAfterTheCall.why_not) return kResultOfACall;
  if (field.kernel.use == KernelUse::kAncestor && arg.present) return AtKind(ForAncestor(field.kernel, arg.index), kind);
  return AtKind(field.kernel, kind);
}

BitNames KernelBits(const Field& field, const FieldArg& arg, EventKind kind) {
  BitNames out;
  const bool numbered = field.kernel.use == KernelUse::kBits && field.kernel.bits != VD_BITS_OPERATION;
  for (const Symbol& s : SymbolsOf(field, arg, kind)) {
    out.names.push_back({numbered ? uint64_t{1} << s.value : s.value, s.name});
  }
  if (numbered) {
    out.separator = ' ';
    out.or_number = false;
  }
  return out;
}

std::vector<uint64_t> KernelScalars(const Field& field, const FieldArg& arg, EventKind kind, std::string_view literal) {
  if (field.name == "evt.type" || field.name == "syscall.type" || field.name == "syscall.name") {
    auto id = FindEventType(literal);
    if (!id) return {};
    return {*id};
  }
  if (field.name == "proc.profile") return {ProfileId(literal)};
  if (field.type == FieldType::kBool) {
    if (literal == "true") return {1};
    if (literal == "false") return {0};
    return {};
  }
  Symbols symbols = SymbolsOf(field, arg, kind);
  if (!symbols.empty()) return BySymbol(symbols, literal);
  auto number = ParseNumber(literal);
  if (!number) return {};
  return {*number};
}

}  // namespace vedette
