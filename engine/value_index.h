// SPDX-License-Identifier: Apache-2.0
//
// ValueIndex: which of many rules may match, by the value of one string field — for rules that all demand that the
// field is one of some texts, or starts or ends with one. One lookup instead of a test per rule. Built with the
// Program, then immutable; any thread.
#ifndef VEDETTE_ENGINE_VALUE_INDEX_H_
#define VEDETTE_ENGINE_VALUE_INDEX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/string_set.h"

namespace vedette {

class ValueIndex {
 public:
  enum class Access : uint8_t { kExact, kPrefix, kSuffix };
  struct Item {
    Access access;
    std::string text;
    uint32_t rule;
  };

  explicit ValueIndex(std::vector<Item> items);

  // Appends the rules that demand something that `value` fulfils; a rule may come more than once.
  void Find(std::string_view value, std::vector<uint32_t>& rules) const;

 private:
  using Rules = std::vector<uint32_t>;

  // Texts in order, each knowing the longest other one that is its prefix. The longest text that is a prefix of a value
  // is the last one not greater than the value, or one of those it leads to.
  struct Affixes {
    std::vector<std::string> texts;
    std::vector<uint32_t> parent;  // kNone: there is none
    std::vector<Rules> rules;
  };
  static constexpr uint32_t kNone = ~uint32_t{0};

  static Affixes MakeAffixes(std::vector<std::pair<std::string, uint32_t>> items);
  template <typename Iterator>
  static void FindAffixes(const Affixes& affixes, Iterator begin, Iterator end, Rules& out);

  std::unique_ptr<StringSet> exact_;
  std::vector<Rules> exact_rules_;  // as the members of exact_
  Affixes prefixes_, suffixes_;     // suffixes read backwards
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_VALUE_INDEX_H_
