// SPDX-License-Identifier: Apache-2.0
#include "sensor/hook_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "fmt/format.h"

namespace vedette {
namespace {

using Clock = HookSocket::Clock;

constexpr size_t kMaxAnswer = 4096;

absl::Status Failed(const std::string& what) {
  const int error = errno;
  return absl::InternalError(fmt::format("{}: {}", what, strerror(error)));
}

absl::StatusOr<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!path.starts_with('/') || path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(
        fmt::format("'{}' is no path for a socket: it has to be absolute and shorter than {} bytes", path,
                    sizeof(address.sun_path)));
  }
  memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int Remaining(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, 60'000));
}

bool WaitFor(int fd, short events, Clock::time_point deadline) {
  pollfd poll_fd{fd, events, 0};
  int ready;
  while ((ready = poll(&poll_fd, 1, Remaining(deadline))) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

// To the end of the stream. Nothing: too long, too late, or it broke.
std::optional<std::string> ReadAll(int fd, size_t max, Clock::time_point deadline) {
  std::string out;
  char buffer[4096];
  while (WaitFor(fd, POLLIN, deadline)) {
    const ssize_t got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (got == 0) return out;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0 || out.size() + static_cast<size_t>(got) > max) return std::nullopt;
    out.append(buffer, static_cast<size_t>(got));
  }
  return std::nullopt;
}

bool WriteAll(int fd, std::string_view text, Clock::time_point deadline) {
  while (!text.empty()) {
    if (!WaitFor(fd, POLLOUT, deadline)) return false;
    const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool IsRoot(int connection) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == 0;
}

// A directory for root only. One that is there already has to be root's and nobody else's to write to.
absl::Status MakeDirectory(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) == 0) return absl::OkStatus();
  struct stat st {};
  if (errno != EEXIST || lstat(directory.c_str(), &st) != 0) return Failed("cannot make " + directory);
  if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format("{} can be written to by others; see its mode", directory));
}

absl::StatusOr<OwnedFd> Connect(const std::string& path, Clock::time_point deadline) {
  auto address = AddressOf(path);
  if (!address.ok()) return address.status();
  OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Failed("no socket");
  const int left = std::max(Remaining(deadline), 1);
  const timeval patience{left / 1000, left % 1000 * 1000};
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0) return fd;
  return absl::UnavailableError(fmt::format("no agent listens at {}: {}", path, strerror(errno)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HookSocket>> HookSocket::Listen(const std::string& path, Handler handler) {
  auto address = AddressOf(path);
  if (!address.ok()) return address.status();
  if (absl::Status s = MakeDirectory(std::filesystem::path(path).parent_path().string()); !s.ok()) return s;
  if (Connect(path, Clock::now() + std::chrono::milliseconds(100)).ok()) {
    return absl::UnavailableError(fmt::format("another agent listens at {}", path));
  }
  unlink(path.c_str());  // of an agent that is gone
  OwnedFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  OwnedFd stop(eventfd(0, EFD_CLOEXEC));
  if (!listener.valid() || !stop.valid()) return Failed("no socket");
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0 ||
      chmod(path.c_str(), 0600) != 0 || listen(listener.get(), 64) != 0) {
    return Failed("cannot listen at " + path);
  }
  return std::unique_ptr<HookSocket>(new HookSocket(path, std::move(listener), std::move(stop), std::move(handler)));
}

HookSocket::HookSocket(std::string path, OwnedFd listener, OwnedFd stop, Handler handler)
    : path_(std::move(path)), listener_(std::move(listener)), stop_(std::move(stop)), handler_(std::move(handler)) {
  // Signals are the main thread's business.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  worker_ = std::jthread([this] { Work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

HookSocket::~HookSocket() {
  unlink(path_.c_str());
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_.get(), &one, sizeof(one));
}

void HookSocket::Work() const {
  for (;;) {
    pollfd fds[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    const OwnedFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.valid()) Serve(connection.get());
  }
}

void HookSocket::Serve(int connection) const {
  const auto deadline = Clock::now() + kPatience;
  if (!IsRoot(connection)) return;
  const std::optional<std::string> request = ReadAll(connection, kMaxRequest, deadline);
  absl::Status status = absl::InvalidArgumentError("the request is too long or not whole");
  if (request) {
    const auto container = ParseOciState(*request);
    status = container.ok() ? handler_(*container, deadline) : container.status();
  }
  const std::string answer = status.ok() ? "ok" : std::string(status.message()).substr(0, kMaxAnswer);
  WriteAll(connection, answer, Clock::now() + std::chrono::milliseconds(100));
}

absl::Status TellAgent(const std::string& path, const OciContainer& container, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  auto connection = Connect(path, deadline);
  if (!connection.ok()) return connection.status();
  const bool told =
      WriteAll(connection->get(), ToJson(container), deadline) && shutdown(connection->get(), SHUT_WR) == 0;
  const std::optional<std::string> answer =
      told ? ReadAll(connection->get(), kMaxAnswer, deadline) : std::optional<std::string>();
  if (!answer || answer->empty()) {
    return absl::DeadlineExceededError(fmt::format("the agent has not answered within {} ms", patience.count()));
  }
  return *answer == "ok" ? absl::OkStatus() : absl::FailedPreconditionError(*answer);
}

}  // namespace vedette
