// SPDX-License-Identifier: Apache-2.0
#include "rules/ast.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "rules/operator.h"

namespace vedette {
namespace {

class Printer {
 public:
  explicit Printer(size_t limit) : limit_(limit) {}

  void Print(const Expr& expr) {
    if (out_.size() > limit_) return;
    switch (expr.kind) {
      case Expr::Kind::kAnd:
        return Join(expr, " and ");
      case Expr::Kind::kOr:
        return Join(expr, " or ");
      case Expr::Kind::kNot:
        out_ += "not ";
        return Print(*expr.children[0]);
      case Expr::Kind::kMacro:
        out_ += expr.macro;
        return;
      case Expr::Kind::kCheck:
        return Check(expr.check);
    }
  }

  std::string Take() {
    if (out_.size() > limit_) out_ += "...";
    return std::move(out_);
  }

 private:
  void Join(const Expr& expr, std::string_view word) {
    out_ += '(';
    bool first = true;
    for (const ExprPtr& child : expr.children) {
      if (!first) out_ += word;
      first = false;
      Print(*child);
    }
    out_ += ')';
  }

  void Check(const CheckExpr& check) {
    Field(check.field);
    out_ += ' ';
    out_ += OperatorName(check.op);
    if (check.modifier != Modifier::kNone) {
      out_ += ' ';
      out_ += ModifierName(check.modifier);
    }
    if (Info(check.op).operand == Operand::kNone) return;
    if (check.right.has_value()) return Right(*check.right);
    bool list = check.modifier != Modifier::kNone || Info(check.op).operand == Operand::kList;
    out_ += list ? " (" : " ";
    bool first = true;
    for (const ValueExpr& value : check.values) {
      if (out_.size() > limit_) return;
      if (!first) out_ += ", ";
      first = false;
      Text(value.text);
    }
    if (list) out_ += ')';
  }

  void Right(const FieldExpr& field) {
    bool plain = field.kind == FieldExpr::Kind::kField;
    out_ += plain ? " val(" : " ";
    Field(field);
    if (plain) out_ += ')';
  }

  void Field(const FieldExpr& field) {
    if (field.kind == FieldExpr::Kind::kText) return Quote(field.name);
    if (field.kind != FieldExpr::Kind::kList) out_ += field.name;
    if (field.kind != FieldExpr::Kind::kField) {
      out_ += '(';
      for (const FieldExpr& argument : field.arguments) {
        if (&argument != field.arguments.data()) out_ += ", ";
        Field(argument);
      }
      out_ += ')';
    }
    if (!field.argument.has_value()) return;
    out_ += '[';
    Text(*field.argument, "[]");
    out_ += ']';
  }

  // Quoted if it could not stand bare; `also` are characters that its place does not allow besides.
  void Text(std::string_view text, std::string_view also = "") {
    bool bare = !text.empty() && text.find_first_of("()\"'= \t\r\n\v\f\b,\\") == std::string_view::npos &&
                text.find_first_of(also) == std::string_view::npos;
    if (bare) {
      out_ += text;
      return;
    }
    Quote(text);
  }

  // So that it reads back as it is.
  void Quote(std::string_view text) {
    constexpr std::string_view kMeant = "\"\\\b\f\n\r\t";
    constexpr std::string_view kWritten = "\"\\bfnrt";
    out_ += '"';
    for (char c : text) {
      size_t escape = kMeant.find(c);
      if (escape != std::string_view::npos) out_ += '\\';
      out_ += escape != std::string_view::npos ? kWritten[escape] : c;
    }
    out_ += '"';
  }

  size_t limit_;
  std::string out_;
};

}  // namespace

ExprPtr MakeExpr(Expr::Kind kind, SourcePosition position, std::vector<ExprPtr> children) {
  auto expr = std::make_shared<Expr>();
  expr->kind = kind;
  expr->position = position;
  for (const ExprPtr& child : children) {
    expr->depth = std::max(expr->depth, child->depth + 1);
    expr->checks += child->checks;
  }
  expr->children = std::move(children);
  return expr;
}

ExprPtr MakeCheck(SourcePosition position, CheckExpr check) {
  auto expr = std::make_shared<Expr>();
  expr->kind = Expr::Kind::kCheck;
  expr->position = position;
  expr->check = std::move(check);
  expr->checks = 1;
  return expr;
}

ExprPtr MakeMacro(SourcePosition position, std::string name) {
  auto expr = std::make_shared<Expr>();
  expr->kind = Expr::Kind::kMacro;
  expr->position = position;
  expr->macro = std::move(name);
  expr->checks = 1;
  return expr;
}

std::string ToText(const Expr& expr, size_t limit) {
  Printer printer(limit);
  printer.Print(expr);
  return printer.Take();
}

}  // namespace vedette
