// SPDX-License-Identifier: Apache-2.0
//
// Internal to the container metadata parsers: JSON that others have written, bounded in size and depth, and reading of
// it that expects nothing. No exceptions. Any thread.
#ifndef VEDETTE_SENSOR_METADATA_JSON_H_
#define VEDETTE_SENSOR_METADATA_JSON_H_

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace vedette {

using Json = nlohmann::json;

std::optional<Json> Parse(std::string_view text);
// What lies there; null if there is nothing.
const Json* At(const Json& json, std::initializer_list<std::string_view> keys);
// The text that lies there, kMaxMetadataString bytes of it; "" if there is none.
std::string Text(const Json& json, std::initializer_list<std::string_view> keys);
void SetIfText(const Json& json, std::initializer_list<std::string_view> keys, std::string& out);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_METADATA_JSON_H_
