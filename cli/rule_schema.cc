// SPDX-License-Identifier: Apache-2.0
#include "cli/rule_schema.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "rules/operator.h"
#include "rules/profile_reader.h"
#include "rules/rule_keys.h"
#include "rules/rule_reader.h"
#include "rules/window_reader.h"
#include "sensor/event/field.h"

namespace vedette {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(std::string_view text) { return std::string(text); }
Json Ref(std::string_view name) { return {{"$ref", "#/$defs/" + Text(name)}}; }
Json AnyOf(std::vector<Json> choices) { return {{"anyOf", std::move(choices)}}; }
Json ArrayOf(Json item) { return {{"type", "array"}, {"items", std::move(item)}}; }
// What is text in YAML may look like a number or a boolean.
Json Scalar() { return {{"type", {"string", "number", "boolean"}}}; }
Json Boolean() { return AnyOf({{{"type", "boolean"}}, {{"enum", {"true", "false", "yes", "no", "on", "off"}}}}); }

Json Object(Json properties, std::vector<std::string> required, std::string_view doc) {
  return {{"type", "object"},
          {"description", doc},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

// Every field with what it is; arguments and transformers are left to `vedette check`.
Json FieldDefinition() {
  std::vector<Json> choices;
  for (const Field& field : AllFields()) {
    choices.push_back({{"const", field.name}, {"description", field.doc}});
  }
  choices.push_back({{"type", "string"},
                     {"pattern", "[\\[(.]"},
                     {"description", "A field with an argument or a transformer: proc.aname[2], tolower(fd.name)"}});
  return AnyOf(std::move(choices));
}

Json ConditionDefinition() {
  std::string fields;
  for (const Field& field : AllFields())
    fields += fmt::format("- `{}` {}: {}\n", field.name, TypeName(field.type), field.doc);
  return {
      {"type", "string"},
      {"minLength", 1},
      {"description", "FIELD OPERATOR VALUE, joined by and, or, not and parentheses. Operators: " + AllOperatorNames()},
      {"markdownDescription", "Fields:\n\n" + fields}};
}

Json Duration() {
  return {{"type", "string"},
          {"pattern", "^[0-9]{1,9}(ms|s|m|h)$"},
          {"description", "A time such as 500ms, 30s, 5m or 1h, at most 24h"}};
}
Json Key() {
  Json fields = ArrayOf(Ref("field"));
  fields["maxItems"] = kMaxKeyFields;
  Json out = AnyOf({Ref("field"), std::move(fields)});
  out["description"] = "The fields whose values part one key from another; none: all is one key";
  return out;
}
Json Number(uint32_t least, uint32_t most) { return {{"type", "integer"}, {"minimum", least}, {"maximum", most}}; }

Json Throttle() {
  Json limit = Number(1, kMaxThrottleLimit);
  limit["default"] = 1;
  Json verdicts = Boolean();
  verdicts["description"] = "Throttle alerts of what the kernel refused, too; false by default";
  return Object({{"by", Key()}, {"limit", limit}, {"within", Duration()}, {"verdicts", verdicts}}, {"within"}, "");
}
Json Count() {
  return AnyOf({{{"type", "string"}, {"pattern", "\\bwithin\\b"}, {"description", ">= 10 by container.id within 1m"}},
                Object({{"at_least", Number(2, kMaxCount)}, {"by", Key()}, {"within", Duration()}},
                       {"at_least", "within"}, "")});
}
Json Sequence() {
  Json named = {
      {"type", "object"}, {"minProperties", 1}, {"maxProperties", 1}, {"additionalProperties", Ref("condition")}};
  Json steps = ArrayOf(AnyOf({Ref("condition"), named}));
  steps["minItems"] = 2;
  steps["maxItems"] = kMaxSteps;
  steps["description"] = "Conditions, names of macros or rules, or NAME: CONDITION";
  return AnyOf(
      {{{"type", "string"}, {"pattern", "^\\s*\\["}, {"description", "[dropped, run] by container.id within 30s"}},
       Object({{"steps", steps}, {"by", Key()}, {"within", Duration()}}, {"steps", "within"}, "")});
}

Json Exceptions() {
  Json operators = Json::array();
  for (const OperatorSpelling& spelling : OperatorSpellings()) operators.push_back(spelling.text);
  Json comps = AnyOf({{{"enum", operators}}, {{"type", "string"}}, ArrayOf({{"type", "string"}})});
  Json properties = {{"name", Scalar()},
                     {"fields", AnyOf({Ref("field"), ArrayOf(Ref("field"))})},
                     {"comps", comps},
                     {"values", {{"type", "array"}}}};
  return ArrayOf(Object(std::move(properties), {"name"}, "Combinations of values not to alert on"));
}

Json OverrideOf(const std::set<std::string_view>& appendable, const std::set<std::string_view>& replaceable) {
  Json properties = Json::object();
  for (std::string_view key : replaceable) {
    properties[Text(key)] =
        appendable.contains(key) ? Json{{"enum", {"append", "replace"}}} : Json{{"const", "replace"}};
  }
  return Object(std::move(properties), {}, "What the keys of this item do to those of the one it amends");
}

// Of either case, as Falco's rules have it.
Json Words(std::string_view key) {
  Json lower = Json::array();
  std::string pattern;
  for (std::string_view word : WordsOf(key)) {
    lower.push_back(word);
    pattern += pattern.empty() ? "^(" : "|";
    for (char c : word) pattern += fmt::format("[{}{}]", c, static_cast<char>(c - 'a' + 'A'));
  }
  return AnyOf({{{"enum", lower}}, {{"type", "string"}, {"pattern", pattern + ")$"}}});
}

Json FormOf(const RuleKey& key) {
  switch (key.form) {
    case RuleKey::Form::kText:
      return Scalar();
    case RuleKey::Form::kCondition:
      return Ref("condition");
    case RuleKey::Form::kBool:
      return Boolean();
    case RuleKey::Form::kWord:
      return Words(key.name);
    case RuleKey::Form::kTexts:
      return ArrayOf(Scalar());
    case RuleKey::Form::kNumber:
      return {{"type", {"integer", "string"}}};
    case RuleKey::Form::kExceptions:
      return Exceptions();
    case RuleKey::Form::kThrottle:
      return Throttle();
    case RuleKey::Form::kCount:
      return Count();
    case RuleKey::Form::kSequence:
      return Sequence();
    case RuleKey::Form::kOverride:
      return OverrideOf(AppendableKeys(), ReplaceableKeys());
  }
  return {};
}

Json RuleItem() {
  Json properties = Json::object();
  for (const RuleKey& key : RuleKeys()) {
    Json form = FormOf(key);
    form["description"] = key.doc;
    properties[Text(key.name)] = std::move(form);
  }
  Json out = Object(std::move(properties), {"rule"}, "A rule, or with 'override' or 'enabled' alone what changes one");
  const Json defines =
      AnyOf({{{"required", {"desc", "condition", "output", "priority"}}},
             {{"required", {"desc", "sequence", "output", "priority"}}},
             {{"required", {"override"}}},
             {{"required", {"append"}}},
             {{"required", {"enabled"}}, {"not", AnyOf({{{"required", {"condition"}}}, {{"required", {"output"}}}})}}});
  out["anyOf"] = defines["anyOf"];
  return out;
}

Json MacroItem() {
  return Object({{"macro", Scalar()},
                 {"condition", Ref("condition")},
                 {"append", Boolean()},
                 {"override", OverrideOf({"condition"}, {"condition"})}},
                {"macro", "condition"}, "A condition with a name");
}

Json ListItem() {
  return Object({{"list", Scalar()},
                 {"items", ArrayOf(Scalar())},
                 {"append", Boolean()},
                 {"override", OverrideOf({"items"}, {"items"})}},
                {"list", "items"}, "Values with a name");
}

Json SyscallsOf(std::string_view doc) {
  Json number = {{"type", {"integer", "string"}}};
  Json condition = Object({{"index", number}, {"op", {{"enum", {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"}}}},
                           {"value", number}, {"valueTwo", number}},
                          {"index", "op", "value"}, "Of an argument");
  Json calls = ArrayOf(AnyOf({Scalar(), Object({{"names", ArrayOf(Scalar())}, {"args", ArrayOf(std::move(condition))},
                                                {"errno", Words("errno")}},
                                               {"names"}, "Calls with these arguments")}));
  return Object({{"default", {{"enum", {"allow", "alert", "deny", "kill"}}}},
                 {"allow", calls}, {"alert", calls}, {"deny", calls}, {"kill", calls},
                 {"oci", Scalar()},
                 {"errno", Words("errno")},
                 {"without_hook", {{"enum", {"error", "kill", "alert", "allow"}}}},
                 {"require", Words("require")},
                 {"architectures", ArrayOf({{"enum", {"x86_64", "i386", "x32"}}})}},
                {}, doc);
}

// "files.read" is the key "read" of the key "files".
Json ProfileItem() {
  Json properties = {{"profile", Scalar()},
                     {"desc", Scalar()},
                     {"match", Ref("condition")},
                     {"mode", Words("mode")},
                     {"action", {{"enum", {"deny", "kill"}}}},
                     {"errno", Words("errno")},
                     {"priority", Words("priority")},
                     {"tags", ArrayOf(Scalar())},
                     {"enabled", Boolean()},
                     {"until_known", Boolean()}};
  for (const ProfileClassInfo& info : ProfileClasses()) {
    if (info.name == "syscalls") {
      properties[Text(info.name)] = SyscallsOf(info.doc);
      continue;
    }
    Json lists = Object({{"allow", ArrayOf(Scalar())}, {"deny", ArrayOf(Scalar())}}, {}, info.doc);
    lists["anyOf"] = {{{"required", {"allow"}}}, {{"required", {"deny"}}}};
    const size_t dot = info.name.find('.');
    if (dot == std::string_view::npos) {
      properties[Text(info.name)] = std::move(lists);
      continue;
    }
    Json& group = properties[Text(info.name.substr(0, dot))];
    if (group.is_null()) group = Object(Json::object(), {}, "");
    group["properties"][Text(info.name.substr(dot + 1))] = std::move(lists);
  }
  Json out = Object(std::move(properties), {"profile"}, "What programs may do, and nothing else");
  out["anyOf"] = {{{"required", {"match"}}}, {{"required", {"until_known"}}}};
  return out;
}

}  // namespace

std::string RuleSchema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "Rules of Vedette"},
                 {"type", "array"},
                 {"items", AnyOf({Ref("rule"), Ref("macro"), Ref("list"), Ref("profile"), Ref("engine_version"),
                                  Ref("plugin_versions")})}};
  schema["$defs"] = {
      {"rule", RuleItem()},
      {"macro", MacroItem()},
      {"list", ListItem()},
      {"profile", ProfileItem()},
      {"engine_version", Object({{"required_engine_version", Scalar()}}, {"required_engine_version"},
                                "The version of Falco's engine that the rules need")},
      {"plugin_versions", Object({{"required_plugin_versions", {{"type", "array"}}}}, {"required_plugin_versions"},
                                 "The versions of Falco's plugins that the rules need")},
      {"condition", ConditionDefinition()},
      {"field", FieldDefinition()},
  };
  return schema.dump(2) + "\n";
}

}  // namespace vedette
