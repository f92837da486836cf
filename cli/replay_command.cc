// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "cli/agent.h"
#include "cli/commands.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "outputs/fd_io.h"
#include "sensor/json_lines_source.h"
#include "sensor/recording_source.h"

namespace vedette {
namespace {

constexpr std::string_view kMagic = "VEDETTE\n";  // sensor/recording.h

struct ReplayFlags : Flags {
  std::string file;
  bool partial = false;
};

// The first bytes of a file or pipe, which stay there to be read.
absl::StatusOr<std::string> Peek(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return absl::NotFoundError(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  std::array<char, kMagic.size()> bytes{};
  ssize_t n = pread(fd.get(), bytes.data(), bytes.size(), 0);
  if (n < 0 && errno == ESPIPE) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return absl::UnavailableError(std::string("no pipe"));
    UniqueFd reader(ends[0]), writer(ends[1]);
    n = tee(fd.get(), writer.get(), bytes.size(), 0);
    if (n > 0) n = read(reader.get(), bytes.data(), bytes.size());
    if (n < 0) n = 0;  // a terminal: nobody types a recording
  }
  if (n < 0) return absl::NotFoundError(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  return std::string(bytes.data(), static_cast<size_t>(n));
}

struct Opened {
  std::unique_ptr<EventSource> source;
  std::string hostname;
};

absl::StatusOr<Opened> OpenFile(const ReplayFlags& flags) {
  const std::string path = flags.file == "-" ? "/dev/stdin" : flags.file;
  absl::StatusOr<std::string> start = Peek(path);
  if (!start.ok()) return start.status();
  if (*start == kMagic) {
    auto recording = RecordingSource::Open(path, flags.partial);
    if (!recording.ok()) return recording.status();
    std::string hostname = (*recording)->facts().hostname;
    return Opened{std::move(*recording), std::move(hostname)};
  }
  auto lines = JsonLinesSource::Open(path);
  if (!lines.ok()) return lines.status();
  return Opened{std::move(*lines), HostName()};
}

int Replay(const ReplayFlags& flags) {
  Signals signals;
  std::optional<Config> config = ResolveConfig(flags);
  if (!config) return kExitError;
  BundleResult loaded = LoadBundle(config->rules, config->mode);
  PrintError(Describe(loaded, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (!loaded.bundle) {
    PrintError(Summary(loaded) + "\n");
    return kExitError;
  }
  absl::StatusOr<Opened> opened = OpenFile(flags);
  if (!opened.ok()) return Fail(opened.status());
  absl::StatusOr<std::unique_ptr<Agent>> agent = Agent::Create(*config, opened->hostname);
  if (!agent.ok()) return Fail(agent.status());
  signals.Start({.stop = [&](int) { (*agent)->Stop(); }, .reload = {}});
  absl::Status status = (*agent)->Run(*opened->source, std::move(*loaded.bundle), {});
  signals.Finish();
  Say(status.ok() ? "replayed" : "replay ended early");
  AgentReport report = (*agent)->Report();
  report.engine.verdict_disagreements = 0;  // what was recorded was decided by other rules, or by none
  PrintError(Summarize(report));
  return status.ok() ? kExitOk : Fail(status);
}

}  // namespace

Runner DeclareReplay(CLI::App& command) {
  auto flags = std::make_shared<ReplayFlags>();
  command.add_option("FILE", flags->file, "A recording, or JSON lines of events; - is stdin")
      ->required()
      ->option_text(" ");
  command.add_flag("--partial", flags->partial, "Of a damaged recording, replay what is whole");
  DeclareRuleFlags(command, *flags);
  DeclareAlertFlags(command, *flags);
  return [flags] { return Replay(*flags); };
}

}  // namespace vedette
