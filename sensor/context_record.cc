// SPDX-License-Identifier: Apache-2.0
#include "sensor/context_record.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "bpf/abi/records.h"
#include "sensor/container_metadata.h"

namespace vedette {
namespace {

using Json = nlohmann::json;

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

std::string Text(const Json& json, const char* key) {
  auto it = json.find(key);
  if (it == json.end() || !it->is_string()) return "";
  return it->get_ref<const std::string&>().substr(0, kMaxMetadataString);
}

template <typename T>
T Number(const Json& json, const char* key) {
  auto it = json.find(key);
  return it != json.end() && it->is_number_integer() ? it->get<T>() : T{};
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
  std::string type = Text(json, "type");
  if (type == "cgroup") return CgroupPath{Number<uint64_t>(json, "id"), Text(json, "path")};
  if (type != "container") return std::nullopt;
  Container out;
  for (const TextField& f : kTextFields) out.*f.field = Text(json, f.key);
  int privileged = Number<int>(json, "privileged");
  if (privileged >= 0 && privileged <= 2) out.privileged = static_cast<Container::Privileged>(privileged);
  out.start_time_ns = Number<int64_t>(json, "started");
  return out;
}

}  // namespace vedette
