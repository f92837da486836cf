// SPDX-License-Identifier: Apache-2.0
#include "rules/field_resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "rules/diagnostics.h"
#include "rules/lexer.h"
#include "rules/nearest_name.h"
#include "rules/parser.h"

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

// What a transformer may be applied to. Falco refuses fields that stand for several values, and addresses.
bool Transformable(const FieldRef& ref, FieldType type) {
  if (ref.field->any_of && !ref.arg.present) return false;
  return type == FieldType::kString || type == FieldType::kPath || type == FieldType::kBuffer;
}

FieldType ResultType(Transformer transformer, FieldType type) {
  if (transformer == Transformer::kLength) return FieldType::kNumber;
  if (transformer == Transformer::kBasename) return FieldType::kString;
  return type;
}

std::string AddTransformers(const FieldExpr& field, FieldRef& ref) {
  FieldType type = ref.field->type;
  for (auto name = field.transformers.rbegin(); name != field.transformers.rend(); ++name) {
    if (!Transformable(ref, type)) {
      bool several = ref.field->any_of && !ref.arg.present;
      return fmt::format("{}() cannot be applied to {}", *name,
                         several ? fmt::format("'{}', which stands for several values", ref.spelling)
                                 : fmt::format("'{}', which is no text", ref.spelling));
    }
    const TransformerInfo* info = FindTransformer(*name);
    type = ResultType(info->transformer, type);
    ref.transformers.push_back(info->transformer);
    ref.spelling = fmt::format("{}({})", *name, ref.spelling);
  }
  return "";
}

}  // namespace

ResolvedField ResolveField(const FieldExpr& field) {
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
  error = AddTransformers(field, out.ref);
  if (!error.empty()) return Error(std::move(error));
  return out;
}

ResolvedField ResolveFieldText(std::string_view text) {
  Lexer lexer(text);
  FieldExpr field;
  for (;;) {
    Lexer ahead = lexer;
    auto name = ahead.TakeIdentifier();
    if (!name || !ahead.Take("(")) break;
    const TransformerInfo* info = FindTransformer(*name);
    if (info == nullptr) return Error(fmt::format("unknown transformer {}", Quoted(*name)));
    if (!info->supported) return Error(fmt::format("vedette does not support {}() yet", *name));
    field.transformers.emplace_back(*name);
    lexer = ahead;
  }
  auto name = lexer.TakeFieldName();
  if (!name) return Unknown(text);
  field.name = *name;
  if (lexer.Take("[")) {
    auto argument = lexer.TakeBareArgument();
    if (!argument || !lexer.Take("]")) return Error(fmt::format("malformed argument in {}", Quoted(text)));
    field.argument = std::string(*argument);
  }
  for (size_t i = 0; i < field.transformers.size(); ++i) {
    if (!lexer.Take(")")) return Error(fmt::format("expected ')' in {}", Quoted(text)));
  }
  if (!lexer.AtEnd()) return Unknown(text);
  return ResolveField(field);
}

FieldType TypeOf(const FieldRef& ref) {
  FieldType type = ref.field->type;
  for (Transformer transformer : ref.transformers) type = ResultType(transformer, type);
  return type;
}

}  // namespace vedette
