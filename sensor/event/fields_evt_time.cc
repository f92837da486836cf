// SPDX-License-Identifier: Apache-2.0
//
// evt.time and its other spellings, and the time that lies between events.
#include <time.h>

#include "sensor/event/field_rows.h"
#include "sensor/event/text_writer.h"

namespace vedette {
namespace {

constexpr int64_t kSecond = 1000000000;

struct Clock {
  int64_t seconds;
  uint64_t nanoseconds;
};
Clock Split(int64_t ns) {
  int64_t seconds = ns / kSecond, rest = ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return {seconds, static_cast<uint64_t>(rest)};
}

enum class Zone { kLocal, kUtc };

// False for a year that cannot be written. Local time is what Falco prints; localtime_r reads the zone once.
bool BrokenDown(int64_t seconds, Zone zone, struct tm& out) {
  time_t t = seconds;
  return (zone == Zone::kUtc ? gmtime_r(&t, &out) : localtime_r(&t, &out)) != nullptr && out.tm_year >= -1900;
}
void AppendDate(const struct tm& t, TextWriter& out) {
  out.AppendPadded(static_cast<uint64_t>(t.tm_year) + 1900, 4);
  out.Append('-');
  out.AppendPadded(static_cast<uint64_t>(t.tm_mon) + 1, 2);
  out.Append('-');
  out.AppendPadded(static_cast<uint64_t>(t.tm_mday), 2);
}
void AppendTime(const struct tm& t, TextWriter& out) {
  out.AppendPadded(static_cast<uint64_t>(t.tm_hour), 2);
  out.Append(':');
  out.AppendPadded(static_cast<uint64_t>(t.tm_min), 2);
  out.Append(':');
  out.AppendPadded(static_cast<uint64_t>(t.tm_sec), 2);
}

// What a spelling of the time consists of.
enum Part : unsigned { kDate = 1, kFraction = 2, kIso = 4 };

template <unsigned kParts>
void Time(const Event& e, const FieldArg&, Values& out) {
  Clock clock = Split(e.time_ns);
  struct tm t {};
  if (!BrokenDown(clock.seconds, (kParts & kIso) != 0 ? Zone::kUtc : Zone::kLocal, t)) return;
  TextWriter text(out);
  if ((kParts & kDate) != 0) {
    AppendDate(t, text);
    text.Append((kParts & kIso) != 0 ? 'T' : ' ');
  }
  AppendTime(t, text);
  if ((kParts & kFraction) != 0) {
    text.Append('.');
    text.AppendPadded(clock.nanoseconds, 9);
  }
  if ((kParts & kIso) != 0) text.Append("+0000");
  text.Finish();
}

void Raw(const Event& e, const FieldArg&, Values& out) { out.Add(Value::Number(e.time_ns)); }
void RawSeconds(const Event& e, const FieldArg&, Values& out) { out.Add(Value::Number(Split(e.time_ns).seconds)); }
void RawNanoseconds(const Event& e, const FieldArg&, Values& out) {
  out.Add(Value::Number(static_cast<int64_t>(Split(e.time_ns).nanoseconds)));
}

// Nanoseconds, whole seconds, and what is left of them. Rings are read one after the other, so an event may be a little
// older than the one before: no time lies between them then.
enum class Unit { kNanoseconds, kSeconds, kRest };
template <Unit kUnit>
void AddSpan(int64_t from, int64_t to, Values& out) {
  const int64_t ns = to <= from ? 0 : static_cast<int64_t>(static_cast<uint64_t>(to) - static_cast<uint64_t>(from));
  if constexpr (kUnit == Unit::kNanoseconds) return out.Add(Value::Number(ns));
  if constexpr (kUnit == Unit::kSeconds) return out.Add(Value::Number(ns / kSecond));
  out.Add(Value::Number(ns % kSecond));
}
template <Unit kUnit>
void Delta(const Event& e, const FieldArg&, Values& out) {
  AddSpan<kUnit>(e.times == nullptr || e.times->previous_ns == 0 ? e.time_ns : e.times->previous_ns, e.time_ns, out);
}
template <Unit kUnit>
void Relative(const Event& e, const FieldArg&, Values& out) {
  if (e.times != nullptr) AddSpan<kUnit>(e.times->first_ns, e.time_ns, out);
}

// Falco no longer sees calls begin, and answers so.
void NoTime(const Event&, const FieldArg&, Values& out) { out.Add(Value::Number(0)); }
void NoTimeText(const Event&, const FieldArg&, Values& out) { out.Add(Value::String("0ns")); }

constexpr KernelDecision kNoClock = Never("a verdict does not depend on the time of day");

constexpr Field kRows[] = {
    {"evt.datetime", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "Date and local time, with nanoseconds.", Time<kDate | kFraction>, kNoClock},
    {"evt.datetime.s", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "Date and local time.", Time<kDate>,
     kNoClock},
    {"evt.deltatime", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Nanoseconds since the event before, which is the last that some rule needed; 0 for the first.",
     Delta<Unit::kNanoseconds>, kNoClock},
    {"evt.deltatime.ns", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The fraction of a second of evt.deltatime, in nanoseconds.", Delta<Unit::kRest>, kNoClock},
    {"evt.deltatime.s", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The whole seconds of evt.deltatime.", Delta<Unit::kSeconds>, kNoClock},
    {"evt.latency", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Always 0, as in Falco: rules see what a call did, not that it began.", NoTime, kNoClock},
    {"evt.latency.human", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "Always 0ns, as in Falco.",
     NoTimeText, kNoClock},
    {"evt.latency.ns", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "Always 0, as in Falco.", NoTime,
     kNoClock},
    {"evt.latency.quantized", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "Always 0, as in Falco.",
     NoTime, kNoClock},
    {"evt.latency.s", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "Always 0, as in Falco.", NoTime,
     kNoClock},
    {"evt.outputtime", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "The same as evt.time.",
     Time<kFraction>, kNoClock},
    {"evt.rawtime", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "Nanoseconds since the epoch.", Raw,
     kNoClock},
    {"evt.rawtime.ns", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The fraction of a second of evt.rawtime, in nanoseconds.", RawNanoseconds, kNoClock},
    {"evt.rawtime.s", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "Seconds since the epoch.",
     RawSeconds, kNoClock},
    {"evt.reltime", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "Nanoseconds since the first event.",
     Relative<Unit::kNanoseconds>, kNoClock},
    {"evt.reltime.ns", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "The fraction of a second of evt.reltime, in nanoseconds.", Relative<Unit::kRest>, kNoClock},
    {"evt.reltime.s", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "The whole seconds of evt.reltime.",
     Relative<Unit::kSeconds>, kNoClock},
    {"evt.time", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "Local time, with nanoseconds.",
     Time<kFraction>, kNoClock},
    {"evt.time.iso8601", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "Date and time in ISO 8601, with nanoseconds, UTC.", Time<kDate | kFraction | kIso>, kNoClock},
    {"evt.time.s", FieldType::kString, ArgKind::kNone, false, false, kAllKinds, "Local time.", Time<0>, kNoClock},
    {"evt.wait_latency", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "Always 0, as in Falco.", NoTime,
     kNoClock},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> EvtTimeFields() { return kRows; }

}  // namespace vedette
