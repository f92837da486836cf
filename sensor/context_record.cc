// SPDX-License-Identifier: Apache-2.0
#include "sensor/context_record.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "bpf/abi/records.h"
#include "sensor/container_details.h"
#include "sensor/container_metadata.h"

namespace vedette {
namespace {

struct TextField {
  const char* key;
  std::string Container::*field;
};
constexpr TextField kTextFields[] = {
    {"id", &Container::full_id},
    {"runtime", &Container::runtime},
    {"name", &Container::name},
    {"image", &Container::image},
    {"repository", &Container::image_repository},
    {"tag", &Container::image_tag},
    {"digest", &Container::image_digest},
    {"pod_name", &Container::pod_name},
    {"pod_namespace", &Container::pod_namespace},
    {"pod_uid", &Container::pod_uid},
};

struct DetailField {
  const char* key;
  std::string ContainerDetails::*field;
};
constexpr DetailField kDetailFields[] = {
    {"image_id", &ContainerDetails::image_id},
    {"healthcheck", &ContainerDetails::healthcheck},
    {"ip", &ContainerDetails::ip},
    {"sandbox", &ContainerDetails::pod_sandbox_id},
};
struct FlagField {
  const char* key;
  std::optional<bool> ContainerDetails::*field;
};
constexpr FlagField kFlagFields[] = {
    {"host_pid", &ContainerDetails::host_pid},
    {"host_network", &ContainerDetails::host_network},
    {"host_ipc", &ContainerDetails::host_ipc},
};
struct LabelsField {
  const char* key;
  std::optional<Labels> ContainerDetails::*field;
};
constexpr LabelsField kLabelsFields[] = {
    {"labels", &ContainerDetails::labels},
    {"pod_labels", &ContainerDetails::pod_labels},
};

// Lists are flat, so that the whole is no deeper than it has to be: five texts a mount, two a label.
constexpr size_t kMountTexts = 5;

Json JsonOf(const std::vector<ContainerMount>& mounts) {
  Json out = Json::array();
  for (const ContainerMount& m : mounts) {
    for (const std::string* text : {&m.source, &m.destination, &m.mode, &m.propagation}) out.push_back(*text);
    out.push_back(m.writable ? "rw" : "ro");
  }
  return out;
}

Json JsonOf(const Labels& labels) {
  Json out = Json::array();
  for (const auto& [key, value] : labels) {
    out.push_back(key);
    out.push_back(value);
  }
  return out;
}

size_t SizeOf(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace).size(); }

// What a record has no room for is left out whole, the largest lists first.
void AddDetails(const ContainerDetails& details, Json& json) {
  constexpr size_t kRoom = VD_MAX_RECORD - sizeof(vd_header);
  for (const DetailField& f : kDetailFields) json[f.key] = (details.*f.field).substr(0, kMaxMetadataString);
  for (const FlagField& f : kFlagFields) {
    if (details.*f.field) json[f.key] = *(details.*f.field);
  }
  json["cut"] = details.cut;
  if (details.mounts) json["mounts"] = JsonOf(*details.mounts);
  for (const LabelsField& f : kLabelsFields) {
    if (details.*f.field) json[f.key] = JsonOf(*(details.*f.field));
  }
  for (const char* key : {"pod_labels", "labels", "mounts"}) {
    if (SizeOf(json) <= kRoom) return;
    if (json.erase(key) != 0) json["cut"] = true;
  }
}

std::vector<std::byte> Make(const Json& json) {
  // Names come from files of others: what is not UTF-8 is replaced.
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize(std::min<size_t>(text.size(), VD_MAX_RECORD - sizeof(vd_header)));
  vd_header header{};
  header.size = static_cast<__u32>(sizeof(header) + text.size());
  header.kind = kContextKind;
  std::vector<std::byte> out(header.size);
  memcpy(out.data(), &header, sizeof(header));
  memcpy(out.data() + sizeof(header), text.data(), text.size());
  return out;
}

template <typename T>
T Number(const Json& json, const char* key) {
  auto it = json.find(key);
  return it != json.end() && it->is_number_integer() ? it->get<T>() : T{};
}

// The texts of a list of at most `max` of them; nothing if it is none.
std::optional<std::vector<std::string>> Texts(const Json& json, const char* key, size_t max) {
  auto it = json.find(key);
  if (it == json.end() || !it->is_array() || it->size() > max) return std::nullopt;
  std::vector<std::string> out;
  for (const Json& text : *it) {
    if (!text.is_string()) return std::nullopt;
    out.push_back(text.get_ref<const std::string&>().substr(0, kMaxMetadataString));
  }
  return out;
}

std::optional<std::vector<ContainerMount>> MountsOf(const Json& json) {
  auto texts = Texts(json, "mounts", kMaxMounts * kMountTexts);
  if (!texts || texts->size() % kMountTexts != 0) return std::nullopt;
  std::vector<ContainerMount> out;
  for (auto t = texts->begin(); t != texts->end(); t += kMountTexts)
    out.push_back({t[0], t[1], t[2], t[3], t[4] == "rw"});
  return out;
}

std::optional<Labels> LabelsOf(const Json& json, const char* key) {
  auto texts = Texts(json, key, kMaxLabels * 2);
  if (!texts || texts->size() % 2 != 0) return std::nullopt;
  Labels out;
  for (auto t = texts->begin(); t != texts->end(); t += 2) out.emplace_back(t[0], t[1]);
  std::sort(out.begin(), out.end());
  return out;
}

void ReadDetails(const Json& json, ContainerDetails& out) {
  for (const DetailField& f : kDetailFields) out.*f.field = Text(json, {f.key});
  for (const FlagField& f : kFlagFields) {
    auto it = json.find(f.key);
    if (it != json.end() && it->is_boolean()) out.*f.field = it->get<bool>();
  }
  out.mounts = MountsOf(json);
  for (const LabelsField& f : kLabelsFields) out.*f.field = LabelsOf(json, f.key);
  auto cut = json.find("cut");
  out.cut = cut != json.end() && cut->is_boolean() && cut->get<bool>();
}

}  // namespace

