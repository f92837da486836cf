// SPDX-License-Identifier: Apache-2.0
//
// What Falco's own loader tests demand (falcosecurity/falco, unit_tests/engine/test_rule_loader.cpp and
// test_plugin_requirements.cpp), said of Vedette: the same files load or not, mean the same, and warn where Falco's do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Base(std::string_view condition = "evt.type = open", std::string_view more = "") {
  return RuleWith(condition, more);
}

// ---- lists ----

TEST(FalcoLists, AreAppendedToAfterARuleThatUsesThem) {
  const std::string text = "- list: shells\n  items: [ash, bash]\n" + Base("evt.type=open and proc.name in (shells)");
  EXPECT_EQ(CompiledCondition(text + "- list: shells\n  items: [pwsh]\n  override: {items: append}\n"),
            "(evt.type = open and proc.name in (ash, bash, pwsh))");
  EXPECT_EQ(CompiledCondition(text + "- list: shells\n  items: [pwsh]\n  append: true\n"),
            "(evt.type = open and proc.name in (ash, bash, pwsh))");
}

TEST(FalcoLists, NeedADefinitionOnlyToAppendTo) {
  const std::string end = "- list: l\n  items: [blkid]\n" + Base("evt.type = execve and proc.name in (l)");
  EXPECT_THAT(Errors("- list: l\n  items: [x]\n  override: {items: append}\n" + end),
              ElementsAre(HasSubstr("no list of that name was defined before")));
  EXPECT_THAT(Errors("- list: l\n  items: [x]\n  append: true\n" + end),
              ElementsAre(HasSubstr("no list of that name was defined before")));
  EXPECT_EQ(CompiledCondition("- list: l\n  items: [x]\n  override: {items: replace}\n" + end),
            "(evt.type = execve and proc.name in (blkid))");
}

TEST(FalcoLists, AKeyThatIsNoneIsIgnored) {
  EXPECT_EQ(CompiledCondition("- list: l\n  items: [x]\n  overridden: {items: append}\n- list: l\n  items: [blkid]\n" +
                              Base("evt.type = execve and proc.name in (l)")),
            "(evt.type = execve and proc.name in (blkid))");
}

TEST(FalcoLists, ABadNameIsAWarning) {
  const std::string text = "- list: test list\n  items: [open, openat, openat2]\n" + Base("evt.type in (test list)");
  EXPECT_THAT(Warnings(text), ElementsAre(HasSubstr("a list's name should have no blanks")));
  EXPECT_EQ(CompiledCondition(text), "evt.type in (open, openat, openat2)");
}

TEST(FalcoLists, AnItemWithABlankIsNoReference) {
  const std::string text = "- list: my_list\n  items: [non_escaped_val, \"escaped val\"]\n";
  EXPECT_THAT(Errors(text), IsEmpty());
  EXPECT_THAT(Warnings(text), ElementsAre(HasSubstr("the list 'my_list' is not used")));
}

// ---- macros ----

TEST(FalcoMacros, AreAppendedToAfterARuleThatUsesThem) {
  const std::string text =
      "- macro: m\n  condition: >\n    ((proc.aname=sshd and proc.name != sshd) or\n"
      "    proc.name=systemd-logind)\n" +
      Base("evt.type=open and m");
  EXPECT_EQ(CompiledCondition(text + "- macro: m\n  condition: or proc.name = ssh\n  override: {condition: append}\n"),
            "(evt.type = open and (((proc.aname = sshd and proc.name != sshd) or proc.name = systemd-logind) or "
            "proc.name = ssh))");
}

TEST(FalcoMacros, NeedADefinitionOnlyToAppendTo) {
  const std::string end = "- macro: m\n  condition: evt.type in (open,openat)\n" + Base("m");
  for (const char* append : {"  append: true\n", "  override: {condition: append}\n"}) {
    EXPECT_THAT(Errors("- macro: m\n  condition: or evt.type = openat2\n" + std::string(append) + end),
                ElementsAre(HasSubstr("no macro of that name was defined before")));
  }
  EXPECT_EQ(
      CompiledCondition("- macro: m\n  condition: or evt.type = openat2\n  override: {condition: replace}\n" + end),
      "evt.type in (open, openat)");
  EXPECT_EQ(
      CompiledCondition("- macro: m\n  condition: evt.type in (open,openat)\n- macro: m\n  condition: or evt.type = "
                        "openat2\n  append: true\n" +
                        Base("m")),
      "(evt.type in (open, openat) or evt.type = openat2)");
}

