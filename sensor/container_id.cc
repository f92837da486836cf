// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_id.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace vedette {
namespace {

constexpr size_t kMaxSegments = 64;

bool IsHex(std::string_view s) {
  return std::all_of(s.begin(), s.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}
bool IsHash(std::string_view s) { return s.size() == 64 && IsHex(s); }
bool IsName(std::string_view s) { return !s.empty(); }
// ECS on Fargate: <32 hex digits>-<10 digits>.
bool IsEcsTask(std::string_view s) {
  return s.size() == 43 && s[32] == '-' && IsHex(s.substr(0, 32)) && IsHex(s.substr(33));
}

// One naming scheme: in a path segment, `prefix` + id + `suffix`; where `parent` is set, the segment above must
// start with it.
struct Scheme {
  std::string_view parent;
  std::string_view prefix;
  std::string_view suffix;
  bool (*id_ok)(std::string_view);
  std::string_view runtime;
};

// The first that fits decides. libpod-conmon-… and crio-conmon-…, which are of the host, fail on the id.
constexpr Scheme kSchemes[] = {
    // systemd driver
    {"", "docker-", ".scope", IsHash, "docker"},
    {"", "cri-containerd-", ".scope", IsHash, "containerd"},
    {"", "crio-", ".scope", IsHash, "cri-o"},
    {"", "libpod-", ".scope", IsHash, "podman"},
    {"", "nerdctl-", ".scope", IsHash, "containerd"},
    {"", "runc-", ".scope", IsName, "runc"},
    {"", "crun-", ".scope", IsName, "crun"},
    {"", "youki-", ".scope", IsName, "youki"},
    {"", "lxc.payload.", "", IsName, "lxc"},
    {"", "systemd-nspawn@", ".service", IsName, "systemd-nspawn"},
    {"machine.slice", "machine-", ".scope", IsName, "systemd-nspawn"},
    // cgroupfs driver
    {"", "crio-", "", IsHash, "cri-o"},
    {"", "libpod-", "", IsHash, "podman"},
    {"docker", "", "", IsHash, "docker"},
    {"buildkit", "", "", IsName, "docker"},
    {"actions_job", "", "", IsHash, "docker"},
    {"lxc.payload", "", "", IsName, "lxc"},
    {"lxc", "", "", IsName, "lxc"},
    {"pod", "", "", IsHash, "containerd"},
    {"kubepods", "", "", IsHash, "containerd"},
    {"", "", "", IsEcsTask, "containerd"},
    {"", "", "", IsHash, "unknown"},
};

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty() && out.size() < kMaxSegments) {
    size_t slash = path.find('/');
    std::string_view segment = path.substr(0, slash);
    if (!segment.empty() && segment != "." && segment != "..") out.push_back(segment);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

// kubepods-burstable-pod<uid>.slice:cri-containerd:<id>: a systemd name used under the cgroupfs driver.
std::optional<std::string_view> TripletId(std::string_view segment, std::string_view& runtime) {
  size_t first = segment.find(':');
  size_t last = segment.rfind(':');
  if (first == std::string_view::npos || first == last || !IsHash(segment.substr(last + 1))) return std::nullopt;
  std::string_view prefix = segment.substr(first + 1, last - first - 1);
  runtime = prefix == "cri-containerd" ? "containerd"
            : prefix == "crio"         ? "cri-o"
            : prefix == "libpod"       ? "podman"
            : prefix == "docker"       ? "docker"
                                       : "unknown";
  return segment.substr(last + 1);
}

bool ParentFits(const Scheme& scheme, std::string_view parent) {
  if (scheme.parent.empty()) return true;
  // Pods are pod<uid>; the others are whole names.
  bool prefix = scheme.parent == "pod" || scheme.parent == "kubepods";
  return prefix ? parent.starts_with(scheme.parent) : parent == scheme.parent;
}

std::optional<std::string_view> IdBy(const Scheme& scheme, std::string_view parent, std::string_view segment) {
  if (!ParentFits(scheme, parent)) return std::nullopt;
  if (segment.size() <= scheme.prefix.size() + scheme.suffix.size()) return std::nullopt;
  if (!segment.starts_with(scheme.prefix) || !segment.ends_with(scheme.suffix)) return std::nullopt;
  segment.remove_prefix(scheme.prefix.size());
  segment.remove_suffix(scheme.suffix.size());
  if (!scheme.id_ok(segment)) return std::nullopt;
  return segment;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Unit names escape bytes as \xNN ("machine-my\x2dbox.scope").
std::string Unescape(std::string_view s) {
  std::string out;
  for (size_t i = 0; i < s.size() && out.size() < kMaxContainerId; ++i) {
    if (s[i] == '\\' && i + 3 < s.size() && s[i + 1] == 'x' && HexDigit(s[i + 2]) >= 0 && HexDigit(s[i + 3]) >= 0) {
      out.push_back(static_cast<char>(HexDigit(s[i + 2]) << 4 | HexDigit(s[i + 3])));
      i += 3;
    } else {
      out.push_back(s[i]);
    }
  }
  return out;
}

// kubepods-burstable-pod0f8d…_….slice, pod0f8d…-….
std::string PodUid(const std::vector<std::string_view>& segments) {
  for (auto it = segments.rbegin(); it != segments.rend(); ++it) {
    std::string_view segment = it->substr(0, it->find(':'));
    size_t at;
    if (segment.starts_with("pod")) {
      at = 3;
    } else if (segment.starts_with("kubepods") && (at = segment.find("-pod")) != std::string_view::npos) {
      at += 4;
    } else {
      continue;
    }
    std::string_view uid = segment.substr(at);
    if (uid.ends_with(".slice")) uid.remove_suffix(6);
    if (uid.size() < 32 || uid.size() > 36) continue;
    std::string out(uid);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
  }
  return "";
}

}  // namespace

ContainerId ContainerIdOfCgroup(std::string_view path) {
  ContainerId out;
  std::vector<std::string_view> segments = Segments(path);
  for (size_t i = segments.size(); i-- > 0;) {
    std::string_view parent = i > 0 ? segments[i - 1] : "";
    std::string_view runtime;
    std::optional<std::string_view> id = TripletId(segments[i], runtime);
    for (const Scheme& scheme : kSchemes) {
      if (id) break;
      id = IdBy(scheme, parent, segments[i]);
      runtime = scheme.runtime;
    }
    if (!id) continue;
    out.full_id = Unescape(*id);
    out.runtime = runtime;
    out.pod_uid = PodUid(segments);
    out.recognised = true;
    return out;
  }
  out.runtime = "unknown";
  if (!segments.empty()) out.full_id = Unescape(segments.back());
  return out;
}

std::string ShortContainerId(std::string_view full_id) {
  bool hash = full_id.size() >= 32 && IsHex(full_id.substr(0, 32));
  return std::string(hash ? full_id.substr(0, 12) : full_id);
}

}  // namespace vedette
