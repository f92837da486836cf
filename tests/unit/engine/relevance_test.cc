// SPDX-License-Identifier: Apache-2.0
#include "engine/relevance.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <random>

#include "sensor/event/profile_names.h"
#include "tests/unit/engine/rules_from.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// All that a tag stands for.
struct Tagged {
  std::string path = "/etc/hosts";
  uint32_t flags = O_RDONLY;
  bool container = false;
};

RecordBuilder<vd_file_open> Open(const Tagged& tagged) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, tagged.path).Syscall("openat");
  open->open_flags = tagged.flags;
  open->tag = 1;
  if (tagged.container) open.header().flags |= VD_F_CONTAINER;
  return open;
}

MuteFor IrrelevantFor(std::string_view yaml, const Event& event) {
  const Program program(RulesFrom(yaml), Priority::kEmergency);
  Evaluator evaluator(program);
  evaluator.Start(event);
  return Relevance(program).IrrelevantFor(event, evaluator);
}
MuteFor IrrelevantFor(std::string_view yaml, const Tagged& tagged) { return IrrelevantFor(yaml, Open(tagged).event()); }
bool MayMatch(std::string_view yaml, const Event& event) { return IrrelevantFor(yaml, event) == MuteFor::kNobody; }
bool MayMatch(std::string_view yaml, const Tagged& tagged) { return MayMatch(yaml, Open(tagged).event()); }
bool MayMatchIf(std::string_view condition, const Tagged& tagged) { return MayMatch(RuleText(condition), tagged); }

constexpr std::string_view kOpens = "evt.type in (open, openat) and ";
std::string Opens(std::string_view rest) { return std::string(kOpens) + std::string(rest); }

TEST(Relevance, IsDecidedByThePath) {
  EXPECT_TRUE(MayMatchIf(Opens("fd.name startswith /etc/"), {"/etc/hosts"}));
  EXPECT_FALSE(MayMatchIf(Opens("fd.name startswith /etc/"), {"/usr/lib/x"}));
  EXPECT_FALSE(MayMatchIf(Opens("fd.name contains id_rsa"), {"/etc/hosts"}));
  EXPECT_FALSE(MayMatchIf(Opens("fd.filename = shadow or fd.directory = /root"), {"/etc/hosts"}));
}

TEST(Relevance, IsDecidedByTheModeOfTheOpen) {
  EXPECT_TRUE(MayMatchIf(Opens("evt.is_open_write = true and fd.name startswith /etc/"), {"/etc/hosts", O_WRONLY}));
  EXPECT_FALSE(MayMatchIf(Opens("evt.is_open_write = true and fd.name startswith /etc/"), {"/etc/hosts", O_RDONLY}));
}

TEST(Relevance, IsNotDecidedByWhoOpensOrWhatComesOfIt) {
  for (std::string_view other : {"proc.name = cat", "not proc.name = cat", "user.uid = 0", "evt.rawres >= 0",
                                 "fd.num >= 0", "fd.nameraw contains ..", "not fd.nameraw contains .."}) {
    EXPECT_TRUE(MayMatchIf(Opens("fd.name startswith /etc/ and ") + std::string(other), {"/etc/hosts"})) << other;
    EXPECT_FALSE(MayMatchIf(Opens("fd.name startswith /etc/ and ") + std::string(other), {"/usr/x"})) << other;
    EXPECT_TRUE(MayMatchIf(Opens("(fd.name startswith /etc/ or ") + std::string(other) + ")", {"/usr/x"})) << other;
  }
}

TEST(Relevance, KnowsContainersFromTheHost) {
  const std::string inside = Opens("container.id != host and evt.is_open_write = true");
  EXPECT_FALSE(MayMatchIf(inside, {"/x", O_WRONLY, false}));
  EXPECT_TRUE(MayMatchIf(inside, {"/x", O_WRONLY, true}));
  EXPECT_FALSE(MayMatchIf(inside, {"/x", O_RDONLY, true}));
  EXPECT_FALSE(MayMatchIf(Opens("container.id = host and fd.name = /x"), {"/x", O_RDONLY, true}));
  // Which container it is, is not known beforehand.
  EXPECT_TRUE(MayMatchIf(Opens("container.id = 0123456789ab"), {"/x", O_RDONLY, true}));
  EXPECT_FALSE(MayMatchIf(Opens("container.id = 0123456789ab"), {"/x", O_RDONLY, false}));
}