bool IsContextRecord(std::span<const std::byte> record) {
  uint16_t kind;
  if (record.size() < sizeof(vd_header)) return false;
  memcpy(&kind, record.data() + offsetof(vd_header, kind), sizeof(kind));
  return kind == kContextKind;
}

std::vector<std::byte> MakeContextRecord(const Container& container) {
  Json json{{"type", "container"},
            {"privileged", static_cast<int>(container.privileged)},
            {"started", container.start_time_ns}};
  for (const TextField& f : kTextFields) json[f.key] = (container.*f.field).substr(0, kMaxMetadataString);
  AddDetails(container.details, json);
  return Make(json);
}

std::vector<std::byte> MakeContextRecord(const CgroupPath& cgroup) {
  return Make(Json{{"type", "cgroup"}, {"id", cgroup.cgroup_id}, {"path", cgroup.path.substr(0, VD_MAX_CGROUP)}});
}

std::optional<std::variant<Container, CgroupPath>> ReadContextRecord(std::span<const std::byte> record) {
  if (!IsContextRecord(record) || record.size() > VD_MAX_RECORD) return std::nullopt;
  std::string_view text(reinterpret_cast<const char*>(record.data()), record.size());
  bool nested = false;
  auto flat = [&nested](int depth, Json::parse_event_t, Json&) { return !(nested |= depth > 2); };
  Json json = Json::parse(text.substr(sizeof(vd_header)), flat, /*allow_exceptions=*/false);
  if (nested || !json.is_object()) return std::nullopt;
  std::string type = Text(json, {"type"});
  if (type == "cgroup") return CgroupPath{Number<uint64_t>(json, "id"), Text(json, {"path"})};
  if (type != "container") return std::nullopt;
  Container out;
  for (const TextField& f : kTextFields) out.*f.field = Text(json, {f.key});
  int privileged = Number<int>(json, "privileged");
  if (privileged >= 0 && privileged <= 2) out.privileged = static_cast<Container::Privileged>(privileged);
  out.start_time_ns = Number<int64_t>(json, "started");
  out.known = true;
  ReadDetails(json, out.details);
  return out;
}

}  // namespace vedette
