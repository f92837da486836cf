// SPDX-License-Identifier: Apache-2.0
//
// Where each byte of a YAML scalar stands in its file.
//
// yaml-cpp gives the value of a scalar and where it starts. The value differs from the source: lines are folded,
// indentation and quotes are gone, escapes are replaced. This walks value and source side by side: a byte that both
// have is verbatim; what the source has more (indentation, the rest of a fold) is skipped; what the value has instead
// (the blank of a fold, an escaped character) is attributed to where it came from. The value decides, so no YAML rule
// is implemented twice; should the two ever disagree, the whole scalar is attributed to its start, which is still true.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "rules/yaml_node.h"

namespace vedette {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsBreak(char c) { return c == '\n' || c == '\r'; }
bool IsSpace(char c) { return IsBlank(c) || IsBreak(c); }

class Walk {
 public:
  Walk(const YamlNode& scalar, const SourceFile& file)
      : value_(scalar.value), source_(file.text()), at_(scalar.at), j_(scalar.at.offset) {}

  std::optional<MappedText> Run() {
    SkipProperties();
    bool done = false;
    switch (Peek()) {
      case '\'':
        done = Flow('\'');
        break;
      case '"':
        done = Flow('"');
        break;
      case '|':
      case '>':
        done = Block();
        break;
      default:
        done = Flow('\0');
    }
    if (!done || i_ != value_.size()) return std::nullopt;
    return std::move(out_);
  }

 private:
  char Peek(size_t ahead = 0) const { return j_ + ahead < source_.size() ? source_[j_ + ahead] : '\0'; }
  SourceOffset Here() const { return {at_.file, static_cast<uint32_t>(j_)}; }

  // A tag or anchor before the scalar, and what may stand between them.
  void SkipProperties() {
    for (;;) {
      if (IsSpace(Peek())) {
        ++j_;
      } else if (Peek() == '#') {
        while (j_ < source_.size() && Peek() != '\n') ++j_;
      } else if (Peek() == '&' || Peek() == '!') {
        while (j_ < source_.size() && !IsSpace(Peek())) ++j_;
      } else {
        return;
      }
    }
  }

  void TakeVerbatim(size_t bytes) {
    out_.AppendVerbatim(value_.substr(i_, bytes), Here());
    i_ += bytes;
    j_ += bytes;
  }
  void TakeSynthetic(size_t value_bytes) {
    out_.AppendSynthetic(value_.substr(i_, value_bytes), Here());
    i_ += value_bytes;
  }

  // Blanks and at least one line break lie ahead.
  bool AtFold() const {
    size_t ahead = 0;
    while (IsBlank(Peek(ahead))) ++ahead;
    return IsBreak(Peek(ahead));
  }

  // Plain and quoted scalars: a fold is one blank, or one line break less than it has.
  bool Flow(char quote) {
    if (quote != '\0') ++j_;
    while (i_ < value_.size()) {
      if (j_ >= source_.size()) return false;
      if (IsSpace(Peek()) && AtFold()) {
        size_t taken = 0;
        if (value_[i_] == ' ') {
          taken = 1;
        } else {
          while (i_ + taken < value_.size() && value_[i_ + taken] == '\n') ++taken;
        }
        TakeSynthetic(taken);
        while (IsSpace(Peek())) ++j_;
        if (taken == 0) return false;
      } else if (quote == '\'' && Peek() == '\'') {
        if (value_[i_] != '\'') return false;
        ++j_;
        TakeVerbatim(1);
      } else if (quote == '"' && Peek() == '\\') {
        if (!Escape()) return false;
      } else {
        if (value_[i_] != Peek()) return false;
        TakeVerbatim(1);
      }
    }
    return true;
  }

  // \n, \x41, \u20ac, a backslash at the end of a line.
  bool Escape() {
    char kind = Peek(1);
    if (IsBreak(kind)) {
      ++j_;
      while (IsSpace(Peek())) ++j_;
      return true;
    }
    size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    size_t bytes = 1;  // of the character it stands for, in UTF-8
    unsigned char lead = static_cast<unsigned char>(value_[i_]);
    if (digits != 0 || lead >= 0x80) bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (i_ + bytes > value_.size()) return false;
    TakeSynthetic(bytes);
    j_ += 2 + digits;
    return true;
  }

  // `|` and `>`: the header line, then lines from which the same indentation is taken.
  bool Block() {
    while (j_ < source_.size() && Peek() != '\n') ++j_;
    ++j_;
    size_t indent = Indentation();
    SkipIndentation(indent);
    while (i_ < value_.size()) {
      if (j_ < source_.size() && value_[i_] == Peek() && Peek() != '\n') {
        TakeVerbatim(1);
        continue;
      }
      if (!LineEnd(indent)) return false;
    }
    return true;
  }

  // Leading blanks of the first line with text, less those that the value kept.
  size_t Indentation() const {
    size_t line = j_;
    size_t first = j_;
    while (first < source_.size() && IsSpace(source_[first])) {
      if (source_[first] == '\n') line = first + 1;
      ++first;
    }
    size_t in_source = first - line;
    size_t kept_line = 0;
    size_t kept = 0;
    while (kept < value_.size() && IsSpace(value_[kept])) {
      if (value_[kept] == '\n') kept_line = kept + 1;
      ++kept;
    }
    return in_source - std::min(in_source, kept - kept_line);
  }

  void SkipIndentation(size_t indent) {
    for (size_t n = 0; n < indent && Peek() == ' '; ++n) ++j_;
  }

  // The value has a break, or the blank of a fold; the source one break or several.
  bool LineEnd(size_t indent) {
    if (value_[i_] != '\n' && value_[i_] != ' ') return false;
    if (j_ >= source_.size()) {  // the last line has no end: the value got one all the same
      if (value_[i_] != '\n') return false;
      TakeSynthetic(1);
      return true;
    }
    // A blank before the break that the value does not have would be a disagreement.
    if (Peek() == '\r') ++j_;
    if (Peek() != '\n') return false;
    size_t breaks = 0;
    SourceOffset first = Here();
    while (Peek() == '\n') {
      ++breaks;
      ++j_;
      SkipIndentation(indent);
      if (Peek() == '\r' && Peek(1) == '\n') ++j_;
    }
    size_t taken = 0;
    if (value_[i_] == ' ') {
      taken = 1;
    } else {
      while (taken < breaks && i_ + taken < value_.size() && value_[i_ + taken] == '\n') ++taken;
    }
    out_.AppendSynthetic(value_.substr(i_, taken), first);
    i_ += taken;
    return true;
  }

  std::string_view value_;
  std::string_view source_;
  SourceOffset at_;
  size_t i_ = 0;  // in value_
  size_t j_;      // in source_
  MappedText out_;
};

}  // namespace

MappedText TextOf(const YamlNode& scalar, const Sources& sources) {
  std::optional<MappedText> text = Walk(scalar, sources.file(scalar.at.file)).Run();
  if (text.has_value() && text->text() == scalar.value) return *std::move(text);
  MappedText whole;
  whole.AppendSynthetic(scalar.value, scalar.at);
  return whole;
}

}  // namespace vedette
