// SPDX-License-Identifier: Apache-2.0
#include "rules/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace vedette {
namespace {

// The part of a very long line that is worth showing, and the column within it.
struct Excerpt {
  std::string text;
  size_t caret;  // characters before it
};

constexpr size_t kExcerptChars = 160;
constexpr size_t kExcerptBefore = 60;

bool StartsChar(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

size_t ByteOfChar(std::string_view s, size_t chars) {
  for (size_t i = 0; i < s.size(); ++i) {
    if (!StartsChar(s[i])) continue;
    if (chars-- == 0) return i;
  }
  return s.size();
}

// Tabs count as one column for the compiler and the editor alike; shown as one blank so that the caret is right.
std::string OneColumnPerChar(std::string_view line) {
  std::string out;
  for (char c : line) {
    unsigned char u = static_cast<unsigned char>(c);
    out += c == '\t' ? ' ' : (u < 0x20 || u == 0x7f) ? '?' : c;
  }
  return out;
}

Excerpt MakeExcerpt(std::string_view line, size_t column) {
  std::string shown = OneColumnPerChar(line);
  size_t caret = column == 0 ? 0 : column - 1;
  size_t chars = static_cast<size_t>(std::count_if(shown.begin(), shown.end(), StartsChar));
  if (chars <= kExcerptChars) return {shown, caret};
  size_t first = caret > kExcerptBefore ? caret - kExcerptBefore : 0;
  size_t begin = ByteOfChar(shown, first);
  size_t end = ByteOfChar(shown, first + kExcerptChars);
  std::string text = shown.substr(begin, end - begin);
  if (end < shown.size()) text += "...";
  if (first == 0) return {text, caret};
  return {"..." + text, caret - first + 3};
}

}  // namespace

std::string Printable(std::string_view text, size_t limit) {
  std::string out;
  for (char c : text) {
    if (out.size() >= limit && StartsChar(c)) return out + "...";
    unsigned char u = static_cast<unsigned char>(c);
    if (u < 0x20 || u == 0x7f) {
      out += fmt::format("\\x{:02x}", u);
    } else {
      out += c;
    }
  }
  return out;
}

std::string Quoted(std::string_view text) { return "'" + Printable(text) + "'"; }

std::string Diagnostic::ToString() const {
  const char* kind = severity == Severity::kError ? "error" : "warning";
  std::string shown_file = Printable(file, 4096);
  if (line == 0) return fmt::format("{}: {}: {}", shown_file, kind, message);
  std::string out = fmt::format("{}:{}:{}: {}: {}", shown_file, line, column, kind, message);
  if (source_line.empty()) return out;
  Excerpt excerpt = MakeExcerpt(source_line, column);
  return fmt::format("{}\n  {}\n  {}^", out, excerpt.text, std::string(excerpt.caret, ' '));
}

void Diagnostics::Add(Diagnostic::Severity severity, SourcePosition at, std::string message) {
  size_t& count = severity == Diagnostic::Severity::kError ? errors_ : warnings_;
  if (++count > kMax) return;
  Diagnostic d{severity, "", at.line, at.column, std::move(message), ""};
  if (at.file < sources_->size()) {
    const SourceFile& file = sources_->file(at.file);
    d.file = file.name();
    d.source_line = file.Line(at.line);
  }
  entries_.push_back({at.file, std::move(d)});
}

void Diagnostics::FileError(std::string file, std::string message) {
  ++errors_;
  Diagnostic d{Diagnostic::Severity::kError, std::move(file), 0, 0, std::move(message), ""};
  entries_.push_back({static_cast<uint32_t>(sources_->size()), std::move(d)});
}

std::vector<Diagnostic> Diagnostics::Take() {
  auto key = [](const Entry& e) { return std::tuple(e.file, e.diagnostic.line, e.diagnostic.column); };
  std::stable_sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  std::vector<Diagnostic> out;
  for (Entry& e : entries_) out.push_back(std::move(e.diagnostic));
  auto rest = [&](Diagnostic::Severity severity, size_t count, const char* what) {
    if (count <= kMax || out.empty()) return;
    out.push_back({severity, out.back().file, 0, 0, fmt::format("{} more {} are not shown", count - kMax, what), ""});
  };
  rest(Diagnostic::Severity::kWarning, warnings_, "warnings");
  rest(Diagnostic::Severity::kError, errors_, "errors");
  entries_.clear();
  return out;
}

}  // namespace vedette
