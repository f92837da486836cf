// SPDX-License-Identifier: Apache-2.0
#include "rules/required_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <tuple>
#include <vector>

#include "rules/map_reader.h"

namespace vedette {
namespace {

std::string ToText(const Version& v) { return fmt::format("{}.{}.{}", v.major, v.minor, v.patch); }

std::optional<uint32_t> ParseNumber(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Requirement {
  std::string name;
  Version version;
};

std::optional<Requirement> ReadRequirement(const YamlNode& node, Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.Error(node.at, "a required plugin must be a mapping with 'name' and 'version'");
    return std::nullopt;
  }
  MapReader reader(node, "required plugin", diagnostics);
  auto name = reader.TakeString("name", true);
  auto text = reader.TakeString("version", true);
  reader.Take("alternatives");
  reader.WarnUnknownKeys();
  if (!name || !text) return std::nullopt;
  auto version = ParseVersion(*text);
  if (!version) {
    reader.Error(*node.Find("version"), fmt::format("{} is no version such as 1.2.3", Quoted(*text)));
    return std::nullopt;
  }
  return Requirement{*name, *version};
}

bool Provided(const Requirement& requirement) {
  return requirement.name == "container" && Satisfies(kContainerPluginVersion, requirement.version);
}

void CheckPlugin(const YamlNode& node, Diagnostics& diagnostics) {
  std::vector<Requirement> alternatives;
  auto first = ReadRequirement(node, diagnostics);
  if (!first) return;
  alternatives.push_back(*first);
  const YamlNode* others = node.Find("alternatives");
  if (others != nullptr && !others->is_sequence())
    return diagnostics.Error(others->at, "'alternatives' must be a sequence");
  if (others != nullptr) {
    for (const YamlNode* other : others->children) {
      auto requirement = ReadRequirement(*other, diagnostics);
      if (!requirement) return;
      const bool twice = std::any_of(alternatives.begin(), alternatives.end(),
                                     [&](const Requirement& r) { return r.name == requirement->name; });
      if (twice) {
        return diagnostics.Error(
            other->at,
            fmt::format("the plugin {} has more than one version among its alternatives", Quoted(requirement->name)));
      }
      alternatives.push_back(*std::move(requirement));
    }
  }
  std::string wanted;
  for (const Requirement& requirement : alternatives) {
    if (Provided(requirement)) return;
    wanted +=
        fmt::format("{}{} {}", wanted.empty() ? "" : " or ", Printable(requirement.name), ToText(requirement.version));
  }
  diagnostics.Error(node.at, fmt::format("the file requires the plugin {}; vedette provides what container {} does",
                                         wanted, ToText(kContainerPluginVersion)));
}

}  // namespace

std::optional<Version> ParseVersion(std::string_view text) {
  text = text.substr(0, text.find_first_of("-+"));
  Version out;
  uint32_t* const parts[] = {&out.major, &out.minor, &out.patch};
  for (int i = 0; i < 3; ++i) {
    size_t dot = i < 2 ? text.find('.') : std::string_view::npos;
    if (i < 2 && dot == std::string_view::npos) return std::nullopt;
    auto number = ParseNumber(text.substr(0, dot));
    if (!number) return std::nullopt;
    *parts[i] = *number;
    text = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  }
  return out;
}

bool Satisfies(const Version& have, const Version& required) {
  return have.major == required.major && std::tie(have.minor, have.patch) >= std::tie(required.minor, required.patch);
}

void CheckEngineVersion(const YamlNode& item, Diagnostics& diagnostics) {
  MapReader reader(item, "required_engine_version", diagnostics);
  auto text = reader.TakeString("required_engine_version", true);
  reader.WarnUnknownKeys();
  if (!text) return;
  const YamlNode& node = *item.Find("required_engine_version");
  auto number = ParseNumber(*text);  // the old form: 17 is 0.17.0
  std::optional<Version> required = number ? Version{0, *number, 0} : ParseVersion(*text);
  if (!required) {
    reader.Error(node, fmt::format("{} is neither a number nor a version such as 0.57.0", Quoted(*text)));
  } else if (!Satisfies(kFalcoEngineVersion, *required)) {
    reader.Error(node, fmt::format("the file requires Falco's engine {}; vedette has the language of {}",
                                   ToText(*required), ToText(kFalcoEngineVersion)));
  }
}

void CheckPluginVersions(const YamlNode& item, Diagnostics& diagnostics) {
  MapReader reader(item, "required_plugin_versions", diagnostics);
  const YamlNode& plugins = *reader.Take("required_plugin_versions");
  reader.WarnUnknownKeys();
  if (!plugins.is_sequence()) return reader.Error(plugins, "'required_plugin_versions' must be a sequence");
  for (const YamlNode* plugin : plugins.children) CheckPlugin(*plugin, diagnostics);
}

}  // namespace vedette
