// SPDX-License-Identifier: Apache-2.0
//
// RuleSchema: the JSON schema of rule files, for editors. Made of the tables that the loader reads: rules/rule_keys,
// the vocabularies of rule_reader, the operators, the bounds of window_reader, the field rows. It is about structure;
// what conditions mean is for `vedette check`. Pure.
#ifndef VEDETTE_CLI_RULE_SCHEMA_H_
#define VEDETTE_CLI_RULE_SCHEMA_H_

#include <string>

namespace vedette {

std::string RuleSchema();  // JSON, indented, with a line end

}  // namespace vedette
#endif  // VEDETTE_CLI_RULE_SCHEMA_H_
