// SPDX-License-Identifier: Apache-2.0
//
// What podman's databases tell: those that Debian's podman 4.3.1 (bolt) and 5.4.2 (SQLite) have written, with a
// container "web" and a privileged one "inpod" in the pod "shop".
#include "sensor/podman_database.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "sensor/container_metadata.h"
#include "tests/unit/temporary_directory.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

struct Version {
  std::string database, place;
  std::string web, inpod, pod;
};
const Version kBolt{"podman-4.3-bolt_state.db", "libpod/bolt_state.db",
                    "4846d47bb81ccab5e14cdeec195b9d937d90bee76651299c0b8796de10566034",
                    "6e8adf8de58666dc41ab3633e30d78fbf0ded618be599758b4ab1277411e6670",
                    "9ba5ced1e9e795c061b1f2622111bb4a904430ed73eb59293937515649464d89"};
const Version kSqlite{"podman-5.4-db.sql", "db.sql", "439c689e28155a3144ec7b0cb6d91d8e2f6535d6f1c21c0e147c2eb7b4dfa756",
                      "9ecc227b38e36ecf85502afef0d31afb444d016013e75541bc422421ba608eda",
                      "1f1f3538855a6330b95f9f5424a4ea6f1166cefadce6fcc893ecebd28cba31aa"};

class PodmanDatabase : public ::testing::TestWithParam<Version> {
 protected:
  PodmanDatabase() {
    fs::path database = fs::path(storage_) / GetParam().place;
    fs::create_directories(database.parent_path());
    fs::copy_file(fs::path(VEDETTE_TEST_DATABASES) / GetParam().database, database);
  }
  absl::Status Read(const std::string& id, Container& out) {
    out.full_id = id;
    return ReadPodmanDatabase(storage_, out);
  }
  TemporaryDirectory root_;
  std::string storage_ = root_ / "var/lib/containers/storage";
};

TEST_P(PodmanDatabase, TellsLabelsNameAndImage) {
  Container c;
  ASSERT_TRUE(Read(GetParam().web, c).ok());
  EXPECT_EQ(c.name, "web");
  EXPECT_EQ(c.image_repository, "vedette.test/img");
  EXPECT_EQ(c.image_tag, "v1");
  EXPECT_EQ(c.details.image_id.size(), 64);
  EXPECT_EQ(c.privileged, Container::Privileged::kNo);
  EXPECT_EQ(*c.details.labels, (Labels{{"a b", "c=d"}, {"app", "shop"}}));
  EXPECT_EQ(c.pod_name, "");
  EXPECT_EQ(c.details.pod_labels, std::nullopt);
}

TEST_P(PodmanDatabase, TellsThePod) {
  Container c;
  ASSERT_TRUE(Read(GetParam().inpod, c).ok());
  EXPECT_EQ(c.privileged, Container::Privileged::kYes);
  EXPECT_EQ(c.pod_name, "shop");
  EXPECT_EQ(c.pod_uid, GetParam().pod);
  EXPECT_EQ(*c.details.labels, (Labels{{"app", "two"}}));
  EXPECT_EQ(*c.details.pod_labels, (Labels{{"tier", "front"}}));
}

TEST_P(PodmanDatabase, KnowsNoOtherContainers) {
  for (const std::string& id : {std::string("web"), std::string(), std::string(64, 'a'), GetParam().pod}) {
    Container c;
    EXPECT_TRUE(absl::IsNotFound(Read(id, c))) << id;
    EXPECT_EQ(c.details.labels, std::nullopt);
  }
}

TEST_P(PodmanDatabase, IsReadForABundleOfItsStorage) {
  const fs::path userdata = fs::path(storage_) / "overlay-containers" / GetParam().web / "userdata";
  fs::create_directories(userdata);
  std::ofstream(userdata / "config.json") << R"({"ociVersion":"1.0.2","process":{}})";
  Container c;
  c.full_id = GetParam().web;
  c.runtime = "podman";
  ASSERT_TRUE(LoadContainerMetadata(root_.path(), c));
  EXPECT_EQ(c.name, "web");
  EXPECT_EQ(*c.details.labels, (Labels{{"a b", "c=d"}, {"app", "shop"}}));
  EXPECT_EQ(c.details.unread, "");
}

TEST_P(PodmanDatabase, ThatCannotBeReadIsSaidSo) {
  const fs::path userdata = fs::path(storage_) / "overlay-containers" / GetParam().web / "userdata";
  fs::create_directories(userdata);
  std::ofstream(userdata / "config.json") << R"({"ociVersion":"1.0.2","process":{}})";
  fs::resize_file(fs::path(storage_) / GetParam().place, 3000);
  Container c;
  c.full_id = GetParam().web;
  ASSERT_TRUE(LoadContainerMetadata(root_.path(), c));
  EXPECT_NE(c.details.unread.find(GetParam().place), std::string::npos) << c.details.unread;
  EXPECT_EQ(c.details.labels, std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Of, PodmanDatabase, ::testing::Values(kBolt, kSqlite),
                         [](const auto& param) { return param.param.place == "db.sql" ? "Podman5" : "Podman4"; });

TEST(PodmanConfig, OfAnyShapeIsTolerated) {
  for (const char* text :
       {"", "{", "[]", "{}", "7", R"({"id":7})", R"({"id":"x","labels":7,"name":[],"privileged":"yes","pod":{}})",
        R"({"id":"x","labels":{"a":1,"b":"2"}})", R"({"id":"y"})"}) {
    Container c;
    c.full_id = "x";
    std::string pod;
    ParsePodmanConfig(text, c, pod);
    ParsePodmanPod(text, c);
    EXPECT_EQ(pod, "");
  }
  Container c;
  c.full_id = "x";
  std::string pod;
  ASSERT_TRUE(ParsePodmanConfig(R"({"id":"x","labels":{"a":1,"b":"2"},"pod":"p"})", c, pod));
  EXPECT_EQ(*c.details.labels, (Labels{{"b", "2"}}));
  EXPECT_EQ(pod, "p");
  EXPECT_FALSE(ParsePodmanConfig(R"({"id":"y"})", c, pod));  // another's
}

}  // namespace
}  // namespace vedette