TEST(Relevance, TellsWhetherItIsAboutAnyoneElse) {
  const std::string inside = RuleText(Opens("container.id != host and fd.name startswith /etc/"));
  EXPECT_EQ(IrrelevantFor(inside, {"/etc/hosts", O_RDONLY, true}), MuteFor::kNobody);
  EXPECT_EQ(IrrelevantFor(inside, {"/etc/hosts", O_RDONLY, false}), MuteFor::kItsLike);
  EXPECT_EQ(IrrelevantFor(inside, {"/usr/x", O_RDONLY, false}), MuteFor::kAll);
  EXPECT_EQ(IrrelevantFor(inside, {"/usr/x", O_RDONLY, true}), MuteFor::kAll);
  const std::string host = RuleText(Opens("container.id = host and fd.name = /x"));
  EXPECT_EQ(IrrelevantFor(host, {"/x", O_RDONLY, true}), MuteFor::kItsLike);
}

TEST(Relevance, TakesFalcosNeverForNever) {
  EXPECT_FALSE(MayMatchIf(Opens("(fd.name = /etc/passwd or evt.num = 0)"), {"/etc/hosts"}));
  EXPECT_TRUE(MayMatchIf(Opens("(fd.name = /etc/passwd or not evt.num = 0)"), {"/etc/hosts"}));
}

TEST(Relevance, CountsRulesThatRefuseAndThoseBelowTheThreshold) {
  EXPECT_TRUE(MayMatch(RuleText(Opens("fd.name = /etc/hosts"), "  action: deny\n"), {"/etc/hosts"}));
  EXPECT_TRUE(MayMatch(RuleText(Opens("fd.name = /etc/hosts")), {"/etc/hosts"}));  // the threshold is EMERGENCY
  EXPECT_FALSE(MayMatch(RuleText(Opens("fd.name = /etc/hosts"), "  enabled: false\n"), {"/etc/hosts"}));
}

TEST(Relevance, NamesRulesThatAskNothingOfTheFile) {
  const Program program(RulesFrom(RuleText(Opens("proc.name = cat"), "", "cats") +
                                  RuleText(Opens("container.id != host"), "", "contained") +
                                  RuleText(Opens("fd.name = /x"), "", "bounded")),
                        Priority::kDebug);
  EXPECT_THAT(Relevance(program).Unbounded(VD_KIND_FILE_OPEN, /*container=*/false), ElementsAre("cats"));
  EXPECT_THAT(Relevance(program).Unbounded(VD_KIND_FILE_OPEN, /*container=*/true), ElementsAre("cats", "contained"));
}

RecordBuilder<vd_socket> Connect(const char* address, uint16_t port, bool container = false) {
  RecordBuilder<vd_socket> connect(VD_KIND_CONNECT);
  connect.Syscall("connect");
  connect->family = AF_INET;
  connect->type = SOCK_STREAM;
  connect->protocol = IPPROTO_TCP;
  connect->role = VD_ROLE_CLIENT;
  inet_pton(AF_INET, address, connect->remote_addr);
  connect->remote_port = port;
  if (container) connect.header().flags |= VD_F_CONTAINER;
  return connect;
}
bool ConnectMayMatch(std::string_view rest, const char* address, uint16_t port, bool container = false) {
  return MayMatch(RuleText("evt.type = connect and " + std::string(rest)), Connect(address, port, container).event());
}

