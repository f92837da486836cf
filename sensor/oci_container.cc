// SPDX-License-Identifier: Apache-2.0
#include "sensor/oci_container.h"

#include <limits>

#include "fmt/format.h"
#include "sensor/cgroup.h"
#include "sensor/container_id.h"
#include "sensor/container_metadata.h"
#include "sensor/metadata_json.h"
#include "sensor/proc_scan.h"

namespace vedette {
namespace {

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("the state of the container {}", what));
}

// Of a member that has to be a text of at most `max` bytes.
bool TextOf(const Json& state, const char* key, size_t max, std::string& out) {
  auto it = state.find(key);
  if (it == state.end() || !it->is_string()) return false;
  out = it->get_ref<const std::string&>();
  return out.size() <= max && out.find('\0') == std::string::npos;
}

}  // namespace

absl::StatusOr<OciContainer> ParseOciState(std::string_view json) {
  if (json.size() > kMaxOciState) return Wrong(fmt::format("is longer than {} bytes", kMaxOciState));
  const std::optional<Json> state = Parse(json);
  if (!state || !state->is_object()) return Wrong("is no JSON object");
  OciContainer out;
  if (!TextOf(*state, "id", kMaxOciId, out.id) || out.id.empty()) return Wrong("has no 'id'");
  auto pid = state->find("pid");
  if (pid == state->end() || !pid->is_number_unsigned() || pid->get<uint64_t>() == 0 ||
      pid->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
    return Wrong("has no 'pid': run the hook as createRuntime, createContainer or prestart");
  }
  out.pid = static_cast<uint32_t>(pid->get<uint64_t>());
  if (state->contains("bundle") && (!TextOf(*state, "bundle", 4096, out.bundle) || !out.bundle.starts_with('/'))) {
    return Wrong("has a 'bundle' that is no absolute path");
  }
  return out;
}

std::string ToJson(const OciContainer& container) {
  Json json{{"id", container.id}, {"pid", container.pid}};
  if (!container.bundle.empty()) json["bundle"] = container.bundle;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<IntroducedContainer> ResolveOciContainer(const OciContainer& oci) {
  IntroducedContainer out;
  out.cgroup_path = ProcScan().CgroupOf(oci.pid);
  if (out.cgroup_path.empty()) return absl::NotFoundError(fmt::format("there is no process {}", oci.pid));
  out.cgroup = CgroupId(out.cgroup_path);
  const ContainerId id = ContainerIdOfCgroup(out.cgroup_path);
  if (out.cgroup == 0 || id.full_id.empty() || out.cgroup_path == "/") {
    return absl::FailedPreconditionError(
        fmt::format("container {} has no cgroup of its own (it is in {})", oci.id, out.cgroup_path));
  }
  if (out.cgroup_path.find(oci.id) == std::string::npos) {
    for (uint32_t pid : ProcessesOfCgroup(out.cgroup_path)) {
      if (pid == oci.pid) continue;
      return absl::FailedPreconditionError(fmt::format(
          "container {} has no cgroup of its own (process {} is in {}, too)", oci.id, pid, out.cgroup_path));
    }
  }
  Container& container = out.container;
  container.full_id = oci.id;
  container.runtime = id.runtime;
  container.pod_uid = id.pod_uid;
  if (!LoadContainerMetadata("/", container, oci.bundle)) {
    return absl::NotFoundError(fmt::format("no runtime's files tell of container {}", oci.id));
  }
  if (!container.details.unread.empty()) return absl::UnavailableError(container.details.unread);
  container.full_id = id.full_id;  // as it is called by its cgroup
  container.id = ShortContainerId(id.full_id);
  container.known = true;
  return out;
}

}  // namespace vedette
