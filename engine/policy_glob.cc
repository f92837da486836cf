// SPDX-License-Identifier: Apache-2.0
#include "engine/policy_glob.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/glob.h"

namespace vedette {
namespace {

using Elements = std::vector<Glob::Element>;
using Kind = Glob::Element::Kind;

bool IsPath(vd_table table) { return table == VD_TABLE_PATH || table == VD_TABLE_PATH_TO; }

// Matches a text that has `part` in it.
Elements Containing(std::string_view part) {
  Elements out{{Kind::kStar}};
  for (const char byte : part) out.push_back({Kind::kByte, byte});
  if (!part.empty()) out.push_back({Kind::kStar});
  return out;
}

std::string BytesOf(Elements::const_iterator from, Elements::const_iterator to) {
  std::string out;
  for (; from != to && from->kind == Kind::kByte; ++from) out.push_back(from->byte);
  return out;
}

// The different ones.
std::vector<Glob::ByteSet> SetsOf(const Elements& elements) {
  std::vector<Glob::ByteSet> out;
  for (const Glob::Element& e : elements) {
    if (e.kind == Kind::kSet && std::find(out.begin(), out.end(), e.set) == out.end()) out.push_back(e.set);
  }
  return out;
}

// One pattern over the tables of a field.
class Pattern {
 public:
  Pattern(Elements elements, bool negated, const KernelDecision& decision)
      : elements_(std::move(elements)), negated_(negated), decision_(decision) {
    head_ = BytesOf(elements_.begin(), elements_.end());
    Elements backwards(elements_.rbegin(), elements_.rend());
    tail_ = BytesOf(backwards.begin(), backwards.end());
    std::reverse(tail_.begin(), tail_.end());
  }

  PolicyFormula Formula() const {
    if (head_.size() == elements_.size()) return Begins(head_ + '\0');
    if (const std::string why = WhyNot(); !why.empty()) return PolicyFormula::Undecidable(why);
    std::vector<PolicyFormula> all;
    if (!head_.empty()) all.push_back(Begins(head_));
    if (Ends()) all.push_back(Of(decision_.reversed, std::string(tail_.rbegin(), tail_.rend()), negated_));
    if (!IsToldByEnds()) {
      all.push_back(PolicyFormula::Of(Trait(), negated_));
    } else if (all.size() == 2) {
      for (const std::string& text : Overlaps()) {
        PolicyFormula is = Of(decision_.table, text + '\0', !negated_);
        is.term.any.front().on_null = false;
        all.push_back(std::move(is));
      }
    } else if (all.empty()) {
      all.push_back(Begins(""));  // "*"
    }
    return negated_ ? Disjunction(std::move(all)) : Conjunction(std::move(all));
  }

 private:
  bool Ends() const { return !tail_.empty() && decision_.reversed != VD_TABLE_COUNT; }

  // Nothing but its beginning, its end and one star.
  bool IsToldByEnds() const {
    const size_t rest = elements_.size() - head_.size() - tail_.size();
    if (rest != 1 || elements_[head_.size()].kind != Kind::kStar || (!tail_.empty() && !Ends())) return false;
    return Overlaps().empty() || Overlaps().front().size() < VD_POLICY_STRING;
  }

  // The texts in which the end begins within the beginning, the longest first: "ab*bc" does not match "abc".
  std::vector<std::string> Overlaps() const {
    std::vector<std::string> out;
    for (size_t n = 1; n <= std::min(head_.size(), tail_.size()); ++n) {
      if (head_.compare(head_.size() - n, n, tail_, 0, n) == 0) out.push_back(head_ + tail_.substr(n));
    }
    return out;
  }

  std::string WhyNot() const {
    const size_t longest = std::max(head_.size(), tail_.size());
    if (longest > VD_POLICY_STRING - 1) {
      return fmt::format("a text of {} bytes is longer than the {} a kernel table can hold; shorten it", longest,
                         VD_POLICY_STRING - 1);
    }
    if (IsToldByEnds()) return "";
    if (SetsOf(elements_).size() > VD_MAX_GLOB_SETS) {
      return fmt::format("a pattern with more than {} different [...] is not; write `?` for some", VD_MAX_GLOB_SETS);
    }
    if (elements_.size() > VD_MAX_GLOB) {
      return fmt::format("a pattern of {} is longer than the {} that are compared there; shorten it", elements_.size(),
                         VD_MAX_GLOB);
    }
    if (IsPath(decision_.table) && head_.empty() && tail_.empty()) {
      return "a path that may begin and end with anything is not, as its folders could not be guarded; use startswith or "
             "endswith, or a glob that says how it begins or ends";
    }
    return "";
  }

  PolicyFormula Of(vd_table table, std::string bytes, bool inverted) const {
    TableTest test;
    const auto bits = static_cast<uint32_t>(bytes.size() * 8);
    if (bits == 0) {
      test.always = true;
    } else {
      test.keys.push_back({std::move(bytes), bits});
    }
    test.inverted = inverted;
    test.on_null = negated_;
    return PolicyFormula::Of(TableTerm{table, {std::move(test)}});
  }
  PolicyFormula Begins(std::string bytes) const { return Of(decision_.table, std::move(bytes), negated_); }

  PolicyTrait Trait() const {
    PolicyTrait out;
    out.kind = VD_TRAIT_GLOB;
    out.of = decision_.table;
    out.sets = SetsOf(elements_);
    auto add = [&](vd_glob kind, char byte) {
      out.pattern.push_back(static_cast<char>(kind));
      out.pattern.push_back(byte);
    };
    for (const Glob::Element& e : elements_) {
      switch (e.kind) {
        case Kind::kByte:
          add(VD_GLOB_BYTE, e.byte);
          break;
        case Kind::kAny:
          add(VD_GLOB_ANY, 0);
          break;
        case Kind::kStar:
          add(VD_GLOB_STAR, 0);
          break;
        case Kind::kSet:
          add(VD_GLOB_SET, static_cast<char>(std::find(out.sets.begin(), out.sets.end(), e.set) - out.sets.begin()));
          break;
      }
    }
    return out;
  }

  const Elements elements_;
  const bool negated_;
  const KernelDecision& decision_;
  std::string head_, tail_;  // how it begins and ends
};

}  // namespace

PolicyFormula DecideGlob(const Predicate& p, bool negated, const KernelDecision& decision) {
  std::vector<PolicyFormula> out;
  for (const Literal& l : p.values) {
    std::optional<Elements> elements = p.op == Operator::kContains ? Containing(l.text) : Glob(l.text).elements();
    if (!elements) {
      return PolicyFormula::Undecidable("a glob with a \\ at its end is not: it matches nothing");
    }
    out.push_back(Pattern(*std::move(elements), negated, decision).Formula());
    if (out.back().kind == PolicyFormula::Kind::kUndecidable) return std::move(out.back());
  }
  return negated ? Conjunction(std::move(out)) : Disjunction(std::move(out));
}

}  // namespace vedette
