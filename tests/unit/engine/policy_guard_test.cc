// SPDX-License-Identifier: Apache-2.0
//
// What is derived from rules that refuse by the name of a file: Decide() on the derived policies is the kernel's
// look-up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/kernel_policy_eval.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

constexpr std::string_view kRead = "evt.type in (open, openat) and container.id != host and ";
constexpr uint64_t kDirectory = 0040000, kFile = 0100000;

struct Operation {
  std::string path{}, to{};
  uint64_t container = 1, type = kFile;
};

class Policy {
 public:
  explicit Policy(std::string_view condition, std::string_view more = "") {
    auto policy = CompileKernelPolicy(
        *RulesFrom(RuleText(condition, std::string("  action: deny\n") + std::string(more), "r")), Mode::kEnforce);
    if (policy.ok()) {
      policy_ = std::make_unique<KernelPolicy>(*std::move(policy));
    } else {
      ADD_FAILURE() << policy.status().ToString();
      policy_ = std::make_unique<KernelPolicy>();
    }
  }

  bool Renames(Operation o) const { return !Refuses(VD_POLICY_RENAME, o); }
  bool Links(Operation o) const { return !Refuses(VD_POLICY_LINK, o); }
  bool KeepsName(Operation o) const { return Refuses(VD_POLICY_NAMES, o); }
  // An open of a file of which only the end of the path is known; "": nothing.
  bool OpensUnplaced(const std::string& end, uint64_t container = 1) const {
    return !Refuses(VD_POLICY_UNPLACED_FILE_OPEN, {end, "", container});
  }

 private:
  bool Refuses(uint32_t policy, const Operation& o) const {
    PolicySubject subject;
    auto set = [&](vd_table table, vd_table reversed, const std::string& path) {
      if (path.empty()) return;
      subject.values[table] = path;
      subject.values[reversed] = path;
    };
    set(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, o.path);
    set(VD_TABLE_PATH_TO, VD_TABLE_PATH_TO_REVERSED, o.to);
    subject.values[VD_TABLE_CONTAINER] = o.container;
    subject.values[VD_TABLE_FILE_TYPE] = o.type;
    subject.values[VD_TABLE_SYSCALL] = uint64_t{257};
    return Decide(*policy_, policy, subject).verdict == VD_VERDICT_DENY;
  }

  std::unique_ptr<KernelPolicy> policy_;
};

std::string Read(std::string_view condition) { return std::string(kRead) + std::string(condition); }

TEST(PolicyGuard, AFileAndAllAboveItMayNotBeRenamed) {
  const Policy policy(Read("fd.name = /etc/secret/key"));
  for (const char* path : {"/etc/secret/key", "/etc/secret", "/etc", "/"}) {
    EXPECT_FALSE(policy.Renames({path, "/tmp/x"})) << path;
    EXPECT_TRUE(policy.Renames({path, "/tmp/x", 0})) << path << " by whom the rule is not about";
  }
  for (const char* path : {"/etc/secret/key2", "/etc/secre", "/etc2", "/key"}) {
    EXPECT_TRUE(policy.Renames({path, "/tmp/x"})) << path;
  }
}

TEST(PolicyGuard, SomethingElseMayTakeTheName) {
  const Policy policy(Read("fd.name = /etc/secret/key"));
  EXPECT_TRUE(policy.Renames({"/etc/secret/key.new", "/etc/secret/key"}));
  EXPECT_TRUE(policy.Links({"/etc/secret/key.new", "/etc/secret/key"}));
}

TEST(PolicyGuard, NotWhereItMayNotBeWritten) {
  const Policy policy(Read("evt.is_open_write = true and fd.name startswith /etc/cron.d/"));
  EXPECT_FALSE(policy.Renames({"/tmp/job", "/etc/cron.d/job"}));
  EXPECT_FALSE(policy.Links({"/tmp/job", "/etc/cron.d/job"}));
  EXPECT_TRUE(policy.Renames({"/tmp/job", "/etc/cron.daily/job"}));
  const Policy read(Read("evt.is_open_read = true and fd.name startswith /etc/cron.d/"));
  EXPECT_TRUE(read.Renames({"/tmp/job", "/etc/cron.d/job"}));
}

TEST(PolicyGuard, BelowAFolderFilesMayMoveWhereTheRuleStillIsAboutThem) {
  const Policy policy(Read("fd.name startswith /etc/secret/"));
  EXPECT_FALSE(policy.Renames({"/etc/secret/a/key", "/etc/key"}));
  EXPECT_TRUE(policy.Renames({"/etc/secret/a/key", "/etc/secret/b/key"}));
  EXPECT_FALSE(policy.Renames({"/etc/secret", "/etc/other"}));
  EXPECT_FALSE(policy.Links({"/etc/secret/key", "/tmp/key"}));
  EXPECT_TRUE(policy.Links({"/etc/secret/key", "/etc/secret/key2"}));
  EXPECT_TRUE(policy.Links({"/etc/free", "/tmp/free"}));
}

TEST(PolicyGuard, AnExceptionBelowItIsNoWayOut) {
  const Policy policy(Read("fd.name startswith /etc/ and not fd.name startswith /etc/free/"));
  EXPECT_FALSE(policy.Renames({"/etc/key", "/etc/free/key"}));
}

