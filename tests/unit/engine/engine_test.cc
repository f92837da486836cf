// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "sensor/event/domain_names.h"
#include "tests/unit/engine/rules_from.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Engine, AlertsOnWhatTheConditionSays) {
  const std::string rule = RuleText("evt.type = openat and fd.name = /etc/shadow and proc.name != sshd");
  Detector detector(rule);
  EXPECT_THAT(detector.RulesOn("evt.type=openat fd.name=/etc/shadow proc.name=cat"), ElementsAre("r"));
  EXPECT_THAT(detector.RulesOn("evt.type=openat fd.name=/etc/shadow proc.name=sshd"), IsEmpty());
  EXPECT_THAT(detector.RulesOn("evt.type=open fd.name=/etc/shadow proc.name=cat"), IsEmpty());
  EXPECT_THAT(detector.RulesOn("evt.type=connect"), IsEmpty());
}

constexpr std::string_view kTwoRules = R"(
- rule: any open
  desc: d
  condition: evt.type = openat
  output: opened
  priority: NOTICE
- rule: shadow
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow
  output: shadow opened
  priority: CRITICAL
)";

// An address has several names, or none that is known: then it differs from every name, as in Falco.
TEST(Engine, ComparesTheNamesOfAnAddress) {
  RecordBuilder<vd_socket> connect(VD_KIND_CONNECT);
  connect->family = AF_INET;
  connect->remote_addr[0] = 192;
  connect->remote_port = 443;
  connect.Syscall("connect");
  IpAddress address;
  address.bytes = {192};
  DomainNames both, none;
  both.Add("a.test", address);
  both.Add("b.test", address);
  struct Row {
    const char* condition;
    bool with_names, without;
  };
  for (const Row& row : {Row{"fd.sip.name = a.test", true, false}, Row{"fd.sip.name in (x.test, b.test)", true, false},
                         Row{"fd.sip.name = c.test", false, false}, Row{"fd.sip.name != a.test", false, true},
                         Row{"fd.sip.name != c.test", true, true}, Row{"not fd.sip.name = a.test", false, true},
                         Row{"fd.sip.name exists", true, false}}) {
    for (const DomainNames* names : {&both, &none}) {
      size_t alerts = 0;
      Engine engine({}, [&](Alert) { ++alerts; });
      engine.SetRules(RulesFrom(RuleText(std::string("evt.type = connect and ") + row.condition)));
      Event event = connect.event();
      event.domains = names;
      engine.OnEvent(event);
      EXPECT_EQ(alerts == 1, names == &both ? row.with_names : row.without) << row.condition;
    }
  }
}

TEST(Engine, GivesEveryRuleThatMatchesInDefinitionOrder) {
  Detector detector(kTwoRules);
  EXPECT_THAT(detector.RulesOn("evt.type=openat fd.name=/etc/shadow"), ElementsAre("any open", "shadow"));
}

TEST(Engine, GivesOnlyTheFirstWhenAskedTo) {
  EngineOptions options;
  options.matching = RuleMatching::kFirst;
  Detector detector(kTwoRules, std::move(options));
  EXPECT_THAT(detector.RulesOn("evt.type=openat fd.name=/etc/shadow"), ElementsAre("any open"));
}

TEST(Engine, LeavesOutRulesBelowTheThreshold) {
  EngineOptions options;
  options.threshold = Priority::kWarning;
  Detector detector(kTwoRules, std::move(options));
  EXPECT_THAT(detector.RulesOn("evt.type=openat fd.name=/etc/shadow"), ElementsAre("shadow"));
}

TEST(Engine, LeavesOutDisabledRules) {
  Detector detector(RuleText("evt.type = openat", "  enabled: false\n"));
  EXPECT_THAT(detector.RulesOn("evt.type=openat"), IsEmpty());
}

TEST(Engine, SwapsRuleSetsBetweenEvents) {
  Detector detector(RuleText("evt.type = openat", "", "old"));
  EXPECT_THAT(detector.RulesOn("evt.type=openat"), ElementsAre("old"));
  detector.engine().SetRules(RulesFrom(RuleText("evt.type = openat", "", "new")));
  EXPECT_THAT(detector.RulesOn("evt.type=openat"), ElementsAre("new"));
  EXPECT_THAT(detector.engine().Stats().matches, ElementsAre(1));  // counted per rule of the new set
}

TEST(Engine, CountsEventsAlertsAndMatches) {
  Detector detector(kTwoRules);
  detector.On("evt.type=openat fd.name=/etc/shadow");
  detector.On("evt.type=openat fd.name=/etc/passwd");
  detector.On("evt.type=connect");
  const EngineStats stats = detector.engine().Stats();
  EXPECT_EQ(stats.events, 3u);
  EXPECT_EQ(stats.alerts, 3u);
  EXPECT_THAT(stats.matches, ElementsAre(2, 1));
}

TEST(Engine, WithoutRulesSaysNothing) {
  int alerts = 0;
  Engine engine({}, [&](Alert) { ++alerts; });
  const SyntheticEvent event = EventFrom("evt.type=openat");
  engine.OnEvent(event.event());
  EXPECT_EQ(alerts, 0);
  EXPECT_EQ(engine.Stats().events, 0u);
}

// The first rule asks for a directory of each user, the second for none: both are the same whatever the index finds.
TEST(Engine, ManyRulesMatchAsFewDo) {
  std::string yaml;
  for (int i = 0; i < 200; ++i) {
    yaml += RuleText("evt.type = openat and fd.name startswith /home/u" + std::to_string(i) + "/", "",
                     "u" + std::to_string(i));
  }
  yaml += RuleText("evt.type = openat and not proc.name = cat", "", "not cat");
  Detector detector(yaml);
  EXPECT_THAT(detector.RulesOn("evt.type=openat fd.name=/home/u12/x proc.name=cat"), ElementsAre("u12"));
  EXPECT_THAT(detector.RulesOn("evt.type=openat fd.name=/home/u199/x proc.name=dog"), ElementsAre("u199", "not cat"));
  EXPECT_THAT(detector.RulesOn("evt.type=openat proc.name=dog"), ElementsAre("not cat"));
}

}  // namespace
}  // namespace vedette