TEST(FalcoMacros, ABadNameIsAWarning) {
  const std::string text = "- macro: test-macro\n  condition: evt.type = close\n";
  EXPECT_THAT(Errors(text), IsEmpty());
  EXPECT_THAT(Warnings(text), ElementsAre(HasSubstr("is not used"), HasSubstr("no condition can use this macro")));
}

// ---- overrides ----

TEST(FalcoRules, AppendAndOverrideTogetherAreAnErrorWithAWarning) {
  const std::string text = Base() +
                           "- rule: r\n  desc: x\n  condition: and proc.name = cat\n  append: true\n"
                           "  override: {desc: replace, condition: append}\n";
  EXPECT_THAT(Errors(text), ElementsAre(HasSubstr("has both 'append' and 'override'")));
  EXPECT_THAT(Warnings(text), ElementsAre(HasSubstr("'append' of the rule 'r' is deprecated")));
}

TEST(FalcoRules, AnOverrideNeedsARuleBefore) {
  for (const char* how :
       {"  override: {condition: append}\n", "  override: {condition: replace}\n", "  append: true\n"}) {
    EXPECT_THAT(Errors("- rule: r\n  condition: and proc.name = cat\n" + std::string(how) + Base()),
                ElementsAre(HasSubstr("no rule of that name was defined before")));
  }
}

TEST(FalcoRules, KeysAndOverrideMustAgree) {
  EXPECT_THAT(Errors(Base() + "- rule: r\n  desc: x\n  override: {desc: replace, condition: append}\n"),
              ElementsAre(HasSubstr("'override' names 'condition', which the rule 'r' does not have")));
  EXPECT_THAT(Errors(Base() + "- rule: r\n  desc: x\n  condition: and proc.name = cat\n  priority: WARNING\n"
                              "  override: {desc: replace, condition: append}\n"),
              ElementsAre(HasSubstr("'priority' of the rule 'r' has no entry in 'override'")));
  EXPECT_THAT(Errors(Base("evt.type = open", "  enabled: false\n") +
                     "- rule: r\n  desc: x\n  override: {desc: replace, enabled: replace}\n"),
              ElementsAre(HasSubstr("'override' names 'enabled'")));
}

TEST(FalcoRules, EnabledIsOverriddenSetAloneOrIgnoredByAppend) {
  const std::string off = Base("evt.type = open", "  enabled: false\n");
  auto enabled = [](const std::string& text) { return Load(text).rules->rules.at(0).enabled; };
  const std::string replaced = off +
                               "- rule: r\n  desc: x\n  condition: and proc.name = cat\n  enabled: true\n"
                               "  override: {desc: replace, condition: append, enabled: replace}\n";
  EXPECT_TRUE(enabled(replaced));
  EXPECT_THAT(Warnings(replaced), IsEmpty());
  EXPECT_FALSE(enabled(off));
  EXPECT_THAT(Warnings(off), IsEmpty());
  EXPECT_TRUE(enabled(off + "- rule: r\n  enabled: true\n"));
  EXPECT_THAT(Warnings(off + "- rule: r\n  enabled: true\n"), ElementsAre(HasSubstr("'enabled' alone")));
  EXPECT_FALSE(enabled(off + "- rule: r\n  condition: and proc.name = cat\n  append: true\n  enabled: true\n"));
  EXPECT_TRUE(enabled(off + Base("proc.name = cat", "  enabled: true\n")));
  EXPECT_EQ(CompiledCondition(off + Base("proc.name = cat", "  enabled: true\n")), "proc.name = cat");
}

// ---- exceptions ----

std::string WithException(std::string_view exception) {
  return RuleWith("evt.type = open", fmt::format("  exceptions:\n    - name: e\n{}", exception));
}

TEST(FalcoExceptions, MayBePartOnlyWhenAppended) {
  const std::string rule = RuleWith("evt.type = open",
                                    "  exceptions:\n  - {name: e, fields: proc.name, comps: in, "
                                    "values: [\"cat\"]}\n");
  const std::string append = "- rule: r\n  exceptions: [{name: e, values: [echo]}]\n  override: {exceptions: append}\n";
  EXPECT_EQ(CompiledCondition(rule + append), "(evt.type = open and not proc.name in (cat, echo))");
  const std::string replace = rule + append +
                              "- rule: r\n  exceptions: [{name: e, values: [id]}]\n"
                              "  override: {exceptions: replace}\n";
  EXPECT_THAT(Errors(replace), ElementsAre(HasSubstr("it has no 'fields'")));
  EXPECT_THAT(Warnings(replace), IsEmpty());
}

