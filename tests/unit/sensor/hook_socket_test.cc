// SPDX-License-Identifier: Apache-2.0
#include "sensor/hook_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/unit/temporary_directory.h"

namespace vedette {
namespace {

using std::chrono_literals::operator""ms;
using testing::HasSubstr;

// Only root is heard, so as anybody else there is nothing to test but that.
struct HookSocketTest : testing::Test {
  std::unique_ptr<HookSocket> Listen(HookSocket::Handler handler) {
    auto socket = HookSocket::Listen(path, std::move(handler));
    EXPECT_TRUE(socket.ok()) << socket.status();
    return socket.ok() ? *std::move(socket) : nullptr;
  }
  OwnedFd Connect() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path.data(), path.size());
    OwnedFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0) << strerror(errno);
    return fd;
  }

  TemporaryDirectory temporary;
  const std::string directory = temporary.path();
  std::string path = directory + "/run/hook.sock";
  const bool root = geteuid() == 0;
};

TEST_F(HookSocketTest, TakesAContainerOverAndSaysWhatCameOfIt) {
  if (!root) GTEST_SKIP() << "only root is heard";
  OciContainer got;
  const auto hook = Listen([&](const OciContainer& container, auto) {
    got = container;
    return container.id == "web" ? absl::OkStatus() : absl::NotFoundError("nobody knows it");
  });
  EXPECT_TRUE(TellAgent(path, {"web", 7, "/bundle"}, 2000ms).ok());
  EXPECT_EQ(got.bundle, "/bundle");
  EXPECT_EQ(TellAgent(path, {"db", 8, ""}, 2000ms).message(), "nobody knows it");
}

TEST_F(HookSocketTest, IsForRootAlone) {
  const auto hook = Listen([](const OciContainer&, auto) { return absl::OkStatus(); });
  struct stat st {};
  ASSERT_EQ(stat(path.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((directory + "/run").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700u);
  EXPECT_EQ(TellAgent(path, {"web", 7, ""}, 2000ms).ok(), root);
}

TEST_F(HookSocketTest, DoesNotListenWhereOthersMayWrite) {
  std::filesystem::create_directory(directory + "/run");
  ASSERT_EQ(chmod((directory + "/run").c_str(), 0777), 0);
  EXPECT_FALSE(HookSocket::Listen(path, {}).ok());
  EXPECT_FALSE(HookSocket::Listen("relative/hook.sock", {}).ok());
  EXPECT_FALSE(HookSocket::Listen("/" + std::string(200, 'a') + "/x", {}).ok());
}

TEST_F(HookSocketTest, IsOneAgents) {
  const auto ok = [](const OciContainer&, auto) { return absl::OkStatus(); };
  auto hook = Listen(ok);
  EXPECT_TRUE(absl::IsUnavailable(HookSocket::Listen(path, ok).status()));
  hook.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THAT(std::string(TellAgent(path, {"web", 7, ""}, 100ms).message()), HasSubstr("no agent listens"));
  EXPECT_NE(Listen(ok), nullptr);
}

TEST_F(HookSocketTest, OutlivesHostileCallersAndStaysBounded) {
  if (!root) GTEST_SKIP() << "only root is heard";
  int handled = 0;
  const auto hook = Listen([&](const OciContainer&, auto) {
    ++handled;
    return absl::OkStatus();
  });
  Connect();  // and is gone
  {
    const OwnedFd fd = Connect();
    const std::string much(HookSocket::kMaxRequest * 4, '[');
    while (send(fd.get(), much.data(), much.size(), MSG_NOSIGNAL) > 0) {
    }
  }
  {
    const OwnedFd fd = Connect();
    EXPECT_EQ(send(fd.get(), "{", 1, MSG_NOSIGNAL), 1);
    shutdown(fd.get(), SHUT_WR);
    char answer[256] = {};
    EXPECT_GT(recv(fd.get(), answer, sizeof(answer) - 1, 0), 0);
    EXPECT_THAT(answer, HasSubstr("no JSON object"));
  }
  const OwnedFd silent = Connect();  // does not keep the next one waiting for good
  EXPECT_EQ(handled, 0);
  EXPECT_TRUE(TellAgent(path, {"web", 7, ""}, HookSocket::kPatience * 2).ok());
  EXPECT_EQ(handled, 1);
}

}  // namespace
}  // namespace vedette
