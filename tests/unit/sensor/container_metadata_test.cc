// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_metadata.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "sensor/container_details.h"
#include "tests/unit/sensor/bolt_writer.h"
#include "tests/unit/temporary_directory.h"

namespace vedette {
namespace {

const std::string kHash = "3f4f1c6e0c8c9c6f7b4f8f5c2d1e0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f";

class HostFiles : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    std::filesystem::path full = root_ + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  bool Load(Container& container) { return LoadContainerMetadata(root_, container); }
  TemporaryDirectory directory_;
  const std::string root_ = directory_.path();
};

TEST(Image, IsSplitIntoRepositoryTagAndDigest) {
  struct Row {
    std::string_view reference, repository, tag, digest;
  };
  for (const Row& row : {Row{"nginx", "nginx", "", ""}, Row{"nginx:1.25", "nginx", "1.25", ""},
                         Row{"localhost:5000/a/b", "localhost:5000/a/b", "", ""},
                         Row{"localhost:5000/a/b:v1", "localhost:5000/a/b", "v1", ""},
                         Row{"docker.io/library/alpine@sha256:00ff", "docker.io/library/alpine", "", "sha256:00ff"},
                         Row{"q.io/x:v2@sha256:00ff", "q.io/x", "v2", "sha256:00ff"}}) {
    Container c;
    SetImage(row.reference, c);
    EXPECT_EQ(c.image, row.reference);
    EXPECT_EQ(c.image_repository, row.repository) << row.reference;
    EXPECT_EQ(c.image_tag, row.tag) << row.reference;
    EXPECT_EQ(c.image_digest, row.digest) << row.reference;
  }
}

TEST_F(HostFiles, OfDocker) {
  std::string dir = "/var/lib/docker/containers/" + kHash;
  Write(dir + "/config.v2.json", R"({"ID":"x","Name":"/web","Image":"sha256:abcd",
    "State":{"StartedAt":"2024-05-17T09:12:44.123456789Z"},
    "Config":{"Image":"nginx:1.25","Labels":{"io.kubernetes.pod.name":"web-0","io.kubernetes.pod.namespace":"shop"}}})");
  Write(dir + "/hostconfig.json", R"({"Privileged":true})");
  Container c;
  c.full_id = kHash;
  c.runtime = "containerd";  // what the cgroup of a pod suggests
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(c.runtime, "docker");
  EXPECT_EQ(c.name, "web");
  EXPECT_EQ(c.image_repository, "nginx");
  EXPECT_EQ(c.image_tag, "1.25");
  EXPECT_EQ(c.image_digest, "sha256:abcd");
  EXPECT_EQ(c.privileged, Container::Privileged::kYes);
  EXPECT_EQ(c.pod_name, "web-0");
  EXPECT_EQ(c.pod_namespace, "shop");
  EXPECT_EQ(c.start_time_ns, 1715937164'000'000'000);
}

TEST_F(HostFiles, OfContainerdUnderKubernetes) {
  Write("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" + kHash + "/config.json",
        R"({"ociVersion":"1.0.2","process":{"capabilities":{"bounding":["CAP_CHOWN"]}},
    "linux":{"maskedPaths":["/proc/kcore"]},
    "annotations":{"io.kubernetes.cri.container-name":"app","io.kubernetes.cri.image-name":"docker.io/library/redis:7",
    "io.kubernetes.cri.sandbox-name":"redis-0","io.kubernetes.cri.sandbox-namespace":"cache"}})");
  Container c;
  c.full_id = kHash;
  c.runtime = "containerd";
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(c.name, "app");
  EXPECT_EQ(c.image_repository, "docker.io/library/redis");
  EXPECT_EQ(c.pod_name, "redis-0");
  EXPECT_EQ(c.pod_namespace, "cache");
  EXPECT_EQ(c.privileged, Container::Privileged::kNo);
}

