// SPDX-License-Identifier: Apache-2.0
//
// Rules around a piece of text, and what every load promises.
#ifndef VEDETTE_TESTS_FUZZ_RULE_TEXT_H_
#define VEDETTE_TESTS_FUZZ_RULE_TEXT_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "rules/rule_loader.h"
#include "sensor/event/synthetic.h"
#include "tests/fuzz/check.h"

namespace vedette {

// `text` as a YAML scalar that means exactly these bytes (of which YAML wants UTF-8).
inline std::string YamlQuoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || c == '"' || c == '\\' || byte == 0x7f) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

inline std::string RuleText(std::string_view condition, std::string_view output, std::string_view more = "") {
  return "- rule: r\n  desc: d\n  condition: " + YamlQuoted(condition) + "\n  output: " + YamlQuoted(output) +
         "\n  priority: WARNING\n" + std::string(more);
}

inline LoadResult LoadText(std::string text, const LoadOptions& options = {}) {
  const std::array<RuleFile, 1> files = {RuleFile{"rules.yaml", std::move(text)}};
  LoadResult result = LoadRules(files, options);
  bool errors = false;
  for (const Diagnostic& d : result.diagnostics) {
    errors |= d.severity == Diagnostic::Severity::kError;
    FUZZ_CHECK(!d.message.empty());
    for (char c : d.message) FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20);
    Touch(d.ToString());
  }
  FUZZ_CHECK(result.ok() == !errors);
  return result;
}

// Puts `rules` to use: what the kernel is asked for, its tables, and the evaluation of a few events. How many alerts
// these gave.
inline size_t UseRules(const std::shared_ptr<const RuleSet>& rules) {
  static const std::vector<SyntheticEvent> events = [] {
    std::vector<SyntheticEvent> out;
    for (std::string_view line :
         {R"({"evt.type":"openat","fd.name":"/etc/shadow","fd.num":3,"evt.rawres":3,"proc.name":"cat",
              "proc.cmdline":"cat /etc/shadow","proc.aname":["sh","sshd"],"evt.arg.flags":"O_RDONLY","user.uid":0})",
          R"({"evt.type":"connect","fd.name":"10.0.0.1:5->1.2.3.4:80","fd.sip":"1.2.3.4","fd.sport":80})",
          R"({"evt.type":"execve","proc.name":"","proc.exepath":"/tmp/\u00e9","proc.args":"-c aWQ="})"}) {
      auto event = SyntheticEvent::FromJson(line);
      FUZZ_CHECK(event.ok());
      out.push_back(*std::move(event));
    }
    return out;
  }();
  InterestOf(*rules);
  const auto policy = CompileKernelPolicy(*rules, Mode::kEnforce);
  FUZZ_CHECK(policy.ok() || !policy.status().message().empty());
  size_t alerts = 0;
  Engine engine({}, [&](Alert alert) {
    Touch(alert.output);
    ++alerts;
  });
  engine.SetRules(rules);
  for (const SyntheticEvent& event : events) engine.OnEvent(event.event());
  FUZZ_CHECK(alerts <= rules->rules.size() * events.size());
  FUZZ_CHECK(engine.Stats().alerts == alerts);
  return alerts;
}

}  // namespace vedette
#endif  // VEDETTE_TESTS_FUZZ_RULE_TEXT_H_
