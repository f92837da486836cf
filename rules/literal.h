// SPDX-License-Identifier: Apache-2.0
//
// MakeLiteral: a value as it is written → Literal of the field's type, once, at load. Thread-safe, no state.
#ifndef VEDETTE_RULES_LITERAL_H_
#define VEDETTE_RULES_LITERAL_H_

#include <optional>
#include <string>
#include <string_view>

#include "rules/rule_set.h"

namespace vedette {

// Without a literal, `error` says why.
struct LiteralResult {
  std::optional<Literal> literal;
  std::string error;
};

LiteralResult MakeLiteral(FieldType type, Operator op, std::string_view text);

std::optional<IpAddress> ParseAddress(std::string_view text);
// A service of /etc/services, or of a short list of well-known ones for systems without that file.
std::optional<uint16_t> FindPort(std::string_view service);

}  // namespace vedette
#endif  // VEDETTE_RULES_LITERAL_H_