TEST(Relevance, OfAConnectIsDecidedByTheAddress) {
  EXPECT_TRUE(ConnectMayMatch("fd.sip = 10.0.0.1", "10.0.0.1", 80));
  EXPECT_FALSE(ConnectMayMatch("fd.sip = 10.0.0.1", "10.0.0.2", 80));
  EXPECT_FALSE(ConnectMayMatch("fd.sport in (443, 8443)", "10.0.0.1", 80));
  EXPECT_FALSE(ConnectMayMatch("fd.rnet = 192.168.0.0/16 and proc.name = curl", "10.0.0.1", 80));
  EXPECT_TRUE(ConnectMayMatch("fd.rnet = 10.0.0.0/8 and proc.name = curl", "10.0.0.1", 80));
  EXPECT_FALSE(ConnectMayMatch("fd.l4proto = udp", "10.0.0.1", 80));
  EXPECT_FALSE(ConnectMayMatch("container.id != host and fd.sport = 80", "10.0.0.1", 80));
  EXPECT_TRUE(ConnectMayMatch("container.id != host and fd.sport = 80", "10.0.0.1", 80, /*container=*/true));
}

TEST(Relevance, OfAConnectIsNotDecidedByItsOwnEndNorByNamesThatChange) {
  EXPECT_TRUE(ConnectMayMatch("fd.lport = 80", "10.0.0.1", 81));
  EXPECT_TRUE(ConnectMayMatch("fd.port = 80", "10.0.0.1", 81));  // either end
  EXPECT_TRUE(ConnectMayMatch("fd.ip = 10.0.0.9", "10.0.0.1", 81));
  EXPECT_TRUE(ConnectMayMatch("fd.sip.name = example.org", "10.0.0.1", 81));
  EXPECT_TRUE(ConnectMayMatch("fd.name contains 10.0.0.9", "10.0.0.1", 81));
  EXPECT_TRUE(ConnectMayMatch("evt.res = EINPROGRESS", "10.0.0.1", 81));
}

TEST(Relevance, OfANewSocketIsDecidedByItsKind) {
  RecordBuilder<vd_socket> socket(VD_KIND_SOCKET);
  socket.Syscall("socket");
  socket->family = AF_INET;
  socket->type = SOCK_STREAM;
  EXPECT_FALSE(MayMatch(RuleText("evt.type = socket and evt.arg.domain contains AF_PACKET"), socket.event()));
  EXPECT_TRUE(MayMatch(RuleText("evt.type = socket and evt.arg.domain contains AF_INET"), socket.event()));
  EXPECT_TRUE(MayMatch(RuleText("evt.type = socket and proc.name = nc"), socket.event()));
  EXPECT_FALSE(MayMatch(RuleText("evt.type = connect"), socket.event()));
}

// By a process under the profile `told`, as the kernel says in the record, and `known`, as its process does.
template <typename Record>
MuteFor IrrelevantUnder(std::string_view rules, uint32_t told, RecordBuilder<Record> record, uint32_t known) {
  record.header().policy_id = told;
  Process process;
  process.profile = known;
  const Program program(RulesFrom(rules), Priority::kEmergency);
  const ProfileNames names(ProfileNamesOf(program.rules()));
  Event event = record.event();
  event.process = &process;
  event.profiles = &names;
  Evaluator evaluator(program);
  evaluator.Start(event);
  return Relevance(program).IrrelevantFor(event, evaluator);
}
template <typename Record>
bool MayMatchUnder(std::string_view rules, uint32_t told, RecordBuilder<Record> record, uint32_t known) {
  return IrrelevantUnder(rules, told, std::move(record), known) == MuteFor::kNobody;
}
bool MayMatchUnder(std::string_view rules, uint32_t told, uint32_t known, const Tagged& tagged) {
  return MayMatchUnder(rules, told, Open(tagged), known);
}

