// SPDX-License-Identifier: Apache-2.0
#include "sensor/metadata_json.h"

#include "sensor/container_metadata.h"

namespace vedette {

// Depth is bounded while parsing, so neither the parser nor the tree's destructor meets a deep one.
std::optional<Json> Parse(std::string_view text) {
  if (text.size() > kMaxMetadataFile) return std::nullopt;
  bool too_deep = false;
  auto bound = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > kMaxMetadataDepth;
    return !too_deep;
  };
  Json json = Json::parse(text, bound, /*allow_exceptions=*/false);
  if (too_deep || json.is_discarded() || !(json.is_object() || json.is_array())) return std::nullopt;
  return json;
}

const Json* At(const Json& json, std::initializer_list<std::string_view> keys) {
  const Json* at = &json;
  for (std::string_view key : keys) {
    if (!at->is_object()) return nullptr;
    auto it = at->find(std::string(key));
    if (it == at->end()) return nullptr;
    at = &*it;
  }
  return at;
}

std::string Text(const Json& json, std::initializer_list<std::string_view> keys) {
  const Json* value = At(json, keys);
  if (value == nullptr || !value->is_string()) return "";
  return value->get_ref<const std::string&>().substr(0, kMaxMetadataString);
}

void SetIfText(const Json& json, std::initializer_list<std::string_view> keys, std::string& out) {
  std::string text = Text(json, keys);
  if (!text.empty()) out = std::move(text);
}

}  // namespace vedette
