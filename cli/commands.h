// SPDX-License-Identifier: Apache-2.0
//
// Commands: what `vedette` can be asked to do. Each has a file of its own that declares its options and returns what
// runs once they are parsed; main picks. A runner returns the exit status.
#ifndef VEDETTE_CLI_COMMANDS_H_
#define VEDETTE_CLI_COMMANDS_H_

#include <functional>
#include <span>

namespace CLI {
class App;
}

namespace vedette {

// Exit statuses.
inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitUsage = 2;

using Runner = std::function<int()>;

Runner DeclareRun(CLI::App& command);
Runner DeclareCheck(CLI::App& command);
Runner DeclareTest(CLI::App& command);
Runner DeclareReplay(CLI::App& command);
Runner DeclareExplain(CLI::App& command);
Runner DeclareStatus(CLI::App& command);
Runner DeclareUnload(CLI::App& command);
Runner DeclareOciHook(CLI::App& command);
Runner DeclareRecord(CLI::App& command);
Runner DeclareLearn(CLI::App& command);
Runner DeclareFields(CLI::App& command);
Runner DeclareRules(CLI::App& command);
Runner DeclareProfile(CLI::App& command);
Runner DeclareSchema(CLI::App& command);
Runner DeclareDoctor(CLI::App& command);
Runner DeclareMode(CLI::App& command);
Runner DeclareSelfProtection(CLI::App& command);
Runner DeclareVersion(CLI::App& command);

struct Command {
  const char* name;
  const char* summary;  // one sentence
  const char* example;
  Runner (*declare)(CLI::App&);
};
std::span<const Command> AllCommands();

}  // namespace vedette
#endif  // VEDETTE_CLI_COMMANDS_H_
