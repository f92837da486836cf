// SPDX-License-Identifier: Apache-2.0
//
// Symbol tables: the names of flags, commands and errors, spelled as Falco prints them. Immutable, thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_SYMBOLS_H_
#define VEDETTE_SENSOR_EVENT_SYMBOLS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sensor/event/text_writer.h"

namespace vedette {

struct Symbol {
  uint64_t value;
  std::string_view name;
};
using Symbols = std::span<const Symbol>;

std::string_view SymbolName(Symbols symbols, uint64_t value);  // "" if there is none
std::optional<uint64_t> SymbolValue(Symbols symbols, std::string_view name);

// The name, or the number when there is none.
void AppendSymbol(Symbols symbols, uint64_t value, TextWriter& out);
// Names of the bits that are set, joined by "|", in the table's order; the number when none has a name.
void AppendFlags(Symbols symbols, uint64_t flags, TextWriter& out);
// open(2)'s flags: the access mode is not a bit.
void AppendOpenFlags(uint32_t flags, TextWriter& out);
// Capabilities, "CAP_CHOWN CAP_KILL".
void AppendCapabilities(uint64_t capabilities, TextWriter& out);

Symbols ErrnoSymbols();  // by errno, positive
Symbols SignalSymbols();
Symbols CapabilitySymbols();  // by number
Symbols FamilySymbols();      // AF_*
Symbols PtraceSymbols();
Symbols BpfCommandSymbols();
Symbols CloneSymbols();
Symbols MountFlagSymbols();
Symbols UmountFlagSymbols();
Symbols RenameFlagSymbols();
Symbols AtFlagSymbols();
Symbols ModeSymbols();  // permission bits of chmod
Symbols ExeFlagSymbols();
Symbols FileSystemSymbols();  // by statfs f_type
Symbols FileTypeSymbols();    // by mode & S_IFMT
Symbols MountClassSymbols();  // by vd_mount_class
// Of calls that share one record:
Symbols PrctlSymbols();
Symbols PidfdFlagSymbols();
Symbols UserfaultFlagSymbols();
Symbols MemfdFlagSymbols();
Symbols ProtSymbols();
Symbols MapFlagSymbols();
Symbols PerfAccessSymbols();      // by vd_perf_access
Symbols UringOperationSymbols();  // by vd_uring_operation
Symbols KeyPermissionSymbols();   // by vd_key_permission
Symbols LockdownSymbols();        // by vd_lockdown
Symbols MlockFlagSymbols();
Symbols MlockallFlagSymbols();
Symbols KeyctlSymbols();
Symbols SpliceFlagSymbols();
Symbols QuotaCommandSymbols();
Symbols QuotaTypeSymbols();
Symbols DescriptorFlagSymbols();
Symbols IoUringRegisterSymbols();
Symbols DeleteModuleFlagSymbols();
Symbols ViaSymbols();
Symbols VerdictSymbols();

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_SYMBOLS_H_
