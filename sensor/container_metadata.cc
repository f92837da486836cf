// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_metadata.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "fmt/format.h"
#include "sensor/container_details.h"
#include "sensor/containerd_database.h"
#include "sensor/metadata_json.h"
#include "sensor/podman_database.h"

namespace vedette {
namespace {

bool Contains(const Json* list, std::string_view text) {
  if (list == nullptr || !list->is_array()) return false;
  for (const Json& item : *list) {
    if (item.is_string() && item.get_ref<const std::string&>() == text) return true;
  }
  return false;
}

bool IsEmptyList(const Json* list) { return list == nullptr || !list->is_array() || list->empty(); }

// What `--privileged` leaves in a bundle, whichever runtime wrote it: all capabilities, nothing of /proc and /sys
// masked. (The bundle has no flag of that name.)
Container::Privileged PrivilegedBundle(const Json& config) {
  const Json* bounding = At(config, {"process", "capabilities", "bounding"});
  if (bounding == nullptr) return Container::Privileged::kUnknown;
  bool all = Contains(bounding, "CAP_SYS_ADMIN") && Contains(bounding, "CAP_SYS_RAWIO") &&
             Contains(bounding, "CAP_SYS_MODULE");
  bool bare = IsEmptyList(At(config, {"linux", "maskedPaths"})) && IsEmptyList(At(config, {"linux", "readonlyPaths"}));
  return all && bare ? Container::Privileged::kYes : Container::Privileged::kNo;
}

// Annotations by which the runtimes' upper halves say whose bundle it is; a later row overrides.
struct Annotation {
  std::string_view key;
  std::string Container::*field;
};
constexpr Annotation kAnnotations[] = {
    {"io.kubernetes.cri.container-name", &Container::name},
    {"io.kubernetes.cri.sandbox-name", &Container::pod_name},
    {"io.kubernetes.cri.sandbox-namespace", &Container::pod_namespace},
    {"io.kubernetes.cri.sandbox-uid", &Container::pod_uid},
    {"io.kubernetes.container.name", &Container::name},
    {"io.kubernetes.pod.name", &Container::pod_name},
    {"io.kubernetes.pod.namespace", &Container::pod_namespace},
    {"io.kubernetes.pod.uid", &Container::pod_uid},
};
constexpr std::string_view kImageAnnotations[] = {"io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName",
                                                  "io.kubernetes.cri-o.Image", "org.opencontainers.image.ref.name"};

// 2024-05-17T09:12:44.123456789Z, to the second.
int64_t TimeOf(const std::string& text) {
  std::tm tm{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &tm);
  // int64 nanoseconds end in 2262.
  if (end == nullptr || tm.tm_year < 1980 - 1900 || tm.tm_year > 2261 - 1900) return 0;
  return static_cast<int64_t>(timegm(&tm)) * 1'000'000'000;
}

std::optional<std::string> ReadFile(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return std::nullopt;
  struct stat st {};
  std::optional<std::string> out;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= static_cast<off_t>(kMaxMetadataFile)) {
    out.emplace();
    char buffer[16384];
    ssize_t n;
    while (out->size() <= kMaxMetadataFile && (n = read(fd, buffer, sizeof(buffer))) > 0) out->append(buffer, n);
  }
  close(fd);
  return out;
}

bool LoadJson(const std::string& path, bool (*parse)(std::string_view, Container&), Container& out) {
  std::optional<std::string> text = ReadFile(path);
  return text && parse(*text, out);
}

// Where each runtime keeps the bundle or what points to it. {} is the container's id, * any one directory.
struct Place {
  std::string_view runtime;
  std::string_view path;
  enum { kBundle, kState } kind;
};
constexpr Place kPlaces[] = {
    {"containerd", "/run/containerd/io.containerd.runtime.v2.task/*/{}/config.json", Place::kBundle},
    {"podman", "/var/lib/containers/storage/overlay-containers/{}/userdata/config.json", Place::kBundle},
    {"podman", "/run/containers/storage/overlay-containers/{}/userdata/config.json", Place::kBundle},
    {"runc", "/run/runc/{}/state.json", Place::kState},
    {"crun", "/run/crun/{}/status", Place::kState},
    {"runc", "/run/user/*/runc/{}/state.json", Place::kState},
    {"crun", "/run/user/*/crun/{}/status", Place::kState},
};

std::vector<std::string> Expand(const std::string& root, std::string_view pattern, std::string_view id) {
  std::string path(pattern);
  path.replace(path.find("{}"), 2, id);
  size_t star = path.find('*');
  if (star == std::string::npos) return {root + path};
  std::vector<std::string> out;
  std::error_code error;
  std::filesystem::directory_iterator dir(root + path.substr(0, star), error), end;
  for (size_t n = 0; !error && dir != end && n < 256; dir.increment(error), ++n) {
    out.push_back(dir->path().string() + path.substr(star + 1));
  }
  return out;
}

// A name that can be put into a path: no separator, not "." or "..".
bool IsPathSafe(std::string_view id) {
  return !id.empty() && id.size() <= 255 && id.find('/') == std::string_view::npos &&
         id.find('\0') == std::string_view::npos && id != "." && id != "..";
}

// A runtime without a database, or one that does not know the container: then there is nothing to tell. Else what was
// wrong with it.
void Note(const absl::Status& status, Container& out) {
  if (!status.ok() && !absl::IsNotFound(status))
    out.details.unread = std::string(status.message()).substr(0, kMaxMetadataString);
}

// A bundle in STORAGE/DRIVER-containers/ID/userdata is podman's or CRI-O's: there are a list of containers in
// DRIVER-containers, a list of images in DRIVER-images, and podman's database.
void LoadStorage(const std::filesystem::path& containers, Container& out) {
  constexpr std::string_view kContainers = "-containers";
  std::string driver = containers.filename().string();
  if (!driver.ends_with(kContainers)) return;
  driver.resize(driver.size() - kContainers.size());
  const std::filesystem::path storage = containers.parent_path();
  LoadJson((containers / "containers.json").string(), ParsePodmanContainers, out);
  Note(ReadPodmanDatabase(storage.string(), out), out);
  LoadJson((storage / (driver + "-images") / "images.json").string(), ParsePodmanImages, out);
}

// A bundle in /run/containerd/io.containerd.runtime.v2.task/NAMESPACE/ID is containerd's.
void LoadContainerd(const std::string& root, const std::filesystem::path& name_space, Container& out) {
  if (name_space.parent_path() != root + "/run/containerd/io.containerd.runtime.v2.task") return;
  const std::string database = root + "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db";
  Note(ReadContainerdDatabase(database, name_space.filename().string(), out), out);
}

// The bundle's config, and what lies where its runtime keeps such bundles.
bool LoadBundle(const std::string& root, const std::string& config, Container& out) {
  if (!LoadJson(config, ParseOciConfig, out)) return false;
  const std::filesystem::path bundle = std::filesystem::path(config).parent_path();
  LoadContainerd(root, bundle.parent_path(), out);
  LoadStorage(bundle.parent_path().parent_path(), out);
  return true;
}

bool LoadPlace(const std::string& root, const Place& place, Container& out) {
  for (const std::string& path : Expand(root, place.path, out.full_id)) {
    if (place.kind == Place::kBundle) {
      if (LoadBundle(root, path, out)) return true;
      continue;
    }
    std::optional<std::string> state = ReadFile(path);
    if (!state) continue;
    std::string bundle = BundleOfRuntimeState(*state);
    if (!bundle.empty()) LoadBundle(root, root + bundle + "/config.json", out);
    return true;
  }
  return false;
}

bool LoadDocker(const std::string& root, Container& out) {
  std::string dir = fmt::format("{}/var/lib/docker/containers/{}/", root, out.full_id);
  if (!LoadJson(dir + "config.v2.json", ParseDockerConfig, out)) return false;
  LoadJson(dir + "hostconfig.json", ParseDockerHostConfig, out);
  return true;
}

bool LoadAny(const std::string& root, Container& out) {
  if (LoadDocker(root, out)) {
    out.runtime = "docker";  // under Kubernetes the cgroup alone does not tell
    return true;
  }
  for (const Place& place : kPlaces) {
    if (!LoadPlace(root, place, out)) continue;
    if (out.runtime == "unknown") out.runtime = place.runtime;
    return true;
  }
  return false;
}

// libcni caches what a plugin answered as NETWORK-CONTAINER-INTERFACE.
std::string CachedAddress(const std::string& root, std::string_view sandbox) {
  constexpr size_t kMaxEntries = 8192;
  const std::string suffix = fmt::format("-{}-eth0", sandbox);
  std::error_code error;
  std::filesystem::directory_iterator dir(root + "/var/lib/cni/results", error), end;
  for (size_t n = 0; !error && dir != end && n < kMaxEntries; dir.increment(error), ++n) {
    if (!dir->path().filename().string().ends_with(suffix)) continue;
    std::optional<std::string> text = ReadFile(dir->path().string());
    std::optional<Json> cached = text ? Parse(*text) : std::nullopt;
    if (cached) return AddressOfCniResult(*cached);
  }
  return "";
}

// A pod's labels, namespaces and address are its sandbox's.
void LoadSandbox(const std::string& root, Container& out) {
  const std::string id = out.details.pod_sandbox_id;
  if (!IsPathSafe(id)) return;
  Container sandbox;
  sandbox.full_id = id;
  sandbox.runtime = out.runtime;
  if (id == out.full_id) {
    sandbox = out;
  } else if (!LoadAny(root, sandbox)) {
    return;
  }
  ReadSandboxDetails(sandbox.details, out.details);
  if (out.details.ip.empty()) out.details.ip = CachedAddress(root, id);
}

}  // namespace

