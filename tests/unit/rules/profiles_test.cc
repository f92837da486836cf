// SPDX-License-Identifier: Apache-2.0
//
// Profiles: the rules that each class of a profile becomes, and what is said of a profile that cannot be one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/call_policy.h"
#include "rules/profile_reader.h"
#include "sensor/event/profile_names.h"
#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Profile(std::string_view classes) {
  return fmt::format("- profile: web\n  match: proc.exepath = /usr/sbin/nginx\n{}", classes);
}
LoadResult Loaded(std::string_view classes) {
  LoadResult loaded = Load(Profile(classes));
  for (const Diagnostic& d : loaded.diagnostics) ADD_FAILURE() << d.ToString();
  return loaded;
}
// What the one rule of a profile with this class asks for besides proc.profile.
std::string Refuses(std::string_view classes) {
  const LoadResult loaded = Loaded(classes);
  if (!loaded.ok() || loaded.rules->rules.size() != 1) return "no rule";
  const RuleSet& set = *loaded.rules;
  const std::string whole = Compiled(set, set.rules[0].root);
  constexpr std::string_view kBegin = "(proc.profile = web and ";
  return whole.starts_with(kBegin) ? whole.substr(kBegin.size(), whole.size() - kBegin.size() - 1) : whole;
}
std::vector<std::string> ErrorsOf(std::string_view classes) { return Errors(Profile(classes)); }

TEST(Profile, IsAScopeAndARuleForEachClass) {
  const LoadResult loaded = Load(
      "- profile: web\n  desc: the web server\n  match: proc.exepath = /usr/sbin/nginx and user.uid = 0\n  mode: "
      "monitor\n"
      "  action: kill\n  priority: CRITICAL\n  tags: [team_a]\n  exec: {allow: [/usr/sbin/nginx]}\n"
      "  files: {read: {deny: [/etc/shadow]}, write: {allow: [/run/**]}}\n"
      "  network: {bind: {allow: [80, 443]}}\n");
  ASSERT_TRUE(loaded.ok());
  const RuleSet& set = *loaded.rules;
  ASSERT_EQ(set.profiles.size(), 1u);
  EXPECT_EQ(set.profiles[0].name, "web");
  EXPECT_EQ(set.profiles[0].id, ProfileId("web"));
  EXPECT_EQ(Compiled(set, set.profiles[0].scope), "(proc.exepath = /usr/sbin/nginx and user.uid = 0)");
  std::vector<std::string> names;
  for (const Rule& rule : set.rules) {
    names.push_back(rule.name);
    EXPECT_EQ(rule.action, Action::kKill);
    EXPECT_EQ(rule.mode, Mode::kMonitor);
    EXPECT_EQ(rule.priority, Priority::kCritical);
    EXPECT_EQ(rule.description, "the web server");
    EXPECT_THAT(rule.tags, ElementsAre("profile", "team_a"));
  }
  EXPECT_THAT(names, ElementsAre("web: files.read", "web: files.write", "web: network.bind", "web: exec"));
}

TEST(Profile, RefusesWhatIsNotAllowed) {
  EXPECT_EQ(Refuses("  exec: {allow: [/bin/a, /opt/b/**, '**/c', '**.so']}\n"),
            "(evt.type in (execve, execveat) and not (proc.exepath in (/bin/a) or proc.exepath pmatch (/opt/b) or "
            "proc.exepath endswith /c or proc.exepath endswith .so))");
}

TEST(Profile, WithoutAllowRefusesOnlyWhatIsDenied) {
  EXPECT_EQ(Refuses("  exec: {deny: [/bin/sh]}\n"), "(evt.type in (execve, execveat) and proc.exepath in (/bin/sh))");
}

