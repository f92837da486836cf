// SPDX-License-Identifier: Apache-2.0
#include "sensor/containerd_database.h"

#include <optional>

#include "sensor/bolt_tree.h"
#include "sensor/container_details.h"
#include "sensor/container_metadata.h"

namespace vedette {
namespace {

// A container's id is what ctr calls it by; CRI (through the kubelet) and nerdctl give it a name besides.
constexpr std::string_view kNameLabels[] = {"io.kubernetes.container.name", "nerdctl/name"};

// What one look into the database tells.
struct Record {
  std::string image, image_digest, sandbox;
  Labels labels;
  bool cut = false;
};

// A key that may be missing.
absl::Status ReadText(BoltTree& tree, const BoltBucket& in, std::string_view key, std::string& out) {
  absl::StatusOr<std::string> value = tree.Value(in, key);
  if (value.ok()) out = value->substr(0, kMaxMetadataString);
  return absl::IsNotFound(value.status()) ? absl::OkStatus() : value.status();
}

absl::Status ReadRecordLabels(BoltTree& tree, const BoltBucket& container, Record& out) {
  absl::StatusOr<BoltBucket> labels = tree.Find(container, "labels");
  if (absl::IsNotFound(labels.status())) return absl::OkStatus();  // it has none
  if (!labels.ok()) return labels.status();
  return tree.Values(*labels, [&out](std::string_view key, std::string_view value) {
    return AddLabel(key, value, out.labels, out.cut);
  });
}

absl::Status ReadDigest(BoltTree& tree, std::string_view name_space, std::string_view image, Record& out) {
  absl::StatusOr<BoltBucket> target = tree.Find({"v1", name_space, "images", image, "target"});
  if (absl::IsNotFound(target.status())) return absl::OkStatus();  // removed, while a container still uses it
  if (!target.ok()) return target.status();
  return ReadText(tree, *target, "digest", out.image_digest);
}

absl::Status ReadRecord(BoltTree& tree, std::string_view name_space, const std::string& id, Record& out) {
  out = Record();
  absl::StatusOr<BoltBucket> container = tree.Find({"v1", name_space, "containers", id});
  if (!container.ok()) return container.status();
  if (absl::Status s = ReadText(tree, *container, "image", out.image); !s.ok()) return s;
  if (absl::Status s = ReadText(tree, *container, "sandboxid", out.sandbox); !s.ok()) return s;
  if (absl::Status s = ReadRecordLabels(tree, *container, out); !s.ok()) return s;
  return ReadDigest(tree, name_space, out.image, out);
}

void FillIn(Record record, Container& out) {
  ContainerDetails& details = out.details;
  if (out.image.empty()) SetImage(record.image, out);
  if (out.image_digest.empty()) out.image_digest = std::move(record.image_digest);
  if (details.pod_sandbox_id.empty()) details.pod_sandbox_id = std::move(record.sandbox);
  for (const auto& [key, value] : record.labels) {
    if (key == "io.cri-containerd.kind" && value == "sandbox") details.pod_sandbox_id = out.full_id;
    for (std::string_view name : kNameLabels) {
      if (key == name && out.name.empty()) out.name = value;
    }
    for (const auto& [label, field] : kPodLabels) {
      if (key == label && (out.*field).empty()) out.*field = value;
    }
  }
  details.labels = std::move(record.labels);
  details.cut |= record.cut;
}

}  // namespace

absl::Status ReadContainerdDatabase(const BoltFile& file, std::string_view name_space, Container& out) {
  Record record;
  absl::Status status =
      BoltTree::Read(file, [&](BoltTree& tree) { return ReadRecord(tree, name_space, out.full_id, record); });
  if (status.ok()) FillIn(std::move(record), out);
  return status;
}

absl::Status ReadContainerdDatabase(const std::string& path, std::string_view name_space, Container& out) {
  absl::StatusOr<BoltFile> file = BoltFile::Open(path);
  return file.ok() ? ReadContainerdDatabase(*file, name_space, out) : file.status();
}

}  // namespace vedette
