// SPDX-License-Identifier: Apache-2.0
#include "sensor/podman_database.h"

#include <optional>

#include "fmt/format.h"
#include "sensor/bolt_tree.h"
#include "sensor/container_details.h"
#include "sensor/container_metadata.h"
#include "sensor/metadata_json.h"
#include "sensor/sqlite_file.h"

namespace vedette {
namespace {

// Where a configuration lies in either database.
struct Kind {
  std::string_view bucket;
  const char* query;
};
constexpr Kind kContainer{"ctr", "SELECT JSON FROM ContainerConfig WHERE ID = ?1"};
constexpr Kind kPod{"pod", "SELECT JSON FROM PodConfig WHERE ID = ?1"};

absl::StatusOr<std::string> ConfigOf(const BoltFile& file, const Kind& kind, std::string_view id) {
  std::string out;
  absl::Status status = BoltTree::Read(file, [&](BoltTree& tree) {
    absl::StatusOr<BoltBucket> bucket = tree.Find({kind.bucket, id});
    if (!bucket.ok()) return bucket.status();
    absl::StatusOr<std::string> config = tree.Value(*bucket, "config");
    if (config.ok()) out = *std::move(config);
    return config.status();
  });
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<std::string> ConfigOf(SqliteFile& file, const Kind& kind, std::string_view id) {
  return file.Text(kind.query, id);
}

// The container, then its pod.
template <typename Database>
absl::Status ReadFrom(Database& database, const std::string& path, Container& out) {
  absl::StatusOr<std::string> config = ConfigOf(database, kContainer, out.full_id);
  if (!config.ok()) return config.status();
  std::string pod_id;
  if (!ParsePodmanConfig(*config, out, pod_id)) {
    return absl::DataLossError(fmt::format("{}: the configuration of {} is not what it should be", path, out.full_id));
  }
  if (pod_id.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> pod = ConfigOf(database, kPod, pod_id);
  if (pod.ok() && !ParsePodmanPod(*pod, out)) {
    return absl::DataLossError(fmt::format("{}: the configuration of pod {} is not what it should be", path, pod_id));
  }
  return pod.status();
}

absl::Status ReadBolt(const std::string& path, Container& out) {
  absl::StatusOr<BoltFile> file = BoltFile::Open(path);
  return file.ok() ? ReadFrom(*file, path, out) : file.status();
}

absl::Status ReadSqlite(const std::string& path, Container& out) {
  absl::StatusOr<std::unique_ptr<SqliteFile>> file = SqliteFile::Open(path);
  return file.ok() ? ReadFrom(**file, path, out) : file.status();
}

std::optional<Labels> LabelsIn(const Json& config, bool& cut) {
  const Json* labels = At(config, {"labels"});
  return labels != nullptr && labels->is_object() ? ReadLabels(*labels, cut) : Labels{};  // left out when empty
}

}  // namespace

bool ParsePodmanConfig(std::string_view text, Container& out, std::string& pod_id) {
  std::optional<Json> config = Parse(text);
  if (!config || Text(*config, {"id"}) != out.full_id) return false;
  if (out.name.empty()) out.name = Text(*config, {"name"});
  if (out.image.empty()) SetImage(Text(*config, {"rootfsImageName"}), out);
  if (out.details.image_id.empty()) out.details.image_id = Text(*config, {"rootfsImageID"});
  if (const Json* privileged = At(*config, {"privileged"}); privileged != nullptr && privileged->is_boolean()) {
    out.privileged = privileged->get<bool>() ? Container::Privileged::kYes : Container::Privileged::kNo;
  }
  out.details.labels = LabelsIn(*config, out.details.cut);
  pod_id = Text(*config, {"pod"});
  return true;
}

bool ParsePodmanPod(std::string_view text, Container& out) {
  std::optional<Json> pod = Parse(text);
  if (!pod || Text(*pod, {"id"}).empty()) return false;
  out.pod_name = Text(*pod, {"name"});
  out.pod_uid = Text(*pod, {"id"});
  out.details.pod_labels = LabelsIn(*pod, out.details.cut);
  return true;
}

// A podman that could use SQLite goes on with the bolt database that it finds.
absl::Status ReadPodmanDatabase(const std::string& storage, Container& out) {
  absl::Status bolt = ReadBolt(storage + "/libpod/bolt_state.db", out);
  if (bolt.ok()) return bolt;
  absl::Status sqlite = ReadSqlite(storage + "/db.sql", out);
  return absl::IsNotFound(sqlite) ? bolt : sqlite;
}

}  // namespace vedette
