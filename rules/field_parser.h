// SPDX-License-Identifier: Apache-2.0
//
// FieldParser: a field or a transformer as it is written → FieldExpr. Conditions, outputs, exceptions and
// --append-output-field share it.
//
//   field     := name | name "[" argument "]" | transformer
//   transformer := word "(" operand ("," operand)* ")" | … "[" argument "]"
//   operand   := field | "text" | number | "(" (operand ("," operand)*)? ")"
//
// A cursor over a lexer that it does not own; one thread.
#ifndef VEDETTE_RULES_FIELD_PARSER_H_
#define VEDETTE_RULES_FIELD_PARSER_H_

#include <functional>
#include <optional>
#include <string>

#include "rules/ast.h"
#include "rules/lexer.h"

namespace vedette {

class FieldParser {
 public:
  // Where an offset of the lexer's text stands in a file.
  using PositionOf = std::function<SourcePosition(size_t offset)>;
  explicit FieldParser(Lexer* lexer, PositionOf position_of = nullptr)
      : lexer_(*lexer), position_of_(std::move(position_of)) {}

  // Nothing after an error, which error() describes.
  std::optional<FieldExpr> Parse();

  struct Error {
    size_t offset = 0;
    std::string message;
  };
  const Error& error() const { return error_; }

  // Whether a transformer's name and "(" come next.
  static bool TransformerAhead(const Lexer& lexer);

 private:
  bool Fail(size_t offset, std::string message);
  bool Fail(std::string message) { return Fail(lexer_.offset(), std::move(message)); }
  SourcePosition Position() const { return position_of_ ? position_of_(lexer_.offset()) : SourcePosition(); }
  bool Field(FieldExpr& out);
  bool Call(FieldExpr& out);
  bool Operands(FieldExpr& out, const std::string& of);
  bool Operand(FieldExpr& out);
  bool Argument(FieldExpr& out);
  std::string NextWord() const;

  Lexer& lexer_;
  PositionOf position_of_;
  Error error_;
  int depth_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_RULES_FIELD_PARSER_H_
