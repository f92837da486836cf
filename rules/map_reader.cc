// SPDX-License-Identifier: Apache-2.0
#include "rules/map_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/nearest_name.h"

namespace vedette {
namespace {

// YAML 1.1's spellings, which Falco's reader takes too.
std::optional<bool> ParseBool(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  constexpr std::array<std::string_view, 4> kTrue = {"true", "yes", "on", "y"};
  constexpr std::array<std::string_view, 4> kFalse = {"false", "no", "off", "n"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

}  // namespace

const YamlNode* MapReader::Take(std::string_view key) {
  taken_.emplace(key);
  return map_.Find(key);
}

std::optional<MappedText> MapReader::Scalar(const YamlNode& node, std::string_view key) {
  if (node.is_null() || (node.is_scalar() && node.value.empty())) {
    Error(node, fmt::format("'{}' of the {} is empty", key, what_));
  } else if (!node.is_scalar()) {
    Error(node, fmt::format("'{}' of the {} must be a single value, not a {}", key, what_,
                            node.is_map() ? "mapping" : "sequence"));
  } else if (node.value.find('\0') != std::string::npos) {
    Error(node, fmt::format("'{}' of the {} contains a NUL character", key, what_));
  } else {
    return TextOf(node, diagnostics_.sources());
  }
  return std::nullopt;
}

std::optional<MappedText> MapReader::TakeText(std::string_view key, bool required) {
  const YamlNode* node = Take(key);
  if (node != nullptr) return Scalar(*node, key);
  if (required) Error(map_, fmt::format("the {} has no '{}'", what_, key));
  return std::nullopt;
}

std::optional<std::string> MapReader::TakeString(std::string_view key, bool required) {
  auto text = TakeText(key, required);
  if (!text) return std::nullopt;
  return text->Trimmed().text();
}

std::optional<bool> MapReader::TakeBool(std::string_view key) {
  const YamlNode* node = Take(key);
  if (node == nullptr) return std::nullopt;
  std::optional<bool> value = node->is_scalar() ? ParseBool(node->value) : std::nullopt;
  if (!value) Error(*node, fmt::format("'{}' of the {} must be true or false", key, what_));
  return value;
}

std::optional<std::vector<MappedText>> MapReader::TakeTexts(std::string_view key, bool required) {
  const YamlNode* node = Take(key);
  if (node == nullptr) {
    if (required) Error(map_, fmt::format("the {} has no '{}'", what_, key));
    return std::nullopt;
  }
  if (!node->is_sequence()) {
    Error(*node, fmt::format("'{}' of the {} must be a sequence", key, what_));
    return std::nullopt;
  }
  std::vector<MappedText> out;
  bool good = true;
  for (const YamlNode* item : node->children) {
    bool scalar = item->is_scalar() && item->value.find('\0') == std::string::npos;
    if (scalar) {
      out.push_back(TextOf(*item, diagnostics_.sources()));
    } else {
      Error(*item, fmt::format("each item of '{}' of the {} must be a single value", key, what_));
      good = false;
    }
  }
  if (!good) return std::nullopt;
  return out;
}

void MapReader::ReportUnknownKeys(Diagnostic::Severity severity) {
  const bool refuse = severity == Diagnostic::Severity::kError;
  auto report = [&](SourcePosition at, std::string message) {
    refuse ? diagnostics_.Error(at, std::move(message)) : diagnostics_.Warning(at, std::move(message));
  };
  std::set<std::string_view> seen;
  std::vector<std::string_view> known(taken_.begin(), taken_.end());
  const std::string_view fate = refuse ? "" : " and is ignored", ignored = refuse ? "" : " is ignored";
  for (size_t i = 0; i + 1 < map_.children.size(); i += 2) {
    const YamlNode& key = *map_.children[i];
    SourcePosition at = Position(key);
    if (!key.is_scalar()) {
      report(at, fmt::format("a key of the {} is no plain name{}", what_, fate));
    } else if (taken_.find(key.value) == taken_.end()) {
      report(at, fmt::format("unknown key {} of the {}{}{}", Quoted(key.value), what_, ignored,
                             DidYouMean(NearestName(key.value, known))));
    } else if (!seen.insert(key.value).second) {
      report(at, fmt::format("the {} has '{}' twice{}", what_, key.value, refuse ? "" : "; the first one counts"));
    }
  }
}

}  // namespace vedette
