// SPDX-License-Identifier: Apache-2.0
//
// ExtractEverything: asks an event for every field of the table and every argument of evt.arg, as no rule would.
#ifndef VEDETTE_TESTS_FUZZ_EXTRACT_H_
#define VEDETTE_TESTS_FUZZ_EXTRACT_H_

#include <memory>
#include <string>

#include "sensor/event/event_arg.h"
#include "sensor/event/field.h"
#include "tests/fuzz/check.h"

namespace vedette {

// Whether a field of this type may have a value of this kind.
inline bool TypeAllows(FieldType type, Value::Kind kind) {
  switch (type) {
    case FieldType::kBool:
      return kind == Value::Kind::kBool;
    case FieldType::kNumber:
    case FieldType::kPort:
      return kind == Value::Kind::kNumber;
    case FieldType::kString:
    case FieldType::kPath:
    case FieldType::kBuffer:
      return kind == Value::Kind::kString;
    case FieldType::kAddress:
    case FieldType::kNet:
      return kind == Value::Kind::kAddress;
  }
  return false;
}

inline void ExtractAndCheck(const Field& field, const FieldArg& arg, const Event& event, Values& values) {
  Extract(field, arg, event, values);
  FUZZ_CHECK(field.any_of || values.size() <= 1);
  for (const Value& value : values) {
    FUZZ_CHECK(TypeAllows(field.type, value.kind()));
    if (value.kind() == Value::Kind::kString) Touch(value.string());
  }
}

inline void ExtractEverything(const Event& event) {
  static const Field& evt_arg = *FindField("evt.arg").field;
  auto values = std::make_unique<Values>();
  for (const Field& field : AllFields()) {
    ExtractAndCheck(field, FieldArg{}, event, *values);
    if (field.arg != ArgKind::kOptionalIndex && field.arg != ArgKind::kIndex) continue;
    for (uint32_t index : {0u, 1u, 5u, ~0u}) ExtractAndCheck(field, FieldArg{true, index, ""}, event, *values);
  }
  for (const EventArg& arg : AllEventArgs()) {
    ExtractAndCheck(evt_arg, FieldArg{true, 0, std::string(arg.name)}, event, *values);
  }
}

}  // namespace vedette
#endif  // VEDETTE_TESTS_FUZZ_EXTRACT_H_
