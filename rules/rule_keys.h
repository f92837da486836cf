// SPDX-License-Identifier: Apache-2.0
//
// RuleKey: one row per key that a rule may have. What `override` may do with a key and what `vedette schema` says of it
// are derived from the row. Immutable, any thread.
#ifndef VEDETTE_RULES_RULE_KEYS_H_
#define VEDETTE_RULES_RULE_KEYS_H_

#include <set>
#include <span>
#include <string_view>

namespace vedette {

struct RuleKey {
  enum class Form : uint8_t {
    kText,
    kCondition,
    kBool,
    kWord,  // one of WordsOf(name), rule_reader.h
    kTexts,
    kNumber,
    kExceptions,
    kThrottle,
    kCount,
    kSequence,
    kOverride,
  };
  enum class Overriding : uint8_t { kNever, kReplace, kAppendOrReplace };
  std::string_view name;
  Form form;
  Overriding overriding;
  std::string_view doc;
};

std::span<const RuleKey> RuleKeys();
std::set<std::string_view> AppendableKeys();
std::set<std::string_view> ReplaceableKeys();

}  // namespace vedette
#endif  // VEDETTE_RULES_RULE_KEYS_H_