TEST_F(HostFiles, OfContainerdHaveLabelsInADatabaseAndAPodsAreItsSandboxs) {
  const std::string sandbox(64, 'a');
  const std::string tasks = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/";
  for (const std::string& id : {kHash, sandbox}) {
    Write(tasks + id + "/config.json", R"({"ociVersion":"1.0.2","process":{},
      "annotations":{"io.kubernetes.cri.sandbox-id":")" +
                                           sandbox + "\"}}");
  }
  testing::Bucket database = testing::ContainerdDatabase("k8s.io", kHash, {{"own", "1"}});
  testing::Bucket other = testing::ContainerdDatabase("k8s.io", sandbox, {{"app", "shop"}});
  database.buckets["v1"].buckets["k8s.io"].buckets["containers"].buckets.merge(
      other.buckets["v1"].buckets["k8s.io"].buckets["containers"].buckets);
  const std::string path = "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db";
  const std::string bytes = testing::BoltWriter::Write(database);
  Write(path, bytes);
  Container c;
  c.full_id = kHash;
  c.runtime = "unknown";
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(c.runtime, "containerd");
  EXPECT_EQ(c.image, "docker.io/library/redis:7");
  EXPECT_EQ(c.image_digest, "sha256:feed");
  EXPECT_EQ(*c.details.labels, (Labels{{"own", "1"}}));
  EXPECT_EQ(*c.details.pod_labels, (Labels{{"app", "shop"}}));
  EXPECT_EQ(c.details.unread, "");

  Write(path, bytes.substr(0, 5000));
  Container broken;
  broken.full_id = kHash;
  ASSERT_TRUE(Load(broken));
  EXPECT_EQ(broken.details.labels, std::nullopt);
  EXPECT_TRUE(broken.details.unread.starts_with(root_ + path + " is damaged: page ")) << broken.details.unread;
}

TEST_F(HostFiles, OfRuncThroughItsState) {
  Write("/run/runc/escape/state.json", R"({"id":"escape","config":{"labels":["x=y","bundle=/srv/bundle"]}})");
  Write("/srv/bundle/config.json",
        R"({"ociVersion":"1.0.2","process":{"capabilities":
    {"bounding":["CAP_SYS_ADMIN","CAP_SYS_RAWIO","CAP_SYS_MODULE"]}},"linux":{}})");
  Container c;
  c.full_id = "escape";
  c.runtime = "unknown";
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(c.runtime, "runc");
  EXPECT_EQ(c.name, "escape");
  EXPECT_EQ(c.privileged, Container::Privileged::kYes);
}

TEST_F(HostFiles, OfPodmanOnCrun) {
  std::string userdata = "/var/lib/containers/storage/overlay-containers/" + kHash + "/userdata";
  Write(userdata + "/config.json", R"({"ociVersion":"1.0.2","process":{}})");
  Write(
      "/var/lib/containers/storage/overlay-containers/containers.json",
      R"([{"id":"other","names":["no"]},{"id":")" + kHash +
          R"(","names":["web"],"metadata":"{\"image-name\":\"docker.io/library/busybox:latest\",\"name\":\"web\"}"}])");
  Container c;
  c.full_id = kHash;
  c.runtime = "podman";
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(c.runtime, "podman");
  EXPECT_EQ(c.name, "web");
  EXPECT_EQ(c.image, "docker.io/library/busybox:latest");
  EXPECT_EQ(c.image_digest, "");
}

TEST_F(HostFiles, OfPodmanHaveTheDigestOfTheImage) {
  const std::string storage = "/var/lib/containers/storage/";
  Write(storage + "overlay-containers/" + kHash + "/userdata/config.json", R"({"ociVersion":"1.0.2","process":{}})");
  Write(storage + "overlay-containers/containers.json",
        R"([{"id":")" + kHash + R"(","metadata":"{\"image-name\":\"busybox:1\",\"image-id\":\"feed\"}"}])");
  Write(storage + "overlay-images/images.json",
        R"([{"id":"beef","digest":"sha256:no"},{"id":"feed","digest":"sha256:12ab","names":["busybox:1"]}])");
  Container c;
  c.full_id = kHash;
  c.runtime = "podman";
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(c.image_digest, "sha256:12ab");
  EXPECT_EQ(c.details.image_id, "feed");
}