void SetImage(std::string_view reference, Container& out) {
  reference = reference.substr(0, kMaxMetadataString);
  if (reference.empty()) return;
  out.image = reference;
  if (size_t at = reference.find('@'); at != std::string_view::npos) {
    out.image_digest = reference.substr(at + 1);
    reference = reference.substr(0, at);
  }
  size_t slash = reference.rfind('/');
  size_t colon = reference.rfind(':');
  bool tagged = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  out.image_tag = tagged ? reference.substr(colon + 1) : "";
  out.image_repository = reference.substr(0, tagged ? colon : reference.size());
}

bool ParseOciConfig(std::string_view text, Container& out) {
  std::optional<Json> config = Parse(text);
  if (!config || !config->is_object() || (!config->contains("ociVersion") && !config->contains("process")))
    return false;
  for (const Annotation& a : kAnnotations) SetIfText(*config, {"annotations", a.key}, out.*a.field);
  for (std::string_view key : kImageAnnotations) {
    if (std::string image = Text(*config, {"annotations", key}); !image.empty()) {
      SetImage(image, out);
      break;
    }
  }
  if (auto p = PrivilegedBundle(*config); p != Container::Privileged::kUnknown) out.privileged = p;
  ReadOciDetails(*config, out.details);
  return true;
}

