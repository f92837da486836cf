// SPDX-License-Identifier: Apache-2.0
//
// ListExpansion: lists are text. Before a condition is parsed, each occurrence of a list's name that is delimited by
// blanks, parentheses, commas, '=' or an end is replaced by the items, joined by ", ". Falco's oddities are kept:
//
//   - also outside of `in (…)`, and inside quoted strings ("a shell_binaries b");
//   - an item with a blank gets double quotes unless it starts with a quote; other items are raw text;
//   - an empty list takes a neighbouring comma with it;
//   - a list in a list is expanded one level, if it was defined before; deeper names stay, and are found only by
//     the pass of a list that comes later. Passes go in the order of definition.
//
// Owned by one load; one thread.
#ifndef VEDETTE_RULES_LIST_EXPANSION_H_
#define VEDETTE_RULES_LIST_EXPANSION_H_

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/definitions.h"
#include "rules/diagnostics.h"

namespace vedette {

class ListExpansion {
 public:
  // Bounds, against lists that multiply each other.
  static constexpr size_t kMaxItems = 2'000'000;          // of all lists, after expansion
  static constexpr size_t kMaxConditionBytes = 8u << 20;  // of one condition
  static constexpr size_t kMaxTotalBytes = 256u << 20;    // of all conditions

  ListExpansion(const std::vector<ListDefinition>& lists, Diagnostics* diagnostics);

  // Nothing when a bound is exceeded, which has been reported.
  std::optional<MappedText> Expand(const MappedText& condition);

  void WarnUnused() const;

 private:
  struct List {
    std::string name;
    SourcePosition position;
    MappedText text;  // the items, joined
    bool used = false;
  };
  std::optional<size_t> NextListIn(std::string_view text, size_t from) const;
  bool Fits(const MappedText& text, const MappedText& original);

  Diagnostics& diagnostics_;
  std::vector<List> lists_;
  std::unordered_map<std::string_view, size_t> by_name_;
  std::vector<size_t> phrases_;  // lists whose names have delimiters in them, ascending
  size_t total_bytes_ = 0;
  bool over_total_ = false;
};

}  // namespace vedette
#endif  // VEDETTE_RULES_LIST_EXPANSION_H_