TEST_F(HostFiles, OfDockerTellItsDetails) {
  std::string dir = "/var/lib/docker/containers/" + kHash;
  Write(dir + "/config.v2.json", R"({"ID":"x","Name":"/web","Image":"sha256:abcd",
    "MountPoints":{"/data":{"Source":"","Destination":"/data","RW":true,"Name":"vol","Driver":"local","Relabel":"z"},
      "/host/proc":{"Source":"/proc","Destination":"/host/proc","RW":false,"Propagation":"rprivate","Relabel":"ro"}},
    "NetworkSettings":{"Networks":{"bridge":{"IPAddress":"172.17.0.2"}}},
    "Config":{"Image":"nginx:1.25","Labels":{"b":"2","a":"1"},"Healthcheck":{"Test":["CMD-SHELL","curl -f x || exit 1"]}}})");
  Write(dir + "/hostconfig.json",
        R"({"Privileged":false,"PidMode":"host","NetworkMode":"bridge","IpcMode":"private"})");
  Container c;
  c.full_id = kHash;
  ASSERT_TRUE(Load(c));
  const ContainerDetails& d = c.details;
  ASSERT_TRUE(d.mounts.has_value());
  EXPECT_EQ(*d.mounts, (std::vector<ContainerMount>{{"/var/lib/docker/volumes/vol/_data", "/data", "z", "", true},
                                                    {"/proc", "/host/proc", "ro", "rprivate", false}}));
  EXPECT_EQ(*d.labels, (Labels{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(d.image_id, "abcd");
  EXPECT_EQ(d.ip, "172.17.0.2");
  EXPECT_EQ(d.healthcheck, "/bin/sh -c curl -f x || exit 1");
  EXPECT_EQ(d.host_pid, true);
  EXPECT_EQ(d.host_network, false);
  EXPECT_EQ(d.host_ipc, false);
  EXPECT_FALSE(d.cut);
}

TEST_F(HostFiles, OfABundleTellWhatIsMountedFromTheHost) {
  Write("/run/runc/web/state.json", R"({"config":{"labels":["bundle=/srv/bundle"]}})");
  Write("/srv/bundle/config.json", R"({"ociVersion":"1.0.2","process":{},
    "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
      {"destination":"/host","type":"bind","source":"/etc","options":["rbind","ro","rslave"]},
      {"destination":"/w","type":"none","source":"/srv/w","options":["bind"]}, 7, {"type":"bind"}],
    "linux":{"namespaces":[{"type":"mount"},{"type":"pid"},{"type":"network","path":"/run/netns/x"}]}})");
  Container c;
  c.full_id = "web";
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(*c.details.mounts,
            (std::vector<ContainerMount>{
                {"/etc", "/host", "", "rslave", false}, {"/srv/w", "/w", "", "", true}, {"", "", "", "", true}}));
  EXPECT_EQ(c.details.host_pid, false);
  EXPECT_EQ(c.details.host_network, std::nullopt);  // by its path: anybody's
  EXPECT_EQ(c.details.host_ipc, true);
  EXPECT_EQ(c.details.labels, std::nullopt);
}

TEST_F(HostFiles, OfAPodAreThoseOfItsSandbox) {
  const std::string sandbox(64, 'a');
  const std::string dir = "/run/containers/storage/overlay-containers/";
  Write(dir + kHash + "/userdata/config.json", R"({"ociVersion":"1.0.2","process":{},
    "annotations":{"io.kubernetes.cri-o.SandboxID":")" +
                                                   sandbox + R"(","io.kubernetes.cri-o.Labels":"{\"own\":\"1\"}",
      "io.kubernetes.cri-o.ImageRef":"f00d"},
    "linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/proc/7/ns/net"},{"type":"ipc","path":"/x"}]}})");
  Write(dir + sandbox + "/userdata/config.json", R"({"ociVersion":"1.0.2","process":{},
    "annotations":{"io.kubernetes.cri-o.Labels":"{\"app\":\"shop\",\"bad\":7}"},
    "linux":{"namespaces":[{"type":"pid"},{"type":"ipc"}]}})");
  Write("/var/lib/cni/results/other-" + std::string(64, 'b') + "-eth0",
        R"({"result":{"ips":[{"address":"10.9.9.9/24"}]}})");
  Write("/var/lib/cni/results/net-" + sandbox + "-eth0", R"({"result":{"ips":[{"address":"10.1.2.3/24"}]}})");
  Container c;
  c.full_id = kHash;
  c.runtime = "cri-o";
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(c.details.pod_sandbox_id, sandbox);
  EXPECT_EQ(*c.details.labels, (Labels{{"own", "1"}}));
  EXPECT_EQ(*c.details.pod_labels, (Labels{{"app", "shop"}}));
  EXPECT_EQ(c.details.host_pid, false);
  EXPECT_EQ(c.details.host_network, true);
  EXPECT_EQ(c.details.host_ipc, false);
  EXPECT_EQ(c.details.ip, "10.1.2.3");
  EXPECT_EQ(c.details.image_id, "f00d");
}

