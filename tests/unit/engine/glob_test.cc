// SPDX-License-Identifier: Apache-2.0
#include "engine/glob.h"

#include <fnmatch.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace vedette {
namespace {

TEST(Glob, AStarCrossesSlashes) {
  EXPECT_TRUE(Glob("/home/*/.ssh/*").Matches("/home/a/b/.ssh/id_rsa"));
  EXPECT_FALSE(Glob("/home/*/.ssh/*").Matches("/root/.ssh/id_rsa"));
}

TEST(Glob, FoldsCaseWhenAsked) {
  EXPECT_TRUE(Glob("*SHADOW[A-C]", true).Matches("/etc/shadowb"));
  EXPECT_FALSE(Glob("*SHADOW").Matches("/etc/shadow"));
}

TEST(Glob, KnowsItsShape) {
  using Kind = Glob::Shape::Kind;
  EXPECT_EQ(Glob("/etc/shadow").shape().kind, Kind::kExact);
  EXPECT_EQ(Glob("a\\*b").shape().text, "a*b");
  EXPECT_EQ(Glob("/etc/*").shape().kind, Kind::kPrefix);
  EXPECT_EQ(Glob("*/shadow").shape().kind, Kind::kSuffix);
  EXPECT_EQ(Glob("*").shape().kind, Kind::kSuffix);
  EXPECT_EQ(Glob("*").shape().text, "");
  EXPECT_EQ(Glob("*a*").shape().kind, Kind::kGeneral);
  EXPECT_EQ(Glob("a?").shape().kind, Kind::kGeneral);
}

// fnmatch(3) tries every split for every star: minutes. Here it is pattern × subject.
TEST(Glob, ManyStarsCostLittle) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "*a";
  EXPECT_FALSE(Glob(pattern + "b").Matches(std::string(4096, 'a')));
}

std::string RandomText(std::mt19937& random, std::string_view alphabet, size_t longest) {
  std::string out(random() % (longest + 1), ' ');
  for (char& c : out) c = alphabet[random() % alphabet.size()];
  return out;
}

TEST(Glob, MeansWhatFnmatchMeans) {
  std::mt19937 random(1);
  int matches = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string pattern = RandomText(random, "aB/*?[]!^-\\.", 7);
    const std::string subject = RandomText(random, "aAbB/-].\\[", 6);
    if (pattern.find("[.") != std::string::npos) continue;  // collating elements: not in the C locale's patterns
    for (bool fold : {false, true}) {
      const bool expected = fnmatch(pattern.c_str(), subject.c_str(), fold ? FNM_CASEFOLD : 0) == 0;
      matches += expected ? 1 : 0;
      ASSERT_EQ(Glob(pattern, fold).Matches(subject), expected) << pattern << "  " << subject << "  fold " << fold;
    }
  }
  EXPECT_GT(matches, 300);
}

TEST(Glob, KnowsTheNamedClasses) {
  for (const char* pattern : {"[[:alpha:]]", "[![:digit:]x]", "[[:space:][:upper:]]"}) {
    for (int c = 1; c < 256; ++c) {
      const std::string subject(1, static_cast<char>(c));
      if (c >= 128) continue;
      EXPECT_EQ(Glob(pattern).Matches(subject), fnmatch(pattern, subject.c_str(), 0) == 0) << pattern << ' ' << c;
    }
  }
}

}  // namespace
}  // namespace vedette
