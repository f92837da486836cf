// SPDX-License-Identifier: Apache-2.0
//
// A field of an event as text, for tests: "<NULL>" when it is not there, several values joined by ",".
#ifndef VEDETTE_TESTS_UNIT_EVENT_FIELD_VALUES_H_
#define VEDETTE_TESTS_UNIT_EVENT_FIELD_VALUES_H_

#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "sensor/event/field.h"
#include "sensor/event/socket_view.h"
#include "sensor/event/text_writer.h"

namespace vedette {

inline std::string ValueText(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::kBool:
      return v.boolean() ? "true" : "false";
    case Value::Kind::kNumber:
      return std::to_string(v.number());
    case Value::Kind::kString:
      return std::string(v.string());
    case Value::Kind::kAddress: {
      auto room = std::make_unique<Values>();
      TextWriter text(*room);
      AppendAddress(v.address(), text);
      return std::string(text.text());
    }
    case Value::Kind::kNull:
      break;
  }
  return "<NULL>";
}

// The argument as the rule parser makes it: ".flags" and "[flags]" are names, "[2]" an index or, for evt.arg, a name.
inline FieldArg ParsedArg(const Field& field, std::string_view rest) {
  FieldArg arg;
  if (rest.empty()) return arg;
  arg.present = true;
  rest.remove_prefix(1);
  if (rest.ends_with(']')) rest.remove_suffix(1);
  if (field.arg == ArgKind::kName || field.arg == ArgKind::kOptionalName) {
    arg.name = rest;
  } else {
    std::from_chars(rest.data(), rest.data() + rest.size(), arg.index);
  }
  return arg;
}

inline std::string Get(const Event& event, std::string_view spelling) {
  FieldMatch match = FindField(spelling);
  if (match.field == nullptr) return "<no such field>";
  auto values = std::make_unique<Values>();
  Extract(*match.field, ParsedArg(*match.field, match.rest), event, *values);
  if (values->empty()) return "<NULL>";
  std::string out;
  for (const Value& v : *values) {
    if (!out.empty()) out += ',';
    out += ValueText(v);
  }
  return out;
}

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_EVENT_FIELD_VALUES_H_
