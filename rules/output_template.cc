// SPDX-License-Identifier: Apache-2.0
#include "rules/output_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "rules/field_parser.h"
#include "rules/field_resolver.h"
#include "rules/lexer.h"

namespace vedette {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameChar(char c) {
  return IsDigit(c) || c == '_' || c == '.' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class TemplateParser {
 public:
  TemplateParser(const MappedText& text, bool skip_unknown, Diagnostics& diagnostics)
      : mapped_(text), text_(text.text()), skip_unknown_(skip_unknown), diagnostics_(diagnostics) {}

  OutputResult Run() {
    // A leading '*' asks Falco to print lines with missing values; it always does, and so does Vedette.
    if (text_.starts_with('*')) ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '%') {
        Field();
      } else {
        size_t end = std::min(text_.find('%', at_), text_.size());
        Literal(text_.substr(at_, end - at_));
        at_ = end;
      }
    }
    return std::move(result_);
  }

 private:
  void Literal(std::string_view text) {
    if (result_.parts.empty() || result_.parts.back().field.field != nullptr) result_.parts.emplace_back();
    result_.parts.back().text += text;
  }

  void Report(size_t at, std::string message, bool unknown) {
    if (result_.state != OutputResult::State::kError) {
      result_.state = unknown ? OutputResult::State::kUnknown : OutputResult::State::kError;
    }
    SourcePosition position = diagnostics_.sources().PositionOf(mapped_.Origin(at));
    if (unknown && skip_unknown_) {
      diagnostics_.Warning(position, std::move(message));
    } else {
      diagnostics_.Error(position, std::move(message));
    }
  }

  void Field() {
    size_t percent = at_++;
    if (at_ < text_.size() && text_[at_] == '*') ++at_;
    uint32_t width = Width(percent);
    size_t begin = at_;
    if (begin >= text_.size()) return Report(percent, "the output ends with '%', where a field is expected", false);

    FieldExpr field;
    if (FieldParser::TransformerAhead(Lexer(text_.substr(begin)))) {
      if (!Transformer(field)) return;
    } else if (!Name(field)) {
      at_ = std::max(at_, begin);
      return Report(begin, "expected a field after '%'", true);
    }
    if (field.name == "container.info") return DropContainerInfo(begin);
    ResolvedField resolved = ResolveField(field);
    if (!resolved.ok()) return Report(begin, std::move(resolved.error), resolved.unknown);
    OutputPart part;
    part.field = std::move(resolved.ref);
    part.width = width;
    result_.parts.push_back(std::move(part));
  }

  uint32_t Width(size_t percent) {
    uint32_t width = 0;
    bool too_wide = false;
    for (; at_ < text_.size() && IsDigit(text_[at_]); ++at_) {
      width = width * 10 + static_cast<uint32_t>(text_[at_] - '0');
      too_wide |= width > kMaxOutputWidth;
      if (too_wide) width = 0;
    }
    if (too_wide) Report(percent, fmt::format("the width is more than {}", kMaxOutputWidth), false);
    return width;
  }

  // "%toupper(fd.name)" and the like; false after an error.
  bool Transformer(FieldExpr& field) {
    Lexer lexer(text_.substr(at_));
    FieldParser parser(&lexer);
    std::optional<FieldExpr> parsed = parser.Parse();
    if (!parsed) Report(at_ + parser.error().offset, parser.error().message, false);
    at_ += std::max<size_t>(lexer.offset(), 1);
    if (!parsed) return false;
    field = *std::move(parsed);
    return true;
  }

  // It stood for container.id and container.name, which are appended today.
  void DropContainerInfo(size_t at) {
    diagnostics_.Warning(diagnostics_.sources().PositionOf(mapped_.Origin(at)),
                         "%container.info is deprecated and prints nothing; write %container.id or %container.name");
  }

  // The longest field that the text starts with; what follows it is text again ("%fd.name." ends a sentence).
  bool Name(FieldExpr& field) {
    size_t end = at_;
    while (end < text_.size() && IsNameChar(text_[end])) ++end;
    std::string_view run = text_.substr(at_, end - at_);
    if (run.empty()) return false;
    FieldMatch match = FindField(run);
    if (match.field == nullptr) {
      while (run.ends_with('.')) run.remove_suffix(1);
      field.name = run;
      at_ += std::max<size_t>(run.size(), 1);
      return !run.empty();
    }
    std::string_view rest = match.rest;
    size_t taken = run.size() - rest.size();
    ArgKind kind = match.field->arg;
    bool named = kind == ArgKind::kName || kind == ArgKind::kOptionalName;
    if (named && rest.starts_with('.')) {
      size_t word = 1;
      while (word < rest.size() && rest[word] != '.') ++word;
      if (word > 1) taken += word;
    }
    field.name = run.substr(0, taken);
    at_ += taken;
    if (kind != ArgKind::kNone && at_ < text_.size() && text_[at_] == '[') Argument(field);
    return true;
  }

  void Argument(FieldExpr& field) {
    size_t close = text_.find(']', at_);
    if (close == std::string_view::npos) return;
    std::string_view argument = text_.substr(at_ + 1, close - at_ - 1);
    bool quoted = argument.size() >= 2 && (argument[0] == '"' || argument[0] == '\'') && argument.back() == argument[0];
    if (quoted) argument = argument.substr(1, argument.size() - 2);
    field.argument = std::string(argument);
    at_ = close + 1;
  }

  const MappedText& mapped_;
  std::string_view text_;
  bool skip_unknown_;
  Diagnostics& diagnostics_;
  size_t at_ = 0;
  OutputResult result_;
};

}  // namespace

OutputResult ParseOutput(const MappedText& text, bool skip_unknown, Diagnostics& diagnostics) {
  return TemplateParser(text, skip_unknown, diagnostics).Run();
}

}  // namespace vedette
