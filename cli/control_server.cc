// SPDX-License-Identifier: Apache-2.0
#include "cli/control_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/terminal.h"

namespace vedette {
namespace {

constexpr timeval kPatience{2, 0};  // with whoever has connected and says nothing

absl::Status Failed(std::string_view what, const std::string& path) {
  return absl::UnavailableError(fmt::format("cannot {} {}: {}", what, path, strerror(errno)));
}

// Root inside of a container may reach the socket by a bind mount; it is not who this is for.
bool IsOfHost(uint32_t pid) {
  for (const char* ns : {"mnt", "user", "pid"}) {
    struct stat its {}, hosts{};
    if (stat(fmt::format("/proc/{}/ns/{}", pid, ns).c_str(), &its) != 0) return false;
    if (stat(fmt::format("/proc/1/ns/{}", ns).c_str(), &hosts) != 0) return false;
    if (its.st_ino != hosts.st_ino) return false;
  }
  return true;
}

std::optional<ControlPeer> PeerOf(int connection) {
  ucred cred{};
  socklen_t size = sizeof(cred);
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &cred, &size) != 0) return std::nullopt;
  return ControlPeer{static_cast<uint32_t>(cred.pid), cred.uid};
}

}  // namespace

struct ControlServer::Question {
  const nlohmann::json* request;
  const Handler* handler;
  ControlPeer peer;
  std::optional<absl::StatusOr<std::string>> answer;
};

absl::StatusOr<std::unique_ptr<ControlServer>> ControlServer::Open(const std::string& socket,
                                                                   std::map<std::string, Handler> handlers) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(fmt::format("{} is too long for a socket's path", socket));
  }
  memcpy(address.sun_path, socket.data(), socket.size());
  const auto* name = reinterpret_cast<const sockaddr*>(&address);
  const std::string directory = std::filesystem::path(socket).parent_path();
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return Failed("make", directory);
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return Failed("make", socket);
  const mode_t mask = umask(0177);
  int bound = bind(listener.get(), name, sizeof(address));
  if (bound != 0 && errno == EADDRINUSE) {
    // One that has been killed leaves its socket.
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(probe.get(), name, sizeof(address)) == 0) {
      umask(mask);
      return absl::AlreadyExistsError(fmt::format("another agent listens on {}", socket));
    }
    unlink(socket.c_str());
    bound = bind(listener.get(), name, sizeof(address));
  }
  umask(mask);
  if (bound != 0) return Failed("make", socket);
  if (listen(listener.get(), 8) != 0) return Failed("listen on", socket);
  return std::unique_ptr<ControlServer>(new ControlServer(socket, std::move(handlers), std::move(listener)));
}

ControlServer::ControlServer(std::string socket, std::map<std::string, Handler> handlers, UniqueFd listener)
    : socket_(std::move(socket)), handlers_(std::move(handlers)), listener_(std::move(listener)) {
  thread_ = std::thread([this] { Run(); });
}

ControlServer::~ControlServer() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  answered_.notify_all();
  canceller_.Cancel();
  thread_.join();
  unlink(socket_.c_str());
}

void ControlServer::Run() {
  while (WaitReady(listener_.get(), POLLIN, canceller_).ok()) {
    const UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.valid()) Answer(connection);
  }
}

void ControlServer::Answer(const UniqueFd& connection) {
  const std::optional<ControlPeer> peer = PeerOf(connection.get());
  if (!peer || peer->uid != 0 || !IsOfHost(peer->pid)) {
    return Say(fmt::format("control: process {} of user {} is not root of this host: not answered",
                           peer ? peer->pid : 0, peer ? peer->uid : 0));
  }
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  std::string line;
  char block[1024];
  while (!line.ends_with('\n')) {
    const ssize_t got = recv(connection.get(), block, sizeof(block), 0);
    if (got <= 0) return;
    line.append(block, static_cast<size_t>(got));
    if (line.size() > kMaxControlBytes) break;
  }
  const absl::StatusOr<std::string> answer =
      line.size() > kMaxControlBytes
          ? absl::InvalidArgumentError(fmt::format("a request has at most {} bytes", kMaxControlBytes))
          : Ask(line, *peer);
  const std::string reply = MakeControlReply(answer);
  [[maybe_unused]] ssize_t sent = send(connection.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
}

absl::StatusOr<std::string> ControlServer::Ask(const std::string& line, const ControlPeer& peer) {
  const absl::StatusOr<nlohmann::json> request = ParseControlRequest(line);
  if (!request.ok()) return request.status();
  const auto handler = handlers_.find((*request)["command"].get<std::string>());
  if (handler == handlers_.end()) return absl::InvalidArgumentError(std::string("this agent has no such command"));
  Question question{&*request, &handler->second, peer, std::nullopt};
  std::unique_lock lock(mutex_);
  question_ = &question;
  answered_.wait(lock, [&] { return question.answer || ended_; });
  question_ = nullptr;
  if (question.answer) return *question.answer;
  return absl::UnavailableError(std::string("the agent ends"));
}

void ControlServer::Serve() {
  std::lock_guard lock(mutex_);
  if (question_ == nullptr || question_->answer) return;
  question_->answer = (*question_->handler)(*question_->request, question_->peer);
  answered_.notify_all();
}

}  // namespace vedette
