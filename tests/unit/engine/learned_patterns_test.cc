// SPDX-License-Identifier: Apache-2.0
//
// What patterns are made of the paths and peers that were seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/learned_paths.h"
#include "engine/learned_peers.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Learned(const std::set<std::string>& paths, PathLimits limits = {}) {
  auto patterns = LearnPaths(paths, limits);
  if (!patterns.ok()) return {patterns.status().ToString()};
  std::vector<std::string> out;
  for (const LearnedPattern& p : *patterns) out.push_back(p.note.empty() ? p.text : p.text + " # " + p.note);
  return out;
}

std::set<std::string> Numbered(std::string_view directory, int n) {
  std::set<std::string> out;
  for (int i = 0; i < n; ++i) out.insert(std::string(directory) + "/" + static_cast<char>('a' + i));
  return out;
}

TEST(LearnedPathsTest, AreThemselves) {
  EXPECT_THAT(Learned({"/var/log/nginx/error.log", "/dev/null", "/run/nginx.pid"}),
              ElementsAre("/dev/null", "/run/nginx.pid", "/var/log/nginx/error.log"));
  EXPECT_THAT(Learned({}), IsEmpty());
}

TEST(LearnedPathsTest, WithANameOfItsRunAreTheProgramsOwnFolder) {
  EXPECT_THAT(Learned({"/var/lib/redis/temp-812.rdb", "/var/lib/redis/dump.rdb"}), ElementsAre("/var/lib/redis/**"));
  EXPECT_THAT(Learned({"/var/lib/nginx/body/0000000001"}), ElementsAre("/var/lib/nginx/body/**"));
  EXPECT_THAT(Learned({"/tmp/tmp.Xa3kQ9fG"}), ElementsAre("/tmp/**"));
  // The outermost one that changes.
  EXPECT_THAT(Learned({"/srv/app/1700000000/a/b", "/srv/app/1700000000/a"}), ElementsAre("/srv/app/**"));
}

TEST(LearnedPathsTest, WithNumbersThatDifferAreTheFolder) {
  EXPECT_THAT(Learned({"/var/lib/redis/temp-1.rdb", "/var/lib/redis/temp-10.rdb", "/var/lib/redis/dump.rdb"}),
              ElementsAre("/var/lib/redis/**"));
  EXPECT_THAT(Learned({"/var/lib/redis/temp-1.rdb", "/var/lib/redis/dump-10.rdb"}),
              ElementsAre("/var/lib/redis/dump-10.rdb", "/var/lib/redis/temp-1.rdb"));
  const auto patterns = LearnPaths({"/var/lib/a/temp-7.x", "/var/lib/b/temp-7.x"}, {}, {"/var/lib/a/temp-7.x"});
  EXPECT_EQ(patterns->at(0).text, "/var/lib/a/**");
  EXPECT_EQ(patterns->at(1).text, "/var/lib/b/temp-7.x");
}

TEST(LearnedPathsTest, ThatAreManyAreTheirFolder) {
  EXPECT_THAT(Learned(Numbered("/var/cache/app", 10)), ElementsAre("/var/cache/app/**"));
  EXPECT_EQ(Learned(Numbered("/var/cache/app", 9)).size(), 9u);
  EXPECT_EQ(Learned(Numbered("/var/cache/app", 20), {.collapse = 0}).size(), 20u);
  EXPECT_THAT(Learned(Numbered("/var/cache/app", 3), {.collapse = 3}), ElementsAre("/var/cache/app/**"));
}

TEST(LearnedPathsTest, NeverBecomeAFolderThatOthersShare) {
  for (const char* directory :
       {"/etc", "/etc/nginx", "/usr/lib/x/y", "/", "/var/lib", "/var/log", "/dev", "/run", "/home/a", "/boot",
        "/sys/fs/cgroup/x", "/proc/sys/kernel", "/var/spool/cron/crontabs", "/run/systemd/x"}) {
    EXPECT_FALSE(CanCollapse(directory)) << directory;
    const std::string prefix = std::string_view(directory) == "/" ? "" : directory;
    EXPECT_EQ(Learned(Numbered(prefix, 20)).size(), 20u) << directory;
  }
  EXPECT_FALSE(CanCollapse(""));
  for (const char* directory :
       {"/var/lib/redis", "/run/redis", "/tmp", "/dev/shm", "/data/x", "/home/a/b", "/root/.cache"}) {
    EXPECT_TRUE(CanCollapse(directory)) << directory;
  }
}

TEST(LearnedPathsTest, ThatChangeInASharedFolderStayAndSaySo) {
  EXPECT_THAT(Learned({"/run/redis_6379.pid"}),
              ElementsAre("/run/redis_6379.pid # may have another name at the next run"));
}

