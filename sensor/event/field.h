// SPDX-License-Identifier: Apache-2.0
//
// Field: one row per field of the rule language, and the only definition of it. The type checker, `vedette
// fields`, the docs, JSON output, the evaluator and the kernel policy compiler read this row. Immutable after
// static initialisation, thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_FIELD_H_
#define VEDETTE_SENSOR_EVENT_FIELD_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/abi/policy.h"
#include "sensor/event/event.h"
#include "sensor/event/event_kind.h"
#include "sensor/event/symbols.h"
#include "sensor/event/value.h"

namespace vedette {

enum class ArgKind : uint8_t {
  kNone,           // fd.name
  kOptionalIndex,  // proc.aname, proc.aname[2]
  kIndex,          // evt.arg[1]
  kName,           // evt.arg.flags, evt.arg[flags]
  kOptionalName,
};

struct FieldArg {
  bool present = false;
  uint32_t index = 0;
  std::string name;  // for kName
  // A path means where the kernel found the object, not what was asked for: so in a rule that refuses, which is
  // decided by that (see NamesPath).
  bool resolved = false;
};

// How a kernel hook can decide predicates on a field.
enum class KernelUse : uint8_t {
  kNever,      // not known at the hook; `why_not` says what to use instead
  kScalar,     // =, !=, in over `table`
  kString,     // =, !=, in, startswith (and endswith where `reversed` names a table) over `table`
  kFileName,   // =, !=, in over `reversed`: the last path component
  kAddress,    // =, !=, in with addresses and networks over `table`
  kHost,       // container.id: = host and != host over VD_TABLE_CONTAINER, else kContainer
  kAncestor,   // as kString, over `table` for each of the ancestors: holds if it holds for one
  kBits,       // =, !=, in, contains with the names of bits, over `bits`
  kContainer,  // all that user space can evaluate on the container alone, over VD_TABLE_CONTAINER_CLASS
};

struct KernelDecision {
  KernelUse use = KernelUse::kNever;
  vd_table table = VD_TABLE_COUNT;
  vd_table reversed = VD_TABLE_COUNT;
  EventKinds kinds;  // at whose hooks the value is known
  // For kNever and for hooks that are not in `kinds`, one clause: "the result is not known before the call; leave it
  // out". Empty: nothing better than that the hook does not know the value.
  std::string_view why_not = "";
  vd_bits bits = VD_BITS_OPERATION;  // of kBits
};

// The value(s) of the field; adds nothing for NULL. Runs on the event thread; must not allocate, lock or fail.
using Extractor = void (*)(const Event& event, const FieldArg& arg, Values& out);

struct Field {
  std::string_view name;  // sorted and unique in the table
  FieldType type;
  ArgKind arg;
  bool any_of;        // several values: an operator holds if it holds for one of them (as in Falco, != on
                      // addresses, networks and ports needs all of them)
  bool process_only;  // a function of the acting process, its ancestors, its container and the names of users, so the
                      // same while Event::process_version is — save for the kinds EXEC_FAILED, where it may be about
                      // the file that was refused, and CREDS, where it may be about the new credentials
  EventKinds kinds;   // for which it can have a value
  std::string_view doc;
  Extractor extract;
  KernelDecision kernel;
  bool is_domain = false;  // the names of an address: != holds only if it holds for each, and also where none is known
};

std::span<const Field> AllFields();
// Longest prefix wins, as in Falco: "evt.arg.flags" is evt.arg with argument "flags". Returns null if there is none.
struct FieldMatch {
  const Field* field = nullptr;
  std::string_view rest;  // what follows the matched name: "" or ".flags"
};
FieldMatch FindField(std::string_view name);
std::string_view NearestFieldName(std::string_view name);  // for "did you mean"; "" if nothing is near

// How predicates on `field` with `arg` can be decided at the hook of `kind`: for evt.arg.* the argument decides, and
// some fields mean another table for another kind (fs.path.target of a rename and of a mount). With VD_KIND_NONE the
// answer holds for the decision's own `kinds`. `use` is kNever when `kind` is not one of them.
KernelDecision KernelDecisionFor(const Field& field, const FieldArg& arg, EventKind kind = VD_KIND_NONE);

// The scalars that a literal means in a kScalar table, when the field's value is text ("PTRACE_ATTACH", "openat",
// "AF_PACKET", "true", "0x27e0eb"). Empty: no value of the field ever has this text.
std::vector<uint64_t> KernelScalars(const Field& field, const FieldArg& arg, EventKind kind, std::string_view literal);

// How a value of a kBits field is written: the names of the bits that are set, in this order and with `separator` between them.
// Where none that is set has a name, it is the number if `or_number`, else "".
struct BitNames {
  std::vector<Symbol> names;  // by mask
  char separator = '|';
  bool or_number = true;
};
BitNames KernelBits(const Field& field, const FieldArg& arg, EventKind kind);

// Whether the field is a path that was asked for, which a hook decides by where the kernel found the object.
bool NamesPath(const Field& field);

// Kinds whose operation an LSM hook can refuse.
EventKinds DecidableKinds();
// Kinds without one, for which a rule can kill when the operation is over (kill-after).
EventKinds KilledAfterKinds();

// Has values only where the sensor captures environments.
bool NeedsEnvironments(const Field& field);
// Has values only where the sensor captures ExecDetails.
bool NeedsExecDetails(const Field& field);

void ExtractSynthetic(const Field& field, const FieldArg& arg, const Event& event, Values& out);

// The value(s) of `field` for `event`, synthetic or not. Clears `out` first.
inline void Extract(const Field& field, const FieldArg& arg, const Event& event, Values& out) {
  out.Clear();
  if (event.synthetic != nullptr) {
    ExtractSynthetic(field, arg, event, out);
  } else {
    field.extract(event, arg, out);
  }
}

// Falco's names that rules may use elsewhere and Vedette does not have yet, with the reason.
struct UnsupportedField {
  std::string_view name;
  std::string_view reason;
};
std::span<const UnsupportedField> UnsupportedFields();

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_FIELD_H_
