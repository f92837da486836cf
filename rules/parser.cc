// SPDX-License-Identifier: Apache-2.0
#include "rules/parser.h"

#include <fmt/format.h>

#include <utility>

#include "rules/field_parser.h"
#include "rules/lexer.h"
#include "rules/operator.h"

namespace vedette {
namespace {

class Parser {
 public:
  Parser(const MappedText& text, Diagnostics& diagnostics)
      : text_(text), lexer_(text.text()), diagnostics_(diagnostics) {}

  ExprPtr Parse() {
    lexer_.SkipBlanks();
    if (lexer_.AtEnd()) return Fail("the condition is empty");
    ExprPtr expr = Disjunction();
    if (expr == nullptr) return nullptr;
    lexer_.SkipBlanks();
    if (!lexer_.AtEnd()) return Fail(UnexpectedRest());
    if (expr->depth > kMaxConditionDepth) return FailAt(0, TooDeep());
    return expr;
  }

 private:
  // One error per condition; the caller passes the null on.
  ExprPtr Fail(std::string message) { return FailAt(lexer_.offset(), std::move(message)); }
  ExprPtr FailAt(size_t offset, std::string message) {
    diagnostics_.Error(text_.Origin(offset), std::move(message));
    return nullptr;
  }
  // The same where a bool says how it went.
  bool Refuse(std::string message) { return RefuseAt(lexer_.offset(), std::move(message)); }
  bool RefuseAt(size_t offset, std::string message) {
    FailAt(offset, std::move(message));
    return false;
  }
  SourcePosition Position() const { return diagnostics_.sources().PositionOf(text_.Origin(lexer_.offset())); }

  static std::string TooDeep() { return fmt::format("the condition nests deeper than {} levels", kMaxConditionDepth); }

  std::string UnexpectedRest() {
    std::string_view word = NextWord();
    if (word == "AND" || word == "OR" || word == "NOT") return fmt::format("{} must be written in lower case", word);
    if (last_macro_ && (OperatorAhead() != nullptr)) {
      return "expected 'and', 'or' or the end of the condition; what stands before is read as a macro, as a field's "
             "name has a dot";
    }
    return fmt::format("expected 'and', 'or' or the end of the condition instead of {}", Quoted(word));
  }

  std::string_view NextWord() const {
    Lexer ahead = lexer_;
    if (auto word = ahead.TakeBareString()) return *word;
    return lexer_.Rest().substr(0, 1);
  }

  const OperatorSpelling* OperatorAhead() const {
    for (const OperatorSpelling& spelling : OperatorSpellings()) {
      if (lexer_.Rest().starts_with(spelling.text)) return &spelling;
    }
    return nullptr;
  }

  // "and" or "or": a blank or a parenthesis must follow.
  enum class Joined { kNo, kYes, kError };
  Joined TakeWord(std::string_view word) {
    lexer_.SkipBlanks();
    if (!lexer_.Take(word)) return Joined::kNo;
    if (IsConditionBlank(lexer_.Peek()) || lexer_.Peek() == '(') return Joined::kYes;
    Fail(fmt::format("expected a blank or '(' after '{}'", word));
    return Joined::kError;
  }

  // An open parenthesis, or the whole condition, while its terms come in. The stack of these is a vector, not
  // recursion: how deep a condition nests must not depend on what a thread's stack still holds.
  struct Group {
    size_t open;   // the offset of its '('
    bool negated;  // a `not` stands before it
    SourcePosition not_position;
    SourcePosition position;  // of its first term
    SourcePosition and_position;
    std::vector<ExprPtr> alternatives;  // finished operands of `or`
    std::vector<ExprPtr> conjuncts;     // operands of the `and` that is being read
  };

  void OpenGroup(size_t open, bool negated, SourcePosition not_position) {
    lexer_.SkipBlanks();
    groups_.push_back({open, negated, not_position, Position(), Position(), {}, {}});
  }

  static ExprPtr Join(Expr::Kind kind, SourcePosition position, std::vector<ExprPtr>& terms) {
    ExprPtr joined = terms.size() == 1 ? std::move(terms[0]) : MakeExpr(kind, position, std::move(terms));
    terms.clear();
    return joined;
  }

  static void EndAnd(Group& group) {
    group.alternatives.push_back(Join(Expr::Kind::kAnd, group.and_position, group.conjuncts));
  }

  static ExprPtr Negated(ExprPtr child, bool negated, SourcePosition position) {
    if (!negated) return child;
    std::vector<ExprPtr> children;
    children.push_back(std::move(child));
    return MakeExpr(Expr::Kind::kNot, position, std::move(children));
  }

