// SPDX-License-Identifier: Apache-2.0
//
// ContainerDetails: mounts, labels, namespaces, health check and address of a container, from the JSON that its runtime
// keeps. Internal to sensor/container_metadata, which owns the files and the bounds. Each reads what it finds into
// `out` and leaves the rest; nothing throws. Any thread.
#ifndef VEDETTE_SENSOR_CONTAINER_DETAILS_H_
#define VEDETTE_SENSOR_CONTAINER_DETAILS_H_

#include <string_view>
#include <utility>

#include "sensor/event/process.h"
#include "sensor/metadata_json.h"

namespace vedette {

// More than that is cut, and ContainerDetails::cut says so.
inline constexpr size_t kMaxMounts = 128;
inline constexpr size_t kMaxLabels = 128;    // per set
inline constexpr size_t kMaxLabelKey = 317;  // Kubernetes: a prefix of 253, a slash and 63

// Labels by which the kubelet says whose container it is, the same under every runtime (kubernetes,
// pkg/kubelet/types/labels.go).
inline constexpr std::pair<std::string_view, std::string Container::*> kPodLabels[] = {
    {"io.kubernetes.pod.name", &Container::pod_name},
    {"io.kubernetes.pod.namespace", &Container::pod_namespace},
    {"io.kubernetes.pod.uid", &Container::pod_uid},
};

void ReadOciDetails(const Json& config, ContainerDetails& out);         // the bundle's config.json
void ReadDockerDetails(const Json& config, ContainerDetails& out);      // config.v2.json
void ReadDockerHostDetails(const Json& config, ContainerDetails& out);  // hostconfig.json
// What the pod's sandbox tells of its containers: the pod's labels and which namespaces it shares with the host.
void ReadSandboxDetails(const ContainerDetails& sandbox, ContainerDetails& out);
// The address in a CNI plugin's cached result; "" if there is none.
std::string AddressOfCniResult(const Json& cached);

Labels ReadLabels(const Json& object, bool& cut);
// One label more, to a list that is built in the order of its keys; false if it is full. Sets `cut` if something is
// left out.
bool AddLabel(std::string_view key, std::string_view value, Labels& out, bool& cut);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTAINER_DETAILS_H_