TEST(PolicyGuard, EndsOfNames) {
  const Policy policy(Read("fd.name endswith /.ssh/id_rsa"));
  EXPECT_FALSE(policy.Renames({"/root/.ssh/id_rsa", "/root/.ssh/x"}));
  EXPECT_FALSE(policy.Renames({"/root/.ssh", "/root/x", 1, kDirectory}));
  EXPECT_TRUE(policy.Renames({"/root", "/x", 1, kDirectory}));
  EXPECT_TRUE(policy.Renames({"/root/.ssh/id_dsa", "/x"}));
  const Policy name(Read("fd.filename = id_rsa"));
  EXPECT_FALSE(name.Renames({"/root/.ssh/id_rsa", "/root/x"}));
  EXPECT_TRUE(name.Renames({"/root/.ssh/id_rsa", "/tmp/id_rsa"}));
  EXPECT_TRUE(name.Renames({"/root/.ssh", "/root/x", 1, kDirectory}));
}

TEST(PolicyGuard, BeginningsAndEnds) {
  const Policy policy(Read("fd.name startswith /home/ and fd.name endswith .key"));
  EXPECT_FALSE(policy.Renames({"/home/u/a.key", "/home/u/a"}));
  EXPECT_FALSE(policy.Renames({"/home/u", "/u", 1, kDirectory}));
  EXPECT_FALSE(policy.Renames({"/home", "/h", 1, kDirectory}));
  EXPECT_TRUE(policy.Renames({"/home/u/a.txt", "/tmp/a.txt"}));
}

TEST(PolicyGuard, NamesAreKeptOfWhatIsGuarded) {
  const Policy policy(Read("fd.name startswith /etc/secret/"));
  EXPECT_TRUE(policy.KeepsName({"/etc/secret/a"}));
  EXPECT_TRUE(policy.KeepsName({"/etc/secret"}));
  EXPECT_TRUE(policy.KeepsName({"/"}));
  EXPECT_FALSE(policy.KeepsName({"/usr"}));
  EXPECT_FALSE(policy.KeepsName({"/etc/secret", "", 0}));
  EXPECT_TRUE(policy.KeepsName({})) << "where there is no room, all may be one";
}

TEST(PolicyGuard, WithoutABeginningAPathMayBeOne) {
  const Policy exact(Read("fd.name = /etc/secret/key"));
  for (const char* end : {"/key", "/secret/key", "/etc/secret/key", ""}) EXPECT_FALSE(exact.OpensUnplaced(end)) << end;
  for (const char* end : {"/key2", "/x/key", "/x/etc/secret/key"}) EXPECT_TRUE(exact.OpensUnplaced(end)) << end;
  EXPECT_TRUE(exact.OpensUnplaced("/key", 0));
  const Policy folder(Read("fd.name startswith /etc/secret/"));
  EXPECT_FALSE(folder.OpensUnplaced("/anything"));
  const Policy end(Read("fd.name endswith /.ssh/id_rsa"));
  for (const char* path : {"/id_rsa", "/.ssh/id_rsa", "/u/.ssh/id_rsa"}) EXPECT_FALSE(end.OpensUnplaced(path)) << path;
  EXPECT_TRUE(end.OpensUnplaced("/x/id_rsa"));
}

TEST(PolicyGuard, RulesThatNameNothingHaveNone) {
  const Policy policy(Read("not fd.name startswith /srv/"));
  EXPECT_TRUE(policy.Renames({"/etc", "/x"}));
  EXPECT_FALSE(policy.KeepsName({"/etc"}));
  EXPECT_TRUE(policy.OpensUnplaced(""));
}

TEST(PolicyGuard, OffLeavesWhatMayBe) {
  const Policy policy(Read("fd.name = /etc/secret/key"), "  guard: off\n");
  EXPECT_TRUE(policy.Renames({"/etc/secret/key", "/tmp/x"}));
  EXPECT_TRUE(policy.Links({"/etc/secret/key", "/tmp/x"}));
  EXPECT_FALSE(policy.KeepsName({"/etc/secret"}));
  EXPECT_FALSE(policy.OpensUnplaced("/key"));
}

TEST(PolicyGuard, OfAGlobIsGuardedWhatBeginsAndEndsSo) {
  const Policy policy(std::string(kRead) + "fd.name glob '/home/*/.ssh/id_?s*a'");
  EXPECT_FALSE(policy.Renames({"/home/u/.ssh/id_rsa", "/tmp/x"}));
  EXPECT_FALSE(policy.Renames({"/home/u/.ssh/id_rsa", "/home/x"}));  // a new name below /home need not match
  EXPECT_FALSE(policy.Renames({"/home/u", "/tmp/u", 1, kDirectory}));
  EXPECT_FALSE(policy.Renames({"/home", "/tmp/home", 1, kDirectory}));
  EXPECT_TRUE(policy.Renames({"/srv/u", "/tmp/u", 1, kDirectory}));
  EXPECT_FALSE(policy.Links({"/home/u/.ssh/id_rsa", "/tmp/x"}));
  EXPECT_TRUE(policy.Links({"/etc/passwd", "/tmp/x"}));
  EXPECT_FALSE(policy.OpensUnplaced("/.ssh/id_rsa"));
}

TEST(PolicyGuard, OfConditionsOnAncestorsOnlyThoseAreGuardedThatTheyAreAbout) {
  const Policy policy("evt.type = openat and fd.name = /etc/shadow and proc.aname = implant");
  EXPECT_TRUE(policy.Renames({"/etc/shadow", "/tmp/x"}));  // nobody's ancestors are known here
}

}  // namespace
}  // namespace vedette
