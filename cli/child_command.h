// SPDX-License-Identifier: Apache-2.0
//
// ChildCommand: a command of the user's that runs while we watch. Owned by who started it; one thread.
#ifndef VEDETTE_CLI_CHILD_COMMAND_H_
#define VEDETTE_CLI_CHILD_COMMAND_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vedette {

// The file that `command` would run, found as a shell would, links followed. An error if it is none, or a script: then
// its interpreter is the program.
absl::StatusOr<std::string> ProgramOf(const std::string& command);

class ChildCommand {
 public:
  // Signals are as we got them. An error if it cannot be executed.
  static absl::StatusOr<ChildCommand> Start(const std::vector<std::string>& words);
  ChildCommand(ChildCommand&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  ChildCommand& operator=(ChildCommand&&) = delete;
  ~ChildCommand();  // terminates it, and waits for its end

  bool HasEnded();
  void Terminate();  // SIGTERM, the first time

 private:
  explicit ChildCommand(pid_t pid) : pid_(pid) {}
  pid_t pid_;  // 0: it has ended
  bool terminated_ = false;
};

}  // namespace vedette
#endif  // VEDETTE_CLI_CHILD_COMMAND_H_
