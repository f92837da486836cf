// SPDX-License-Identifier: Apache-2.0
#include "engine/path_prefix_set.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

bool Match(std::initializer_list<const char*> patterns, std::string_view path) {
  PathPrefixSet set;
  for (const char* p : patterns) set.Add(p);
  return set.Matches(path);
}

TEST(PathPrefixSet, MatchesWholeComponents) {
  EXPECT_TRUE(Match({"/var/run"}, "/var/run"));
  EXPECT_TRUE(Match({"/var/run"}, "/var/run/docker.sock"));
  EXPECT_FALSE(Match({"/var/run"}, "/var/runx"));
  EXPECT_FALSE(Match({"/var/run"}, "/var"));
}

TEST(PathPrefixSet, ASlashCoversEverything) {
  EXPECT_TRUE(Match({"/"}, "/anything/at/all"));
  EXPECT_FALSE(Match({}, "/anything"));
}

TEST(PathPrefixSet, ComponentsMayBeGlobs) {
  EXPECT_TRUE(Match({"/home/*/.ssh"}, "/home/eve/.ssh/id_rsa"));
  EXPECT_FALSE(Match({"/home/*/.ssh"}, "/home/eve/mail/.ssh"));
  EXPECT_TRUE(Match({"/home/bob/mail", "/home/b*/.ssh"}, "/home/bob/.ssh"));  // the name leads nowhere, the glob does
}

TEST(PathPrefixSet, TheShorterOfTwoPatternsWins) {
  EXPECT_TRUE(Match({"/a/b/c", "/a"}, "/a/x"));
  EXPECT_TRUE(Match({"/a", "/a/b/c"}, "/a/x"));
}

}  // namespace
}  // namespace vedette
