// SPDX-License-Identifier: Apache-2.0
#include "engine/output_format.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string_view>

namespace vedette {
namespace {

constexpr std::string_view kMissing = "<NA>";

void AppendText(const Value& v, std::string& out) {
  switch (v.kind()) {
    case Value::Kind::kNull:
      out += kMissing;
      break;
    case Value::Kind::kBool:
      out += v.boolean() ? "true" : "false";
      break;
    case Value::Kind::kNumber:
      fmt::format_to(std::back_inserter(out), "{}", v.number());
      break;
    case Value::Kind::kString:
      out += v.string();
      break;
    case Value::Kind::kAddress: {
      std::array<char, INET6_ADDRSTRLEN> text{};
      inet_ntop(v.address().v6 ? AF_INET6 : AF_INET, v.address().bytes.data(), text.data(), text.size());
      out += text.data();
      break;
    }
  }
}

// proc.aname, proc.aenv and their like, without an index: the chain of ancestors.
bool IsChain(const FieldRef& f) {
  return f.field->any_of && (f.field->arg == ArgKind::kOptionalIndex || f.field->arg == ArgKind::kOptionalName);
}

AlertValue TypedValue(const FieldRef& field, const Values& values) {
  if (values.empty()) return std::monostate{};
  if (values.size() == 1) {
    if (values[0].kind() == Value::Kind::kBool) return values[0].boolean();
    if (values[0].kind() == Value::Kind::kNumber) return values[0].number();
  }
  return TextOf(field, values);
}

void AddOnce(const std::string& name, AlertValue value, OutputFormat::Fields& out) {
  const bool known = std::any_of(out.begin(), out.end(), [&](const auto& f) { return f.first == name; });
  if (!known) out.emplace_back(name, std::move(value));
}

}  // namespace

std::string TextOf(const Value& value) {
  std::string out;
  AppendText(value, out);
  return out;
}

std::string TextOf(const FieldRef& field, const Values& values) {
  std::string out;
  if (values.size() <= 1) {
    AppendText(values.empty() ? Value() : values[0], out);
    return out;
  }
  const bool chain = IsChain(field);
  if (!chain) out += '(';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += chain ? ' ' : ',';
    AppendText(values[i], out);
  }
  if (!chain) out += ')';
  return out;
}

const Values& OutputFormat::Extracted(const FieldRef& field, const Event& event) {
  reader_.Reset();
  return reader_.Read(field, event);
}

std::string OutputFormat::Line(const std::vector<OutputPart>& parts, const Event& event) {
  std::string line;
  for (const OutputPart& part : parts) {
    if (part.field.field == nullptr) {
      line += part.text;
      continue;
    }
    std::string text = TextOf(part.field, Extracted(part.field, event));
    if (part.width != 0) text.resize(part.width, ' ');
    line += text;
  }
  return line;
}

void OutputFormat::AddFields(const std::vector<OutputPart>& parts, const Event& event, Fields& out) {
  for (const OutputPart& part : parts) {
    if (part.field.field != nullptr) AddField(part.field, event, out);
  }
}

void OutputFormat::AddExtra(const ExtraField& extra, const Event& event, Fields& out) {
  if (extra.typed) return AddFields(extra.format, event, out);
  std::erase_if(out, [&](const auto& f) { return f.first == extra.name; });
  out.emplace_back(extra.name, Line(extra.format, event));
}

void OutputFormat::AddField(const FieldRef& field, const Event& event, Fields& out) {
  if (field.spelling == "evt.time" && field.transformers.empty()) {
    // As in Falco: text in the line, nanoseconds since 1970 in output_fields.
    AddOnce(field.spelling, event.time_ns, out);
    return;
  }
  AddOnce(field.spelling, TypedValue(field, Extracted(field, event)), out);
}

}  // namespace vedette
