// SPDX-License-Identifier: Apache-2.0
#include "rules/field_parser.h"

#include <fmt/format.h>

#include <utility>

#include "rules/diagnostics.h"
#include "rules/transformer.h"

namespace vedette {
namespace {

constexpr int kMaxDepth = 16;            // of transformers in each other
constexpr size_t kMaxOperands = 10'000;  // of one transformer or list

}  // namespace

bool FieldParser::TransformerAhead(const Lexer& lexer) {
  Lexer ahead = lexer;
  auto name = ahead.TakeIdentifier();
  return name && ahead.Peek() == '(' && FindTransformer(*name) != nullptr;
}

bool FieldParser::Fail(size_t offset, std::string message) {
  error_ = {offset, std::move(message)};
  return false;
}

std::string FieldParser::NextWord() const {
  Lexer ahead = lexer_;
  if (auto word = ahead.TakeBareString()) return std::string(*word);
  return std::string(lexer_.Rest().substr(0, 1));
}

std::optional<FieldExpr> FieldParser::Parse() {
  FieldExpr out;
  if (!Field(out)) return std::nullopt;
  return out;
}

bool FieldParser::Field(FieldExpr& out) {
  out.position = Position();
  if (TransformerAhead(lexer_)) return Call(out);
  auto name = lexer_.TakeFieldName();
  if (!name) return Fail(fmt::format("expected a field instead of {}", Quoted(NextWord())));
  out.name = *name;
  return Argument(out);
}

bool FieldParser::Call(FieldExpr& out) {
  if (++depth_ > kMaxDepth) return Fail(fmt::format("more than {} nested transformers", kMaxDepth));
  out.kind = FieldExpr::Kind::kCall;
  out.name = *lexer_.TakeIdentifier();
  lexer_.Take("(");
  lexer_.SkipBlanks();
  if (lexer_.Peek() == ')') return Fail(fmt::format("{}() needs an argument", out.name));
  if (!Operands(out, out.name + "()")) return false;
  --depth_;
  return Argument(out);
}

// Up to the parenthesis that closes `of`.
bool FieldParser::Operands(FieldExpr& out, const std::string& of) {
  while (lexer_.Peek() != ')' || !out.arguments.empty()) {
    if (out.arguments.size() == kMaxOperands) return Fail(fmt::format("{} has more than {} parts", of, kMaxOperands));
    lexer_.SkipBlanks();
    if (!Operand(out.arguments.emplace_back())) return false;
    lexer_.SkipBlanks();
    if (!lexer_.Take(",")) break;
  }
  if (lexer_.Take(")")) return true;
  return Fail(fmt::format("expected ',' or ')' after an argument of {}", of));
}

bool FieldParser::Operand(FieldExpr& out) {
  out.position = Position();
  Lexer::Quoted quoted = lexer_.TakeQuoted();
  if (quoted.state == Lexer::Quoted::State::kError) return Fail(quoted.error_offset, quoted.error);
  if (quoted.state == Lexer::Quoted::State::kTaken) {
    out.kind = FieldExpr::Kind::kText;
    out.name = std::move(quoted.text);
    return true;
  }
  if (auto number = lexer_.TakeNumber()) {
    out.kind = FieldExpr::Kind::kText;
    out.name = *number;
    return true;
  }
  if (!lexer_.Take("(")) return Field(out);
  if (++depth_ > kMaxDepth) return Fail(fmt::format("more than {} nested transformers", kMaxDepth));
  out.kind = FieldExpr::Kind::kList;
  lexer_.SkipBlanks();
  if (!Operands(out, "the list")) return false;
  --depth_;
  return true;
}

bool FieldParser::Argument(FieldExpr& out) {
  if (!lexer_.Take("[")) return true;
  out.argument_position = Position();
  Lexer::Quoted quoted = lexer_.TakeQuoted();
  if (quoted.state == Lexer::Quoted::State::kError) return Fail(quoted.error_offset, quoted.error);
  if (quoted.state == Lexer::Quoted::State::kTaken) {
    out.argument = std::move(quoted.text);
  } else if (auto bare = lexer_.TakeBareArgument()) {
    out.argument = std::string(*bare);
  } else {
    return Fail("expected the field's argument");
  }
  return lexer_.Take("]") || Fail("expected ']' after the field's argument");
}

}  // namespace vedette
