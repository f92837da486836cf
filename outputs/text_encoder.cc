// SPDX-License-Identifier: Apache-2.0
#include "outputs/text_encoder.h"

#include "outputs/escape.h"
#include "outputs/timestamp.h"

namespace vedette {
namespace {

struct VerdictStyle {
  std::string_view mark;
  std::string_view color;
};
constexpr VerdictStyle kVerdicts[VD_VERDICT_COUNT] = {
    {"", ""},
    {"[DENIED] ", "\x1b[1;37;41m"},
    {"[KILLED] ", "\x1b[1;37;41m"},
    {"[WOULD DENY] ", "\x1b[1;30;43m"},
    {"[WOULD KILL] ", "\x1b[1;30;43m"},
    {"[KILLED AFTER] ", "\x1b[1;37;41m"},
    {"[WOULD KILL AFTER] ", "\x1b[1;30;43m"},
};

constexpr std::string_view kPriorityColors[] = {
    "\x1b[1;31m", "\x1b[1;31m", "\x1b[1;31m",  // emergency, alert, critical: bold red
    "\x1b[31m",   "\x1b[33m",   "\x1b[36m",    // error: red, warning: yellow, notice: cyan
    "\x1b[32m",   "\x1b[2m",                   // informational: green, debug: dim
};
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kReset = "\x1b[0m";

const VerdictStyle& StyleOf(vd_verdict verdict) {
  auto index = static_cast<size_t>(verdict);
  return kVerdicts[index < VD_VERDICT_COUNT ? index : 0];
}

}  // namespace

std::string_view VerdictMark(vd_verdict verdict) { return StyleOf(verdict).mark; }

void AppendRawLine(const Alert& alert, std::string& out) {
  AppendClock(alert.time_ns, out);
  out += ": ";
  out += PriorityName(alert.priority);
  out += ' ';
  out += VerdictMark(alert.verdict);
  out += alert.output;
}

void TextEncoder::Encode(const Alert& alert, std::string& out) const {
  auto paint = [&](std::string_view color, std::string_view text) {
    if (color_ && !color.empty()) out += color;
    out += text;
    if (color_ && !color.empty()) out += kReset;
  };
  std::string clock;
  AppendClock(alert.time_ns, clock);
  paint(kDim, clock + ":");
  out += ' ';
  paint(kPriorityColors[static_cast<size_t>(alert.priority)], PriorityName(alert.priority));
  out += ' ';
  const VerdictStyle& style = StyleOf(alert.verdict);
  if (!style.mark.empty()) {
    paint(style.color, style.mark.substr(0, style.mark.size() - 1));
    out += ' ';
  }
  AppendEscapedText(alert.output, out);
}

}  // namespace vedette
