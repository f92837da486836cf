// SPDX-License-Identifier: Apache-2.0
//
// ResolveField: a field as it is written → FieldRef: the row of the field table, its argument, its transformers, or
// what is wrong with it. Used for conditions, outputs, exceptions and --append-output-field. Thread-safe, no state.
#ifndef VEDETTE_RULES_FIELD_RESOLVER_H_
#define VEDETTE_RULES_FIELD_RESOLVER_H_

#include <optional>
#include <string>
#include <string_view>

#include "rules/ast.h"
#include "rules/rule_set.h"

namespace vedette {

struct ResolvedField {
  FieldRef ref;  // ref.field is null after an error
  std::string error;
  bool unknown = false;       // there is no such field: what skip-if-unknown-filter forgives
  bool bad_argument = false;  // the error is about the argument
  bool ok() const { return ref.field != nullptr; }
};

ResolvedField ResolveField(const FieldExpr& field);

// "fd.name", "proc.aname[2]", "tolower(fd.name)", and nothing else: what --append-output-field takes.
ResolvedField ResolveFieldText(std::string_view text);

// Whether ResolveFieldText() would take it; looks for no near-miss names, which cost more than all the rest.
bool IsField(std::string_view text);

// The type of a field after its transformers.
FieldType TypeOf(const FieldRef& ref);
// Whether the value is a list, of which `in` demands all and `intersects` one. A field that stands for several values
// (proc.aname) is none: an operator tests each.
bool IsList(const FieldRef& ref);

}  // namespace vedette
#endif  // VEDETTE_RULES_FIELD_RESOLVER_H_