TEST(Profile, RefusesWhatIsDeniedOfWhatIsAllowed) {
  EXPECT_EQ(Refuses("  exec: {allow: [/bin/**], deny: [/bin/sh]}\n"),
            "(evt.type in (execve, execveat) and (not proc.exepath pmatch (/bin) or proc.exepath in (/bin/sh)))");
  EXPECT_EQ(Refuses("  exec: {allow: ['**'], deny: [/bin/sh]}\n"),
            "(evt.type in (execve, execveat) and proc.exepath in (/bin/sh))");
}

TEST(Profile, AllowsNothingByAnEmptyListAndAllByTwoStars) {
  EXPECT_EQ(Refuses("  exec: {allow: []}\n"), "evt.type in (execve, execveat)");
  EXPECT_EQ(Refuses("  exec: {deny: ['**']}\n"), "evt.type in (execve, execveat)");
  EXPECT_THAT(ErrorsOf("  exec: {allow: ['**']}\n"), ElementsAre(HasSubstr("refuses nothing")));
}

TEST(Profile, AWriteIsAlsoAChangeOfNamesAndOfBothNames) {
  const std::string refused = Refuses("  files: {write: {allow: [/run/**]}}\n");
  EXPECT_THAT(refused, HasSubstr("evt.is_open_write = true"));
  EXPECT_THAT(refused, HasSubstr("unlinkat"));
  EXPECT_THAT(refused, HasSubstr("not fs.path.name pmatch (/run)"));
  EXPECT_THAT(
      refused,
      HasSubstr("(evt.type in (rename, renameat, renameat2, link, linkat) and not fs.path.target pmatch (/run))"));
}

TEST(Profile, WhatMayNotBeReadMayNotGetAnotherNameEither) {
  EXPECT_EQ(
      Refuses("  files: {read: {deny: [/etc/shadow]}}\n"),
      "((evt.type in (open, openat, openat2, creat, open_by_handle_at) and evt.is_open_read = true and "
      "fs.path.name in (/etc/shadow)) or (evt.type in (rename, renameat, renameat2, link, linkat) and fs.path.name "
      "in (/etc/shadow)))");
  EXPECT_EQ(Refuses("  files: {read: {allow: [/etc/**]}}\n"),
            "(evt.type in (open, openat, openat2, creat, open_by_handle_at) and evt.is_open_read = true and not "
            "fs.path.name pmatch (/etc))");
}

TEST(Profile, PeersAreAddressesNetworksAndPorts) {
  constexpr std::string_view kConnect =
      "evt.type in (connect, sendto, sendmsg, sendmmsg) and socket.family in (AF_INET, AF_INET6)";
  EXPECT_EQ(Refuses("  network: {connect: {allow: [10.0.0.0/8, '2001:db8::/32']}}\n"),
            fmt::format("({} and not fd.rnet in (10.0.0.0/8, 2001:db8::/32))", kConnect));
  EXPECT_EQ(Refuses("  network: {connect: {allow: ['10.0.0.1:5432', '[::1]:80', '*:443', '10.9.0.0/16:5432']}}\n"),
            fmt::format("({} and (not fd.rport in (443, 5432, 80) or (fd.rport = 5432 and not fd.rnet in (10.0.0.1, "
                        "10.9.0.0/16)) or (fd.rport = 80 and not fd.rnet in (::1))))",
                        kConnect));
  EXPECT_EQ(Refuses("  network: {connect: {deny: ['169.254.169.254', '*:22', '10.0.0.1:80']}}\n"),
            fmt::format("({} and (fd.rnet in (169.254.169.254) or fd.rport = 22 or (fd.rport = 80 and fd.rnet in "
                        "(10.0.0.1))))",
                        kConnect));
}

TEST(Profile, IsMadeOfListsAndMacros) {
  const LoadResult loaded = Load(
      "- list: servers\n  items: [/usr/sbin/nginx, /usr/sbin/httpd]\n- macro: web_server\n  condition: proc.exepath in "
      "(servers)\n"
      "- profile: web\n  match: web_server and not user.uid = 1000\n  exec: {allow: []}\n");
  ASSERT_TRUE(loaded.ok());
  EXPECT_THAT(loaded.diagnostics, IsEmpty());
  EXPECT_EQ(Compiled(*loaded.rules, loaded.rules->profiles[0].scope),
            "(proc.exepath in (/usr/sbin/nginx, /usr/sbin/httpd) and not user.uid = 1000)");
}

