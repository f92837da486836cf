// SPDX-License-Identifier: Apache-2.0
//
// Names of Falco's that Vedette has no field for, why, and what to use instead.
#include "sensor/event/field.h"

namespace vedette {
namespace {

constexpr std::string_view kNoProbes =
    "the kubelet runs probes over the runtime's own socket and leaves no file that tells them; use proc.pname and "
    "proc.cmdline of what it runs";
constexpr std::string_view kNoCni = "the runtimes keep no CNI result that reads like Falco's; use container.ip";

constexpr UnsupportedField kUnsupported[] = {
    {"container.cni.json", kNoCni},
    {"container.liveness_probe", kNoProbes},
    {"container.readiness_probe", kNoProbes},
    {"evt.around", "it looks through a capture for what lies about a moment; compare evt.rawtime with two bounds"},
    {"evt.rawarg",
     "only arguments that are numbers have it (vedette fields evt.rawarg); the bits of flags would have to be Falco's "
     "own: use evt.arg, which has their names"},
    {"fd.types",
     "a descriptor is known from the event that is about it, not in between; use proc.stdin.type and its kin for the "
     "first three"},
    {"k8s.pod.cni.json", kNoCni},
    {"proc.fdopencount", "opens of files that no rule is about, and closes, are no events that could be counted"},
    {"proc.fdusage", "it needs proc.fdopencount, which is not known; proc.fdlimit is"},
    {"proc.is_container_liveness_probe", kNoProbes},
    {"proc.is_container_readiness_probe", kNoProbes},
    {"proc.nchilds", "threads that begin and end are no events that could be counted; thread.ismain is known"},
    {"proc.nthreads", "threads that begin and end are no events that could be counted; thread.ismain is known"},
};

}  // namespace

std::span<const UnsupportedField> UnsupportedFields() { return kUnsupported; }

}  // namespace vedette
