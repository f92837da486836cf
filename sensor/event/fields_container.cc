// SPDX-License-Identifier: Apache-2.0
//
// container.* and k8s.*: the container that the acting process lives in. What the runtime's files have not told is
// NULL; container.id never is. Its mounts, labels and other details are in fields_container_detail.cc.
#include "sensor/event/field_rows.h"

namespace vedette {
namespace {

constexpr std::string_view kHostName = "host";
// In a container by the kernel's account, of a runtime that left no trace: not on the host all the same.
constexpr std::string_view kUnknownId = "unknown";

const Container* ContainerOf(const Event& e) { return e.process == nullptr ? nullptr : e.process->container; }
bool InUnknownContainer(const Event& e) { return ContainerOf(e) == nullptr && (e.header->flags & VD_F_CONTAINER) != 0; }

// Those that say "host" on the host.
template <std::string Container::*kMember>
void Identity(const Event& e, const FieldArg&, Values& out) {
  if (const Container* c = ContainerOf(e)) return out.Add(Value::String(c->*kMember));
  out.Add(Value::String(InUnknownContainer(e) ? kUnknownId : kHostName));
}
// The rest.
template <std::string Container::*kMember>
void Text(const Event& e, const FieldArg&, Values& out) {
  const Container* c = ContainerOf(e);
  if (c != nullptr && !(c->*kMember).empty()) out.Add(Value::String(c->*kMember));
}
void Name(const Event& e, const FieldArg& arg, Values& out) {
  if (ContainerOf(e) != nullptr) return Text<&Container::name>(e, arg, out);
  if (!InUnknownContainer(e)) out.Add(Value::String(kHostName));
}
void Type(const Event& e, const FieldArg& arg, Values& out) {
  if (ContainerOf(e) != nullptr) return Text<&Container::runtime>(e, arg, out);
  if (!InUnknownContainer(e)) out.Add(Value::String(kHostName));
}

void Privileged(const Event& e, const FieldArg&, Values& out) {
  const Container* c = ContainerOf(e);
  if (c != nullptr && c->privileged != Container::Privileged::kUnknown) {
    out.Add(Value::Bool(c->privileged == Container::Privileged::kYes));
  }
}
void Start(const Event& e, const FieldArg&, Values& out) {
  const Container* c = ContainerOf(e);
  if (c != nullptr && c->start_time_ns != 0) out.Add(Value::Number(c->start_time_ns));
}
void Duration(const Event& e, const FieldArg&, Values& out) {
  const Container* c = ContainerOf(e);
  if (c == nullptr || c->start_time_ns == 0) return;
  out.Add(
      Value::Number(static_cast<int64_t>(static_cast<uint64_t>(e.time_ns) - static_cast<uint64_t>(c->start_time_ns))));
}

constexpr KernelDecision kMetadata = OfContainers();
constexpr KernelDecision kChanging = Never("it changes while the container runs; leave it out");

constexpr Field kRows[] = {
    {"container.duration", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Nanoseconds since the container began.", Duration, kChanging},
    {"container.full_id", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The container's whole id; host on the host.", Identity<&Container::full_id>, kMetadata},
    {"container.id", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The first 12 characters of the container's id; host on the host, unknown in a container of a runtime that is "
     "not recognised.",
     Identity<&Container::id>, AsHost(kJudgedKinds)},
    {"container.image", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The image, with repository and tag.", Text<&Container::image>, kMetadata},
    {"container.image.digest", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The image's digest.",
     Text<&Container::image_digest>, kMetadata},
    {"container.image.repository", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The image's repository.", Text<&Container::image_repository>, kMetadata},
    {"container.image.tag", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The image's tag.",
     Text<&Container::image_tag>, kMetadata},
    {"container.name", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The container's name; host on the host.", Name, kMetadata},
    {"container.privileged", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the container is privileged. NULL when that is not known.", Privileged, kMetadata},
    {"container.start_ts", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "When the container began, in nanoseconds since the epoch.", Start, kChanging},
    {"container.type", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The runtime: docker, containerd, cri-o, podman, runc, lxc, systemd-nspawn; host on the host.", Type, kMetadata},
    {"k8s.ns.name", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The pod's namespace.",
     Text<&Container::pod_namespace>, kMetadata},
    {"k8s.pod.name", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The pod's name.",
     Text<&Container::pod_name>, kMetadata},
    {"k8s.pod.uid", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The pod's uid.",
     Text<&Container::pod_uid>, kMetadata},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> ContainerFields() { return kRows; }

}  // namespace vedette