TEST(Profile, PatternsThatNoHookCanDecideAreErrorsAtTheirPlace) {
  EXPECT_THAT(ErrorsOf("  exec: {allow: [/a/*.sh]}\n"),
              ElementsAre("3:18: the path '/a/*.sh' has a wildcard that no hook "
                          "can decide: write DIR/**, **TAIL or whole paths"));
  EXPECT_THAT(ErrorsOf("  exec: {allow: [/a/b/, etc/x, /a/../b, /a//b, '/a*/**', '**/a?']}\n"),
              ElementsAre(HasSubstr("ends with a slash"), HasSubstr("must begin with / or **"),
                          HasSubstr("without //, . and .."), HasSubstr("without //, . and .."),
                          HasSubstr("wildcard before /**"), HasSubstr("wildcard after **")));
  EXPECT_THAT(ErrorsOf("  exec: {allow: ['/a\"b']}\n"), ElementsAre(HasSubstr("must not be empty, nor have quotes")));
  EXPECT_THAT(ErrorsOf("  network: {connect: {allow: ['10.0.0.1:', '[::1', ':80']}}\n").size(), 3u);
  EXPECT_THAT(ErrorsOf("  network: {connect: {allow: [example.org]}}\n"), ElementsAre(HasSubstr("example.org")));
  EXPECT_THAT(ErrorsOf("  network: {bind: {allow: [99999]}}\n"), ElementsAre(HasSubstr("99999")));
  EXPECT_THAT(ErrorsOf("  network: {families: {allow: [INET]}}\n"),
              ElementsAre(HasSubstr("'INET' is no socket family")));
}

TEST(Profile, AKeyThatIsNotReadIsAnErrorAsItWouldLeaveSomethingOpen) {
  EXPECT_THAT(ErrorsOf("  exec: {allow: []}\n  file: {read: {allow: []}}\n"),
              ElementsAre(HasSubstr("unknown key 'file' of the profile 'web'; did you mean 'files'?")));
  EXPECT_THAT(ErrorsOf("  files: {reads: {allow: []}}\n"), ElementsAre(HasSubstr("unknown key 'reads'")));
  EXPECT_THAT(ErrorsOf("  exec: {allows: []}\n").size(), 2u);
  EXPECT_THAT(ErrorsOf("  syscalls: {kil: [mount]}\n"), ElementsAre(HasSubstr("unknown key 'kil'")));
}

TEST(Profile, LimitsCapabilities) {
  EXPECT_EQ(Refuses("  capabilities: {allow: [NET_BIND_SERVICE, CAP_CHOWN]}\n"),
            "(evt.type = capable and not capability.name in (CAP_NET_BIND_SERVICE, CAP_CHOWN))");
  EXPECT_EQ(Refuses("  capabilities: {allow: []}\n"), "evt.type = capable");
  EXPECT_EQ(Refuses("  capabilities: {deny: [SYS_ADMIN]}\n"),
            "(evt.type = capable and capability.name in (CAP_SYS_ADMIN))");
  EXPECT_THAT(ErrorsOf("  capabilities: {deny: [SYS_ADMINS]}\n"),
              ElementsAre(HasSubstr("'SYS_ADMINS' is no capability")));
}

std::shared_ptr<const CallPolicy> CallsOf(std::string_view syscalls) {
  const LoadResult loaded = Loaded(fmt::format("  syscalls: {}\n", syscalls));
  if (!loaded.ok() || loaded.rules->rules.size() != 1) return std::make_shared<CallPolicy>();
  EXPECT_EQ(loaded.rules->rules[0].name, "web: syscalls");
  EXPECT_EQ(loaded.rules->rules[0].profile, "web");
  return loaded.rules->rules[0].calls;
}
std::vector<std::string> CallErrors(std::string_view syscalls) {
  return ErrorsOf(fmt::format("  syscalls: {}\n", syscalls));
}

