// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "sensor/hook_socket.h"
#include "sensor/oci_container.h"

namespace vedette {
namespace {

using std::chrono::milliseconds;

struct HookFlags : Flags {
  std::string on_failure = "deny";
  int timeout_ms = 2000;
};

// What the runtime writes, to its end. Nothing: too long, or it does not end.
std::optional<std::string> ReadState(milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::string out;
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = left > 0 ? poll(&input, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof(buffer));
    if (got == 0) return out;
    if (got < 0 || out.size() + static_cast<size_t>(got) > kMaxOciState) return std::nullopt;
    out.append(buffer, static_cast<size_t>(got));
  }
}

absl::Status Tell(const HookFlags& flags) {
  const std::optional<Config> config = ResolveConfigWithoutRules(flags);
  if (!config) return absl::InvalidArgumentError("the configuration is wrong");
  if (config->hook_socket == kNoHookSocket) return absl::FailedPreconditionError("hook_socket is none");
  const milliseconds patience(flags.timeout_ms);
  const std::optional<std::string> text = ReadState(patience);
  if (!text) {
    return absl::InvalidArgumentError(
        fmt::format("no state of a container on stdin within {} ms and {} bytes", flags.timeout_ms, kMaxOciState));
  }
  const auto container = ParseOciState(*text);
  return container.ok() ? TellAgent(config->hook_socket, *container, patience) : container.status();
}

int Run(const HookFlags& flags) {
  const absl::Status status = Tell(flags);
  if (status.ok()) return kExitOk;
  if (flags.on_failure == "deny") return Fail(status);
  Say(fmt::format("{}; the container starts all the same (--on-failure allow)", std::string(status.message())));
  return kExitOk;
}

}  // namespace

Runner DeclareOciHook(CLI::App& command) {
  auto flags = std::make_shared<HookFlags>();
  DeclareConfigFlag(command, *flags);
  DeclareHookSocketFlag(command, *flags);
  command.add_option("--on-failure", flags->on_failure, "What becomes of the container if the agent does not know it")
      ->check(CLI::IsMember({"deny", "allow"}))
      ->option_text("deny|allow [deny]");
  command.add_option("--timeout", flags->timeout_ms, "How long to wait for the agent, in milliseconds")
      ->check(CLI::Range(1, 60000))
      ->option_text("MS [2000]");
  return [flags] { return Run(*flags); };
}

}  // namespace vedette
