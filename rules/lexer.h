// SPDX-License-Identifier: Apache-2.0
//
// Lexer: the tokens of a condition, taken one at a time by the parser, which alone knows which kind may come next
// (`in` is an operator, a macro or a value by its place). A cursor over text it does not own; one thread.
#ifndef VEDETTE_RULES_LEXER_H_
#define VEDETTE_RULES_LEXER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vedette {

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  size_t offset() const { return offset_; }
  void Rewind(size_t offset) { offset_ = offset; }
  bool AtEnd() const { return offset_ >= text_.size(); }
  char Peek(size_t ahead = 0) const { return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0'; }
  std::string_view Rest() const { return text_.substr(offset_); }

  bool SkipBlanks();              // space, tab, CR, LF, backspace; true if there was one
  bool Take(std::string_view s);  // exactly this
  bool TakeNot();                 // "not" with blanks after it, or before "("

  // Each takes the longest token of its kind, or nothing.
  std::optional<std::string_view> TakeIdentifier();    // [a-zA-Z]+[a-zA-Z0-9_]*
  std::optional<std::string_view> TakeFieldName();     // identifiers joined by dots, two or more
  std::optional<std::string_view> TakeBareString();    // [^()"'\s=,]+
  std::optional<std::string_view> TakeBareArgument();  // [^][\s"']+
  std::optional<std::string_view> TakeNumber();        // 0x…, [+-]?digits[.digits][e±digits]

  // "…" or '…' with its escapes replaced.
  struct Quoted {
    enum class State { kNone, kTaken, kError };
    State state = State::kNone;
    std::string text;
    size_t error_offset = 0;
    std::string error;
  };
  Quoted TakeQuoted();

 private:
  std::optional<std::string_view> TakeTo(size_t end);

  std::string_view text_;
  size_t offset_ = 0;
};

bool IsConditionBlank(char c);  // what SkipBlanks skips
bool IsIdentifier(std::string_view s);
bool IsBareString(std::string_view s);

}  // namespace vedette
#endif  // VEDETTE_RULES_LEXER_H_
