// SPDX-License-Identifier: Apache-2.0
#include "rules/item_reader.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "rules/lexer.h"
#include "rules/map_reader.h"
#include "rules/nearest_name.h"
#include "rules/profile_reader.h"
#include "rules/required_version.h"
#include "rules/rule_reader.h"

namespace vedette {
namespace {

std::string ItemName(std::string_view kind, const YamlNode& item) {
  const YamlNode* name = item.Find(kind);
  if (name == nullptr || !name->is_scalar()) return std::string(kind);
  return fmt::format("{} {}", kind, Quoted(name->value));
}

// `append: true` (deprecated) or `override: {KEY: append|replace}` of a list or a macro.
std::optional<Merge> TakeMerge(MapReader& reader, std::string_view key) {
  std::optional<bool> append = reader.TakeBool("append");
  std::optional<Override> override = TakeOverride(reader, {key}, {key});
  if (!override) return std::nullopt;
  bool overrides = !override->append.empty() || !override->replace.empty();
  if (append.value_or(false)) {
    reader.diagnostics().Warning(reader.position(), fmt::format("'append' of the {} is deprecated; write override: "
                                                                "{{{}: append}}",
                                                                reader.what(), key));
    if (!overrides) return Merge::kAppend;
    reader.diagnostics().Error(reader.position(),
                               fmt::format("the {} has both 'append' and 'override'; keep 'override'", reader.what()));
    return std::nullopt;
  }
  if (!overrides) return Merge::kDefine;
  return override->append.empty() ? Merge::kOverride : Merge::kAppend;
}

void ReadList(const YamlNode& item, Collector& collector, Diagnostics& diagnostics) {
  MapReader reader(item, ItemName("list", item), diagnostics);
  ListDefinition list;
  list.position = reader.position();
  auto name = reader.TakeString("list", true);
  auto items = reader.TakeTexts("items", true);
  auto merge = TakeMerge(reader, "items");
  reader.WarnUnknownKeys();
  if (!name || !items || !merge) return;
  if (!IsBareString(*name)) {
    diagnostics.Warning(reader.Position(*item.Find("list")),
                        "a list's name should have no blanks, quotes, parentheses, commas or '='");
  }
  list.name = *std::move(name);
  list.items = *std::move(items);
  collector.AddList(std::move(list), *merge);
}

void ReadMacro(const YamlNode& item, Collector& collector, Diagnostics& diagnostics) {
  MapReader reader(item, ItemName("macro", item), diagnostics);
  MacroDefinition macro;
  macro.position = reader.position();
  auto name = reader.TakeString("macro", true);
  auto condition = reader.TakeText("condition", true);
  auto merge = TakeMerge(reader, "condition");
  reader.WarnUnknownKeys();
  if (!name || !condition || !merge) return;
  if (!IsIdentifier(*name)) {
    diagnostics.Warning(reader.Position(*item.Find("macro")),
                        "no condition can use this macro: its name must start with a letter and have only letters, "
                        "digits and '_'");
  }
  macro.name = *std::move(name);
  macro.condition = condition->Trimmed();
  collector.AddMacro(std::move(macro), *merge);
}

void ReadEngineVersion(const YamlNode& item, Collector&, Diagnostics& diagnostics) {
  CheckEngineVersion(item, diagnostics);
}

void ReadPluginVersions(const YamlNode& item, Collector&, Diagnostics& diagnostics) {
  CheckPluginVersions(item, diagnostics);
}

// The kind of an item is the first of these keys that it has.
struct ItemKind {
  std::string_view key;
  void (*read)(const YamlNode& item, Collector& collector, Diagnostics& diagnostics);
};
constexpr std::array kItemKinds = {
    ItemKind{"required_engine_version", &ReadEngineVersion},
    ItemKind{"required_plugin_versions", &ReadPluginVersions},
    ItemKind{"list", &ReadList},
    ItemKind{"macro", &ReadMacro},
    ItemKind{"rule", &ReadRule},
    ItemKind{"profile", &ReadProfile},
};

void WarnUnknownItem(const YamlNode& item, Diagnostics& diagnostics) {
  std::vector<std::string_view> known;
  for (const ItemKind& kind : kItemKinds) known.push_back(kind.key);
  std::string hint;
  for (size_t i = 0; i + 1 < item.children.size() && hint.empty(); i += 2) {
    if (item.children[i]->is_scalar()) hint = DidYouMean(NearestName(item.children[i]->value, known));
  }
  diagnostics.Warning(diagnostics.sources().PositionOf(item.at),
                      fmt::format("unknown item is ignored: it has none of the keys rule, macro, list, profile, "
                                  "required_engine_version, required_plugin_versions{}",
                                  hint));
}

void ReadItem(const YamlNode& item, Collector& collector, Diagnostics& diagnostics) {
  if (item.is_null()) return;
  if (!item.is_map()) return diagnostics.Error(item.at, "expected a mapping such as '- rule: …'");
  for (const ItemKind& kind : kItemKinds) {
    if (item.Find(kind.key) != nullptr) return kind.read(item, collector, diagnostics);
  }
  WarnUnknownItem(item, diagnostics);
}

}  // namespace

void ReadItems(const YamlFile& file, Collector& collector, Diagnostics& diagnostics) {
  for (const YamlNode* document : file.documents) {
    if (document->is_null()) continue;
    if (!document->is_sequence()) {
      diagnostics.Error(document->at, "expected a sequence of rules, macros and lists: items that start with '- '");
      continue;
    }
    for (const YamlNode* item : document->children) ReadItem(*item, collector, diagnostics);
  }
}

}  // namespace vedette