bool ParseDockerConfig(std::string_view text, Container& out) {
  std::optional<Json> config = Parse(text);
  if (!config || !At(*config, {"Config"})) return false;
  std::string name = Text(*config, {"Name"});
  if (name.starts_with('/')) name.erase(0, 1);
  if (!name.empty()) out.name = name;
  SetImage(Text(*config, {"Config", "Image"}), out);
  if (out.image_digest.empty()) out.image_digest = Text(*config, {"Image"});
  out.start_time_ns = TimeOf(Text(*config, {"State", "StartedAt"}));
  ReadDockerDetails(*config, out.details);
  for (const auto& [key, field] : kPodLabels) {
    SetIfText(*config, {"Config", "Labels", key}, out.*field);
  }
  return true;
}

bool ParseDockerHostConfig(std::string_view text, Container& out) {
  std::optional<Json> config = Parse(text);
  const Json* privileged = config ? At(*config, {"Privileged"}) : nullptr;
  if (privileged == nullptr || !privileged->is_boolean()) return false;
  out.privileged = privileged->get<bool>() ? Container::Privileged::kYes : Container::Privileged::kNo;
  ReadDockerHostDetails(*config, out.details);
  return true;
}

bool ParsePodmanContainers(std::string_view text, Container& out) {
  std::optional<Json> list = Parse(text);
  if (!list || !list->is_array()) return false;
  for (const Json& entry : *list) {
    if (Text(entry, {"id"}) != out.full_id) continue;
    // "metadata" is JSON in a string.
    const Json* inner = At(entry, {"metadata"});
    if (inner == nullptr || !inner->is_string()) inner = nullptr;
    if (std::optional<Json> metadata = inner ? Parse(inner->get_ref<const std::string&>()) : std::nullopt) {
      SetImage(Text(*metadata, {"image-name"}), out);
      SetIfText(*metadata, {"name"}, out.name);
      SetIfText(*metadata, {"image-id"}, out.details.image_id);
    }
    if (const Json* names = At(entry, {"names"});
        out.name.empty() && names && names->is_array() && !names->empty() && (*names)[0].is_string()) {
      out.name = (*names)[0].get_ref<const std::string&>().substr(0, kMaxMetadataString);
    }
    return true;
  }
  return false;
}

bool ParsePodmanImages(std::string_view text, Container& out) {
  if (out.details.image_id.empty()) return false;
  std::optional<Json> list = Parse(text);
  if (!list || !list->is_array()) return false;
  for (const Json& entry : *list) {
    if (Text(entry, {"id"}) != out.details.image_id) continue;
    SetIfText(entry, {"digest"}, out.image_digest);
    return true;
  }
  return false;
}

std::string BundleOfRuntimeState(std::string_view text) {
  std::optional<Json> state = Parse(text);
  if (!state) return "";
  std::string bundle = Text(*state, {"bundle"});  // crun
  const Json* labels = At(*state, {"config", "labels"});
  if (bundle.empty() && labels != nullptr && labels->is_array()) {
    for (const Json& label : *labels) {
      if (!label.is_string()) continue;
      const std::string& text_of = label.get_ref<const std::string&>();
      if (text_of.starts_with("bundle=")) bundle = text_of.substr(7, kMaxMetadataString);
    }
  }
  return bundle.starts_with('/') ? bundle : "";
}

bool LoadContainerMetadata(const std::string& root, Container& out, const std::string& bundle) {
  if (out.runtime == "lxc" || out.runtime == "systemd-nspawn") {
    out.name = out.full_id;
    return true;
  }
  if (!IsPathSafe(out.full_id)) return false;
  std::string base = root == "/" ? "" : root;
  if (!LoadAny(base, out) && (bundle.empty() || !LoadBundle(base, base + bundle + "/config.json", out))) return false;
  if (out.name.empty() && out.full_id.size() != 64) out.name = out.full_id;
  LoadSandbox(base, out);
  return true;
}

}  // namespace vedette
