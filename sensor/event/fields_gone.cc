// SPDX-License-Identifier: Apache-2.0
//
// Fields that have no value for any event of a rule. Rules that name them load, as in Falco, and they are NULL. Those
// of k8s.* have none there any more (its container plugin, "deprecated fields don't extract anything"); the others come
// with events only that are none here: poll (fdlist.*), the scheduler's and Falco's own.
#include "sensor/event/field_rows.h"

namespace vedette {
namespace {

void Nothing(const Event&, const FieldArg&, Values&) {}

constexpr Field Gone(std::string_view name, ArgKind arg = ArgKind::kNone) {
  return {name,
          FieldType::kString,
          arg,
          false,
          false,
          kAllKinds,
          "Always NULL, as in Falco: it has been withdrawn there.",
          Nothing,
          Never("it has no value; leave it out")};
}
constexpr Field OfPoll(std::string_view name) {
  Field field = Gone(name);
  field.doc = "Of poll and ppoll, which are no events here: always NULL, as it is in Falco for other events.";
  return field;
}
constexpr Field OfScheduler(std::string_view name) {
  Field field = Gone(name);
  field.type = FieldType::kNumber;
  field.doc = "Of events of the scheduler, which are none here: always NULL, as it is in Falco for system calls.";
  return field;
}

constexpr Field kRows[] = {
    OfPoll("fdlist.cips"),
    OfPoll("fdlist.cports"),
    OfPoll("fdlist.names"),
    OfPoll("fdlist.nums"),
    OfPoll("fdlist.sips"),
    OfPoll("fdlist.sports"),
    Gone("k8s.deployment.id"),
    Gone("k8s.deployment.label", ArgKind::kName),
    Gone("k8s.deployment.labels"),
    Gone("k8s.deployment.name"),
    Gone("k8s.ns.id"),
    Gone("k8s.ns.label", ArgKind::kName),
    Gone("k8s.ns.labels"),
    Gone("k8s.rc.id"),
    Gone("k8s.rc.label", ArgKind::kName),
    Gone("k8s.rc.labels"),
    Gone("k8s.rc.name"),
    Gone("k8s.rs.id"),
    Gone("k8s.rs.label", ArgKind::kName),
    Gone("k8s.rs.labels"),
    Gone("k8s.rs.name"),
    Gone("k8s.svc.id"),
    Gone("k8s.svc.label", ArgKind::kName),
    Gone("k8s.svc.labels"),
    Gone("k8s.svc.name"),
    OfScheduler("thread.cpu"),
    OfScheduler("thread.cpu.system"),
    OfScheduler("thread.cpu.user"),
    OfScheduler("thread.exectime"),
    OfScheduler("thread.totexectime"),
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> GoneFields() { return kRows; }

}  // namespace vedette
