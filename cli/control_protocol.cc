// SPDX-License-Identifier: Apache-2.0
#include "cli/control_protocol.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "outputs/fd_io.h"

namespace vedette {
namespace {

constexpr int kAnswerSeconds = 30;  // a large rule set takes its time

}  // namespace

absl::StatusOr<nlohmann::json> ParseControlRequest(const std::string& line) {
  nlohmann::json request = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object()) return absl::InvalidArgumentError(std::string("no JSON object"));
  const auto version = request.find("version");
  if (version == request.end() || *version != kControlVersion) {
    return absl::InvalidArgumentError(
        fmt::format("this agent speaks version {} of the protocol: use the `vedette` that it was started with",
                    kControlVersion));
  }
  const auto command = request.find("command");
  if (command == request.end() || !command->is_string()) {
    return absl::InvalidArgumentError(std::string("no \"command\""));
  }
  return request;
}

std::string MakeControlReply(const absl::StatusOr<std::string>& answer) {
  nlohmann::json reply = {{"version", kControlVersion}, {"ok", answer.ok()}};
  reply["text"] = answer.ok() ? *answer : std::string(answer.status().message());
  std::string line = reply.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return line;
}

absl::StatusOr<std::string> AskAgent(const std::string& socket, const nlohmann::json& request) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(fmt::format("{} is too long for a socket's path", socket));
  }
  memcpy(address.sun_path, socket.data(), socket.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid() || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const char* remedy = errno == EACCES || errno == EPERM ? "; run this with sudo" : "; does an agent run?";
    return absl::UnavailableError(fmt::format("cannot reach the agent by {}: {}{}", socket, strerror(errno), remedy));
  }
  const timeval patience{kAnswerSeconds, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const std::string line = request.dump() + "\n";
  if (line.size() > kMaxControlBytes) return absl::InvalidArgumentError(std::string("the request is too long"));
  // An agent that does not listen to us has hung up: that it gives no answer says it.
  if (send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()) && errno != EPIPE) {
    return absl::UnavailableError(fmt::format("cannot ask the agent: {}", strerror(errno)));
  }
  std::string answer;
  char block[1024];
  while (answer.size() <= kMaxControlBytes && !answer.ends_with('\n')) {
    const ssize_t got = recv(fd.get(), block, sizeof(block), 0);
    if (got <= 0) break;
    answer.append(block, static_cast<size_t>(got));
  }
  const nlohmann::json reply = nlohmann::json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (!reply.is_object() || !reply.contains("ok") || !reply["ok"].is_boolean() || !reply.contains("text") ||
      !reply["text"].is_string()) {
    return absl::UnavailableError(std::string(
        "the agent gave no answer; look into its log: the connection may not be one of root of this host"));
  }
  if (!reply["ok"].get<bool>()) return absl::FailedPreconditionError(reply["text"].get<std::string>());
  return reply["text"].get<std::string>();
}

}  // namespace vedette