  ExprPtr Disjunction() {
    OpenGroup(lexer_.offset(), false, {});
    for (;;) {
      if (!Term()) return nullptr;
      // After a term: more of this group, or its end, which makes it a term of the group around it.
      for (;;) {
        const Joined joined = Connective();
        if (joined == Joined::kError) return nullptr;
        if (joined == Joined::kYes) break;
        if (groups_.size() == 1) return CloseGroup();
        if (!CloseParenthesis()) return nullptr;
        ExprPtr inner = CloseGroup();
        groups_.back().conjuncts.push_back(std::move(inner));
      }
    }
  }

  // `not`s and what they bind to: a check, which joins the innermost group, or '(', which opens one.
  bool Term() {
    for (;;) {
      lexer_.SkipBlanks();
      const SourcePosition position = Position();
      bool negated = false;
      while (lexer_.TakeNot()) negated = !negated;
      lexer_.SkipBlanks();
      const size_t open = lexer_.offset();
      if (!lexer_.Take("(")) {
        ExprPtr leaf = Leaf();
        if (leaf == nullptr) return false;
        groups_.back().conjuncts.push_back(Negated(std::move(leaf), negated, position));
        return true;
      }
      if (groups_.size() > kMaxConditionDepth) {
        return RefuseAt(open, TooDeep());
      }
      OpenGroup(open, negated, position);
    }
  }

  Joined Connective() {
    Joined joined = TakeWord("and");
    if (joined != Joined::kNo) return joined;
    joined = TakeWord("or");
    if (joined != Joined::kYes) return joined;
    Group& group = groups_.back();
    EndAnd(group);
    lexer_.SkipBlanks();
    group.and_position = Position();
    return joined;
  }

  bool CloseParenthesis() {
    lexer_.SkipBlanks();
    if (lexer_.Take(")")) return true;
    if (lexer_.AtEnd()) return RefuseAt(groups_.back().open, "this '(' is never closed");
    return Refuse(UnexpectedInParentheses());
  }

  ExprPtr CloseGroup() {
    Group group = std::move(groups_.back());
    groups_.pop_back();
    EndAnd(group);
    ExprPtr whole = Join(Expr::Kind::kOr, group.position, group.alternatives);
    return Negated(std::move(whole), group.negated, group.not_position);
  }

  ExprPtr Leaf() {
    last_macro_ = false;
    SourcePosition position = Position();
    size_t begin = lexer_.offset();
    if (lexer_.TakeFieldName() || TransformerAhead()) {
      lexer_.Rewind(begin);
      return Check(position);
    }
    if (auto name = lexer_.TakeIdentifier()) {
      last_macro_ = true;
      return MakeMacro(position, std::string(*name));
    }
    if (lexer_.AtEnd()) return Fail("the condition ends where a field, a macro or '(' is expected");
    return Fail(fmt::format("expected a field, a macro or '(' instead of {}", Quoted(NextWord())));
  }

  std::string UnexpectedInParentheses() {
    std::string_view word = NextWord();
    if (word == "AND" || word == "OR" || word == "NOT") return fmt::format("{} must be written in lower case", word);
    return fmt::format("expected 'and', 'or' or ')' instead of {}", Quoted(word));
  }

  bool ValAhead() const { return lexer_.Rest().starts_with("val("); }
  bool TransformerAhead() const { return ValAhead() || FieldParser::TransformerAhead(lexer_); }

  ExprPtr Check(SourcePosition position) {
    if (ValAhead()) return Fail("val() stands only on the right of an operator");
    CheckExpr check;
    if (!Field(check.field)) return nullptr;
    lexer_.SkipBlanks();
    check.operator_position = Position();
    if (!TakeOperator(check.op)) return nullptr;
    lexer_.SkipBlanks();
    if (!Values(check)) return nullptr;
    return MakeCheck(position, std::move(check));
  }

  bool Field(FieldExpr& field) {
    FieldParser parser(&lexer_,
                       [this](size_t offset) { return diagnostics_.sources().PositionOf(text_.Origin(offset)); });
    std::optional<FieldExpr> parsed = parser.Parse();
    if (!parsed) return RefuseAt(parser.error().offset, parser.error().message);
    field = *std::move(parsed);
    return true;
  }

  bool TakeOperator(Operator& op) {
    const OperatorSpelling* spelling = OperatorAhead();
    if (spelling == nullptr) {
      return Refuse(fmt::format("expected an operator (one of {})", AllOperatorNames()));
    }
    lexer_.Take(spelling->text);
    op = spelling->op;
    if (Info(op).word && !IsConditionBlank(lexer_.Peek())) {
      return Refuse(fmt::format("expected a blank after '{}'", spelling->text));
    }
    return true;
  }

