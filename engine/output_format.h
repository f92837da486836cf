// SPDX-License-Identifier: Apache-2.0
//
// OutputFormat: the line and the output_fields of an alert, from a rule's output parts and the event. Bytes are kept as
// they are: encoders escape. Runs after a match, so it may allocate. Event thread.
#ifndef VEDETTE_ENGINE_OUTPUT_FORMAT_H_
#define VEDETTE_ENGINE_OUTPUT_FORMAT_H_

#include <string>
#include <utility>
#include <vector>

#include "engine/alert.h"
#include "engine/field_reader.h"
#include "rules/rule_set.h"
#include "sensor/event/event.h"
#include "sensor/event/value.h"

namespace vedette {

class OutputFormat {
 public:
  using Fields = std::vector<std::pair<std::string, AlertValue>>;

  // The line: literal text, fields, "<NA>" for what is missing, %NN padded with blanks or cut to NN bytes.
  std::string Line(const std::vector<OutputPart>& parts, const Event& event);
  // Adds the fields that `parts` print, each once, in their order.
  void AddFields(const std::vector<OutputPart>& parts, const Event& event, Fields& out);
  void AddField(const FieldRef& field, const Event& event, Fields& out);
  // Adds the field, or replaces one of the same name, as Falco does.
  void AddExtra(const ExtraField& extra, const Event& event, Fields& out);

  // After the transformers; valid until the next call of any method.
  const Values& Extracted(const FieldRef& field, const Event& event);

 private:
  FieldReader reader_;
};

// Text of what one field has: "(a,b)" for several values, ancestors joined by blanks; empty `values` give "<NA>".
std::string TextOf(const FieldRef& field, const Values& values);
std::string TextOf(const Value& value);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_OUTPUT_FORMAT_H_
