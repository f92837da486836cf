// SPDX-License-Identifier: Apache-2.0
#include "rules/window_reader.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace vedette {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::optional<uint32_t> ParseCount(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

MappedText Slice(const MappedText& text, size_t begin, size_t end) {
  MappedText out;
  out.Append(text, begin, end);
  return out.Trimmed();
}

// One of the three keys, in either form.
class Window {
 public:
  Window(MapReader& rule, std::string_view key, std::string_view example)
      : rule_(rule), diagnostics_(rule.diagnostics()), key_(key), example_(example), node_(rule.Take(key)) {}

  bool given() const { return node_ != nullptr; }
  const YamlNode& node() const { return *node_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  SourcePosition position() const { return diagnostics_.sources().PositionOf(node_->at); }
  std::string what() const { return fmt::format("'{}' of the {}", key_, rule_.what()); }

  template <typename At>
  void Error(const At& at, const std::string& message) {
    diagnostics_.Error(at, message);
  }
  void Refuse() {
    Error(node_->at, fmt::format("{} must be like {}, not {}", what(), example_,
                                 node_->is_scalar() ? Quoted(node_->value) : "this"));
  }

  // Of the mapping's keys `by` and `within`.
  bool TakeKeyAndTime(MapReader& map, WindowDefinition& out) {
    out.position = position();
    const YamlNode* by = map.Take("by");
    if (by != nullptr && by->is_sequence()) {
      auto fields = map.TakeTexts("by", false);
      if (!fields) return false;
      out.by = *std::move(fields);
    } else if (by != nullptr) {
      auto field = map.TakeText("by", false);
      if (!field) return false;
      out.by = Fields(*field);
    }
    auto within = map.TakeText("within", true);
    return within && SetTime(within->Trimmed(), out) && KeyFits(out);
  }

  // "by F, F within T", from byte `from` of the text on.
  bool ReadKeyAndTime(const MappedText& text, size_t from, WindowDefinition& out) {
    out.position = position();
    const size_t by = FindWord(text.text(), "by", from);
    const size_t within = FindWord(text.text(), "within", from);
    if (within == std::string::npos || (by != std::string::npos && by > within)) return Refuse(), false;
    const size_t head_end = by == std::string::npos ? within : by;
    if (text.text().find_first_not_of(kBlanks, from) < head_end) return Refuse(), false;
    if (by != std::string::npos) out.by = Fields(Slice(text, by + 2, within));
    return SetTime(Slice(text, within + 6, text.size()), out) && KeyFits(out);
  }

  // The start of a word of its own, npos if there is none.
  static size_t FindWord(std::string_view text, std::string_view word, size_t from) {
    auto blank = [&](size_t i) { return i >= text.size() || kBlanks.find(text[i]) != std::string_view::npos; };
    for (size_t at = from; (at = text.find(word, at)) != std::string_view::npos; ++at) {
      if ((at == from || blank(at - 1)) && blank(at + word.size())) return at;
    }
    return std::string_view::npos;
  }

 private:
  static std::vector<MappedText> Fields(const MappedText& text) {
    std::vector<MappedText> out;
    for (size_t begin = 0; begin <= text.size();) {
      size_t end = text.text().find(',', begin);
      if (end == std::string::npos) end = text.size();
      out.push_back(Slice(text, begin, end));
      begin = end + 1;
    }
    return out;
  }

  bool SetTime(const MappedText& text, WindowDefinition& out) {
    std::optional<int64_t> within = ParseDuration(text.text());
    if (!within) {
      const SourceOffset at = text.empty() ? node_->at : text.Origin(0);
      Error(at, fmt::format("'within' must be a time such as 500ms, 30s, 5m or 1h, at most 24h, not {}",
                            Quoted(text.text())));
      return false;
    }
    out.within_ns = *within;
    return true;
  }

  bool KeyFits(const WindowDefinition& out) {
    if (out.by.size() <= kMaxKeyFields) return true;
    Error(node_->at, fmt::format("{} has more than {} fields in 'by'", what(), kMaxKeyFields));
    return false;
  }

  MapReader& rule_;
  Diagnostics& diagnostics_;
  std::string_view key_;
  std::string_view example_;
  const YamlNode* node_;
};

// A whole number of the mapping, within bounds; `otherwise` without the key.
std::optional<uint32_t> TakeNumber(MapReader& map, std::string_view key, uint32_t least, uint32_t most,
                                   std::optional<uint32_t> otherwise) {
  auto text = map.TakeString(key, !otherwise);
  if (!text) return map.Has(key) ? std::nullopt : otherwise;
  std::optional<uint32_t> number = ParseCount(*text);
  if (number && *number >= least && *number <= most) return number;
  map.Error(*map.Take(key),
            fmt::format("'{}' must be a whole number from {} to {}, not {}", key, least, most, Quoted(*text)));
  return std::nullopt;
}

// Number and bounds of "N", ">= N" and "> N".
bool ReadAtLeast(Window& window, const MappedText& text, CountDefinition& out, size_t& end) {
  std::string_view s = text.text();
  size_t at = s.find_first_not_of(kBlanks);
  if (at == std::string_view::npos) return window.Refuse(), false;
  const bool at_least = s.substr(at).starts_with(">=");
  const bool more = !at_least && s[at] == '>';
  if (!at_least && !more && (s[at] == '<' || s[at] == '=' || s[at] == '!')) {
    window.Error(text.Origin(at),
                 fmt::format("{} can only be '>=' or '>': that there were no more is known only once the "
                             "time is over",
                             window.what()));
    return false;
  }
  at = s.find_first_not_of(kBlanks, at + (at_least ? 2 : more ? 1 : 0));
  if (at == std::string_view::npos) return window.Refuse(), false;
  end = std::min(s.find_first_of(kBlanks, at), s.size());
  std::optional<uint32_t> number = ParseCount(s.substr(at, end - at));
  if (!number) return window.Refuse(), false;
  out.at_least = *number < kMaxCount && more ? *number + 1 : *number;
  if (out.at_least >= 2 && out.at_least <= kMaxCount && (!more || *number < kMaxCount)) return true;
  window.Error(text.Origin(at), fmt::format("{} must be from 2 to {} events", window.what(), kMaxCount));
  return false;
}

// The end of the "[…]" that begins at `open`, past the bracket; npos if it has none. Commas that part the steps go to
// `commas`.
size_t ScanSteps(std::string_view s, size_t open, std::vector<size_t>& commas) {
  int depth = 0;
  for (size_t i = open; i < s.size(); ++i) {
    if (s[i] == '"' || s[i] == '\'') {
      for (const char quote = s[i++]; i < s.size() && s[i] != quote; ++i) {
        if (s[i] == '\\') ++i;
      }
    } else if (s[i] == '[' || s[i] == '(') {
      ++depth;
    } else if ((s[i] == ']' || s[i] == ')') && --depth == 0) {
      return i + 1;
    } else if (s[i] == ',' && depth == 1) {
      commas.push_back(i);
    }
  }
  return std::string_view::npos;
}

bool ReadSteps(Window& window, const MappedText& text, SequenceDefinition& out, size_t& end) {
  const size_t open = text.text().find_first_not_of(kBlanks);
  std::vector<size_t> commas;
  if (open == std::string::npos || text.text()[open] != '[') return window.Refuse(), false;
  end = ScanSteps(text.text(), open, commas);
  if (end == std::string::npos) return window.Refuse(), false;
  commas.push_back(end - 1);
  size_t begin = open + 1;
  for (size_t comma : commas) {
    out.steps.push_back({"", Slice(text, begin, comma)});
    begin = comma + 1;
  }
  return true;
}

// `- condition` or `- name: condition`.
bool TakeStep(Window& window, const YamlNode& node, SequenceDefinition& out) {
  const bool named = node.is_map() && node.children.size() == 2 && node.children[0]->is_scalar();
  const YamlNode& text = named ? *node.children[1] : node;
  if (!text.is_scalar() || text.value.empty() || text.value.find('\0') != std::string::npos) {
    window.Error(node.at, "a step is a condition, the name of a macro or a rule, or 'NAME: CONDITION'");
    return false;
  }
  out.steps.push_back({named ? node.children[0]->value : "", TextOf(text, window.diagnostics().sources()).Trimmed()});
  return true;
}

bool TakeSteps(Window& window, MapReader& map, SequenceDefinition& out) {
  const YamlNode* steps = map.Take("steps");
  if (steps == nullptr || !steps->is_sequence()) {
    window.Error(steps == nullptr ? window.node().at : steps->at,
                 fmt::format("{} needs 'steps', a sequence of conditions", window.what()));
    return false;
  }
  bool good = true;
  for (const YamlNode* step : steps->children) good = TakeStep(window, *step, out) && good;
  return good;
}

bool StepsFit(Window& window, const SequenceDefinition& out) {
  for (const SequenceDefinition::Step& step : out.steps) {
    if (step.condition.empty()) return window.Refuse(), false;
  }
  if (out.steps.size() >= 2 && out.steps.size() <= kMaxSteps) return true;
  window.Error(window.node().at, fmt::format("{} must have from 2 to {} steps", window.what(), kMaxSteps));
  return false;
}

}  // namespace