  bool Values(CheckExpr& check) {
    const Operand operand = Info(check.op).operand;
    if (operand == Operand::kNone) return true;
    if (TransformerAhead()) return Right(check);
    if (operand == Operand::kNumber) return Number(check);
    if (operand == Operand::kList) return List(check);
    if (Info(check.op).modifiers) check.modifier = TakeModifier();
    return check.modifier == Modifier::kNone ? Text(check) : List(check);
  }

  // Falco's fields on the right-hand side: val(field), or a transformer of one.
  bool Right(CheckExpr& check) {
    const bool val = lexer_.Take("val(");
    lexer_.SkipBlanks();
    if (val && TransformerAhead()) return Refuse("val() takes a field; a transformer stands without it");
    if (!Field(check.right.emplace())) return false;
    if (!val) return true;
    lexer_.SkipBlanks();
    return lexer_.Take(")") || Refuse("expected ')' after the field of val()");
  }

  // A word of these is a modifier only where a list or a list's name follows.
  Modifier TakeModifier() {
    for (Modifier modifier : {Modifier::kAnyOf, Modifier::kAllOf, Modifier::kOneOf}) {
      Lexer ahead = lexer_;
      if (!ahead.Take(ModifierName(modifier))) continue;
      bool blank = ahead.SkipBlanks();
      if (ahead.Peek() != '(') {
        auto next = ahead.TakeIdentifier();
        if (!blank || !next || *next == "and" || *next == "or") continue;
      }
      lexer_.Take(ModifierName(modifier));
      lexer_.SkipBlanks();
      return modifier;
    }
    return Modifier::kNone;
  }

  bool Number(CheckExpr& check) {
    SourcePosition position = Position();
    auto number = lexer_.TakeNumber();
    if (!number) return Refuse(fmt::format("expected a number after '{}'", Info(check.op).name));
    check.values.push_back({std::string(*number), false, position});
    return true;
  }

  bool Text(CheckExpr& check) {
    if (TakeValue(check)) return true;
    if (failed_value_) return false;
    if (lexer_.Peek() == '(') {
      return Refuse(fmt::format("expected a value after '{}'; a list needs 'in' or a modifier such as '{} anyof (...)'",
                                Info(check.op).name, Info(check.op).name));
    }
    return Refuse(fmt::format("expected a value after '{}'", Info(check.op).name));
  }

  // Takes a quoted or bare value; false with failed_value_ set after an error, without where there is none.
  bool TakeValue(CheckExpr& check) {
    failed_value_ = false;
    SourcePosition position = Position();
    Lexer::Quoted quoted = lexer_.TakeQuoted();
    if (quoted.state == Lexer::Quoted::State::kError) {
      failed_value_ = true;
      FailAt(quoted.error_offset, quoted.error);
      return false;
    }
    if (quoted.state == Lexer::Quoted::State::kTaken) {
      check.values.push_back({std::move(quoted.text), true, position});
      return true;
    }
    auto bare = lexer_.TakeBareString();
    if (!bare) return false;
    check.values.push_back({std::string(*bare), false, position});
    return true;
  }

  bool List(CheckExpr& check) {
    SourcePosition position = Position();
    if (!lexer_.Take("(")) {
      auto name = lexer_.TakeIdentifier();
      if (!name) return Refuse(fmt::format("expected a list after '{}'", Info(check.op).name));
      check.values.push_back({std::string(*name), false, position});
      return true;
    }
    lexer_.SkipBlanks();
    if (TakeValue(check)) {
      lexer_.SkipBlanks();
      while (lexer_.Take(",")) {
        lexer_.SkipBlanks();
        if (!TakeValue(check)) return failed_value_ ? false : Refuse("expected a value after ','");
        lexer_.SkipBlanks();
      }
    } else if (failed_value_) {
      return false;
    }
    if (lexer_.Take(")")) return true;
    if (lexer_.AtEnd()) return Refuse("the list is never closed; expected ')'");
    return Refuse(fmt::format("expected ',' or ')' in the list instead of {}", Quoted(NextWord())));
  }

  const MappedText& text_;
  Lexer lexer_;
  Diagnostics& diagnostics_;
  std::vector<Group> groups_;  // innermost last; never empty while terms are read
  bool last_macro_ = false;    // the check before the cursor was a macro's name
  bool failed_value_ = false;  // TakeValue has reported
};

}  // namespace

ExprPtr ParseCondition(const MappedText& text, Diagnostics& diagnostics) { return Parser(text, diagnostics).Parse(); }

}  // namespace vedette
