// SPDX-License-Identifier: Apache-2.0
#include "rules/exception_text.h"

#include <fmt/format.h>

#include <utility>

#include "rules/field_resolver.h"
#include "rules/operator.h"

namespace vedette {
namespace {

// "startswith", "in", "startswith anyof".
struct Comparison {
  std::optional<Operator> op;
  bool modifier = false;
  bool takes_list() const { return op && (modifier || Info(*op).operand == Operand::kList); }
};

Comparison ParseComparison(std::string_view text) {
  Comparison out;
  size_t blank = text.find(' ');
  out.op = FindOperator(text.substr(0, blank));
  if (!out.op || blank == std::string_view::npos) return out;
  std::string_view rest = text.substr(text.find_first_not_of(' ', blank));
  for (Modifier modifier : {Modifier::kAnyOf, Modifier::kAllOf, Modifier::kOneOf}) {
    out.modifier |= Info(*out.op).modifiers && rest == ModifierName(modifier);
  }
  if (!out.modifier) out.op.reset();
  return out;
}

ExceptionEntry Scalar(std::string_view text, SourceOffset at, SourcePosition position) {
  ExceptionEntry out;
  out.present = true;
  out.position = position;
  out.item.AppendSynthetic(text, at);
  return out;
}

std::optional<ExceptionProblem> CheckField(const ExceptionEntry& field, bool check_fields) {
  if (field.is_list) return ExceptionProblem{field.position, "a field must be a single name"};
  if (!check_fields) return std::nullopt;
  ResolvedField resolved = ResolveFieldText(field.item.text());
  if (resolved.ok()) return std::nullopt;
  return ExceptionProblem{field.position, resolved.error};
}

std::optional<ExceptionProblem> CheckSingle(ExceptionDefinition& exception, bool check_fields) {
  if (!exception.comps.present) {
    exception.comps = Scalar("in", exception.fields.item.Origin(0), exception.fields.position);
  }
  if (exception.comps.is_list) {
    return ExceptionProblem{exception.comps.position, "'fields' is a single name, so 'comps' must be one, too"};
  }
  if (!ParseComparison(exception.comps.item.text()).takes_list()) {
    return ExceptionProblem{
        exception.comps.position,
        fmt::format("with a single field 'comps' must be in, intersects, pmatch or an operator with "
                    "anyof, allof or oneof, not {}",
                    Quoted(exception.comps.item.text()))};
  }
  return CheckField(exception.fields, check_fields);
}

std::optional<ExceptionProblem> CheckList(ExceptionDefinition& exception, bool check_fields) {
  ExceptionEntry& comps = exception.comps;
  if (!comps.present) {
    comps.present = comps.is_list = true;
    comps.position = exception.fields.position;
    for (const ExceptionEntry& field : exception.fields.items) {
      comps.items.push_back(Scalar("=", field.item.Origin(0), field.position));
    }
  }
  if (!comps.is_list || comps.items.size() != exception.fields.items.size()) {
    return ExceptionProblem{comps.position, "'fields' and 'comps' must be lists of the same length"};
  }
  for (const ExceptionEntry& comp : comps.items) {
    if (comp.is_list || !ParseComparison(comp.item.text()).op) {
      return ExceptionProblem{comp.position, fmt::format("{} is no comparison operator", Quoted(comp.item.text()))};
    }
  }
  for (const ExceptionEntry& field : exception.fields.items) {
    if (auto problem = CheckField(field, check_fields)) return problem;
  }
  return std::nullopt;
}

class Writer {
 public:
  Writer(MappedText& out, SourceOffset glue, Diagnostics& diagnostics)
      : out_(out), glue_(glue), diagnostics_(diagnostics) {}

  void Write(const ExceptionDefinition& exception) {
    if (exception.values.empty()) return;
    Glue(" and not ");
    if (exception.fields.is_list) {
      Rows(exception);
    } else {
      Flat(exception);
    }
  }

 private:
  void Glue(std::string_view text) { out_.AppendSynthetic(text, glue_); }

