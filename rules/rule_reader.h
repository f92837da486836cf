// SPDX-License-Identifier: Apache-2.0
//
// ReadRule: a `rule` item → Collector; TakeOverride: the `override` key of any item. No state.
#ifndef VEDETTE_RULES_RULE_READER_H_
#define VEDETTE_RULES_RULE_READER_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/collector.h"
#include "rules/diagnostics.h"
#include "rules/map_reader.h"
#include "rules/yaml_node.h"

namespace vedette {

void ReadRule(const YamlNode& item, Collector& collector, Diagnostics& diagnostics);

struct Override {
  std::set<std::string> append, replace;
};

// Nothing after an error; empty without the key.
std::optional<Override> TakeOverride(MapReader& reader, const std::set<std::string_view>& appendable,
                                     const std::set<std::string_view>& replaceable);

// Keys that other items have, too; nothing without the key or after an error.
std::optional<Priority> TakePriority(MapReader& reader);
std::optional<Action> TakeAction(MapReader& reader);
std::optional<Mode> TakeMode(MapReader& reader);
std::optional<uint32_t> TakeErrno(MapReader& reader);
std::optional<std::vector<std::string>> TakeTags(MapReader& reader);

// The values of a key that has one of a few: "priority", "action", "mode", "errno", "require"; empty for others.
std::vector<std::string_view> WordsOf(std::string_view key);

// "CRITICAL", "critical", "info"
std::optional<Priority> ParsePriority(std::string_view text);

}  // namespace vedette
#endif  // VEDETTE_RULES_RULE_READER_H_
