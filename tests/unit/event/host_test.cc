// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/host.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"

namespace vedette {
namespace {

TEST(UserDatabase, SkipsAndCountsWhatIsMalformed) {
  UserDatabase users;
  users.ParsePasswd(
      "# comment\n\nroot:x:0:0::/root:/bin/sh\nshort:x:1\nbad:x:-1:0::/:/\nbig:x:4294967296:0::/:/\n"
      "toor:x:0:0::/other:/bin/csh\nlast:x:7:7::/last:");
  EXPECT_EQ(users.skipped(), 3u);
  EXPECT_EQ(users.FindUser(0)->name, "root");  // the first of an id
  EXPECT_EQ(users.FindUser(7)->home, "/last");
  EXPECT_EQ(users.FindUser(7)->shell, "");
  EXPECT_EQ(users.FindUser(1), nullptr);
}

TEST(UserDatabase, AGroupMayHaveAnyNumberOfMembers) {
  UserDatabase users;
  users.ParseGroup("docker:x:999:" + std::string(100000, 'm') + "\nnobody\n");
  EXPECT_EQ(*users.FindGroup(999), "docker");
  EXPECT_EQ(users.skipped(), 1u);
}

TEST(UserDatabase, IsBounded) {
  UserDatabase users;
  std::string text;
  for (int i = 0; i < 70000; ++i) text += "g:x:" + std::to_string(i) + ":\n";
  users.ParseGroup(text);
  EXPECT_NE(users.FindGroup(65535), nullptr);
  EXPECT_EQ(users.FindGroup(65536), nullptr);
  EXPECT_EQ(users.skipped(), 70000 - UserDatabase::kMaxEntries);
  users.ParsePasswd("long:x:5:5:" + std::string(5000, 'c') + ":/:/bin/sh\n");
  EXPECT_EQ(users.FindUser(5), nullptr);
}

class HostFiles : public testing::Test {
 protected:
  HostFiles() { std::filesystem::create_directories(root_ + "/etc"); }
  ~HostFiles() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(root_ + name + ".new") << text;
    std::filesystem::rename(root_ + name + ".new", root_ + name);
  }
  std::string root_ = testing::TempDir() + "vedette_host_" + std::to_string(getpid());
};

TEST_F(HostFiles, AreReadAgainOnceTheyChange) {
  Write("/etc/passwd", "alice:x:1000:1000::/home/alice:/bin/sh\n");
  Host host = Host::Load(root_);
  ASSERT_NE(host.users().FindUser(1000), nullptr);
  EXPECT_FALSE(host.hostname().empty());
  EXPECT_FALSE(host.Refresh());
  Write("/etc/passwd", "bob:x:1000:1000::/home/bob:/bin/sh\n");
  EXPECT_TRUE(host.Refresh());
  EXPECT_EQ(host.users().FindUser(1000)->name, "bob");
  Write("/etc/group", "staff:x:50:\n");
  EXPECT_TRUE(host.Refresh());
  EXPECT_EQ(*host.users().FindGroup(50), "staff");
  EXPECT_FALSE(host.Refresh());
}

TEST_F(HostFiles, ThatAreMissingAreEmpty) {
  Host host = Host::Load(root_ + "/nowhere");
  EXPECT_EQ(host.users().FindUser(0), nullptr);
  EXPECT_FALSE(host.Refresh());
}

TEST_F(HostFiles, ThatAreFifosDoNotBlock) {
  ASSERT_EQ(mkfifo((root_ + "/etc/passwd").c_str(), 0600), 0);
  Host host = Host::Load(root_);
  EXPECT_EQ(host.users().FindUser(0), nullptr);
}

}  // namespace
}  // namespace vedette
