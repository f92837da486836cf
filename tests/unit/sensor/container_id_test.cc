// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_id.h"

#include <gtest/gtest.h>

#include <string>

namespace vedette {
namespace {

const std::string kHash = "3f4f1c6e0c8c9c6f7b4f8f5c2d1e0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f";
const std::string kOther = "aaaabbbbccccdddd0000111122223333444455556666777788889999aaaabbbb";

struct Row {
  std::string path, runtime, id;
};

TEST(ContainerId, NamesTheContainerOfEachRuntimesCgroups) {
  const Row rows[] = {
      {"/docker/" + kHash, "docker", kHash},                                     // v1, cgroupfs
      {"/system.slice/docker-" + kHash + ".scope", "docker", kHash},             // v2, systemd
      {"/system.slice/docker-" + kHash + ".scope/init.scope", "docker", kHash},  // systemd inside
      {"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + kHash + ".scope", "docker", kHash},
      {"/docker/buildkit/k9kzqh0f0n3p", "docker", "k9kzqh0f0n3p"},
      {"/actions_job/" + kHash, "docker", kHash},
      {"/kubepods.slice/kubepods-burstable.slice/"
       "kubepods-burstable-pod0f8d6c1e_7a8b_4c5d_9e0f_112233445566.slice/cri-containerd-" +
           kHash + ".scope",
       "containerd", kHash},
      {"/kubepods/besteffort/pod0f8d6c1e-7a8b-4c5d-9e0f-112233445566/" + kHash, "containerd", kHash},
      {"/system.slice/containerd.service/kubepods-burstable-pod0f8d6c1e_7a8b_4c5d_9e0f_112233445566.slice:"
       "cri-containerd:" +
           kHash,
       "containerd", kHash},
      {"/kubepods.slice/kubepods-pod0f8d6c1e_7a8b_4c5d_9e0f_112233445566.slice/docker-" + kHash + ".scope", "docker",
       kHash},
      {"/kubepods.slice/kubepods-pod0f8d6c1e_7a8b_4c5d_9e0f_112233445566.slice/crio-" + kHash + ".scope", "cri-o",
       kHash},
      {"/kubepods/pod0f8d6c1e-7a8b-4c5d-9e0f-112233445566/crio-" + kHash, "cri-o", kHash},
      {"/machine.slice/libpod-" + kHash + ".scope", "podman", kHash},
      {"/machine.slice/libpod-" + kHash + ".scope/container", "podman", kHash},
      {"/machine.slice/machine-libpod_pod_" + kOther + ".slice/libpod-" + kHash + ".scope", "podman", kHash},
      {"/libpod_parent/libpod-" + kHash, "podman", kHash},
      {"/user.slice/user-0.slice/user@0.service/user.slice/libpod-" + kHash + ".scope/container", "podman", kHash},
      {"/system.slice/nerdctl-" + kHash + ".scope", "containerd", kHash},
      {"/system.slice/runc-web.scope", "runc", "web"},
      {"/user.slice/crun-web.scope", "crun", "web"},
      {"/lxc/web", "lxc", "web"},
      {"/lxc/web/init.scope", "lxc", "web"},
      {"/lxc.payload.web/system.slice/ssh.service", "lxc", "web"},
      {"/lxc.payload/web", "lxc", "web"},
      {"/machine.slice/systemd-nspawn@web.service/payload/system.slice", "systemd-nspawn", "web"},
      {"/machine.slice/machine-my\\x2dbox.scope", "systemd-nspawn", "my-box"},
      {"/ecs/0123456789abcdef/" + kHash, "unknown", kHash},
      {"/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890", "containerd",
       "0123456789abcdef0123456789abcdef-1234567890"},
      {"/docker/" + kOther + "/docker/" + kHash, "docker", kHash},  // docker in docker: the inner one
  };
  for (const Row& row : rows) {
    ContainerId id = ContainerIdOfCgroup(row.path);
    EXPECT_TRUE(id.recognised) << row.path;
    EXPECT_EQ(id.full_id, row.id) << row.path;
    EXPECT_EQ(id.runtime, row.runtime) << row.path;
  }
}

TEST(ContainerId, TakesTheLeafWhereNoSchemeFits) {
  const std::pair<std::string, std::string> rows[] = {
      {"/escape", "escape"},
      {"/default/web", "web"},  // ctr: /namespace/id
      {"/user.slice/user-0.slice/session-1.scope", "session-1.scope"},
      {"/machine.slice/libpod-conmon-" + kHash + ".scope", "libpod-conmon-" + kHash + ".scope"},
      {"/system.slice/docker-nothash.scope", "docker-nothash.scope"},
      {"/../web", "web"},
      {"//web//", "web"},
      {"/", ""},
      {"", ""},
  };
  for (const auto& [path, leaf] : rows) {
    ContainerId id = ContainerIdOfCgroup(path);
    EXPECT_FALSE(id.recognised) << path;
    EXPECT_EQ(id.runtime, "unknown") << path;
    EXPECT_EQ(id.full_id, leaf) << path;
  }
}

TEST(ContainerId, ReadsThePodsUid) {
  for (const std::string& path :
       {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod0f8d6c1e_7a8b_4c5d_9e0f_112233445566.slice/"
        "cri-containerd-" +
            kHash + ".scope",
        "/kubepods/pod0f8d6c1e-7a8b-4c5d-9e0f-112233445566/" + kHash,
        "/system.slice/containerd.service/kubepods-pod0f8d6c1e_7a8b_4c5d_9e0f_112233445566.slice:cri-containerd:" +
            kHash}) {
    EXPECT_EQ(ContainerIdOfCgroup(path).pod_uid, "0f8d6c1e-7a8b-4c5d-9e0f-112233445566") << path;
  }
  EXPECT_EQ(ContainerIdOfCgroup("/docker/" + kHash).pod_uid, "");
}

TEST(ContainerId, ShortensHashesButNotNames) {
  EXPECT_EQ(ShortContainerId(kHash), kHash.substr(0, 12));
  EXPECT_EQ(ShortContainerId("escape-from-here-1"), "escape-from-here-1");
}

TEST(ContainerId, IsBoundedForHostileNames) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "/x";
  EXPECT_LE(ContainerIdOfCgroup(deep).full_id.size(), kMaxContainerId);
  EXPECT_EQ(ContainerIdOfCgroup("/runc-" + std::string(100000, 'a') + ".scope").full_id.size(), kMaxContainerId);
  EXPECT_EQ(ContainerIdOfCgroup("/a\\x").full_id, "a\\x");
  EXPECT_EQ(ContainerIdOfCgroup("/a\\x2").full_id, "a\\x2");
}

}  // namespace
}  // namespace vedette