TEST(LearnedPathsTest, OfProcessesAreTheirEnds) {
  EXPECT_THAT(Learned({"/proc/812/oom_score_adj", "/proc/9/task/11/attr/current", "/proc/sys/vm/overcommit_memory"}),
              ElementsAre("**/attr/current # of /proc/PID", "**/oom_score_adj # of /proc/PID",
                          "/proc/sys/vm/overcommit_memory"));
}

TEST(LearnedPathsTest, ThatNoPatternCanSayAreTheirFolderOrNamed) {
  EXPECT_THAT(Learned({"/var/lib/app/a*b"}), ElementsAre("/var/lib/app/**"));
  EXPECT_THAT(Learned({"/etc/a\"b"}), ElementsAre(" # /etc/a\"b"));
}

TEST(LearnedPathsTest, AreNotNamedTwice) {
  EXPECT_THAT(Learned({"/srv/app/1700000000", "/srv/app/log/x", "/srv/app/log/1700000001", "/srv/app"}),
              ElementsAre("/srv/app/**"));
  EXPECT_THAT(Learned({"/srv/app/1700000000", "/srv/apple"}), ElementsAre("/srv/app/**", "/srv/apple"));
}

TEST(LearnedPathsTest, AreBoundedByCollapsingMoreAndElseAnError) {
  std::set<std::string> paths;
  for (char c = 'a'; c <= 'h'; ++c) paths.merge(Numbered(std::string("/var/lib/") + c, 8));
  EXPECT_EQ(Learned(paths, {.max_patterns = 64}).size(), 64u);
  EXPECT_EQ(Learned(paths, {.max_patterns = 20}).size(), 8u);
  EXPECT_THAT(Learned(Numbered("/etc", 20), {.max_patterns = 10})[0], HasSubstr("20 paths give 20 patterns"));
}

TEST(VolatileNameTest, HasNumbersOrLettersByChance) {
  for (const char* name : {"temp-812.rdb", "0000000001", "tmpXa3kQ9", "f3b1c0de9a", "x.1700000000"}) {
    EXPECT_TRUE(IsVolatileName(name)) << name;
  }
  for (const char* name :
       {"dump.rdb", "access.log.1", "python3.11", "libssl.so.3", "error.log", "appendonly.aof.1.base.rdb", ""}) {
    EXPECT_FALSE(IsVolatileName(name)) << name;
  }
}

TEST(NumberTest, IsAWholeOne) {
  EXPECT_TRUE(HasNumber("temp-12.rdb", 12));
  EXPECT_TRUE(HasNumber("120.12", 12));
  EXPECT_FALSE(HasNumber("temp-123.rdb", 12));
  EXPECT_FALSE(HasNumber("", 12));
}

Peer At(std::initializer_list<uint8_t> bytes, uint16_t port) {
  Peer peer;
  std::copy(bytes.begin(), bytes.end(), peer.address.bytes.begin());
  peer.address.v6 = bytes.size() == 16;
  peer.port = port;
  return peer;
}

TEST(LearnedPeersTest, AreAddressAndPort) {
  EXPECT_THAT(LearnPeers({At({10, 0, 0, 8}, 5432), At({10, 0, 0, 8}, 53)}),
              ElementsAre("10.0.0.8:53", "10.0.0.8:5432"));
  EXPECT_THAT(LearnPeers({At({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 80)}),
              ElementsAre("[2001:db8::1]:80"));
}

TEST(LearnedPeersTest, OfOneNetworkAreTheNetwork) {
  std::set<Peer> peers;
  for (uint8_t i = 1; i <= 4; ++i) peers.insert(At({10, 0, 0, i}, 5432));
  EXPECT_THAT(LearnPeers(peers), ElementsAre("10.0.0.0/24:5432"));
  for (uint8_t i = 1; i <= 7; ++i) peers.insert(At({10, 0, i, 1}, 5432));
  EXPECT_THAT(LearnPeers(peers), ElementsAre("*:5432"));
}

TEST(LearnedPeersTest, OfLoopbackAndMappedAddressesKeepTheirNetwork) {
  std::set<Peer> peers;
  for (uint8_t i = 1; i <= 9; ++i) peers.insert(At({127, 0, 0, i}, 80));
  EXPECT_EQ(LearnPeers(peers).size(), 9u);
  peers.clear();
  for (uint8_t i = 1; i <= 4; ++i) peers.insert(At({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 1, i}, 80));
  EXPECT_THAT(LearnPeers(peers), ElementsAre("[::ffff:10.1.1.0/120]:80"));
}

TEST(LearnedPeersTest, WithPortsByChanceAreTheAddress) {
  std::set<Peer> peers;
  for (uint16_t i = 0; i < 8; ++i) peers.insert(At({10, 0, 0, 8}, static_cast<uint16_t>(40000 + i)));
  EXPECT_THAT(LearnPeers(peers), ElementsAre("10.0.0.8"));
}

}  // namespace
}  // namespace vedette
