// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "rules/nearest_name.h"

namespace vedette {
namespace {

constexpr Command kCommands[] = {
    {"run", "Watch this host: alert on what rules match, refuse what they deny.",
     "sudo vedette run -r rules/stock --json", DeclareRun},
    {"check", "Check the configuration and the rules, without loading anything.", "vedette check -r my_rules.yaml",
     DeclareCheck},
    {"test", "Run unit tests of rules: events, and the alerts that have to come of them.",
     "vedette test tests/rules/vedette_escapes.yaml", DeclareTest},
    {"replay", "Run rules over a recording or over JSON lines of events.",
     "vedette replay session.vdr -r my_rules.yaml", DeclareReplay},
    {"explain", "Say why a rule matched an event or did not: each check with the value it saw.",
     "vedette explain 'Shadow file read' events.jsonl -r my_rules.yaml", DeclareExplain},
    {"status", "Say what is enforced, since when, and how often it has refused.", "sudo vedette status --json",
     DeclareStatus},
    {"oci-hook", "Tell the agent of a container before it runs: for runc, crun and podman to call.",
     "vedette oci-hook --on-failure deny < state.json", DeclareOciHook},
    {"unload", "Remove all enforcement that an agent has left.", "sudo vedette unload", DeclareUnload},
    {"mode", "Switch rules, a profile or a container of the running agent to refuse, or to tell only.",
     "sudo vedette mode monitor --rule 'No secrets'", DeclareMode},
    {"self-protection", "Switch self-protection off, to edit rules or to upgrade, or on again.",
     "sudo vedette self-protection off", DeclareSelfProtection},
    {"record", "Record what the kernel reports into a file.", "sudo vedette record session.vdr --duration 60",
     DeclareRecord},
    {"learn", "Watch what a container or program does, and write a profile that allows just that.",
     "sudo vedette learn --container web --duration 600 -o web.yaml", DeclareLearn},
    {"fields", "List the fields that rules can use.", "vedette fields fd.", DeclareFields},
    {"rules", "Describe the loaded rules, after all overrides.", "vedette rules -r rules/stock --json", DeclareRules},
    {"profile", "Export what a profile says, for container runtimes.",
     "vedette profile export --oci web -r my_rules.yaml > seccomp.json", DeclareProfile},
    {"schema", "Print the JSON schema of rule files, for editors.", "vedette schema > vedette-rules.schema.json",
     DeclareSchema},
    {"doctor", "Say what this kernel gives, what is lost, and what to do about it.", "sudo vedette doctor",
     DeclareDoctor},
    {"version", "Print the version and what was built in.", "vedette version --json", DeclareVersion},
};

constexpr const char* kExitStatuses = "Exit status: 0 done, 1 error, 2 wrong usage";

int UsageError(const std::string& command, const std::string& message) {
  Say(message);
  PrintError(fmt::format("Try 'vedette {}--help'.\n", command.empty() ? "" : command + " "));
  return kExitUsage;
}

struct Declared {
  CLI::App* app;
  Runner run;
};

class Program {
 public:
  Program() : app_("Vedette watches a Linux host, alerts on what its rules describe, and refuses what they deny.") {
    SetUp(app_, fmt::format("{}\nEach command explains itself: vedette COMMAND --help", kExitStatuses));
    app_.set_version_flag("--version", std::string("vedette ") + VEDETTE_VERSION, "Print the version and exit");
    for (const Command& command : kCommands) {
      CLI::App* sub = app_.add_subcommand(command.name, command.summary);
      SetUp(*sub, fmt::format("Example: {}\n{}", command.example, kExitStatuses));
      declared_.push_back({sub, command.declare(*sub)});
    }
  }

  int Main(int argc, char** argv) {
    if (argc < 2) {
      PrintOut(app_.help());
      return kExitUsage;
    }
    if (std::string unknown = UnknownCommand(argv[1]); !unknown.empty()) return UsageError("", unknown);
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& done) {  // --help, --version
      return app_.exit(done);
    } catch (const CLI::ParseError& error) {
      return Refuse(error, argc, argv);
    }
    for (Declared& command : declared_) {
      if (command.app->parsed()) return command.run();
    }
    return UsageError("", "a command is missing");
  }

 private:
  static void SetUp(CLI::App& app, const std::string& footer) {
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.get_formatter()->column_width(36);
    app.footer(footer);
  }

  static std::string UnknownCommand(std::string_view word) {
    if (word.starts_with('-')) return "";
    std::vector<std::string_view> names;
    for (const Command& command : kCommands) {
      if (word == command.name) return "";
      names.emplace_back(command.name);
    }
    return fmt::format("unknown command '{}'{}", word, DidYouMean(NearestName(word, names)));
  }

  int Refuse(const CLI::ParseError& error, int argc, char** argv) {
    CLI::App* active = &app_;
    for (Declared& command : declared_) {
      if (command.app->parsed()) active = command.app;
    }
    std::string name = active == &app_ ? "" : active->get_name();
    if (std::string unknown = UnknownOption(*active, argc, argv); !unknown.empty()) return UsageError(name, unknown);
    std::string message = error.what();
    return UsageError(name, message.substr(0, message.find('\n')));
  }

  // What CLI11 calls an argument that was not expected, with the option that was probably meant.
  static std::string UnknownOption(const CLI::App& app, int argc, char** argv) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    std::vector<std::string_view> views(names.begin(), names.end());
    for (int i = 1; i < argc; ++i) {
      std::string_view word = argv[i];
      if (word == "--") break;
      if (!word.starts_with("--")) continue;
      word = word.substr(0, word.find('='));
      if (std::find(views.begin(), views.end(), word) != views.end()) continue;
      return fmt::format("unknown option '{}'{}", word, DidYouMean(NearestName(word, views)));
    }
    return "";
  }

  CLI::App app_;
  std::vector<Declared> declared_;
};

}  // namespace

std::span<const Command> AllCommands() { return kCommands; }

}  // namespace vedette

int main(int argc, char** argv) {
  // A reader of stdout that goes away is an error of the write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return vedette::Program().Main(argc, argv);
  } catch (const std::exception& error) {  // out of memory, or a mistake of ours
    vedette::Say(fmt::format("internal error: {}", error.what()));
    return vedette::kExitError;
  }
}
