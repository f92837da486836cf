// SPDX-License-Identifier: Apache-2.0
//
// MapReader: the keys of one YAML item, taken one by one with the type they must have. What is wrong with a key is
// reported where it stands; what nobody asked for is a warning in the end. One per item; one thread.
#ifndef VEDETTE_RULES_MAP_READER_H_
#define VEDETTE_RULES_MAP_READER_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostics.h"
#include "rules/mapped_text.h"
#include "rules/yaml_node.h"

namespace vedette {

class MapReader {
 public:
  // `what` names the item in messages: "rule 'X'". `map` must be a map and outlive this.
  MapReader(const YamlNode& map, std::string what, Diagnostics& diagnostics)
      : map_(map), what_(std::move(what)), diagnostics_(diagnostics) {}

  const YamlNode* Take(std::string_view key);  // null if there is none
  bool Has(std::string_view key) const { return map_.Find(key) != nullptr; }

  // A non-empty scalar. Without the key: nothing, and an error if it is `required`.
  std::optional<MappedText> TakeText(std::string_view key, bool required);
  std::optional<std::string> TakeString(std::string_view key, bool required);
  std::optional<bool> TakeBool(std::string_view key);
  std::optional<std::vector<MappedText>> TakeTexts(std::string_view key, bool required);

  // A warning for each key that was not taken; an error where a key that is not read would leave something open.
  void WarnUnknownKeys() { ReportUnknownKeys(Diagnostic::Severity::kWarning); }
  void RefuseUnknownKeys() { ReportUnknownKeys(Diagnostic::Severity::kError); }

  void Error(const YamlNode& at, std::string message) { diagnostics_.Error(at.at, std::move(message)); }
  SourcePosition Position(const YamlNode& node) const { return diagnostics_.sources().PositionOf(node.at); }
  SourcePosition position() const { return Position(map_); }
  const std::string& what() const { return what_; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  void ReportUnknownKeys(Diagnostic::Severity severity);
  std::optional<MappedText> Scalar(const YamlNode& node, std::string_view key);

  const YamlNode& map_;
  std::string what_;
  Diagnostics& diagnostics_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace vedette
#endif  // VEDETTE_RULES_MAP_READER_H_
