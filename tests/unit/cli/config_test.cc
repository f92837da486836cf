// SPDX-License-Identifier: Apache-2.0
#include "cli/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The messages, as "line:column message".
std::vector<std::string> ErrorsOf(std::string text) {
  std::vector<std::string> out;
  for (const Diagnostic& d : ParseConfig("/etc/vedette/vedette.yaml", std::move(text)).diagnostics) {
    out.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " + d.message);
  }
  return out;
}

TEST(Config, ReadsEverySetting) {
  ConfigResult result = ParseConfig("/etc/vedette/vedette.yaml", R"yaml(
rules: [rules, /srv/site.yaml]
outputs:
  - {type: stdout, format: json}
  - {type: file, path: /var/log/vedette.log, rotate_bytes: 1000, rotate_keep: 2, queue_alerts: 10}
  - {type: syslog, address: "tcp://siem:601", facility: auth, app_name: sensor}
rule_matching: first
priority: Info
mode: monitor
pin_dir: /sys/fs/bpf/site
on_stop: remove
append_output: [proc.exec_id, "tolower(fd.name)"]
)yaml");
  ASSERT_TRUE(result.diagnostics.empty()) << result.diagnostics[0].ToString();
  const Config& config = result.config;
  EXPECT_THAT(config.rules, ElementsAre("/etc/vedette/rules", "/srv/site.yaml"));
  ASSERT_EQ(config.outputs.size(), 3u);
  EXPECT_EQ(config.outputs[0].format, "json");
  EXPECT_EQ(config.outputs[1].path, "/var/log/vedette.log");
  EXPECT_EQ(config.outputs[1].rotate_bytes, 1000u);
  EXPECT_EQ(config.outputs[1].rotate_keep, 2u);
  EXPECT_EQ(config.outputs[1].queue_alerts, 10u);
  EXPECT_EQ(config.outputs[2].address, "tcp://siem:601");
  EXPECT_EQ(config.outputs[2].app_name, "sensor");
  EXPECT_EQ(config.rule_matching, RuleMatching::kFirst);
  EXPECT_EQ(config.priority, Priority::kInformational);
  EXPECT_EQ(config.mode, Mode::kMonitor);
  EXPECT_EQ(config.pin_dir, "/sys/fs/bpf/site");
  EXPECT_EQ(config.on_stop, OnStop::kRemove);
  EXPECT_THAT(config.append_fields, ElementsAre("proc.exec_id", "tolower(fd.name)"));
}

TEST(Config, AnEmptyOneIsTheDefaults) {
  for (const char* text : {"", "# nothing\n", "---\n", "rules:\noutputs:\n"}) {
    ConfigResult result = ParseConfig("vedette.yaml", text);
    EXPECT_TRUE(result.diagnostics.empty()) << text;
    EXPECT_TRUE(result.config.outputs.empty());
    EXPECT_EQ(result.config.mode, Mode::kEnforce);
    EXPECT_EQ(result.config.pin_dir, "/sys/fs/bpf/vedette");
    EXPECT_EQ(result.config.on_stop, OnStop::kKeep);
  }
}

TEST(Config, APinDirIsADirectoryOfItsOwnOrNone) {
  EXPECT_TRUE(ErrorsOf("pin_dir: none\n").empty());
  for (const char* wrong : {"/", "/sys", "pins", "/sys/fs/bpf/", "/sys/fs/bpf/../..", "''"}) {
    EXPECT_THAT(ErrorsOf("pin_dir: " + std::string(wrong) + "\n"), ElementsAre(HasSubstr("is no place for pins")))
        << wrong;
  }
  EXPECT_THAT(ErrorsOf("on_stop: maybe\n"), ElementsAre("1:10 'maybe' is not keep or remove"));
}

TEST(Config, AnUnknownKeyIsAnErrorWithItsPlaceAndTheNearMiss) {
  EXPECT_THAT(ErrorsOf("mode: enforce\nprioritty: debug\n"),
              ElementsAre("2:1 unknown key 'prioritty'; did you mean 'priority'?"));
  EXPECT_THAT(ErrorsOf("outputs:\n  - {type: stdout, fromat: json}\n"),
              ElementsAre("2:20 unknown key 'fromat'; did you mean 'format'?"));
  EXPECT_THAT(ErrorsOf("zzz: 1\n"), ElementsAre(HasSubstr("1:1 unknown key 'zzz'; there are rules, outputs, ")));
}

TEST(Config, AllMistakesComeInOneRun) {
  EXPECT_THAT(ErrorsOf("mode: strict\npriority: loud\nrules: rules.yaml\nmode: monitor\n"),
              ElementsAre("1:7 'strict' is not monitor or enforce", "2:11 'loud' is not a priority",
                          "3:8 a list of rule files and directories is expected here", "4:1 'mode' is given twice"));
}

