// SPDX-License-Identifier: Apache-2.0
//
// Fields that Falco's rule language still has and that have no value there any more (its container plugin, "deprecated
// fields don't extract anything"). Rules that name them load, as in Falco, and they are NULL.
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

constexpr Field kRows[] = {
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
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> GoneFields() { return kRows; }

}  // namespace vedette
