// SPDX-License-Identifier: Apache-2.0
//
// ContainerMetadata: name, image, pod and privilege of a container, from the files its runtime keeps on this
// host; no daemon is asked. Each parser takes a file's content, which a container's owner may have written:
// bounded in size and depth, never throws, ignores what it does not expect. Any thread.
#ifndef VEDETTE_SENSOR_CONTAINER_METADATA_H_
#define VEDETTE_SENSOR_CONTAINER_METADATA_H_

#include <string>
#include <string_view>

#include "sensor/event/process.h"

namespace vedette {

inline constexpr size_t kMaxMetadataFile = 4 << 20;  // containers.json of podman grows with the host's containers
inline constexpr int kMaxMetadataDepth = 32;
inline constexpr size_t kMaxMetadataString = 512;

// Each fills what it finds in `out` and leaves the rest; false if the text is not what it should be.
bool ParseOciConfig(std::string_view json, Container& out);         // the bundle's config.json, with the annotations of
                                                                    // CRI (containerd), CRI-O and podman
bool ParseDockerConfig(std::string_view json, Container& out);      // config.v2.json
bool ParseDockerHostConfig(std::string_view json, Container& out);  // hostconfig.json
bool ParsePodmanImages(std::string_view json, Container& out);      // images.json: the entry of details.image_id
bool ParsePodmanContainers(std::string_view json, Container& out);  // containers.json: the entry whose id is full_id
std::string BundleOfRuntimeState(std::string_view json);  // runc's state.json or crun's status; "" if it has none

// "registry:5000/a/b:tag@sha256:…" into repository, tag and digest.
void SetImage(std::string_view reference, Container& out);

// Reads what there is for `full_id` (and, if known, `runtime`) below `root` ("/"; tests give a directory). Blocks:
// not for the event thread. False if no runtime knows the container. `bundle`: where it is, if that has been told; it
// is read where the runtime has not written down yet that it has the container.
bool LoadContainerMetadata(const std::string& root, Container& out, const std::string& bundle = "");

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTAINER_METADATA_H_
