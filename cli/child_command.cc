// SPDX-License-Identifier: Apache-2.0
#include "cli/child_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "outputs/fd_io.h"

extern char** environ;

namespace vedette {
namespace {

// As execvp(3).
std::string Found(const std::string& command) {
  if (command.find('/') != std::string::npos) return command;
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  while (true) {
    const size_t colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    std::string file = fmt::format("{}/{}", directory.empty() ? "." : directory, command);
    if (access(file.c_str(), X_OK) == 0) return file;
    if (colon == std::string_view::npos) return "";
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace

absl::StatusOr<std::string> ProgramOf(const std::string& command) {
  const std::string file = Found(command);
  std::array<char, PATH_MAX> real;
  if (file.empty() || realpath(file.c_str(), real.data()) == nullptr || access(real.data(), X_OK) != 0) {
    return absl::NotFoundError(fmt::format("there is no program '{}'", command));
  }
  const UniqueFd fd(open(real.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 2> start{};
  if (fd.valid() && read(fd.get(), start.data(), start.size()) == 2 && start[0] == '#' && start[1] == '!') {
    return absl::InvalidArgumentError(
        fmt::format("'{}' is a script: its program is the interpreter, which runs others, too; say by --exe or --match "
                    "whose profile it is to be",
                    real.data()));
  }
  return std::string(real.data());
}

absl::StatusOr<ChildCommand> ChildCommand::Start(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // main ignores it
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], nullptr, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return absl::NotFoundError(fmt::format("cannot run '{}': {}", words.front(), std::strerror(error)));
  return ChildCommand(pid);
}

bool ChildCommand::HasEnded() {
  if (pid_ != 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
  return pid_ == 0;
}

void ChildCommand::Terminate() {
  if (pid_ != 0 && !std::exchange(terminated_, true)) kill(pid_, SIGTERM);
}

ChildCommand::~ChildCommand() {
  if (HasEnded()) return;
  Terminate();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace vedette