TEST_F(HostFiles, DoNotFollowASandboxThatIsAPath) {
  Write("/run/runc/web/state.json", R"({"config":{"labels":["bundle=/srv/bundle"]}})");
  Write("/srv/bundle/config.json",
        R"({"ociVersion":"1","process":{},"annotations":{"io.kubernetes.cri.sandbox-id":"../../etc"}})");
  Container c;
  c.full_id = "web";
  ASSERT_TRUE(Load(c));
  EXPECT_EQ(c.details.pod_labels, std::nullopt);
}

TEST(Metadata, HasBoundedMountsAndLabels) {
  std::string mounts, labels;
  for (int i = 0; i < 1000; ++i) {
    mounts += R"({"type":"bind","source":"/)" + std::string(2000, 's') + R"(","destination":"/d"},)";
    labels += "\"l" + std::to_string(i) + "\":\"" + std::string(2000, 'v') + "\",";
  }
  mounts.pop_back();
  labels.pop_back();
  Container oci, docker;
  ASSERT_TRUE(ParseOciConfig(R"({"ociVersion":"1","mounts":[)" + mounts + "]}", oci));
  EXPECT_EQ(oci.details.mounts->size(), kMaxMounts);
  EXPECT_EQ((*oci.details.mounts)[0].source.size(), kMaxMetadataString);
  EXPECT_TRUE(oci.details.cut);
  ASSERT_TRUE(ParseDockerConfig(R"({"Config":{"Labels":{)" + labels + "}}}", docker));
  EXPECT_EQ(docker.details.labels->size(), kMaxLabels);
  EXPECT_EQ((*docker.details.labels)[0].second.size(), kMaxMetadataString);
  EXPECT_TRUE(docker.details.cut);
}

TEST_F(HostFiles, AreNotLeftByNamesThatArePaths) {
  Write("/etc/config.v2.json", R"({"Name":"/x","Config":{}})");
  for (const std::string& id :
       {std::string("../../../../etc"), std::string(".."), std::string(""), std::string("a\0b", 3)}) {
    Container c;
    c.full_id = id;
    EXPECT_FALSE(Load(c));
    EXPECT_EQ(c.name, "");
  }
}

TEST_F(HostFiles, ThatAreNoRegularFilesAreNotOpenedForLong) {
  std::filesystem::create_directories(root_ + "/run/runc/web");
  ASSERT_EQ(mkfifo((root_ + "/run/runc/web/state.json").c_str(), 0600), 0);
  Container c;
  c.full_id = "web";
  EXPECT_FALSE(Load(c));
}

TEST(Metadata, OfAnyShapeIsTolerated) {
  std::string deep(200000, '[');
  std::string nested;
  for (int i = 0; i < 100; ++i) nested += R"({"Config":)";
  nested += "1" + std::string(100, '}');
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("null"), std::string("42"), std::string("\"x\""),
        std::string("[]"), std::string("{}"), deep, nested, std::string(R"({"Config":[],"Name":7})"),
        std::string(R"({"Config":{"Image":{}}})"),
        std::string(R"({"ociVersion":1,"process":[],"annotations":"x","linux":7})"),
        std::string(R"({"ociVersion":1,"process":{"capabilities":{"bounding":[1,null]}}})"),
        std::string("{\"Config\":{\"Image\":\"\xff\xfe\"}}"), std::string(R"({"config":{"labels":[{},"bundle=rel"]}})"),
        std::string(R"([{"id":7},{"id":"","metadata":"["}])")}) {
    Container c;
    ParseOciConfig(text, c);
    ParseDockerConfig(text, c);
    ParseDockerHostConfig(text, c);
    ParsePodmanContainers(text, c);
    c.details.image_id = "x";
    ParsePodmanImages(text, c);
    EXPECT_EQ(BundleOfRuntimeState(text), "");
  }
}

TEST(Metadata, HasBoundedStrings) {
  Container c;
  ASSERT_TRUE(ParseDockerConfig(
      R"({"Name":"/)" + std::string(100000, 'n') + R"(","Config":{"Image":")" + std::string(100000, 'i') + R"("}})",
      c));
  EXPECT_LE(c.name.size(), kMaxMetadataString);
  EXPECT_LE(c.image.size(), kMaxMetadataString);
}

}  // namespace
}  // namespace vedette
