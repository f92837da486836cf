// SPDX-License-Identifier: Apache-2.0
//
// ContainerdDatabase: what containerd keeps of a container in its bolt database (meta.db) and in no other file: labels,
// the image and its digest. Internal to sensor/container_metadata. Blocks; nothing throws. Any thread.
//
// Buckets, as containerd 1.6 and 1.7 write them (github.com/containerd/containerd, metadata/buckets.go, Apache-2.0):
//   v1 / NAMESPACE / containers / ID / image, sandboxid, labels / KEY
//   v1 / NAMESPACE / images / NAME / target / digest
// CRI marks its containers with the label io.cri-containerd.kind; a sandbox has its pod's labels.
#ifndef VEDETTE_SENSOR_CONTAINERD_DATABASE_H_
#define VEDETTE_SENSOR_CONTAINERD_DATABASE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "sensor/bolt_file.h"
#include "sensor/event/process.h"

namespace vedette {

// Labels of `out.full_id` become the database's; what else it tells is filled in where nothing is yet. NotFound if
// there is no database, or no such container in it.
absl::Status ReadContainerdDatabase(const std::string& path, std::string_view name_space, Container& out);
absl::Status ReadContainerdDatabase(const BoltFile& file, std::string_view name_space, Container& out);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTAINERD_DATABASE_H_
