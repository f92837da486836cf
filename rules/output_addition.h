// SPDX-License-Identifier: Apache-2.0
//
// OutputAddition: what an entry of the configuration's `append_output` adds to the alerts of the rules it matches.
// Shape and meaning are Falco's. Plain data.
#ifndef VEDETTE_RULES_OUTPUT_ADDITION_H_
#define VEDETTE_RULES_OUTPUT_ADDITION_H_

#include <optional>
#include <string>
#include <vector>

namespace vedette {

struct OutputAddition {
  struct Field {
    std::string name;                   // its key in output_fields
    std::optional<std::string> format;  // text as in an output; none: `name` is a field, and its value has its type
  };

  // Which rules: all that is given has to hold.
  std::string source = "";             // "": of any
  std::vector<std::string> tags = {};  // the rule has every one
  std::string rule = "";               // its name; "": any

  // What is added.
  std::string text = "";   // to the output, after a blank
  bool suggested = false;  // to the output, what Falco's container plugin suggests: container_id=… k8s_ns_name=…
  std::vector<Field> fields = {};  // to output_fields only
};

}  // namespace vedette
#endif  // VEDETTE_RULES_OUTPUT_ADDITION_H_