TEST(FalcoExceptions, WithoutValuesOrTwiceAreWarnings) {
  const std::string rule = WithException(
      "      fields: [proc.cmdline]\n      comps: [contains]\n"
      "      values: [[curl 127.0.0.1]]\n");
  EXPECT_EQ(CompiledCondition(rule), "(evt.type = open and not proc.cmdline contains curl 127.0.0.1)");
  for (const char* how : {"  append: true\n", "  override: {exceptions: append}\n"}) {
    const std::string text = rule + "- rule: r\n  exceptions: [{name: e, value: curl 1.1.1.1}]\n" + how;
    EXPECT_THAT(Errors(text), IsEmpty());
    EXPECT_THAT(Warnings(text), testing::Contains(HasSubstr("is appended without values")));
  }
  const std::string twice = rule +
                            "    - name: e\n      fields: [proc.cmdline]\n      comps: [endswith]\n"
                            "      values: [[x]]\n";
  EXPECT_THAT(Errors(twice), IsEmpty());
  EXPECT_THAT(Warnings(twice), ElementsAre(HasSubstr("multiple definitions of the exception 'e'")));
}

TEST(FalcoExceptions, ValuesThatAreFieldsAreWarnedOfAndTransformersCompare) {
  auto with = [](std::string_view value) {
    return WithException(fmt::format("      fields: [proc.name]\n      comps: [=]\n      values: [[{}]]\n", value));
  };
  for (const char* value : {"proc.pname", "\"proc.pname\"", "\"proc.pname \""}) {
    EXPECT_THAT(Errors(with(value)), IsEmpty());
    EXPECT_THAT(Warnings(with(value)), ElementsAre(HasSubstr("may be a valid field misused as a const string value")));
  }
  for (const char* value : {"toupper(proc.pname)", "\"toupper(proc.pname)\""}) {
    EXPECT_EQ(CompiledCondition(with(value)), "(evt.type = open and not proc.name = toupper(proc.pname))");
    EXPECT_THAT(Warnings(with(value)), IsEmpty());
  }
  for (const char* value : {"toupper( proc.pname)", "\"toupper( proc.pname)\""}) {
    EXPECT_THAT(Errors(with(value)), IsEmpty());
    EXPECT_THAT(Warnings(with(value)), ElementsAre(HasSubstr("may be a valid field transformer misused")));
  }
}

TEST(FalcoExceptions, FieldsMayBeTransformed) {
  for (const char* field : {"tolower(proc.name)", "\"tolower(proc.name)\"", "\"tolower( proc.name)\""}) {
    const std::string text =
        WithException(fmt::format("      fields: [{}]\n      comps: [=]\n      values: [[test]]\n", field));
    EXPECT_EQ(CompiledCondition(text), "(evt.type = open and not tolower(proc.name) = test)");
    EXPECT_THAT(Warnings(text), IsEmpty());
  }
}

TEST(FalcoExceptions, OfASourceThatIsNotKnownAreNotChecked) {
  const std::string text = RuleWith("ka.verb = get",
                                    "  source: k8s_audit\n  exceptions:\n  - {name: e, fields: "
                                    "ka.user.name, values: [a]}\n");
  EXPECT_THAT(Errors(text), IsEmpty());
  EXPECT_THAT(Warnings(text), ElementsAre(HasSubstr("unknown source 'k8s_audit'")));
}

TEST(FalcoExceptions, TakeOperatorsWithModifiers) {
  EXPECT_EQ(CompiledCondition(WithException("      fields: proc.name\n      comps: startswith anyof\n"
                                            "      values: [kube-, etcd-]\n")),
            "(evt.type = open and not (proc.name startswith kube- or proc.name startswith etcd-))");
  EXPECT_EQ(CompiledCondition(WithException("      fields: [proc.name]\n      comps: [startswith oneof]\n"
                                            "      values: [[sshd]]\n")),
            "(evt.type = open and not proc.name startswith sshd)");
  EXPECT_THAT(Errors(WithException("      fields: proc.name\n      comps: in anyof\n      values: [a]\n")),
              ElementsAre(HasSubstr("'comps' must be in")));
}