std::optional<int64_t> ParseDuration(std::string_view text) {
  struct Unit {
    std::string_view name;
    int64_t ns;
  };
  static constexpr std::array kUnits = {Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000}, Unit{"m", 60'000'000'000},
                                        Unit{"h", 3'600'000'000'000}};
  const size_t digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos || digits > 9) return std::nullopt;
  std::optional<uint32_t> number = ParseCount(text.substr(0, digits));
  for (const Unit& unit : kUnits) {
    if (!number || *number == 0 || text.substr(digits) != unit.name || *number > kMaxWithinNs / unit.ns) continue;
    return *number * unit.ns;
  }
  return std::nullopt;
}

std::optional<ThrottleDefinition> TakeThrottle(MapReader& reader) {
  Window window(reader, "throttle", "{by: [container.id, proc.name], limit: 1, within: 1m}");
  if (!window.given()) return std::nullopt;
  ThrottleDefinition out;
  if (!window.node().is_map()) return window.Refuse(), std::nullopt;
  MapReader map(window.node(), "throttle", reader.diagnostics());
  window.TakeKeyAndTime(map, out);
  out.limit = TakeNumber(map, "limit", 1, kMaxThrottleLimit, 1).value_or(1);
  out.verdicts = map.TakeBool("verdicts").value_or(false);
  map.WarnUnknownKeys();
  return out;  // after an error, too, so that the fields of its key are checked in the same run
}

