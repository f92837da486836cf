// SPDX-License-Identifier: Apache-2.0
//
// Exceptions are conditions in another dress: CompleteException fills in the default operators and checks the shape,
// ExceptionCondition writes what Falco writes: (CONDITION) and not (EXCEPTION) and not … No state.
#ifndef VEDETTE_RULES_EXCEPTION_TEXT_H_
#define VEDETTE_RULES_EXCEPTION_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "rules/definitions.h"
#include "rules/diagnostics.h"

namespace vedette {

struct ExceptionProblem {
  SourcePosition at;
  std::string message;
};

// Without `check_fields` any name is a field: those of an unknown source are.
std::optional<ExceptionProblem> CompleteException(ExceptionDefinition& exception, bool check_fields);

// `condition` with the exceptions of its rule. Errors in `values` are reported.
MappedText ExceptionCondition(const MappedText& condition, const std::vector<ExceptionDefinition>& exceptions,
                              Diagnostics& diagnostics);

// An item with a blank gets quotes, unless it starts with one: lists and exceptions share this.
void AppendQuotedItem(MappedText& out, const MappedText& item);

}  // namespace vedette
#endif  // VEDETTE_RULES_EXCEPTION_TEXT_H_
