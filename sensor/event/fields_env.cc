// SPDX-License-Identifier: Apache-2.0
//
// proc.env and proc.aenv: what a process and its ancestors were started with. Captured only while a rule or an output
// has one of these fields. The meaning of the arguments, and "" for a variable that is not there, are Falco's
// (libsinsp, filterchecks of threads and their tests).
#include <algorithm>
#include <charconv>

#include "sensor/event/field_rows.h"

namespace vedette {
namespace {

// Falco looks no farther up for proc.aenv[NAME].
constexpr uint32_t kMaxNamedAncestors = 20;
constexpr uint32_t kMaxAncestors = 1024;

void AddEnvironment(const Process* p, Values& out) {
  if (p != nullptr && p->environment != nullptr) out.Add(Value::String(p->environment->text()));
}

void Env(const Event& e, const FieldArg& arg, Values& out) {
  if (!arg.present) return AddEnvironment(e.process, out);
  if (e.process == nullptr || e.process->environment == nullptr) return;
  out.Add(Value::String(e.process->environment->Find(arg.name).value_or("")));
}

// proc.aenv[2]; a name that is a number is one.
std::optional<uint32_t> Level(std::string_view text) {
  uint32_t level = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), level);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return level;
}

void EnvOfLevel(const Event& e, uint32_t level, Values& out) {
  if (level > kMaxAncestors) return;
  const Process* p = e.process;
  while (p != nullptr && level-- != 0) p = p->parent;
  AddEnvironment(p, out);
}

void VariableOfAncestors(const Event& e, std::string_view name, Values& out) {
  bool known = false;
  const Process* p = e.process == nullptr ? nullptr : e.process->parent;
  for (uint32_t left = kMaxNamedAncestors; p != nullptr && left != 0; p = p->parent, --left) {
    if (p->environment == nullptr) continue;
    known = true;
    std::optional<std::string_view> value = p->environment->Find(name);
    if (value && !value->empty()) return out.Add(Value::String(*value));
  }
  if (known) out.Add(Value::String(""));
}

void AncestorEnv(const Event& e, const FieldArg& arg, Values& out) {
  if (arg.present) {
    std::optional<uint32_t> level = Level(arg.name);
    return level ? EnvOfLevel(e, *level, out) : VariableOfAncestors(e, arg.name, out);
  }
  uint32_t left = kMaxAncestors;
  const Process* p = e.process == nullptr ? nullptr : e.process->parent;
  for (; p != nullptr && left != 0 && !out.overflowed(); p = p->parent, --left) AddEnvironment(p, out);
}

constexpr KernelDecision kClaims = Never("an environment is what the caller claims; use proc.exepath or proc.name");

constexpr Field kRows[] = {
    {"proc.aenv", FieldType::kString, ArgKind::kOptionalName, true, true, kAllKinds,
     "The environment of an ancestor: proc.aenv[1] is the parent's, proc.aenv[NAME] the value of that variable in the "
     "nearest of 20 ancestors where it is not empty, else empty; without an argument, any ancestor's.",
     AncestorEnv, kClaims},
    {"proc.env", FieldType::kString, ArgKind::kOptionalName, false, true, kAllKinds,
     "The variables the process was started with, as NAME=value joined by blanks; proc.env[NAME] is the value of one, "
     "empty if it is not set. The first 4096 bytes are kept; evt.truncated on the exec tells of more.",
     Env, kClaims},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> EnvFields() { return kRows; }

bool NeedsEnvironments(const Field& field) {
  return std::any_of(std::begin(kRows), std::end(kRows), [&](const Field& row) { return row.name == field.name; });
}

}  // namespace vedette
