// SPDX-License-Identifier: Apache-2.0
//
// evt.rawarg.NAME: arguments of the event as numbers, where evt.arg.NAME may be a text that stands for one: -2 and
// ENOENT, 0 and root. One row per argument, since the type of each is its own. Flags are not among them: their bits
// would have to be Falco's own, which are not the kernel's.
#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "sensor/event/event_arg.h"
#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/text_writer.h"

namespace vedette {
namespace {

constexpr std::string_view kPrefix = "evt.rawarg.";

bool HasArgument(const Event& e, std::string_view name) {
  std::span<const std::string_view> names = ArgNamesOfType(e.type);
  return std::find(names.begin(), names.end(), name) != names.end() && FindEventArg(name, e.kind()) != nullptr;
}

// A template argument: a name of an argument.
template <size_t kSize>
struct Name {
  char text[kSize]{};
  constexpr Name(const char (&name)[kSize]) { std::copy_n(name, kSize, text); }  // NOLINT: from a literal
  constexpr std::string_view view() const { return {text, kSize - 1}; }
};

// What evt.arg writes as a decimal number.
template <Name kName>
void Written(const Event& e, const FieldArg&, Values& out) {
  if (!HasArgument(e, kName.view())) return;
  std::optional<int64_t> number;
  {
    TextWriter text(out);
    int64_t value = 0;
    if (FindEventArg(kName.view(), e.kind())->render(e, text)) {
      const char* end = text.text().data() + text.size();
      auto parsed = std::from_chars(text.text().data(), end, value);
      if (text.size() != 0 && parsed.ec == std::errc() && parsed.ptr == end) number = value;
      if (text.text() == "AT_FDCWD") number = AT_FDCWD;
    }
  }
  if (number) out.Add(Value::Number(*number));
}
// What evt.arg writes as the name of an error.
template <Name kName>
void Returned(const Event& e, const FieldArg&, Values& out) {
  std::optional<int64_t> r = ResultOf(e);
  if (r && HasArgument(e, kName.view())) out.Add(Value::Number(*r));
}
// A descriptor is what the call returned, or what it was given.
void Descriptor(const Event& e, const FieldArg& arg, Values& out) {
  constexpr EventKinds kReturning = KindSet({VD_KIND_FILE_OPEN, VD_KIND_SOCKET, VD_KIND_ACCEPT, VD_KIND_BPF});
  kReturning[e.kind()] ? Returned<"fd">(e, arg, out) : Written<"fd">(e, arg, out);
}

// What evt.arg writes as the name of a user or group.
template <Name kName, __u32 vd_creds::*kChanged, __u32 vd_path_change::*kOwner = nullptr>
void Id(const Event& e, const FieldArg&, Values& out) {
  constexpr uint32_t kUnset = 0xffffffff;
  if (!HasArgument(e, kName.view())) return;
  std::optional<uint32_t> id;
  if (e.kind() == VD_KIND_CREDS) {
    id = e.record<vd_creds_change>().new_creds.*kChanged;
  } else if (kOwner != nullptr && e.kind() == VD_KIND_FILE_CHOWN) {
    id = e.record<vd_path_change>().*kOwner;
  } else if (e.process != nullptr) {
    id = e.process->creds.*kChanged;
  }
  if (id) out.Add(Value::Number(*id == kUnset ? -1 : static_cast<int64_t>(*id)));
}

constexpr KernelDecision kNumbers = Never("arguments as numbers are not compared at the hook; use evt.arg");

constexpr Field Row(std::string_view name, std::string_view doc, Extractor extract) {
  return {name, FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, doc, extract, kNumbers};
}

using C = vd_creds;
using P = vd_path_change;
constexpr Field kRows[] = {
    Row("evt.rawarg.backlog", "evt.arg.backlog as a number.", Written<"backlog">),
    Row("evt.rawarg.dev", "evt.arg.dev as a number.", Written<"dev">),
    Row("evt.rawarg.dirfd", "evt.arg.dirfd as a number; AT_FDCWD is -100.", Written<"dirfd">),
    Row("evt.rawarg.egid", "evt.arg.egid as a number.", Id<"egid", &C::egid>),
    Row("evt.rawarg.euid", "evt.arg.euid as a number.", Id<"euid", &C::euid>),
    Row("evt.rawarg.fd", "evt.arg.fd as a number, a negative errno if the call failed to make one.", Descriptor),
    Row("evt.rawarg.gid", "evt.arg.gid as a number, -1 if it is to stay.", Id<"gid", &C::egid, &P::gid>),
    Row("evt.rawarg.ino", "evt.arg.ino as a number.", Written<"ino">),
    Row("evt.rawarg.length", "evt.arg.length as a number.", Written<"length">),
    Row("evt.rawarg.loginuid", "evt.arg.loginuid as a number, -1 if it was never set.", Id<"loginuid", &C::loginuid>),
    Row("evt.rawarg.newfd", "evt.arg.newfd as a number, a negative errno if the call failed.", Returned<"newfd">),
    Row("evt.rawarg.oldfd", "evt.arg.oldfd as a number.", Written<"oldfd">),
    Row("evt.rawarg.pgid", "evt.arg.pgid as a number.", Written<"pgid">),
    Row("evt.rawarg.pid", "evt.arg.pid as a number.", Written<"pid">),
    Row("evt.rawarg.proto", "evt.arg.proto as a number.", Written<"proto">),
    Row("evt.rawarg.ptid", "evt.arg.ptid as a number.", Written<"ptid">),
    Row("evt.rawarg.res", "evt.arg.res as a number: what the call returned, a negative errno if it failed.",
        Returned<"res">),
    Row("evt.rawarg.ret", "evt.arg.ret as a number: the exit code.", Written<"ret">),
    Row("evt.rawarg.rgid", "evt.arg.rgid as a number.", Id<"rgid", &C::gid>),
    Row("evt.rawarg.ruid", "evt.arg.ruid as a number.", Id<"ruid", &C::uid>),
    Row("evt.rawarg.sgid", "evt.arg.sgid as a number.", Id<"sgid", &C::sgid>),
    Row("evt.rawarg.size", "evt.arg.size as a number.", Written<"size">),
    Row("evt.rawarg.status", "evt.arg.status as a number.", Written<"status">),
    Row("evt.rawarg.suid", "evt.arg.suid as a number.", Id<"suid", &C::suid>),
    Row("evt.rawarg.tid", "evt.arg.tid as a number.", Written<"tid">),
    Row("evt.rawarg.tty", "evt.arg.tty as a number.", Written<"tty">),
    Row("evt.rawarg.uid", "evt.arg.uid as a number, -1 if it is to stay.", Id<"uid", &C::euid, &P::uid>),
    Row("evt.rawarg.vpgid", "evt.arg.vpgid as a number.", Written<"vpgid">),
};
static_assert(SortedAndUnique(kRows));
static_assert(std::all_of(std::begin(kRows), std::end(kRows),
                          [](const Field& f) { return f.name.starts_with(kPrefix); }));

}  // namespace

std::span<const Field> EvtRawargFields() { return kRows; }

}  // namespace vedette
