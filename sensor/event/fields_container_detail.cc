// SPDX-License-Identifier: Apache-2.0
//
// container.* and k8s.*: mounts, labels, namespaces and what else the runtime's files tell of the container. NULL where
// they do not. The spellings of lists are Falco's (its container plugin).
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "sensor/event/field_rows.h"
#include "sensor/event/text_writer.h"

namespace vedette {
namespace {

const ContainerDetails* DetailsOf(const Event& e) {
  if (e.process == nullptr || e.process->container == nullptr) return nullptr;
  return &e.process->container->details;
}

template <std::string ContainerDetails::*kMember>
void Text(const Event& e, const FieldArg&, Values& out) {
  const ContainerDetails* d = DetailsOf(e);
  if (d != nullptr && !(d->*kMember).empty()) out.Add(Value::String(d->*kMember));
}
template <std::optional<bool> ContainerDetails::*kMember>
void Flag(const Event& e, const FieldArg&, Values& out) {
  const ContainerDetails* d = DetailsOf(e);
  if (d != nullptr && d->*kMember) out.Add(Value::Bool(*(d->*kMember)));
}

// --- mounts

std::optional<size_t> Index(std::string_view text) {
  size_t index = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return index;
}

// [0] by number, [/proc*] the first whose end on that side fits the pattern.
const ContainerMount* FindMount(const Event& e, const FieldArg& arg, std::string ContainerMount::*side) {
  const ContainerDetails* d = DetailsOf(e);
  if (d == nullptr || !d->mounts) return nullptr;
  if (std::optional<size_t> index = Index(arg.name))
    return *index < d->mounts->size() ? &(*d->mounts)[*index] : nullptr;
  for (const ContainerMount& m : *d->mounts) {
    if (fnmatch(arg.name.c_str(), (m.*side).c_str(), 0) == 0) return &m;
  }
  return nullptr;
}
// source:destination:mode:true:propagation
void AppendMount(const ContainerMount& m, TextWriter& out) {
  out.Append(m.source);
  out.Append(':');
  out.Append(m.destination);
  out.Append(':');
  out.Append(m.mode);
  out.Append(m.writable ? ":true:" : ":false:");
  out.Append(m.propagation);
}

void Mount(const Event& e, const FieldArg& arg, Values& out) {
  const ContainerMount* m = FindMount(e, arg, &ContainerMount::source);
  if (m == nullptr) return;
  TextWriter text(out);
  AppendMount(*m, text);
  text.Finish();
}
template <std::string ContainerMount::*kMember, std::string ContainerMount::*kSide>
void PartOfMount(const Event& e, const FieldArg& arg, Values& out) {
  if (const ContainerMount* m = FindMount(e, arg, kSide)) out.Add(Value::String(m->*kMember));
}
void MountIsWritable(const Event& e, const FieldArg& arg, Values& out) {
  const ContainerMount* m = FindMount(e, arg, &ContainerMount::source);
  if (m != nullptr) out.Add(Value::String(m->writable ? "true" : "false"));
}
void Mounts(const Event& e, const FieldArg&, Values& out) {
  const ContainerDetails* d = DetailsOf(e);
  if (d == nullptr || !d->mounts) return;
  TextWriter text(out);
  for (const ContainerMount& m : *d->mounts) {
    if (text.size() != 0) text.Append(',');
    AppendMount(m, text);
  }
  text.Finish();
}

// --- labels

template <std::optional<Labels> ContainerDetails::*kSet>
void Label(const Event& e, const FieldArg& arg, Values& out) {
  const ContainerDetails* d = DetailsOf(e);
  if (d == nullptr || !(d->*kSet)) return;
  const Labels& labels = *(d->*kSet);
  auto it = std::lower_bound(labels.begin(), labels.end(), arg.name,
                             [](const auto& label, const std::string& key) { return label.first < key; });
  if (it != labels.end() && it->first == arg.name) out.Add(Value::String(it->second));
}
bool IsInternal(std::string_view key) { return key.starts_with("annotation.") || key.starts_with("io.kubernetes."); }
template <std::optional<Labels> ContainerDetails::*kSet>
void AllLabels(const Event& e, const FieldArg&, Values& out) {
  const ContainerDetails* d = DetailsOf(e);
  if (d == nullptr || !(d->*kSet)) return;
  TextWriter text(out);
  for (const auto& [key, value] : *(d->*kSet)) {
    if (IsInternal(key)) continue;
    if (text.size() != 0) text.Append(", ");
    text.Append(key);
    if (value.empty()) continue;
    text.Append(':');
    text.Append(value);
  }
  text.Finish();
}

void ShortSandboxId(const Event& e, const FieldArg&, Values& out) {
  constexpr size_t kShort = 12;
  const ContainerDetails* d = DetailsOf(e);
  if (d == nullptr || d->pod_sandbox_id.empty()) return;
  out.Add(Value::String(std::string_view(d->pod_sandbox_id).substr(0, kShort)));
}
void PodId(const Event& e, const FieldArg&, Values& out) {
  if (DetailsOf(e) == nullptr || e.process->container->pod_uid.empty()) return;
  out.Add(Value::String(e.process->container->pod_uid));
}
void PodIp(const Event& e, const FieldArg& arg, Values& out) {
  const ContainerDetails* d = DetailsOf(e);
  if (d != nullptr && !d->pod_sandbox_id.empty()) Text<&ContainerDetails::ip>(e, arg, out);
}

// --- the health check as a process

bool RunsCommand(const Process& p, std::string_view command) {
  if (p.exe.empty() || p.args_truncated || !command.starts_with(p.exe)) return false;
  command.remove_prefix(p.exe.size());
  if (p.args.empty()) return command.empty();
  return command.starts_with(' ') && command.substr(1) == p.args;
}
// As Falco tells it: the command, or what it started, put into the container from outside: not by its first process.
void IsHealthcheck(const Event& e, const FieldArg&, Values& out) {
  constexpr int kMaxAncestors = 1024;
  if (e.process == nullptr) return;
  const Container* container = e.process->container;
  bool matches = false, from_inside = container == nullptr || container->details.healthcheck.empty();
  int left = kMaxAncestors;
  for (const Process* p = e.process; !from_inside && p != nullptr && p->container == container && left != 0;
       p = p->parent, --left) {
    matches = matches || RunsCommand(*p, container->details.healthcheck);
    from_inside = p->vpid == 1;
  }
  out.Add(Value::Bool(matches && !from_inside));
}

constexpr KernelDecision kMetadata = OfContainers();
constexpr KernelDecision kChanging = Never("it may change while the container runs; leave it out");
constexpr auto kSource = &ContainerMount::source;
constexpr auto kDestination = &ContainerMount::destination;

constexpr Field kRows[] = {
    {"container.healthcheck", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The command of the container's health check, NONE if it has none. Known of docker only.",
     Text<&ContainerDetails::healthcheck>, kMetadata},
    {"container.host_ipc", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the container was made with the host's IPC namespace.", Flag<&ContainerDetails::host_ipc>, kMetadata},
    {"container.host_network", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the container was made with the host's network namespace.", Flag<&ContainerDetails::host_network>,
     kMetadata},
    {"container.host_pid", FieldType::kBool, ArgKind::kNone, false, true, kAllKinds,
     "True if the container was made with the host's pid namespace.", Flag<&ContainerDetails::host_pid>, kMetadata},
    {"container.image.id", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The image's id, without sha256:. Known of docker, podman and CRI-O.", Text<&ContainerDetails::image_id>,
     kMetadata},
    {"container.ip", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The container's address: docker's, or the one that the network plugin gave to its pod. As text.",
     Text<&ContainerDetails::ip>, kChanging},
    {"container.label", FieldType::kString, ArgKind::kName, false, true, kAllKinds,
     "The value of one of the container's labels. Known of docker, containerd, podman and CRI-O; NULL if there is no "
     "such label.",
     Label<&ContainerDetails::labels>, kMetadata},
    {"container.labels", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The container's labels, as key:value joined by \", \", without Kubernetes' own.",
     AllLabels<&ContainerDetails::labels>, kMetadata},
    {"container.mount", FieldType::kString, ArgKind::kName, false, true, kAllKinds,
     "What is mounted into the container from the host, by number or by a pattern for its source: "
     "source:destination:mode:writable:propagation.",
     Mount, kMetadata},
    {"container.mount.dest", FieldType::kString, ArgKind::kName, false, true, kAllKinds,
     "Where in the container a mount is, by number or by a pattern for its source: container.mount.dest[/proc*]. NULL "
     "if there is no such mount.",
     PartOfMount<kDestination, kSource>, kMetadata},
    {"container.mount.mode", FieldType::kString, ArgKind::kName, false, true, kAllKinds,
     "The mode docker was given for a mount, by number or by a pattern for its source; empty for other runtimes.",
     PartOfMount<&ContainerMount::mode, kSource>, kMetadata},
    {"container.mount.propagation", FieldType::kString, ArgKind::kName, false, true, kAllKinds,
     "The propagation of a mount, by number or by a pattern for its source.",
     PartOfMount<&ContainerMount::propagation, kSource>, kMetadata},
    {"container.mount.rdwr", FieldType::kString, ArgKind::kName, false, true, kAllKinds,
     "Whether a mount is writable, true or false, by number or by a pattern for its source.", MountIsWritable,
     kMetadata},
    {"container.mount.source", FieldType::kString, ArgKind::kName, false, true, kAllKinds,
     "What of the host is mounted, by number or by a pattern for where it is in the container.",
     PartOfMount<kSource, kDestination>, kMetadata},
    {"container.mounts", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "All mounts from the host, each as container.mount has it, joined by commas.", Mounts, kMetadata},
    {"k8s.pod.full_sandbox_id", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The whole id of the pod's sandbox.", Text<&ContainerDetails::pod_sandbox_id>, kMetadata},
    {"k8s.pod.id", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The same as k8s.pod.uid.", PodId,
     kMetadata},
    {"k8s.pod.ip", FieldType::kString, ArgKind::kNone, false, true, kAllKinds, "The pod's address, as text.", PodIp,
     kChanging},
    {"k8s.pod.label", FieldType::kString, ArgKind::kName, false, true, kAllKinds,
     "The value of one of the pod's labels. Known under docker, containerd and CRI-O, and of podman's own pods.",
     Label<&ContainerDetails::pod_labels>, kMetadata},
    {"k8s.pod.labels", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The pod's labels, as key:value joined by \", \", without Kubernetes' own.",
     AllLabels<&ContainerDetails::pod_labels>, kMetadata},
    {"k8s.pod.sandbox_id", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The first 12 characters of the id of the pod's sandbox.", ShortSandboxId, kMetadata},
    {"proc.is_container_healthcheck", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True if the process is the container's health check, or was started by it: its command, run from outside and not "
     "by "
     "the container's first process. Known of docker only, else false.",
     IsHealthcheck, kUserSpaceOnly},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> ContainerDetailFields() { return kRows; }

}  // namespace vedette
