// SPDX-License-Identifier: Apache-2.0
#include "rules/field_resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <memory>
#include <utility>

#include "rules/diagnostics.h"
#include "rules/field_parser.h"
#include "rules/lexer.h"
#include "rules/nearest_name.h"
#include "rules/transformer.h"

namespace vedette {
namespace {

constexpr size_t kMaxArgument = 256;

ResolvedField Error(std::string message) {
  ResolvedField out;
  out.error = std::move(message);
  return out;
}

ResolvedField ArgumentError(std::string message) {
  ResolvedField out = Error(std::move(message));
  out.bad_argument = true;
  return out;
}

const UnsupportedField* FindUnsupported(std::string_view name) {
  for (const UnsupportedField& field : UnsupportedFields()) {
    bool prefix = name.starts_with(field.name) && (name.size() == field.name.size() || name[field.name.size()] == '.');
    if (prefix) return &field;
  }
  return nullptr;
}

ResolvedField Unknown(std::string_view name) {
  ResolvedField out;
  out.unknown = true;
  if (const UnsupportedField* unsupported = FindUnsupported(name)) {
    out.error = fmt::format("vedette does not support the field {} yet: {}", Quoted(name), unsupported->reason);
  } else {
    out.error = fmt::format("unknown field {}{}", Quoted(name), DidYouMean(NearestFieldName(name)));
  }
  return out;
}

bool TakesName(ArgKind kind) { return kind == ArgKind::kName || kind == ArgKind::kOptionalName; }
bool NeedsArgument(ArgKind kind) { return kind == ArgKind::kName || kind == ArgKind::kIndex; }

std::optional<uint32_t> ParseIndex(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The argument of `field`, from ".flags" or from "[…]". Sets `error` when it does not fit.
FieldArg MakeArgument(const Field& field, std::string_view dotted, const std::optional<std::string>& bracketed,
                      std::string& error) {
  FieldArg arg;
  if (dotted.empty() && !bracketed.has_value()) {
    if (NeedsArgument(field.arg)) {
      error = fmt::format("the field '{}' needs an argument: {}{}", field.name, field.name,
                          field.arg == ArgKind::kName ? ".NAME" : "[INDEX]");
    }
    return arg;
  }
  std::string text = dotted.empty() ? *bracketed : std::string(dotted.substr(1));
  if (!dotted.empty() && bracketed.has_value()) {
    error = fmt::format("the field '{}' takes one argument", field.name);
  } else if (field.arg == ArgKind::kNone) {
    error = fmt::format("the field '{}' takes no argument", field.name);
  } else if (text.empty() || text.size() > kMaxArgument) {
    error = fmt::format("the argument of '{}' must have 1 to {} characters", field.name, kMaxArgument);
  } else if (TakesName(field.arg)) {
    arg.name = text;
    arg.index = ParseIndex(text).value_or(0);
    arg.present = true;
  } else if (auto index = ParseIndex(text)) {
    arg.index = *index;
    arg.present = true;
  } else {
    error = fmt::format("the argument of '{}' must be a number, not {}", field.name, Quoted(text));
  }
  return arg;
}

std::string Spelling(const FieldRef& ref) {
  std::string out(ref.field->name);
  if (ref.arg.present && TakesName(ref.field->arg)) {
    bool dotted = IsIdentifier(ref.arg.name) && ref.field->arg == ArgKind::kName;
    out += dotted ? "." + ref.arg.name : "[" + ref.arg.name + "]";
  } else if (ref.arg.present) {
    out += fmt::format("[{}]", ref.arg.index);
  }
  return out;
}

bool StandsForSeveral(const FieldRef& ref) { return ref.field->any_of && !ref.arg.present && ref.call == nullptr; }

bool IsText(FieldType type) {
  return type == FieldType::kString || type == FieldType::kPath || type == FieldType::kBuffer;
}

FieldType ResultType(Transformer transformer, FieldType type) {
  if (transformer == Transformer::kLength) return FieldType::kNumber;
  if (transformer == Transformer::kBasename) return FieldType::kString;
  return type;
}

// Falco refuses transformers on fields that stand for several values, and on addresses.
std::string WhyNotTransformable(std::string_view transformer, const FieldRef& ref) {
  if (StandsForSeveral(ref)) {
    return fmt::format("{}() cannot be applied to '{}', which stands for several values", transformer, ref.spelling);
  }
  if (IsText(TypeOf(ref))) return "";
  return fmt::format("{}() cannot be applied to '{}', which is no text", transformer, ref.spelling);
}

// ---- transformers of several arguments ----

using Function = FieldCall::Function;

void ExtractNothing(const Event&, const FieldArg&, Values&) {}

constexpr std::string_view kWhyNot = "transformers are not evaluated there; test the field itself";

// The row that stands for what a function makes, in the order of FieldCall::Function.
const Field& ResultRow(Function function) {
  static const std::array<Field, 5> rows = [] {
    KernelDecision never;
    never.why_not = kWhyNot;
    auto row = [&](std::string_view name, std::string_view doc) {
      return Field{name, FieldType::kString, ArgKind::kNone, false, false, ~EventKinds(), doc, &ExtractNothing, never};
    };
    return std::array<Field, 5>{row("join()", "The texts of a list, joined."), row("concat()", "Texts in a row."),
                                row("getopt()", "The options among the arguments of a list."),
                                row("()", "A list of texts."), row("\"\"", "A text.")};
  }();
  return rows[static_cast<size_t>(function)];
}

bool IsListOperand(const FieldRef& ref) {
  return IsList(ref) || (ref.call != nullptr && ref.call->function == Function::kList);
}

// What each argument of a function has to be. A shape of one repeats.
enum class Shape : uint8_t { kText, kList };
struct Signature {
  Function function;
  std::array<Shape, 2> shapes;
  size_t least, most;
  std::string_view usage;
};
constexpr Signature kSignatures[] = {
    {Function::kJoin, {Shape::kText, Shape::kList}, 2, 2, "join() takes a separator and a list: join(\",\", (…))"},
    {Function::kConcat, {Shape::kText, Shape::kText}, 2, 10'000, "concat() takes two or more texts"},
    {Function::kGetopt,
     {Shape::kList, Shape::kText},
     2,
     2,
     "getopt() takes a list and the options: getopt((…), \"ab:\")"},
    {Function::kList, {Shape::kText, Shape::kText}, 0, 10'000, "a list has texts"},
};

const Signature& SignatureOf(Function function) {
  return *std::find_if(std::begin(kSignatures), std::end(kSignatures),
                       [&](const Signature& s) { return s.function == function; });
}

std::string CheckArguments(const FieldCall& call) {
  const Signature& signature = SignatureOf(call.function);
  const size_t count = call.arguments.size();
  if (count < signature.least || count > signature.most) return std::string(signature.usage);
  for (size_t i = 0; i < count; ++i) {
    const FieldRef& argument = call.arguments[i];
    const bool list = signature.shapes[std::min<size_t>(i, 1)] == Shape::kList;
    if (list != IsListOperand(argument)) {
      return fmt::format("{}; '{}' is {}", signature.usage, argument.spelling, list ? "no list" : "a list");
    }
    if (StandsForSeveral(argument)) {
      return fmt::format("{}; '{}' stands for several values", signature.usage, argument.spelling);
    }
    if (!IsText(TypeOf(argument))) return fmt::format("{}; '{}' is no text", signature.usage, argument.spelling);
  }
  return "";
}

std::string QuotedText(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string CallSpelling(std::string_view name, const FieldCall& call) {
  if (call.function == Function::kText) return QuotedText(call.text);
  std::string out(name);
  out += '(';
  for (size_t i = 0; i < call.arguments.size(); ++i) out += (i == 0 ? "" : ", ") + call.arguments[i].spelling;
  out += ')';
  if (call.option != '\0') out += fmt::format("[{}]", call.option);
  return out;
}

// `name` is the function's, "" for a list.
ResolvedField ResolveFunction(const FieldExpr& expr, std::string_view name, Function function) {
  FieldCall call;
  call.function = function;
  if (function == Function::kText) call.text = expr.name;
  for (const FieldExpr& argument : expr.arguments) {
    ResolvedField resolved = ResolveField(argument);
    if (!resolved.ok()) return resolved;
    call.arguments.push_back(std::move(resolved.ref));
  }
  if (expr.argument.has_value()) {
    if (function != Function::kGetopt) return ArgumentError(fmt::format("{}() takes no argument in [ ]", name));
    if (expr.argument->size() != 1) return ArgumentError("the argument of getopt() must be one option's letter");
    call.option = expr.argument->front();
  }
  if (function != Function::kText) {
    std::string error = CheckArguments(call);
    if (!error.empty()) return Error(std::move(error));
  }
  ResolvedField out;
  out.ref.field = &ResultRow(function);
  out.ref.spelling = CallSpelling(name, call);
  out.ref.call = std::make_shared<const FieldCall>(std::move(call));
  return out;
}

ResolvedField ResolveTransformer(const FieldExpr& expr) {
  const TransformerInfo* info = FindTransformer(expr.name);
  if (info == nullptr) {
    return Error(fmt::format("unknown transformer {}; there are {}", Quoted(expr.name), AllTransformerNames()));
  }
  if (info->function) return ResolveFunction(expr, expr.name, *info->function);
  if (expr.argument.has_value()) return ArgumentError(fmt::format("{}() takes no argument in [ ]", expr.name));
  if (expr.arguments.size() != 1) return Error(fmt::format("{}() takes one field", expr.name));
  const FieldExpr& operand = expr.arguments[0];
  if (operand.kind == FieldExpr::Kind::kText || operand.kind == FieldExpr::Kind::kList) {
    return Error(fmt::format("{}() takes a field or a transformer", expr.name));
  }
  ResolvedField out = ResolveField(operand);
  if (!out.ok()) return out;
  std::string error = WhyNotTransformable(expr.name, out.ref);
  if (!error.empty()) return Error(std::move(error));
  out.ref.transformers.push_back(info->transformer);
  out.ref.spelling = fmt::format("{}({})", expr.name, out.ref.spelling);
  return out;
}

}  // namespace

ResolvedField ResolveField(const FieldExpr& field) {
  if (field.kind == FieldExpr::Kind::kCall) return ResolveTransformer(field);
  if (field.kind == FieldExpr::Kind::kList) return ResolveFunction(field, "", Function::kList);
  if (field.kind == FieldExpr::Kind::kText) return ResolveFunction(field, "", Function::kText);
  FieldMatch match = FindField(field.name);
  if (match.field == nullptr) return Unknown(field.name);
  bool dotted = match.rest.starts_with('.') && TakesName(match.field->arg);
  if (!match.rest.empty() && !dotted) return Unknown(field.name);

  ResolvedField out;
  std::string error;
  out.ref.arg = MakeArgument(*match.field, match.rest, field.argument, error);
  if (!error.empty()) return ArgumentError(std::move(error));
  out.ref.field = match.field;
  out.ref.spelling = Spelling(out.ref);
  return out;
}

ResolvedField ResolveFieldText(std::string_view text) {
  Lexer lexer(text);
  FieldParser parser(&lexer);
  std::optional<FieldExpr> field = parser.Parse();
  if (!field) {
    const bool plain = text.find_first_of("([") == std::string_view::npos;
    return plain ? Unknown(text) : Error(fmt::format("{}: {}", Quoted(text), parser.error().message));
  }
  if (!lexer.AtEnd()) return Unknown(text);
  return ResolveField(*field);
}

bool IsField(std::string_view text) {
  Lexer lexer(text);
  FieldParser parser(&lexer);
  std::optional<FieldExpr> field = parser.Parse();
  if (!field || !lexer.AtEnd()) return false;
  if (field->kind == FieldExpr::Kind::kField && FindField(field->name).field == nullptr) return false;
  return ResolveField(*field).ok();
}

FieldType TypeOf(const FieldRef& ref) {
  FieldType type = ref.field->type;
  for (Transformer transformer : ref.transformers) type = ResultType(transformer, type);
  return type;
}

bool IsList(const FieldRef& ref) {
  bool counted =
      std::find(ref.transformers.begin(), ref.transformers.end(), Transformer::kLength) != ref.transformers.end();
  return ref.call != nullptr && ref.call->function == FieldCall::Function::kGetopt && ref.call->option == '\0' &&
         !counted;
}

}  // namespace vedette