TEST(Relevance, IsDecidedByTheProfile) {
  constexpr std::string_view kRules = R"(
- profile: web
  match: proc.exepath = /usr/sbin/web
  files: {read: {allow: [/srv/**]}}
- profile: db
  match: proc.exepath = /usr/sbin/db
  files: {read: {allow: [/var/lib/db/**]}}
)";
  const uint32_t web = ProfileId("web"), db = ProfileId("db");
  EXPECT_FALSE(MayMatchUnder(kRules, 0, 0, {"/etc/hosts"}));
  EXPECT_TRUE(MayMatchUnder(kRules, web, web, {"/etc/hosts"}));
  EXPECT_FALSE(MayMatchUnder(kRules, web, web, {"/srv/index"}));
  EXPECT_TRUE(MayMatchUnder(kRules, db, db, {"/srv/index"}));
  // Who is under no profile, or another, is not everybody.
  EXPECT_EQ(IrrelevantUnder(kRules, 0, Open({"/etc/hosts"}), 0), MuteFor::kItsLike);
  EXPECT_EQ(IrrelevantUnder(kRules, web, Open({"/srv/index"}), web), MuteFor::kItsLike);
}

TEST(Relevance, IsDecidedByATypeThatNoEventOfTheKindHas) {
  EXPECT_FALSE(MayMatchIf("(evt.type = open and fd.name = /a) or (evt.type = rename and not fs.path.target = /b)", {}));
  EXPECT_FALSE(MayMatchIf("evt.type in (rename, link) or (evt.type = openat and fd.name = /a)", {}));
  EXPECT_TRUE(MayMatchIf("not evt.type in (rename, link)", {}));
  EXPECT_TRUE(MayMatchIf("evt.type = open", {}));  // another open with the tag may be one
  EXPECT_FALSE(MayMatchIf("evt.type = open_by_handle_at", {}));  // those have none
  EXPECT_TRUE(MayMatchIf("evt.type in (openat, open_by_handle_at)", {}));
  EXPECT_TRUE(MayMatchIf("not evt.type in (open, openat)", {}));
}

// files.write is about opens, renames, links and connects; network.connect about connects and more.
TEST(Relevance, OfAProfileIsAboutWhatItsClassesSayOfTheKind) {
  constexpr std::string_view kRules = R"(
- profile: web
  match: proc.exepath = /usr/sbin/web
  files: {read: {deny: [/root/**]}, write: {allow: [/srv/**]}}
  network: {connect: {allow: ["127.0.0.1"]}, families: {allow: [AF_INET]}}
  mounts: {allow: []}
)";
  const uint32_t web = ProfileId("web");
  EXPECT_FALSE(MayMatchUnder(kRules, web, web, {"/etc/hosts"}));
  EXPECT_TRUE(MayMatchUnder(kRules, web, web, {"/etc/hosts", O_WRONLY}));
  EXPECT_FALSE(MayMatchUnder(kRules, web, web, {"/srv/a", O_WRONLY}));
  EXPECT_TRUE(MayMatchUnder(kRules, web, web, {"/root/a"}));
  EXPECT_FALSE(MayMatchUnder(kRules, web, Connect("127.0.0.1", 80, false), web));
  EXPECT_TRUE(MayMatchUnder(kRules, web, Connect("10.0.0.1", 80, false), web));
}

TEST(Relevance, IsNotDecidedByAProfileThatIsNotCertain) {
  constexpr std::string_view kRules = R"(
- profile: web
  match: proc.exepath = /usr/sbin/web
  files: {read: {allow: [/srv/**]}}
)";
  const uint32_t web = ProfileId("web");
  EXPECT_TRUE(MayMatchUnder(kRules, web, 0, {"/srv/index"}));  // its record is still to be read
  EXPECT_TRUE(MayMatchUnder(kRules, 0, web, {"/etc/hosts"}));
  EXPECT_TRUE(MayMatchUnder(kRules, VD_PROFILE_UNSETTLED, 0, {"/etc/hosts"}));
  EXPECT_FALSE(MayMatchUnder(kRules, VD_PROFILE_UNSETTLED, 0, {"/srv/index"}));  // whatever it comes under
}

// What makes two opens with one tag differ.
struct Others {
  Process process;
  std::string type;
  int64_t result = 3;
  std::string raw;
};

class Random {
 public:
  explicit Random(uint32_t seed) : random_(seed) {}
  size_t Below(size_t n) { return random_() % n; }
  template <typename T, size_t N>
  const T& Of(const T (&items)[N]) {
    return items[Below(N)];
  }
  std::string Condition(int depth) {
    static constexpr std::string_view kPredicates[] = {"fd.name = /a/b",
                                                       "fd.name startswith /a",
                                                       "fd.name contains b",
                                                       "fd.name glob '/*/b'",
                                                       "fd.filename = b",
                                                       "fd.directory = /a",
                                                       "fd.realpath != /c",
                                                       "fs.path.name pmatch (/a)",
                                                       "evt.is_open_write = true",
                                                       "evt.arg.flags contains O_TRUNC",
                                                       "container.id = host",
                                                       "container.id != host",
                                                       "container.id = 0123456789ab",
                                                       "proc.name = x",
                                                       "proc.name != x",
                                                       "user.uid = 0",
                                                       "evt.rawres < 0",
                                                       "fd.num >= 0",
                                                       "fd.nameraw contains ..",
                                                       "fd.typechar = f",
                                                       "evt.type = open",
                                                       "evt.type in (open, rename)",
                                                       "evt.type = rename",
                                                       "fs.path.target = /b",
                                                       "evt.num = 0",
                                                       "fd.sport = 80",
                                                       "tolower(fd.name) startswith /a"};
    if (depth == 0 || Below(4) == 0) return (Below(4) == 0 ? "not " : "") + std::string(Of(kPredicates));
    const std::string a = Condition(depth - 1), b = Condition(depth - 1);
    if (Below(6) == 0) return "not (" + a + ")";
    return "(" + a + (Below(3) == 0 ? " or " : " and ") + b + ")";
  }
  Tagged Tag() {
    static constexpr const char* kPaths[] = {"/", "/a", "/a/b", "/a/c", "/c", "/C/b", "/b"};
    static constexpr uint32_t kFlags[] = {O_RDONLY, O_WRONLY | O_TRUNC, O_RDWR, O_RDONLY | O_DIRECTORY};
    return {Of(kPaths), Of(kFlags), Below(2) == 0};
  }
  Others Other(const Tagged& tagged, const Container& container) {
    static constexpr const char* kTypes[] = {"open", "openat", "openat2"};
    static constexpr int64_t kResults[] = {3, 0, -13};
    Others out;
    out.process.comm = Below(2) == 0 ? "x" : "y";
    out.process.in_container = tagged.container;
    out.process.container = tagged.container && Below(2) == 0 ? &container : nullptr;
    out.type = Of(kTypes);
    out.result = Of(kResults);
    out.raw = Below(2) == 0 ? tagged.path : "../" + tagged.path;
    return out;
  }

 private:
  std::mt19937 random_;
};

// The property: where it says no, nothing that shares the tag matches, whatever else it is; nor by others, where it says no for all.
TEST(Relevance, IsNeverDeniedToWhatARuleMatches) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  Container container;
  container.id = "0123456789ab";
  size_t irrelevant = 0, relevant = 0, for_all = 0;
  for (int round = 0; round < 400; ++round) {
    std::string yaml;
    for (int r = 0; r < 3; ++r) {
      yaml += RuleText(Opens(random.Condition(3)), "", "r" + std::to_string(r));
    }
    Detector detector(yaml);
    for (int i = 0; i < 20; ++i) {
      Tagged tagged = random.Tag();
      const MuteFor mute = IrrelevantFor(yaml, tagged);
      ++(mute == MuteFor::kNobody ? relevant : irrelevant);
      if (mute == MuteFor::kAll) ++for_all;
      if (mute == MuteFor::kNobody) continue;
      for (int j = 0; j < 12; ++j) {
        if (mute == MuteFor::kAll) tagged.container = random.Below(2) == 0;
        const Others others = random.Other(tagged, container);
        auto other = Open(tagged);
        other.Syscall(others.type).Result(others.result).String(&vd_file_open::nameraw, others.raw);
        other.header().uid = static_cast<uint32_t>(random.Below(2));
        const Event event = other.event(&others.process);
        ASSERT_THAT(detector.On(event), IsEmpty()) << yaml << "\n" << tagged.path << " " << tagged.flags;
      }
    }
  }
  EXPECT_GT(irrelevant, 500u);  // it does say no
  EXPECT_GT(relevant, 500u);
  EXPECT_GT(for_all, 250u);
}

}  // namespace
}  // namespace vedette
