// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "outputs/json_writer.h"
#include "sensor/event/field.h"

namespace vedette {
namespace {

struct FieldsFlags {
  std::string prefix;
  bool json = false, markdown = false, unsupported = false;
};

constexpr std::string_view kTypeNames[] = {"bool", "number", "port", "string", "path", "bytes", "address", "network"};
constexpr std::string_view kArgForms[] = {"", "[N] or none", "[N]", "[NAME] or .NAME", "[NAME] or none"};

std::string_view TypeName(const Field& field) { return kTypeNames[static_cast<size_t>(field.type)]; }
std::string_view ArgForm(const Field& field) { return kArgForms[static_cast<size_t>(field.arg)]; }
bool IsDecidable(const Field& field) { return field.kernel.use != KernelUse::kNever; }

std::vector<std::string_view> KindNames(EventKinds kinds) {
  std::vector<std::string_view> names;
  for (const EventKindInfo& info : AllEventKinds()) {
    if (kinds.test(info.kind)) names.push_back(info.name);
  }
  return names;
}

template <typename Row>
std::vector<const Row*> WithPrefix(std::span<const Row> rows, const std::string& prefix) {
  std::vector<const Row*> out;
  for (const Row& row : rows) {
    if (row.name.starts_with(prefix)) out.push_back(&row);
  }
  return out;
}

void WriteJson(const Field& field, JsonWriter& json) {
  json.BeginObject();
  json.StringMember("name", field.name);
  json.StringMember("type", TypeName(field));
  json.StringMember("argument", ArgForm(field));
  json.BoolMember("any_of", field.any_of);
  json.StringMember("doc", field.doc);
  json.Key("events");
  json.BeginArray();
  for (std::string_view name : KindNames(field.kinds)) json.String(name);
  json.EndArray();
  json.Key("deny");  // the events at whose hooks a deny rule can use it
  json.BeginArray();
  if (IsDecidable(field)) {
    for (std::string_view name : KindNames(field.kernel.kinds)) json.String(name);
  }
  json.EndArray();
  if (!IsDecidable(field)) json.StringMember("deny_why_not", field.kernel.why_not);
  json.EndObject();
}

std::string AsJson(const std::vector<const Field*>& fields) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const Field* field : fields) WriteJson(*field, json);
  json.EndArray();
  return out + "\n";
}

std::string AsMarkdown(const std::vector<const Field*>& fields) {
  std::string out = "| field | type | in deny rules | what it is |\n| --- | --- | --- | --- |\n";
  for (const Field* field : fields) {
    fmt::format_to(std::back_inserter(out), "| `{}{}` | {}{} | {} | {} |\n", field->name, ArgForm(*field),
                   TypeName(*field), field->any_of ? ", any of several" : "", IsDecidable(*field) ? "yes" : "no",
                   field->doc);
  }
  return out;
}

std::string AsText(const std::vector<const Field*>& fields) {
  std::string out;
  for (const Field* field : fields) {
    fmt::format_to(std::back_inserter(out), "{:<32} {:<8} {}\n", fmt::format("{}{}", field->name, ArgForm(*field)),
                   TypeName(*field), field->doc);
  }
  return out;
}

std::string Unsupported(const std::vector<const UnsupportedField*>& fields, bool as_json) {
  std::string out;
  JsonWriter json(out);
  if (as_json) json.BeginArray();
  for (const UnsupportedField* field : fields) {
    if (!as_json) {
      fmt::format_to(std::back_inserter(out), "{:<32} {}\n", field->name, field->reason);
      continue;
    }
    json.BeginObject();
    json.StringMember("name", field->name);
    json.StringMember("reason", field->reason);
    json.EndObject();
  }
  if (as_json) json.EndArray();
  return out + (as_json ? "\n" : "");
}

int PrintFields(const FieldsFlags& flags) {
  std::string out;
  size_t count = 0;
  if (flags.unsupported) {
    auto fields = WithPrefix(UnsupportedFields(), flags.prefix);
    count = fields.size();
    out = Unsupported(fields, flags.json);
  } else {
    auto fields = WithPrefix(AllFields(), flags.prefix);
    count = fields.size();
    out = flags.json ? AsJson(fields) : flags.markdown ? AsMarkdown(fields) : AsText(fields);
  }
  if (count == 0) {
    std::string_view near = flags.unsupported ? "" : NearestFieldName(flags.prefix);
    return Fail(absl::NotFoundError(fmt::format("no field begins with '{}'{}", flags.prefix,
                                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near))));
  }
  PrintOut(out);
  return kExitOk;
}

}  // namespace

Runner DeclareFields(CLI::App& command) {
  auto flags = std::make_shared<FieldsFlags>();
  command.add_option("PREFIX", flags->prefix, "Only fields whose name begins with it [all]")->type_name("");
  auto* json = command.add_flag("--json", flags->json, "As JSON")->option_text(" ");
  command.add_flag("--markdown", flags->markdown, "As a table in Markdown")->excludes(json)->option_text(" ");
  command.add_flag("--unsupported", flags->unsupported, "Falco's fields that Vedette does not have, and why");
  return [flags] { return PrintFields(*flags); };
}

}  // namespace vedette