TEST(ProfileSyscalls, RefusalsComeBeforeWhatIsAllowed) {
  const auto calls = CallsOf(
      "{default: kill, allow: [read, socket], deny: [mount, {names: [socket], args: [{index: 0, op: EQ, value: "
      "0x26}]}]}");
  EXPECT_EQ(calls->otherwise.action, CallAction::kKill);
  EXPECT_THAT(calls->archs, ElementsAre(true, true, true));
  ASSERT_EQ(calls->entries.size(), 3u);
  EXPECT_EQ(calls->entries[0], (CallEntry{{"socket"}, {CallAction::kDeny, 1}, {{0, VD_CALL_EQ, 38, 0}}}));
  EXPECT_EQ(calls->entries[1], (CallEntry{{"mount"}, {CallAction::kDeny, 1}, {}}));
  EXPECT_EQ(calls->entries[2], (CallEntry{{"read", "socket"}, {CallAction::kAllow, 0}, {}}));
}

TEST(ProfileSyscalls, ANameStandsForTheFormsOf32Bits) {
  EXPECT_THAT(CallsOf("{deny: [umount2, chown]}")->entries[0].names,
              ElementsAre("chown", "chown32", "umount", "umount2"));
}

TEST(ProfileSyscalls, SayHowTheyAreEnforced) {
  const auto calls = CallsOf("{deny: [mount], without_hook: alert, require: inline, architectures: [x86_64]}");
  EXPECT_EQ(calls->without_hook, CallAction::kAlert);
  EXPECT_TRUE(calls->require_inline);
  EXPECT_THAT(calls->archs, ElementsAre(true, false, false));
  EXPECT_EQ(CallsOf("{deny: [mount], without_hook: error}")->without_hook, std::nullopt);
}

TEST(ProfileSyscalls, AreDeniedWithTheErrnoThatIsNearest) {
  const auto calls = CallsOf("{deny: [mount, {names: [clone3], errno: ENOSYS}]}");
  EXPECT_EQ(calls->entries[0], (CallEntry{{"clone3"}, {CallAction::kDeny, kCallEnosys}, {}}));
  EXPECT_EQ(calls->entries[1].choice.error, kCallEperm);
  EXPECT_EQ(CallsOf("{errno: EACCES, default: deny, allow: [read]}")->otherwise.error, 13u);
  const LoadResult loaded = Loaded("  errno: ENOENT\n  exec: {allow: []}\n  syscalls: {deny: [mount]}\n");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.rules->rules[0].error, 2u);
  EXPECT_EQ(loaded.rules->rules[1].calls->entries[0].choice.error, 2u);
}

TEST(ProfileSyscalls, AProfileThatKillsKillsForThem) {
  const LoadResult loaded = Loaded("  action: kill\n  syscalls: {deny: [mount]}\n");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.rules->rules[0].calls->entries[0].choice.action, CallAction::kKill);
  EXPECT_EQ(loaded.rules->rules[0].action, Action::kKill);
}