// ---- what a file requires ----

TEST(FalcoRequirements, OfTheEngineAreVersionsOrNumbers) {
  for (const char* version : {"0.26.0", "26", "0.63.0"}) {
    const std::string text = fmt::format("- required_engine_version: {}\n", version) + Base();
    EXPECT_THAT(Errors(text), IsEmpty()) << version;
    EXPECT_THAT(Warnings(text), IsEmpty()) << version;
  }
  EXPECT_THAT(Errors("- required_engine_version: seven\n" + Base()), ElementsAre(HasSubstr("'seven' is neither")));
  EXPECT_THAT(Errors("- required_engine_version: 0.99.0\n" + Base()),
              ElementsAre(HasSubstr("requires Falco's engine")));
}

TEST(FalcoRequirements, OfPluginsAreMetByOneAlternativeOfEach) {
  auto errors = [](std::string_view requirements) {
    return Errors("- required_plugin_versions:\n" + std::string(requirements));
  };
  EXPECT_THAT(errors("  - {name: container, version: 0.4.0}\n"), IsEmpty());
  EXPECT_THAT(errors("  - {name: other, version: 0.1.0, alternatives: [{name: container, version: 0.4.0}]}\n"),
              IsEmpty());
  EXPECT_THAT(errors("  - {name: container, version: 0.1.0}\n- required_plugin_versions:\n"
                     "  - {name: container, version: 0.4.0}\n"),
              IsEmpty());
  EXPECT_THAT(errors("  - {name: other, version: 0.1.0}\n"), ElementsAre(HasSubstr("requires the plugin other 0.1.0")));
  EXPECT_THAT(errors("  - {name: container, version: 99.0.0}\n"), ElementsAre(HasSubstr("requires the plugin")));
  EXPECT_THAT(errors("  - {name: container, version: 0.4.0}\n  - {name: json, version: 0.3.0}\n"),
              ElementsAre(HasSubstr("json 0.3.0")));
  EXPECT_THAT(errors("  - {name: container, version: 0.1.0, alternatives: [{name: container, version: 0.4.0}]}\n"),
              ElementsAre(HasSubstr("more than one version")));
  EXPECT_THAT(errors("  - {name: container, version: seven}\n"), ElementsAre(HasSubstr("'seven' is no version")));
}

// ---- how Falco's incubating, sandbox and archived files are written ----

TEST(FalcoFiles, UseListsBeforeTheyAreDefined) {
  EXPECT_EQ(CompiledCondition(Base("evt.type=setns and not proc.name in (runtimes, nsenter)") +
                              "- list: runtimes\n  items: [dockerd, \"runc:[1:CHILD]\"]\n"),
            "(evt.type = setns and not proc.name in (dockerd, runc:[1:CHILD], nsenter))");
}

TEST(FalcoFiles, HaveBareValuesOfEveryShape) {
  EXPECT_EQ(CompileOne("evt.type=open and (not proc.pname exists or proc.pname in (runc:[0:PARENT], runc, exe))"),
            "(evt.type = open and (not proc.pname exists or proc.pname in (runc:[0:PARENT], runc, exe)))");
  EXPECT_EQ(CompileOne("evt.type=open and (fd.name glob /proc/*/environ)"),
            "(evt.type = open and fd.name glob /proc/*/environ)");
  EXPECT_EQ(CompileOne("evt.type=execve and proc.name in (omiagent,in_heartbeat_r*,omsadmin.sh)"),
            "(evt.type = execve and proc.name in (omiagent, in_heartbeat_r*, omsadmin.sh))");
  EXPECT_EQ(CompileOne("evt.type=execve and (proc.args contains -s or proc.args contains --login)"),
            "(evt.type = execve and (proc.args contains -s or proc.args contains --login))");
  EXPECT_EQ(CompileOne(R"(evt.type=execve and (proc.args contains "\ " or proc.args endswith \))"),
            R"((evt.type = execve and (proc.args contains \ or proc.args endswith \)))");
  EXPECT_EQ(CompileOne("evt.type=userfaultfd and (evt.rawres >= 0 or evt.res != -1)"),
            "(evt.type = userfaultfd and (evt.rawres >= 0 or evt.res != -1))");
}

