// SPDX-License-Identifier: Apache-2.0
//
// PodmanDatabase: what podman keeps of a container in its database and in no other file: labels, its pod and the pod's
// labels, whether it is privileged. Internal to sensor/container_metadata. Blocks; nothing throws. Any thread.
//
// Up to podman 4 the database is bolt, libpod/bolt_state.db in the storage folder, buckets ctr / ID / config and
// pod / ID / config. From 4.8 on it may be SQLite, db.sql there: tables ContainerConfig and PodConfig, columns ID and
// JSON. Either way the value is the same JSON (github.com/containers/podman, libpod/boltdb_state.go, sqlite_state.go
// and container_config.go, Apache-2.0; checked with 4.3 and 5.4).
#ifndef VEDETTE_SENSOR_PODMAN_DATABASE_H_
#define VEDETTE_SENSOR_PODMAN_DATABASE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "sensor/event/process.h"

namespace vedette {

// Labels of `out.full_id` become the database's; what else it tells is filled in where nothing is yet. `storage` is the
// folder with the databases. NotFound if there is none, or no such container in either.
absl::Status ReadPodmanDatabase(const std::string& storage, Container& out);

// The value that is kept of a container, and that of a pod. False if the text is not what it should be.
bool ParsePodmanConfig(std::string_view json, Container& out, std::string& pod_id);
bool ParsePodmanPod(std::string_view json, Container& out);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_PODMAN_DATABASE_H_
