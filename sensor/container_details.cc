// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_details.h"

#include <algorithm>
#include <array>

#include "sensor/container_metadata.h"

namespace vedette {
namespace {

bool Flag(const Json& json, std::string_view key) {
  const Json* value = At(json, {key});
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

bool Has(const Json& mount, std::string_view option) {
  const Json* options = At(mount, {"options"});
  if (options == nullptr || !options->is_array()) return false;
  return std::any_of(options->begin(), options->end(),
                     [&](const Json& o) { return o.is_string() && o.get_ref<const std::string&>() == option; });
}

// Only what comes from the host: Falco lists no proc, sysfs or tmpfs either.
bool IsBind(const Json& mount) { return Text(mount, {"type"}) == "bind" || Has(mount, "bind") || Has(mount, "rbind"); }

std::string_view PropagationOf(const Json& mount) {
  for (std::string_view p : {"private", "rprivate", "shared", "rshared", "slave", "rslave"}) {
    if (Has(mount, p)) return p;
  }
  return "";
}

void AddMount(ContainerMount mount, ContainerDetails& out) {
  if (out.mounts->size() == kMaxMounts) {
    out.cut = true;
  } else {
    out.mounts->push_back(std::move(mount));
  }
}

void ReadOciMounts(const Json& config, ContainerDetails& out) {
  const Json* mounts = At(config, {"mounts"});
  if (mounts == nullptr || !mounts->is_array()) return;
  out.mounts.emplace();
  for (const Json& m : *mounts) {
    if (!m.is_object() || !IsBind(m)) continue;
    AddMount({Text(m, {"source"}), Text(m, {"destination"}), "", std::string(PropagationOf(m)), !Has(m, "ro")}, out);
  }
}

// A local volume is on disk by its name only (moby, volume/mounts: MountPoint, whose mode is stored as Relabel).
std::string DockerSource(const Json& mount) {
  std::string source = Text(mount, {"Source"});
  std::string name = Text(mount, {"Name"});
  if (!source.empty() || name.empty() || Text(mount, {"Driver"}) != "local") return source;
  return "/var/lib/docker/volumes/" + name + "/_data";
}

void ReadDockerMounts(const Json& config, ContainerDetails& out) {
  out.mounts.emplace();
  const Json* mounts = At(config, {"MountPoints"});
  if (mounts == nullptr || !mounts->is_object()) return;
  for (const Json& m : *mounts) {
    if (!m.is_object()) continue;
    AddMount({DockerSource(m), Text(m, {"Destination"}), Text(m, {"Relabel"}), Text(m, {"Propagation"}), Flag(m, "RW")},
             out);
  }
}

// No namespace of its own: the host's. One by its path may be anybody's.
std::optional<bool> SharesWithHost(const Json& config, std::string_view type) {
  const Json* namespaces = At(config, {"linux", "namespaces"});
  if (namespaces == nullptr || !namespaces->is_array()) return std::nullopt;
  for (const Json& ns : *namespaces) {
    if (Text(ns, {"type"}) != type) continue;
    if (Text(ns, {"path"}).empty()) return false;
    return std::nullopt;
  }
  return true;
}

// ["CMD", program, argument…], ["CMD-SHELL", line] or ["NONE"].
std::string HealthcheckOf(const Json& config) {
  const Json* test = At(config, {"Config", "Healthcheck", "Test"});
  std::string out;
  if (test == nullptr || !test->is_array() || test->size() < 2 || !(*test)[0].is_string()) return "NONE";
  const auto& kind = (*test)[0].get_ref<const std::string&>();
  if (kind != "CMD" && kind != "CMD-SHELL") return "NONE";
  if (kind == "CMD-SHELL") out = "/bin/sh -c";
  for (size_t i = 1; i < test->size() && out.size() < kMaxMetadataString; ++i) {
    if (!(*test)[i].is_string()) continue;
    if (!out.empty()) out += ' ';
    out += (*test)[i].get_ref<const std::string&>();
  }
  return out.substr(0, kMaxMetadataString);
}

std::string DockerAddress(const Json& config) {
  std::string ip = Text(config, {"NetworkSettings", "IPAddress"});
  const Json* networks = At(config, {"NetworkSettings", "Networks"});
  if (!ip.empty() || networks == nullptr || !networks->is_object()) return ip;
  for (const Json& network : *networks) {
    if (ip = Text(network, {"IPAddress"}); !ip.empty()) return ip;
  }
  return "";
}

// CRI-O keeps labels as JSON in an annotation.
void ReadCrioLabels(const Json& config, ContainerDetails& out) {
  const Json* text = At(config, {"annotations", "io.kubernetes.cri-o.Labels"});
  if (text == nullptr || !text->is_string()) return;
  std::optional<Json> labels = Parse(text->get_ref<const std::string&>());
  if (labels && labels->is_object()) out.labels = ReadLabels(*labels, out.cut);
}

}  // namespace

Labels ReadLabels(const Json& object, bool& cut) {
  Labels out;
  for (auto it = object.begin(); it != object.end(); ++it) {
    if (it.value().is_string() && !AddLabel(it.key(), it.value().get_ref<const std::string&>(), out, cut)) break;
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool AddLabel(std::string_view key, std::string_view value, Labels& out, bool& cut) {
  cut |= out.size() == kMaxLabels || key.size() > kMaxLabelKey || value.size() > kMaxMetadataString;
  if (out.size() == kMaxLabels) return false;
  if (key.size() <= kMaxLabelKey) out.emplace_back(key, value.substr(0, kMaxMetadataString));
  return true;
}

void ReadOciDetails(const Json& config, ContainerDetails& out) {
  ReadOciMounts(config, out);
  out.host_pid = SharesWithHost(config, "pid");
  out.host_network = SharesWithHost(config, "network");
  out.host_ipc = SharesWithHost(config, "ipc");
  for (std::string_view key : {"io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID"}) {
    SetIfText(config, {"annotations", key}, out.pod_sandbox_id);
  }
  SetIfText(config, {"annotations", "io.kubernetes.cri-o.ImageRef"}, out.image_id);
  ReadCrioLabels(config, out);
}

void ReadDockerDetails(const Json& config, ContainerDetails& out) {
  constexpr std::string_view kDigest = "sha256:";
  ReadDockerMounts(config, out);
  out.image_id = Text(config, {"Image"});
  if (out.image_id.starts_with(kDigest)) out.image_id.erase(0, kDigest.size());
  out.healthcheck = HealthcheckOf(config);
  out.ip = DockerAddress(config);
  const Json* labels = At(config, {"Config", "Labels"});
  out.labels = labels != nullptr && labels->is_object() ? ReadLabels(*labels, out.cut) : Labels{};
  out.pod_sandbox_id = Text(config, {"Config", "Labels", "io.kubernetes.sandbox.id"});
}

void ReadDockerHostDetails(const Json& config, ContainerDetails& out) {
  out.host_pid = Text(config, {"PidMode"}) == "host";
  out.host_network = Text(config, {"NetworkMode"}) == "host";
  out.host_ipc = Text(config, {"IpcMode"}) == "host";
}

void ReadSandboxDetails(const ContainerDetails& sandbox, ContainerDetails& out) {
  out.pod_labels = sandbox.labels;
  out.cut |= sandbox.cut;
  if (!out.host_network) out.host_network = sandbox.host_network;
  if (!out.host_ipc) out.host_ipc = sandbox.host_ipc;
  if (!out.host_pid) out.host_pid = sandbox.host_pid;
  if (out.ip.empty()) out.ip = sandbox.ip;
}

std::string AddressOfCniResult(const Json& cached) {
  const Json* ips = At(cached, {"result", "ips"});
  if (ips == nullptr || !ips->is_array() || ips->empty()) return "";
  std::string address = Text((*ips)[0], {"address"});
  return address.substr(0, address.find('/'));
}

}  // namespace vedette
