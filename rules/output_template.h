// SPDX-License-Identifier: Apache-2.0
//
// ParseOutput: an output as written → its parts.
//
//   %field  %field[argument]  %transformer(field)  %NNfield: padded or cut to NN characters  %*field: the same as
//   %field
//
// A field that has no value prints as <NA>. %container.info prints nothing, as in Falco. No state.
#ifndef VEDETTE_RULES_OUTPUT_TEMPLATE_H_
#define VEDETTE_RULES_OUTPUT_TEMPLATE_H_

#include <optional>
#include <vector>

#include "rules/diagnostics.h"
#include "rules/mapped_text.h"
#include "rules/rule_set.h"

namespace vedette {

struct OutputResult {
  enum class State { kOk, kError, kUnknown };  // kUnknown: a field that skip-if-unknown-filter forgives
  State state = State::kOk;
  std::vector<OutputPart> parts;
};

// All errors of the output are reported; unknown fields as warnings when `skip_unknown`.
OutputResult ParseOutput(const MappedText& text, bool skip_unknown, Diagnostics& diagnostics);

inline constexpr uint32_t kMaxOutputWidth = 4096;

}  // namespace vedette
#endif  // VEDETTE_RULES_OUTPUT_TEMPLATE_H_
