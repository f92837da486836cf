// SPDX-License-Identifier: Apache-2.0
#include "engine/value_index.h"

#include <algorithm>
#include <map>
#include <utility>

namespace vedette {
namespace {

// Bytes compare as unsigned, as std::string does.
bool LessBytes(char a, char b) { return static_cast<unsigned char>(a) < static_cast<unsigned char>(b); }

}  // namespace

ValueIndex::ValueIndex(std::vector<Item> items) {
  std::map<std::string, Rules> exact;
  std::vector<std::pair<std::string, uint32_t>> prefixes, suffixes;
  for (Item& i : items) {
    if (i.access == Access::kExact) {
      exact[std::move(i.text)].push_back(i.rule);
    } else if (i.access == Access::kPrefix) {
      prefixes.emplace_back(std::move(i.text), i.rule);
    } else {
      suffixes.emplace_back(std::string(i.text.rbegin(), i.text.rend()), i.rule);
    }
  }
  std::vector<std::string> members;
  for (auto& [text, rules] : exact) {
    members.push_back(text);
    exact_rules_.push_back(std::move(rules));
  }
  exact_ = std::make_unique<StringSet>(std::move(members));
  prefixes_ = MakeAffixes(std::move(prefixes));
  suffixes_ = MakeAffixes(std::move(suffixes));
}

ValueIndex::Affixes ValueIndex::MakeAffixes(std::vector<std::pair<std::string, uint32_t>> items) {
  std::sort(items.begin(), items.end());
  Affixes out;
  std::vector<uint32_t> open;  // the texts that are prefixes of the current one, shortest first
  for (auto& [text, rule] : items) {
    if (!out.texts.empty() && out.texts.back() == text) {
      out.rules.back().push_back(rule);
      continue;
    }
    while (!open.empty() && !text.starts_with(out.texts[open.back()])) open.pop_back();
    out.parent.push_back(open.empty() ? kNone : open.back());
    open.push_back(static_cast<uint32_t>(out.texts.size()));
    out.texts.push_back(std::move(text));
    out.rules.push_back({rule});
  }
  return out;
}

template <typename Iterator>
void ValueIndex::FindAffixes(const Affixes& affixes, Iterator begin, Iterator end, Rules& out) {
  const auto after = std::upper_bound(affixes.texts.begin(), affixes.texts.end(), 0, [&](int, const std::string& text) {
    return std::lexicographical_compare(begin, end, text.begin(), text.end(), LessBytes);
  });
  const auto size = static_cast<size_t>(end - begin);
  uint32_t at = after == affixes.texts.begin() ? kNone : static_cast<uint32_t>(after - affixes.texts.begin() - 1);
  for (; at != kNone; at = affixes.parent[at]) {
    const std::string& text = affixes.texts[at];
    if (text.size() > size || !std::equal(text.begin(), text.end(), begin)) continue;
    out.insert(out.end(), affixes.rules[at].begin(), affixes.rules[at].end());
  }
}

void ValueIndex::Find(std::string_view value, std::vector<uint32_t>& rules) const {
  if (const std::optional<uint32_t> member = exact_->Find(value)) {
    rules.insert(rules.end(), exact_rules_[*member].begin(), exact_rules_[*member].end());
  }
  if (!prefixes_.texts.empty()) FindAffixes(prefixes_, value.begin(), value.end(), rules);
  if (!suffixes_.texts.empty()) FindAffixes(suffixes_, value.rbegin(), value.rend(), rules);
}

}  // namespace vedette