TEST(Config, AnOutputIsCheckedWhereItIsWritten) {
  EXPECT_THAT(ErrorsOf("outputs:\n- {type: file}\n- {format: json}\n- {type: syslog, address: siem}\n- stdout\n"),
              ElementsAre("2:3 a file output needs a path", "3:3 an output needs a type: stdout, file or syslog",
                          HasSubstr("4:3 syslog address 'siem'"), "5:3 keys with values are expected here"));
}

TEST(Config, NumbersAreBounded) {
  EXPECT_THAT(ErrorsOf("outputs: [{type: stdout, queue_alerts: -1}]"),
              ElementsAre(HasSubstr("'-1' is no whole number")));
  EXPECT_THAT(ErrorsOf("outputs: [{type: file, path: x, rotate_keep: 4294967296}]"),
              ElementsAre(HasSubstr("no whole number from 0 to 4294967295")));
}

TEST(Config, WhatIsNoConfigurationIsOneError) {
  EXPECT_EQ(ErrorsOf("rules: [").size(), 1u);
  EXPECT_EQ(ErrorsOf("- a\n- b\n").size(), 1u);
  EXPECT_EQ(ErrorsOf("a\xff").size(), 1u);
  EXPECT_EQ(ErrorsOf(std::string("mode: \0", 7)).size(), 1u);
  EXPECT_EQ(ErrorsOf(std::string(2 << 20, ' ')).size(), 1u);
  EXPECT_EQ(ErrorsOf("mode: monitor\n---\nmode: enforce\n").size(), 1u);
  EXPECT_GE(ErrorsOf("rules: " + std::string(100'000, '[')).size(), 1u);
}

TEST(Config, AppendOutputHasFalcosShape) {
  ConfigResult result = ParseConfig("vedette.yaml", R"yaml(
append_output:
  - match:
      source: syscall
      tags: [persistence]
      rule: some rule name
    extra_output: "gparent=%proc.aname[2] ggparent=%proc.aname[3]"
  - extra_fields:
      - proc.aname[2]
      - site: north of %evt.hostname
    suggested_output: true
  - match: {source: k8s_audit}
    extra_fields: [ka.verb, {verb: "%ka.verb"}]
    extra_output: "%ka.user.name"
  - proc.exec_id
)yaml");
  ASSERT_TRUE(result.diagnostics.empty()) << result.diagnostics[0].ToString();
  EXPECT_THAT(result.config.append_fields, ElementsAre("proc.exec_id"));
  ASSERT_EQ(result.config.append_output.size(), 3u);
  const OutputAddition& first = result.config.append_output[0];
  EXPECT_EQ(first.source, "syscall");
  EXPECT_THAT(first.tags, ElementsAre("persistence"));
  EXPECT_EQ(first.rule, "some rule name");
  EXPECT_EQ(first.text, "gparent=%proc.aname[2] ggparent=%proc.aname[3]");
  EXPECT_FALSE(first.suggested);
  const OutputAddition& second = result.config.append_output[1];
  EXPECT_TRUE(second.suggested);
  ASSERT_EQ(second.fields.size(), 2u);
  EXPECT_EQ(second.fields[0].name, "proc.aname[2]");
  EXPECT_FALSE(second.fields[0].format.has_value());
  EXPECT_EQ(second.fields[1].name, "site");
  EXPECT_EQ(second.fields[1].format, "north of %evt.hostname");
}

TEST(Config, AppendOutputIsCheckedWhereItIsWritten) {
  EXPECT_THAT(ErrorsOf("append_output:\n- extra_output: a %fd.nmae\n"),
              ElementsAre("2:20 unknown field 'fd.nmae'; did you mean 'fd.name'?"));
  EXPECT_THAT(ErrorsOf("append_output:\n- extra_fields: [fd.nmae, {x: \"%fd.nope\"}]\n  match: {source: syscall}\n"),
              testing::UnorderedElementsAre("2:18 unknown field 'fd.nmae'; did you mean 'fd.name'?",
                                            HasSubstr("2:33 unknown field 'fd.nope'")));
  EXPECT_THAT(ErrorsOf("append_output:\n- {match: {tag: [a]}, extra_output: x}\n- {suggested_output: maybe}\n"),
              ElementsAre("2:12 unknown key 'tag'; did you mean 'tags'?", "3:22 'maybe' is not true or false"));
  EXPECT_THAT(ErrorsOf("append_output: {extra_output: x}"), ElementsAre(HasSubstr("a list of")));
}

TEST(Config, AFieldToAppendMustExist) {
  EXPECT_THAT(ErrorsOf("append_output: [fd.nmae]"), ElementsAre(HasSubstr("1:17 ")));
}

}  // namespace
}  // namespace vedette
