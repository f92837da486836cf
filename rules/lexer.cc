// SPDX-License-Identifier: Apache-2.0
#include "rules/lexer.h"

#include <fmt/format.h>

#include <algorithm>

namespace vedette {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordChar(char c) { return IsLetter(c) || IsDigit(c) || c == '_'; }
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsBare(char c) { return !IsSpace(c) && std::string_view("()\"'=,").find(c) == std::string_view::npos; }
bool IsBareArgument(char c) { return !IsSpace(c) && std::string_view("[]\"'").find(c) == std::string_view::npos; }

size_t SkipWhile(std::string_view s, size_t from, bool (*is)(char)) {
  while (from < s.size() && is(s[from])) ++from;
  return from;
}

// The end of an identifier that starts at `from`, or `from`.
size_t IdentifierEnd(std::string_view s, size_t from) {
  if (from >= s.size() || !IsLetter(s[from])) return from;
  return SkipWhile(s, from, IsWordChar);
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Single-character escapes; `\ ` is Falco's legacy spelling of a backslash.
struct Escape {
  char written, meant;
};
constexpr Escape kEscapes[] = {{'b', '\b'}, {'f', '\f'},  {'n', '\n'}, {'r', '\r'},
                               {'t', '\t'}, {'\\', '\\'}, {'/', '/'},  {' ', '\\'}};

// What stands for the characters after a backslash: how many were used, or an error.
struct Unescaped {
  char character = '\0';
  size_t length = 0;  // 0: error
  std::string error;
};

Unescaped UnescapeOne(std::string_view after, char quote) {
  char kind = after.empty() ? '\0' : after[0];
  if (kind == quote) return {quote, 1, ""};
  if (kind == 'x') {
    int high = after.size() > 1 ? HexDigit(after[1]) : -1;
    int low = after.size() > 2 ? HexDigit(after[2]) : -1;
    if (high < 0 || low < 0) return {'\0', 0, "expected two hexadecimal digits after '\\x'"};
    if (high == 0 && low == 0) return {'\0', 0, "a value cannot contain a NUL character"};
    return {static_cast<char>(high * 16 + low), 3, ""};
  }
  for (const Escape& escape : kEscapes) {
    if (escape.written == kind) return {escape.meant, 1, ""};
  }
  return {'\0', 0, "unknown escape sequence; write '\\\\' for a backslash"};
}

}  // namespace

bool IsConditionBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\b'; }

bool IsIdentifier(std::string_view s) { return !s.empty() && IdentifierEnd(s, 0) == s.size(); }

bool IsBareString(std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), IsBare); }

bool Lexer::SkipBlanks() {
  size_t end = SkipWhile(text_, offset_, IsConditionBlank);
  bool found = end != offset_;
  offset_ = end;
  return found;
}

bool Lexer::Take(std::string_view s) {
  if (!Rest().starts_with(s)) return false;
  offset_ += s.size();
  return true;
}

bool Lexer::TakeNot() {
  if (!Rest().starts_with("not")) return false;
  char next = Peek(3);
  if (next != '(' && !IsSpace(next)) return false;
  offset_ = SkipWhile(text_, offset_ + 3, IsSpace);
  return true;
}

std::optional<std::string_view> Lexer::TakeTo(size_t end) {
  if (end == offset_) return std::nullopt;
  std::string_view token = text_.substr(offset_, end - offset_);
  offset_ = end;
  return token;
}

std::optional<std::string_view> Lexer::TakeIdentifier() { return TakeTo(IdentifierEnd(text_, offset_)); }

std::optional<std::string_view> Lexer::TakeFieldName() {
  size_t end = IdentifierEnd(text_, offset_);
  if (end == offset_) return std::nullopt;
  size_t first = end;
  while (end < text_.size() && text_[end] == '.') {
    size_t part = IdentifierEnd(text_, end + 1);
    if (part == end + 1) break;
    end = part;
  }
  return end == first ? std::nullopt : TakeTo(end);
}

std::optional<std::string_view> Lexer::TakeBareString() { return TakeTo(SkipWhile(text_, offset_, IsBare)); }

std::optional<std::string_view> Lexer::TakeBareArgument() { return TakeTo(SkipWhile(text_, offset_, IsBareArgument)); }

std::optional<std::string_view> Lexer::TakeNumber() {
  if (Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X')) {
    size_t end = SkipWhile(text_, offset_ + 2, [](char c) { return IsLetter(c) || IsDigit(c); });
    if (end > offset_ + 2) return TakeTo(end);
  }
  size_t digits = offset_ + (Peek() == '+' || Peek() == '-' ? 1 : 0);
  size_t end = SkipWhile(text_, digits, IsDigit);
  if (end == digits) return std::nullopt;
  if (end < text_.size() && text_[end] == '.') end = SkipWhile(text_, end + 1, IsDigit);
  bool exponent = end + 2 < text_.size() && (text_[end] == 'e' || text_[end] == 'E') &&
                  (text_[end + 1] == '+' || text_[end + 1] == '-') && IsDigit(text_[end + 2]);
  if (exponent) end = SkipWhile(text_, end + 2, IsDigit);
  return TakeTo(end);
}

Lexer::Quoted Lexer::TakeQuoted() {
  Quoted out;
  char quote = Peek();
  if (quote != '"' && quote != '\'') return out;
  size_t i = offset_ + 1;
  while (i < text_.size() && text_[i] != quote) {
    if (text_[i] != '\\') {
      out.text += text_[i++];
      continue;
    }
    Unescaped one = UnescapeOne(text_.substr(i + 1), quote);
    if (one.length == 0) {
      out.state = Quoted::State::kError;
      out.error = one.error;
      out.error_offset = i;
      return out;
    }
    out.text += one.character;
    i += 1 + one.length;
  }
  if (i >= text_.size()) {
    out.state = Quoted::State::kError;
    out.error = fmt::format("the string has no closing {}", quote);
    out.error_offset = offset_;
    return out;
  }
  out.state = Quoted::State::kTaken;
  offset_ = i + 1;
  return out;
}

}  // namespace vedette