std::optional<CountDefinition> TakeCount(MapReader& reader) {
  Window window(reader, "count", "'>= 10 by container.id within 1m' or {at_least: 10, by: container.id, within: 1m}");
  if (!window.given()) return std::nullopt;
  CountDefinition out;
  if (window.node().is_scalar()) {
    const MappedText text = TextOf(window.node(), reader.diagnostics().sources());
    size_t end = 0;
    if (!ReadAtLeast(window, text, out, end) || !window.ReadKeyAndTime(text, end, out)) return std::nullopt;
    return out;
  }
  if (!window.node().is_map()) return window.Refuse(), std::nullopt;
  MapReader map(window.node(), "count", reader.diagnostics());
  const bool good = window.TakeKeyAndTime(map, out);
  auto number = TakeNumber(map, "at_least", 2, kMaxCount, std::nullopt);
  map.WarnUnknownKeys();
  if (!good || !number) return std::nullopt;
  out.at_least = *number;
  return out;
}

std::optional<SequenceDefinition> TakeSequence(MapReader& reader) {
  Window window(reader, "sequence",
                "'[dropped, run] by container.id within 30s' or {steps: [dropped, run], by: "
                "container.id, within: 30s}");
  if (!window.given()) return std::nullopt;
  SequenceDefinition out;
  if (window.node().is_scalar()) {
    const MappedText text = TextOf(window.node(), reader.diagnostics().sources());
    size_t end = 0;
    const bool good = ReadSteps(window, text, out, end) && window.ReadKeyAndTime(text, end, out);
    if (!good || !StepsFit(window, out)) return std::nullopt;
    return out;
  }
  if (!window.node().is_map()) return window.Refuse(), std::nullopt;
  MapReader map(window.node(), "sequence", reader.diagnostics());
  const bool steps = TakeSteps(window, map, out);
  const bool good = window.TakeKeyAndTime(map, out);
  map.WarnUnknownKeys();
  if (!steps || !good || !StepsFit(window, out)) return std::nullopt;
  return out;
}

}  // namespace vedette