TEST(ProfileSyscalls, MistakesHaveARemedy) {
  EXPECT_THAT(CallErrors("{deny: [mont]}"), ElementsAre(HasSubstr("no system call 'mont'; did you mean 'mount'")));
  EXPECT_THAT(CallErrors("{allow: [read]}"), ElementsAre(HasSubstr("say by 'default'")));
  EXPECT_THAT(CallErrors("{default: stop}"),
              ElementsAre(HasSubstr("'default' must be one of allow, alert, deny, kill")));
  EXPECT_THAT(CallErrors("{errno: ENOSIS, deny: [mount]}"),
              ElementsAre(HasSubstr("'errno' must be the name of an error such as EACCES, not 'ENOSIS'; did you mean 'ENOSYS'")));
  EXPECT_THAT(CallErrors("{kill: [{names: [mount], errno: ENOSYS}]}"), ElementsAre(HasSubstr("'errno' is about what 'deny' lists")));
  EXPECT_THAT(ErrorsOf("  action: kill\n  errno: EACCES\n  exec: {allow: []}\n"), ElementsAre(HasSubstr("sees no error")));
  EXPECT_THAT(CallErrors("{deny: mount}"), ElementsAre(HasSubstr("'deny' must be a list")));
  EXPECT_THAT(CallErrors("[mount]"), ElementsAre(HasSubstr("must be a mapping")));
  EXPECT_THAT(CallErrors("{deny: [mount], architectures: [arm]}"), ElementsAre(HasSubstr("none of x86_64, i386, x32")));
  EXPECT_THAT(CallErrors("{oci: /nonexistent/seccomp.json}"),
              ElementsAre(HasSubstr("/nonexistent/seccomp.json: No such file")));
  EXPECT_THAT(CallErrors("{oci: /dev/zero}"), ElementsAre(HasSubstr("no regular file")));
  EXPECT_THAT(CallErrors("{oci: /dev/null, default: kill}"),
              ElementsAre(HasSubstr("'default' and 'oci' exclude each other"), HasSubstr("no regular file")));
  auto condition = [](std::string_view c) {
    return CallErrors(fmt::format("{{deny: [{{names: [socket], args: [{}]}}]}}", c));
  };
  EXPECT_THAT(condition("{index: 6, op: EQ, value: 1}"),
              ElementsAre(HasSubstr("'index' must be a number from 0 to 5")));
  EXPECT_THAT(condition("{index: 0, op: IS, value: 1}"), ElementsAre(HasSubstr("'op' must be one of NE, LT")));
  EXPECT_THAT(condition("{index: 0, op: EQ, value: x}"), ElementsAre(HasSubstr("'value' must be a number")));
  EXPECT_THAT(condition("{index: 0, op: EQ, value: 1, valueTwo: 2}"),
              ElementsAre(HasSubstr("'valueTwo' is of MASKED_EQ")));
  EXPECT_THAT(condition("{index: 0, op: EQ}"), ElementsAre(HasSubstr("has no 'value'")));
  EXPECT_THAT(CallErrors("{deny: [{args: [{index: 0, op: EQ, value: 1}]}]}"),
              ElementsAre(HasSubstr("must have 'names'")));
}

TEST(CapableRule, ThatOnlyAlertsIsWarnedOf) {
  EXPECT_THAT(Warnings(RuleWith("evt.type = capable and capability.name = CAP_CHOWN")),
              ElementsAre(HasSubstr("will never alert")));
}

TEST(Profile, MistakesHaveAPlaceAndARemedy) {
  EXPECT_THAT(Errors("- profile: web\n  exec: {allow: []}\n"), ElementsAre(HasSubstr("has no 'match'")));
  EXPECT_THAT(ErrorsOf(""), ElementsAre(HasSubstr("refuses nothing: give it 'exec', 'files.read'")));
  EXPECT_THAT(ErrorsOf("  exec: [/bin/sh]\n"), ElementsAre(HasSubstr("must be a mapping with 'allow' or 'deny'")));
  EXPECT_THAT(ErrorsOf("  exec: {}\n"), ElementsAre(HasSubstr("has neither 'allow' nor 'deny'")));
  EXPECT_THAT(ErrorsOf("  action: alert\n  exec: {allow: []}\n"), ElementsAre(HasSubstr("write mode: monitor")));
  EXPECT_THAT(Errors(Profile("  exec: {allow: []}\n") + Profile("  mounts: {allow: []}\n")),
              ElementsAre(HasSubstr("the profile 'web' is defined twice")));
  EXPECT_THAT(Errors("- profile: web\n  match: proc.exepth = /a\n  exec: {allow: []}\n"),
              ElementsAre(HasSubstr("proc.exepth")));
}

}  // namespace
}  // namespace vedette
