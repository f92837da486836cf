// SPDX-License-Identifier: Apache-2.0
#include "outputs/json_encoder.h"

#include <algorithm>

#include "outputs/json_writer.h"
#include "outputs/text_encoder.h"
#include "outputs/timestamp.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

struct ValueWriter {
  JsonWriter& json;
  void operator()(std::monostate) const { json.Null(); }
  void operator()(bool value) const { json.Bool(value); }
  void operator()(int64_t value) const { json.Number(value); }
  void operator()(const std::string& value) const { json.String(value); }
};

void WriteFields(const Alert& alert, JsonWriter& json) {
  auto is_time = [](const auto& field) { return field.first == "evt.time"; };
  json.BeginObject();
  // Falco's output always begins with the time, so its output_fields always have it, as nanoseconds.
  if (std::none_of(alert.fields.begin(), alert.fields.end(), is_time)) {
    json.Key("evt.time");
    json.Number(alert.time_ns);
  }
  for (const auto& [name, value] : alert.fields) {
    json.Key(name);
    std::visit(ValueWriter{json}, value);
  }
  json.EndObject();
}

void WriteString(std::string_view key, std::string_view value, JsonWriter& json) { json.StringMember(key, value); }

}  // namespace

std::string_view VerdictName(vd_verdict verdict) {
  return verdict == VD_VERDICT_ALLOW ? "" : SymbolName(VerdictSymbols(), verdict);
}

void JsonEncoder::Encode(const Alert& alert, std::string& out) const {
  JsonWriter json(out);
  std::string scratch;
  json.BeginObject();
  WriteString("hostname", alert.hostname, json);
  AppendRawLine(alert, scratch);
  WriteString("output", scratch, json);
  json.Key("output_fields");
  WriteFields(alert, json);
  WriteString("priority", PriorityName(alert.priority), json);
  WriteString("rule", alert.rule, json);
  WriteString("source", alert.source, json);
  json.Key("tags");
  json.BeginArray();
  for (const std::string& tag : alert.tags) json.String(tag);
  json.EndArray();
  scratch.clear();
  AppendIso8601(alert.time_ns, 9, scratch);
  WriteString("time", scratch, json);
  WriteString("uuid", alert.id, json);
  if (std::string_view verdict = VerdictName(alert.verdict); !verdict.empty()) WriteString("verdict", verdict, json);
  json.EndObject();
}

}  // namespace vedette
