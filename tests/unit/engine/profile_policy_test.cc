// SPDX-License-Identifier: Apache-2.0
//
// Profiles in the kernel's tables: which programs come under one, and what is refused to those that are.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/kernel_policy_eval.h"
#include "sensor/event/profile_names.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

using testing::HasSubstr;

constexpr std::string_view kProfiles = R"(
- profile: web
  match: proc.exepath in (/usr/sbin/nginx, /usr/sbin/httpd) and container.id = host
  exec: {allow: [/usr/sbin/nginx]}
  files:
    write: {allow: [/var/cache/**, /dev/null], deny: [/var/cache/locked]}
  network:
    connect: {allow: ["10.0.0.0/8:5432", "10.1.0.1:80", "*:443", "[2001:db8::1]:5432"]}
- profile: any root
  match: user.uid = 0 and proc.exepath startswith /usr/
  mode: monitor
  files: {read: {deny: [/etc/shadow]}}
)";

PolicyDecision DecisionOn(std::string_view event_text, EventKind kind) {
  const auto rules = RulesFrom(kProfiles);
  auto policy = CompileKernelPolicy(*rules, Mode::kEnforce);
  if (!policy.ok()) {
    ADD_FAILURE() << policy.status().ToString();
    return {};
  }
  const SyntheticEvent event = EventFrom(event_text);
  return Decide(*policy, kind, SubjectOf(*rules, event.event(), kind));
}
uint32_t ProfileOf(std::string_view event) { return DecisionOn(event, VD_KIND_NONE).policy_id; }
bool Refused(std::string_view event, EventKind kind) { return DecisionOn(event, kind).verdict == VD_VERDICT_DENY; }

TEST(ProfilePolicy, AProgramComesUnderTheFirstProfileThatItIsInTheScopeOf) {
  EXPECT_EQ(ProfileOf("evt.type=execve proc.exepath=/usr/sbin/nginx container.id=host user.uid=0"), ProfileId("web"));
  EXPECT_EQ(ProfileOf("evt.type=execve proc.exepath=/usr/sbin/nginx container.id=abc user.uid=0"),
            ProfileId("any root"));
  EXPECT_EQ(ProfileOf("evt.type=execve proc.exepath=/usr/bin/ls container.id=host user.uid=0"), ProfileId("any root"));
  EXPECT_EQ(ProfileOf("evt.type=execve proc.exepath=/usr/bin/ls container.id=host user.uid=1000"), 0u);
  EXPECT_EQ(ProfileOf("evt.type=execve container.id=host user.uid=1000"), 0u);
}

TEST(ProfilePolicy, RefusesWritesThatAreNotAllowed) {
  constexpr std::string_view kWeb = "proc.profile=web evt.type=openat evt.is_open_write=true evt.is_open_read=false";
  auto written = [&](std::string_view path) {
    return Refused(fmt::format("{} fs.path.name={}", kWeb, path), VD_KIND_FILE_OPEN);
  };
  EXPECT_FALSE(written("/var/cache/nginx/1"));
  EXPECT_FALSE(written("/dev/null"));
  EXPECT_TRUE(written("/var/cache/locked"));
  EXPECT_TRUE(written("/var/cached"));
  EXPECT_TRUE(written("/etc/passwd"));
  EXPECT_FALSE(
      Refused("proc.profile=other evt.type=openat evt.is_open_write=true fs.path.name=/etc/passwd", VD_KIND_FILE_OPEN));
  EXPECT_FALSE(Refused("evt.type=openat evt.is_open_write=true fs.path.name=/etc/passwd", VD_KIND_FILE_OPEN));
  EXPECT_FALSE(
      Refused("proc.profile=web evt.type=openat evt.is_open_write=false fs.path.name=/etc/passwd", VD_KIND_FILE_OPEN));
}

TEST(ProfilePolicy, RefusesAFileWhosePathIsNotKnown) {
  EXPECT_TRUE(Refused("proc.profile=web evt.type=openat evt.is_open_write=true", VD_KIND_FILE_OPEN));
}

TEST(ProfilePolicy, RefusesARenameByEitherName) {
  auto renamed = [](std::string_view from, std::string_view to) {
    return Refused(fmt::format("proc.profile=web evt.type=rename fs.path.name={} fs.path.target={}", from, to),
                   VD_KIND_FILE_RENAME);
  };
  EXPECT_FALSE(renamed("/var/cache/a", "/var/cache/b"));
  EXPECT_TRUE(renamed("/var/cache/a", "/etc/b"));
  EXPECT_TRUE(renamed("/etc/a", "/var/cache/b"));
}

TEST(ProfilePolicy, RefusesPeersByAddressAndPortTogether) {
  auto connects = [](std::string_view address, int port, std::string_view family = "AF_INET") {
    return !Refused(fmt::format("proc.profile=web evt.type=connect socket.family={} fd.rip={} fd.rnet={} fd.rport={}",
                                family, address, address, port),
                    VD_KIND_CONNECT);
  };
  EXPECT_TRUE(connects("10.2.3.4", 5432));
  EXPECT_FALSE(connects("10.2.3.4", 80));
  EXPECT_TRUE(connects("10.1.0.1", 80));
  EXPECT_FALSE(connects("11.0.0.1", 5432));
  EXPECT_TRUE(connects("8.8.8.8", 443));
  EXPECT_FALSE(connects("8.8.8.8", 53));
  EXPECT_TRUE(connects("2001:db8::1", 5432, "AF_INET6"));
  EXPECT_FALSE(connects("2001:db8::2", 5432, "AF_INET6"));
  EXPECT_TRUE(connects("2001:db8::2", 443, "AF_INET6"));
}

TEST(ProfilePolicy, ManyPeersTakeAsManyClausesAsTheyHavePorts) {
  std::string list;
  for (int i = 0; i < 60; ++i) list += fmt::format("{}'10.{}.0.0/16:{}'", i == 0 ? "" : ", ", i, 1000 + i);
  const auto rules =
      RulesFrom("- profile: many\n  match: user.uid = 7\n  network: {connect: {allow: [" + list + "]}}\n");
  const auto policy = CompileKernelPolicy(*rules, Mode::kEnforce);
  EXPECT_TRUE(policy.ok()) << policy.status();
}

// --- containers ---

constexpr std::string_view kOfContainers = R"(
- profile: shop
  match: container.image.repository endswith /shop and proc.exepath != /usr/bin/helper
  exec: {allow: []}
- profile: labelled
  match: container.label[tier] in (front, back) or not container.name exists and container.id != host
  exec: {allow: []}
- profile: newcomers
  until_known: true
  exec: {allow: []}
- rule: only trusted
  desc: d
  condition: evt.type = openat and container.id != host and not container.image.repository in (trusted)
  output: o
  priority: WARNING
  action: deny
- rule: by name
  desc: d
  condition: evt.type = connect and (container.name = web or container.id in (host, abc))
  output: o
  priority: WARNING
  action: deny
)";

PolicyDecision OfContainers(std::string_view event_text, EventKind kind, bool known = true) {
  const auto rules = RulesFrom(kOfContainers);
  auto policy = CompileKernelPolicy(*rules, Mode::kEnforce);
  if (!policy.ok()) {
    ADD_FAILURE() << policy.status().ToString();
    return {};
  }
  const SyntheticEvent event = EventFrom(event_text);
  PolicySubject subject = SubjectOf(*rules, event.event(), kind);
  if (!known) subject.values[VD_TABLE_CONTAINER_CLASS] = std::monostate();
  return Decide(*policy, kind, subject);
}
uint32_t ProfileIn(std::string_view event, bool known = true) {
  return OfContainers(event, VD_KIND_NONE, known).policy_id;
}

TEST(ProfilePolicy, IsScopedByWhatIsKnownOfTheContainerAndByTheProgramTogether) {
  EXPECT_EQ(ProfileIn("evt.type=execve proc.exepath=/bin/sh container.id=abc container.name=c "
                      "container.image.repository=registry/shop"),
            ProfileId("shop"));
  EXPECT_EQ(ProfileIn("evt.type=execve proc.exepath=/usr/bin/helper container.id=abc container.name=c "
                      "container.image.repository=registry/shop"),
            0u);
  EXPECT_EQ(ProfileIn("evt.type=execve proc.exepath=/bin/sh container.id=abc container.name=c"), 0u);
  EXPECT_EQ(
      ProfileIn("evt.type=execve proc.exepath=/bin/sh container.id=abc container.name=c container.label[tier]=back"),
      ProfileId("labelled"));
  EXPECT_EQ(ProfileIn("evt.type=execve proc.exepath=/bin/sh container.id=host container.name=host"), 0u);
}

TEST(ProfilePolicy, WhatIsNotKnownOfAContainerIsNullAndItsProfileTheDefaultOne) {
  EXPECT_EQ(ProfileIn("evt.type=execve proc.exepath=/bin/sh container.id=abc container.name=c "
                      "container.image.repository=registry/shop",
                      /*known=*/false),
            ProfileId("labelled"));  // as `not container.name exists` is true of it
  const auto rules = RulesFrom("- profile: newcomers\n  until_known: true\n  exec: {allow: []}\n");
  const auto policy = CompileKernelPolicy(*rules, Mode::kEnforce);
  ASSERT_TRUE(policy.ok()) << policy.status();
  PolicySubject subject = SubjectOf(*rules, EventFrom("evt.type=execve container.id=abc").event(), VD_KIND_NONE);
  subject.values[VD_TABLE_CONTAINER] = uint64_t{1};
  EXPECT_EQ(Decide(*policy, VD_KIND_NONE, subject).policy_id, 0u);
  subject.values[VD_TABLE_CONTAINER_CLASS] = std::monostate();
  const PolicyDecision unknown = Decide(*policy, VD_KIND_NONE, subject);
  EXPECT_EQ(unknown.policy_id, ProfileId("newcomers"));
  EXPECT_EQ(unknown.verdict, VD_VERDICT_KILL);  // how the kernel is told that it is for a while only
  subject.values[VD_TABLE_CONTAINER] = uint64_t{0};
  EXPECT_EQ(Decide(*policy, VD_KIND_NONE, subject).policy_id, 0u);
}