TEST(FalcoFiles, QuoteNumbersAndNameMountsByPatterns) {
  EXPECT_EQ(CompileOne("evt.type=connect and fd.sport=\"443\" and fd.sport <= 32767"),
            "(evt.type = connect and fd.sport = 443 and fd.sport <= 32767)");
  EXPECT_EQ(CompileOne("evt.type=execve and not container.mount.dest[/proc*] in (\"<NA>\",\"N/A\")"),
            "(evt.type = execve and not container.mount.dest[/proc*] in (<NA>, N/A))");
  EXPECT_EQ(CompileOne("evt.type=execve and proc.args intersects (\"-V\", \"-l\")"),
            "(evt.type = execve and proc.args intersects (-V, -l))");
}

TEST(FalcoFiles, FoldConditionsAsYamlLikes) {
  EXPECT_EQ(CompiledCondition("- condition: (proc.name in (recon))\n  macro: recon_procs\n"
                              "- list: recon\n  items: [w, id]\n"
                              "- rule: r\n  desc: > \n    d \n    e\n  condition:\n    evt.type = execve\n"
                              "    and recon_procs\n    and proc.args = ''\n  output: o\n  priority:\n    INFO\n"),
            "(evt.type = execve and proc.name in (w, id) and proc.args = )");
}

TEST(FalcoFiles, DefineTheSameNamesInEachFile) {
  const std::vector<RuleFile> files = {
      {"stable.yaml", "- macro: m\n  condition: (evt.type=open)\n" + RuleWith("m and fd.num=1")},
      {"sandbox.yaml",
       "- macro: m\n  condition: (evt.type=openat)\n- rule: s\n  desc: d\n  condition: m\n"
       "  output: o\n  priority: INFO\n"}};
  LoadResult result = LoadRules(files);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result.diagnostics, IsEmpty());
  // The last definition is that of all files, also of those before it.
  EXPECT_EQ(result.rules->rules[0].condition, "(evt.type = openat and fd.num = 1)");
  EXPECT_EQ(result.rules->rules[1].condition, "evt.type = openat");
}

// ---- warnings about conditions ----

TEST(FalcoWarnings, NameWhatIsProbablyAMistake) {
  EXPECT_THAT(Warnings(Base("evt.type = open and proc.name regex \"^bash$\"")),
              ElementsAre(HasSubstr("may be written with =, contains")));
  EXPECT_THAT(Warnings(Base("evt.type = open and proc.name regex .*bash")), ElementsAre(HasSubstr("may be written")));
  EXPECT_THAT(Warnings(Base("evt.type = open and proc.name regex a.c")), IsEmpty());
  EXPECT_THAT(Warnings(Base("evt.type = open and proc.name = fd.name")), ElementsAre(HasSubstr("write val(fd.name)")));
  EXPECT_THAT(Warnings(Base("evt.type = open and evt.dir = <")), ElementsAre(HasSubstr("evt.dir is deprecated")));
  EXPECT_THAT(Warnings(Base("evt.type = open and evt.num = 0")), ElementsAre(HasSubstr("matches no event type")));
  EXPECT_THAT(Warnings(Base("proc.name = a")), ElementsAre(HasSubstr("matches too many event types")));
  EXPECT_THAT(Warnings(Base("proc.name = a", "  warn_evttypes: false\n")), IsEmpty());
}

TEST(FalcoWarnings, EventTypesThatNothingReportsDoNotHideTheOthers) {
  EXPECT_THAT(Warnings(Base("evt.type = signaldeliver or evt.type in (open, getppid)")),
              ElementsAre(HasSubstr("'signaldeliver' yet"), HasSubstr("'getppid' yet")));
  // Falco's tests have rules about close(2) alone: they load.
  EXPECT_THAT(Errors(Base("evt.type = getppid")), IsEmpty());
  EXPECT_THAT(Warnings(Base("evt.type = getppid")), ElementsAre(HasSubstr("'getppid' yet")));
  // Where the rule is switched off, there is nothing to warn of.
  EXPECT_THAT(Warnings(Base("evt.type = getppid", "  enabled: false\n")), IsEmpty());
  EXPECT_THAT(Warnings(Base("evt.type = getppid", "  enabled: false\n") + "- rule: r\n  enabled: true\n"),
              ElementsAre(HasSubstr("'getppid' yet"), HasSubstr("'enabled' alone")));
}

}  // namespace
}  // namespace vedette
