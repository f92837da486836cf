// SPDX-License-Identifier: Apache-2.0
#include "engine/glob.h"

#include <array>
#include <cctype>

#include "engine/ascii.h"

namespace vedette {
namespace {

struct NamedClass {
  std::string_view name;
  int (*test)(int);
};
constexpr std::array<NamedClass, 12> kClasses{{{"alnum", std::isalnum},
                                               {"alpha", std::isalpha},
                                               {"blank", std::isblank},
                                               {"cntrl", std::iscntrl},
                                               {"digit", std::isdigit},
                                               {"graph", std::isgraph},
                                               {"lower", std::islower},
                                               {"print", std::isprint},
                                               {"punct", std::ispunct},
                                               {"space", std::isspace},
                                               {"upper", std::isupper},
                                               {"xdigit", std::isxdigit}}};

const NamedClass* FindClass(std::string_view name) {
  for (const NamedClass& c : kClasses) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

}  // namespace

void Glob::Assign(std::string_view pattern, bool fold_case) {
  fold_case_ = fold_case;
  tokens_.clear();
  sets_.clear();
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '*') {
      if (tokens_.empty() || tokens_.back().kind != Token::Kind::kStar) tokens_.push_back({Token::Kind::kStar});
      ++i;
    } else if (c == '?') {
      tokens_.push_back({Token::Kind::kAny});
      ++i;
    } else if (c == '\\') {
      if (++i == pattern.size()) {
        tokens_.push_back({Token::Kind::kNever});
      } else {
        tokens_.push_back({Token::Kind::kByte, static_cast<unsigned char>(pattern[i++])});
      }
    } else if (std::optional<size_t> after; c == '[' && (after = ReadSet(pattern, i))) {
      i = *after;
    } else {
      tokens_.push_back({Token::Kind::kByte, static_cast<unsigned char>(c)});
      ++i;
    }
  }
  if (fold_case_) {
    for (Token& t : tokens_) t.byte = AsciiLower(t.byte);
  }
}

std::optional<size_t> Glob::ReadSet(std::string_view pattern, size_t at) {
  size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  ByteSet set;
  auto folded = [&](unsigned char b) { return fold_case_ ? AsciiLower(b) : b; };
  // A range compares what both ends and the subject's byte fold to.
  auto add_range = [&](unsigned char low, unsigned char high) {
    for (int b = 0; b < 256; ++b) {
      const unsigned char f = folded(static_cast<unsigned char>(b));
      if (folded(low) <= f && f <= folded(high)) set.set(static_cast<size_t>(b));
    }
  };
  // One byte of the set, escapes taken off; nothing at the end.
  auto byte_at = [&](size_t& p) -> std::optional<unsigned char> {
    if (p < pattern.size() && pattern[p] == '\\') ++p;
    if (p >= pattern.size()) return std::nullopt;
    return static_cast<unsigned char>(pattern[p++]);
  };
  for (bool first = true;; first = false) {
    if (i >= pattern.size()) return std::nullopt;
    if (pattern[i] == ']' && !first) break;
    if (pattern.substr(i, 2) == "[:") {
      const size_t end = pattern.find(":]", i + 2);
      const NamedClass* named = end == std::string_view::npos ? nullptr : FindClass(pattern.substr(i + 2, end - i - 2));
      if (named != nullptr) {
        for (int b = 0; b < 128; ++b) {
          if (named->test(b) != 0) set.set(static_cast<size_t>(b));
        }
        i = end + 2;
        continue;
      }
    }
    const std::optional<unsigned char> low = byte_at(i);
    if (!low) return std::nullopt;
    std::optional<unsigned char> high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      high = byte_at(i);
      if (!high) return std::nullopt;
    }
    add_range(*low, *high);
  }
  if (negated) set.flip();
  tokens_.push_back({Token::Kind::kSet, 0, static_cast<uint32_t>(sets_.size())});
  sets_.push_back(set);
  return i + 1;
}

bool Glob::MatchesByte(const Token& token, unsigned char byte) const {
  switch (token.kind) {
    case Token::Kind::kByte:
      return token.byte == (fold_case_ ? AsciiLower(byte) : byte);
    case Token::Kind::kAny:
      return true;
    case Token::Kind::kSet:
      return sets_[token.set].test(byte);
    default:
      return false;
  }
}

// A star that matched too little only ever has to be tried again from the last one on: what an earlier star could
// take instead, the last one can take too.
bool Glob::Matches(std::string_view subject) const {
  constexpr size_t kNone = ~size_t{0};
  size_t s = 0, t = 0, star = kNone, star_subject = 0;
  while (s < subject.size()) {
    if (t < tokens_.size() && tokens_[t].kind == Token::Kind::kStar) {
      star = t++;
      star_subject = s;
    } else if (t < tokens_.size() && MatchesByte(tokens_[t], static_cast<unsigned char>(subject[s]))) {
      ++s;
      ++t;
    } else if (star != kNone) {
      t = star + 1;
      s = ++star_subject;
    } else {
      return false;
    }
  }
  while (t < tokens_.size() && tokens_[t].kind == Token::Kind::kStar) ++t;
  return t == tokens_.size();
}

Glob::Shape Glob::shape() const {
  Shape shape;
  if (fold_case_) return shape;
  const bool star_first = !tokens_.empty() && tokens_.front().kind == Token::Kind::kStar;
  const bool star_last = !tokens_.empty() && tokens_.back().kind == Token::Kind::kStar;
  const size_t begin = star_first ? 1 : 0;
  const size_t end = tokens_.size() - (star_last && tokens_.size() > begin ? 1 : 0);
  for (size_t i = begin; i < end; ++i) {
    if (tokens_[i].kind != Token::Kind::kByte) return {};
    shape.text.push_back(static_cast<char>(tokens_[i].byte));
  }
  const bool leading = star_first, trailing = star_last && end < tokens_.size();
  if (leading && trailing) return {};
  if (leading) {
    shape.kind = Shape::Kind::kSuffix;
  } else {
    shape.kind = trailing ? Shape::Kind::kPrefix : Shape::Kind::kExact;
  }
  return shape;
}

std::optional<std::vector<Glob::Element>> Glob::elements() const {
  if (fold_case_) return std::nullopt;
  std::vector<Element> out;
  for (const Token& t : tokens_) {
    switch (t.kind) {
      case Token::Kind::kByte:
        out.push_back({Element::Kind::kByte, static_cast<char>(t.byte)});
        break;
      case Token::Kind::kAny:
        out.push_back({Element::Kind::kAny});
        break;
      case Token::Kind::kStar:
        out.push_back({Element::Kind::kStar});
        break;
      case Token::Kind::kSet:
        out.push_back({Element::Kind::kSet, 0, sets_[t.set]});
        break;
      case Token::Kind::kNever:
        return std::nullopt;
    }
  }
  return out;
}

}  // namespace vedette