TEST(ProfilePolicy, RulesWithoutAProfileAreDecidedByTheContainer) {
  auto refused = [](std::string_view event, EventKind kind, bool known = true) {
    return OfContainers(event, kind, known).verdict == VD_VERDICT_DENY;
  };
  EXPECT_TRUE(refused("evt.type=openat container.id=abc container.image.repository=other", VD_KIND_FILE_OPEN));
  EXPECT_FALSE(refused("evt.type=openat container.id=abc container.image.repository=trusted", VD_KIND_FILE_OPEN));
  EXPECT_TRUE(refused("evt.type=openat container.id=abc container.image.repository=trusted", VD_KIND_FILE_OPEN, false));
  EXPECT_FALSE(refused("evt.type=openat container.id=host", VD_KIND_FILE_OPEN));
  EXPECT_TRUE(refused("evt.type=connect container.id=x container.name=web", VD_KIND_CONNECT));
  EXPECT_TRUE(refused("evt.type=connect container.id=abc container.name=c", VD_KIND_CONNECT));
  EXPECT_TRUE(refused("evt.type=connect container.id=host container.name=host", VD_KIND_CONNECT));
  EXPECT_FALSE(refused("evt.type=connect container.id=x container.name=c", VD_KIND_CONNECT));
}

std::string ScopeError(std::string_view match) {
  const auto policy = CompileKernelPolicy(
      *RulesFrom(fmt::format("- profile: p\n  match: {}\n  exec: {{allow: []}}\n", match)), Mode::kEnforce);
  return policy.ok() ? "no error" : policy.status().ToString();
}

TEST(ProfilePolicy, AScopeThatTheKernelCannotDecideIsAnErrorThatSaysWhatCan) {
  EXPECT_THAT(ScopeError("container.duration > 5"),
              HasSubstr("the kernel cannot decide `container.duration>5` of profile 'p' when a program starts"));
  EXPECT_THAT(ScopeError("proc.pname = sh"),
              HasSubstr("is about more than a program that starts; ask for proc.exepath"));
  EXPECT_THAT(ScopeError("evt.type = openat"), HasSubstr("can never be true"));
}

}  // namespace
}  // namespace vedette