  // field in (v1, v2)
  void Flat(const ExceptionDefinition& exception) {
    Glue("(");
    out_.Append(exception.fields.item);
    Glue(" ");
    out_.Append(exception.comps.item);
    Glue(" (");
    bool first = true;
    for (const ExceptionEntry& value : exception.values) {
      if (value.is_list) {
        diagnostics_.Error(value.position,
                           fmt::format("exception {}: with a single field, 'values' is a list of single "
                                       "values",
                                       Quoted(exception.name)));
        continue;
      }
      if (!first) Glue(", ");
      first = false;
      AppendQuotedItem(out_, value.item);
    }
    Glue("))");
  }

  // ((f1 op v11 and f2 op v12) or (…))
  void Rows(const ExceptionDefinition& exception) {
    Glue("(");
    bool first = true;
    for (const ExceptionEntry& row : exception.values) {
      if (row.items.size() != exception.fields.items.size()) {
        diagnostics_.Error(row.position,
                           fmt::format("exception {}: this row has {} values for {} fields", Quoted(exception.name),
                                       row.is_list ? row.items.size() : 1, exception.fields.items.size()));
        continue;
      }
      if (!first) Glue(" or ");
      first = false;
      Row(exception, row);
    }
    // All rows were errors: anything that parses, the load fails anyway.
    if (first) Glue("evt.num = 0");
    Glue(")");
  }

  void Row(const ExceptionDefinition& exception, const ExceptionEntry& row) {
    Glue("(");
    for (size_t k = 0; k < row.items.size(); ++k) {
      if (k != 0) Glue(" and ");
      const MappedText& comp = exception.comps.items[k].item;
      out_.Append(exception.fields.items[k].item);
      Glue(" ");
      out_.Append(comp);
      Glue(" ");
      RowValue(row.items[k], ParseComparison(comp.text()).takes_list());
    }
    Glue(")");
  }

  void RowValue(const ExceptionEntry& value, bool takes_list) {
    if (value.is_list) {
      Glue("(");
      bool first = true;
      for (const ExceptionEntry& item : value.items) {
        if (!first) Glue(", ");
        first = false;
        AppendQuotedItem(out_, item.item);
      }
      Glue(")");
    } else if (takes_list && !value.item.text().starts_with('(')) {
      Glue("(");  // so that it may be the name of a list
      out_.Append(value.item);
      Glue(")");
    } else if (takes_list) {
      out_.Append(value.item);
    } else {
      AppendQuotedItem(out_, value.item);
    }
  }

  MappedText& out_;
  SourceOffset glue_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::optional<ExceptionProblem> CompleteException(ExceptionDefinition& exception, bool check_fields) {
  if (!exception.fields.present) return ExceptionProblem{exception.position, "it has no 'fields'"};
  return exception.fields.is_list ? CheckList(exception, check_fields) : CheckSingle(exception, check_fields);
}

void AppendQuotedItem(MappedText& out, const MappedText& item) {
  const std::string& text = item.text();
  bool quote = text.find(' ') != std::string::npos && text[0] != '"' && text[0] != '\'';
  if (quote) out.AppendSynthetic("\"", item.Origin(0));
  out.Append(item);
  if (quote) out.AppendSynthetic("\"", item.Origin(text.size()));
}

MappedText ExceptionCondition(const MappedText& condition, const std::vector<ExceptionDefinition>& exceptions,
                              Diagnostics& diagnostics) {
  if (exceptions.empty()) return condition;
  MappedText out;
  out.AppendSynthetic("(", condition.Origin(0));
  out.Append(condition);
  out.AppendSynthetic(")", condition.Origin(condition.size()));
  for (const ExceptionDefinition& exception : exceptions) {
    if (exception.values.empty()) continue;
    const ExceptionEntry& fields = exception.fields;
    const MappedText& name = fields.is_list && !fields.items.empty() ? fields.items[0].item : fields.item;
    Writer(out, name.Origin(0), diagnostics).Write(exception);
  }
  return out;
}

}  // namespace vedette
