// SPDX-License-Identifier: Apache-2.0
#include "rules/list_expansion.h"

#include <fmt/format.h>

#include <utility>

#include "rules/exception_text.h"

namespace vedette {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";
constexpr std::string_view kDelimiters = " \t\n\r(),=";

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }
bool IsDelimiter(char c) { return kDelimiters.find(c) != std::string_view::npos; }

void AppendItem(MappedText& out, const MappedText& item) {
  if (!out.empty()) out.AppendSynthetic(", ", item.Origin(0));
  AppendQuotedItem(out, item);
}

void TrimBlanksAtEnd(MappedText& text) {
  size_t size = text.size();
  while (size > 0 && IsBlank(text.text()[size - 1])) --size;
  text.Truncate(size);
}

// Where `name` next stands as a word of its own, or npos. What was copied out before `copied` delimits, too.
size_t FindWord(std::string_view text, std::string_view name, size_t from, size_t copied) {
  for (size_t at = text.find(name, from); at != std::string_view::npos; at = text.find(name, at + 1)) {
    size_t end = at + name.size();
    bool before = at == 0 || at == copied || IsDelimiter(text[at - 1]);
    if (before && (end >= text.size() || IsDelimiter(text[end]))) return at;
  }
  return std::string_view::npos;
}

// One pass: every delimited `name` in `in` becomes `items`. Stops early beyond `limit` bytes.
MappedText Substitute(const MappedText& in, std::string_view name, const MappedText& items, size_t limit) {
  const std::string& text = in.text();
  MappedText out;
  size_t copied = 0;
  while (out.size() <= limit) {
    size_t start = FindWord(text, name, copied, copied);
    if (start == std::string::npos) break;
    size_t end = start + name.size();
    out.Append(in, copied, start);
    TrimBlanksAtEnd(out);
    while (end < text.size() && IsBlank(text[end])) ++end;
    if (items.empty()) {
      if (!out.empty() && out.text().back() == ',') {
        out.Truncate(out.size() - 1);
      } else if (end < text.size() && text[end] == ',') {
        ++end;
      }
    }
    if (!out.empty()) out.AppendSynthetic(" ", in.Origin(start));
    out.Append(items);
    out.AppendSynthetic(" ", in.Origin(start));
    copied = end;
  }
  out.Append(in, copied, in.size());
  return out;
}

}  // namespace

ListExpansion::ListExpansion(const std::vector<ListDefinition>& lists, Diagnostics* diagnostics)
    : diagnostics_(*diagnostics) {
  lists_.reserve(lists.size());
  for (const ListDefinition& list : lists) lists_.push_back({list.name, list.position, {}, false});
  for (size_t i = 0; i < lists_.size(); ++i) {
    by_name_.emplace(lists_[i].name, i);
    if (lists_[i].name.find_first_of(kDelimiters) != std::string::npos) phrases_.push_back(i);
  }
  size_t items = 0;
  for (size_t i = 0; i < lists.size(); ++i) {
    MappedText& text = lists_[i].text;
    for (const MappedText& item : lists[i].items) {
      auto inner = by_name_.find(item.text());
      bool expands = inner != by_name_.end() && lists[inner->second].order < lists[i].visibility;
      items += expands ? lists[inner->second].items.size() : 1;
      if (items > kMaxItems || text.size() > kMaxConditionBytes) {
        diagnostics_.Error(lists[i].position, fmt::format("the lists have more than {} items or {} bytes in all",
                                                          kMaxItems, kMaxConditionBytes));
        return;
      }
      if (!expands) {
        AppendItem(text, item);
        continue;
      }
      lists_[inner->second].used = true;
      for (const MappedText& inner_item : lists[inner->second].items) AppendItem(text, inner_item);
    }
  }
}

// The first list, not before `from` in definition order, whose name is a word of `text`.
std::optional<size_t> ListExpansion::NextListIn(std::string_view text, size_t from) const {
  std::optional<size_t> best;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find_first_of(kDelimiters, begin);
    if (end == std::string_view::npos) end = text.size();
    if (end > begin) {
      auto found = by_name_.find(text.substr(begin, end - begin));
      bool better = found != by_name_.end() && found->second >= from && (!best || found->second < *best);
      if (better) best = found->second;
    }
    begin = end + 1;
  }
  for (size_t list : phrases_) {
    bool earlier = list >= from && (!best || list < *best);
    if (earlier && FindWord(text, lists_[list].name, 0, 0) != std::string_view::npos) best = list;
  }
  return best;
}

bool ListExpansion::Fits(const MappedText& text, const MappedText& original) {
  if (text.size() > kMaxConditionBytes) {
    diagnostics_.Error(original.Origin(0),
                       fmt::format("with its lists the condition is longer than {} MiB", kMaxConditionBytes >> 20));
    return false;
  }
  total_bytes_ += text.size();
  if (total_bytes_ <= kMaxTotalBytes) return true;
  if (!over_total_) {
    diagnostics_.Error(original.Origin(0), fmt::format("with their lists the conditions are longer than {} MiB in all",
                                                       kMaxTotalBytes >> 20));
  }
  over_total_ = true;
  return false;
}

std::optional<MappedText> ListExpansion::Expand(const MappedText& condition) {
  MappedText text = condition;
  size_t from = 0;
  while (auto next = NextListIn(text.text(), from)) {
    lists_[*next].used = true;
    text = Substitute(text, lists_[*next].name, lists_[*next].text, kMaxConditionBytes);
    if (text.size() > kMaxConditionBytes) break;
    from = *next + 1;
  }
  if (!Fits(text, condition)) return std::nullopt;
  return text;
}

void ListExpansion::WarnUnused() const {
  for (const List& list : lists_) {
    if (!list.used) diagnostics_.Warning(list.position, fmt::format("the list {} is not used", Quoted(list.name)));
  }
}

}  // namespace vedette
