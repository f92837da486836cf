// SPDX-License-Identifier: Apache-2.0
#include "engine/profile_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace vedette {
namespace {

// Of the YAML text; what is no plain scalar there is quoted, what has no form at all stays out of it.
bool IsControl(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }
bool IsPlain(std::string_view text) {
  return !text.empty() && (text[0] == '/' || std::string_view("*-?:,[]{}#&!|>'\"%@` ").find(text[0]) == text.npos) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("/._-+*=~").find(c) != std::string_view::npos;
         });
}
std::string Scalar(std::string_view text) { return IsPlain(text) ? std::string(text) : fmt::format("\"{}\"", text); }
// For a comment or a description: one line, whatever was in it.
std::string OneLine(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (IsControl(c)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}
std::string SingleQuoted(std::string_view text) {
  std::string out = "'";
  for (char c : OneLine(text)) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}
bool IsExpressible(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return IsControl(c) || std::string_view("\"\\*?[").find(c) != std::string_view::npos;
  });
}

std::vector<LearnedPattern> AsTheyAre(const std::set<std::string>& values) {
  std::vector<LearnedPattern> out;
  for (const std::string& value : values) {
    out.push_back(IsExpressible(value) ? LearnedPattern{value, ""} : LearnedPattern{"", value});
  }
  return out;
}

std::vector<LearnedPattern> Programs(const Behaviour& behaviour, const std::set<std::string>& values) {
  std::vector<LearnedPattern> out = AsTheyAre(values);
  for (LearnedPattern& pattern : out) {
    if (behaviour.interpreted.contains(pattern.text))
      pattern.note = "a script, as it was called: if it is a link, write the file";
  }
  return out;
}

// As numbers, so that 80 comes before 443.
std::vector<LearnedPattern> Ports(const std::set<std::string>& values) {
  std::vector<LearnedPattern> out = AsTheyAre(values);
  std::sort(out.begin(), out.end(), [](const LearnedPattern& a, const LearnedPattern& b) {
    return std::pair(a.text.size(), a.text) < std::pair(b.text.size(), b.text);
  });
  return out;
}

std::vector<LearnedPattern> Peers(const Behaviour& behaviour) {
  std::vector<LearnedPattern> out;
  for (const std::string& peer : LearnPeers(behaviour.peers)) out.push_back({peer, ""});
  return out;
}

absl::StatusOr<std::vector<LearnedPattern>> PatternsOf(const LearnedClass& c, const Behaviour& behaviour,
                                                       const PathLimits& limits) {
  static const std::set<std::string> kNone;
  const auto it = behaviour.values.find(c.name);
  const std::set<std::string>& values = it == behaviour.values.end() ? kNone : it->second;
  switch (c.as) {
    case LearnedAs::kPrograms:
      return Programs(behaviour, values);
    case LearnedAs::kPaths:
      return LearnPaths(values, limits, behaviour.changing);
    case LearnedAs::kPeers:
      return Peers(behaviour);
    case LearnedAs::kPorts:
      return Ports(values);
    case LearnedAs::kNames:
      return AsTheyAre(values);
  }
  return AsTheyAre(values);
}

// "exec: {allow: []}", or its patterns one to a line, at `indent`.
void AppendClass(std::string_view key, const std::vector<LearnedPattern>& patterns, int indent, std::string& out) {
  const std::string blanks(static_cast<size_t>(indent), ' ');
  if (std::none_of(patterns.begin(), patterns.end(), [](const LearnedPattern& p) { return !p.text.empty(); })) {
    out += fmt::format("{}{}: {{allow: []}}\n", blanks, key);
  } else {
    out += fmt::format("{}{}:\n{}  allow:\n", blanks, key, blanks);
  }
  for (const LearnedPattern& p : patterns) {
    if (p.text.empty()) {
      out += fmt::format("{}    # no pattern can be written for {}\n", blanks, OneLine(p.note));
    } else {
      out += fmt::format("{}    - {}{}{}\n", blanks, Scalar(p.text), p.note.empty() ? "" : "  # ", p.note);
    }
  }
}

// Calls that come by chance (a signal while one waits), or at an end that was not watched.
constexpr std::string_view kAlwaysCalls[] = {"exit", "exit_group", "restart_syscall", "rt_sigreturn"};

// What goes after `key: [` in lines of bounded length.
std::string Wrapped(const std::set<std::string>& words, std::string_view blanks) {
  constexpr size_t kWidth = 120;
  std::string out, line(blanks);
  for (const std::string& word : words) {
    if (line.size() + word.size() + 2 > kWidth) {
      out += line + "\n";
      line = blanks;
    }
    line += line.size() == blanks.size() ? word + "," : " " + word + ",";
  }
  line.back() = ']';
  return out + line + "\n";
}

void AppendUses(const Behaviour& behaviour, std::string& out) {
  if (behaviour.archs.empty()) return;
  out += "  capabilities: {allow: [";
  for (const std::string& name : behaviour.capabilities) {
    out += (out.ends_with('[') ? "" : ", ") + name;
  }
  out += "]}\n  syscalls:\n    default: kill\n    architectures: [";
  for (const std::string& arch : behaviour.archs) out += (out.ends_with('[') ? "" : ", ") + arch;
  std::set<std::string> calls = behaviour.calls;
  calls.insert(std::begin(kAlwaysCalls), std::end(kAlwaysCalls));
  out += "]\n    allow: [\n" + Wrapped(calls, "      ");
}

}  // namespace

absl::StatusOr<std::string> ProfileText(const ProfileHead& head, const Behaviour& behaviour, const PathLimits& limits) {
  std::string out;
  for (const std::string& line : head.comments) out += "# " + OneLine(line) + "\n";
  out += fmt::format("- profile: {}\n  desc: {}\n  match: {}\n", Scalar(head.name), SingleQuoted(head.description),
                     SingleQuoted(head.match));
  if (head.monitor) out += "  mode: monitor\n";
  std::string_view group;
  for (const LearnedClass& c : LearnedClasses()) {
    if (c.name == "files.read" && !head.files_read) continue;
    absl::StatusOr<std::vector<LearnedPattern>> patterns = PatternsOf(c, behaviour, limits);
    if (!patterns.ok()) {
      return absl::Status(patterns.status().code(),
                          fmt::format("{}: {}", c.name, std::string(patterns.status().message())));
    }
    if (patterns->size() > limits.max_patterns) {
      return absl::ResourceExhaustedError(
          fmt::format("{}: {} patterns, of which a class of a learned profile has at most {}; learn less at once",
                      c.name, patterns->size(), limits.max_patterns));
    }
    const size_t dot = c.name.find('.');
    if (dot == std::string_view::npos) {
      group = {};
      AppendClass(c.name, *patterns, 2, out);
      continue;
    }
    if (group != c.name.substr(0, dot)) {
      group = c.name.substr(0, dot);
      out += fmt::format("  {}:\n", group);
    }
    AppendClass(c.name.substr(dot + 1), *patterns, 4, out);
  }
  AppendUses(behaviour, out);
  return out;
}

}  // namespace vedette
