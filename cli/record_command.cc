// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/live_source.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "sensor/recording.h"

namespace vedette {
namespace {

using Clock = std::chrono::steady_clock;

struct RecordFlags : Flags {
  std::string file;
  double seconds = 0;  // 0: until a signal
};

// Without -r everything; with it what those rules need.
absl::StatusOr<Interest> InterestFor(const RecordFlags& flags) {
  Interest interest;
  if (flags.rules.empty()) {
    for (const EventKindInfo& info : AllEventKinds()) interest.kinds.set(info.kind);
    interest.kinds.reset(VD_KIND_SYSCALL_ENTRY);  // which comes of profiles only
    interest.calls = TypesOfKind(VD_KIND_SYSCALL);
    interest.failed_opens = true;
    interest.exec_details = true;
    return interest;
  }
  BundleResult loaded = LoadBundle(flags.rules, Mode::kMonitor);
  PrintError(Describe(loaded, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (!loaded.bundle) return absl::InvalidArgumentError(Summary(loaded));
  return loaded.bundle->interest;
}

int Record(const RecordFlags& flags) {
  Signals signals;
  absl::StatusOr<Interest> interest = InterestFor(flags);
  if (!interest.ok()) return Fail(interest.status());
  if (absl::Status status = CheckLive(*interest); !status.ok()) return Fail(status);
  auto writer = RecordingWriter::Create(flags.file, RecordingFacts::OfThisHost());
  if (!writer.ok()) return Fail(writer.status());
  auto source = LiveSource::Open(*interest, KernelPolicy{}, LiveOptions{});
  if (!source.ok()) return Fail(source.status());

  signals.Start({.stop = [&](int) { (*source)->Stop(); }, .reload = {}});
  Say("ready");
  const bool progress = isatty(STDERR_FILENO) != 0;
  const auto start = Clock::now();
  auto shown = start;
  absl::Status failed;
  auto tap = [&](std::span<const std::byte> record) {
    if (absl::Status status = (*writer)->Append(record); !status.ok() && failed.ok()) {
      failed = status;
      (*source)->Stop();
    }
  };
  auto idle = [&] {
    const auto now = Clock::now();
    if (flags.seconds > 0 && now - start >= std::chrono::duration<double>(flags.seconds)) (*source)->Stop();
    if (!progress || now - shown < std::chrono::seconds(1)) return;
    shown = now;
    PrintError(fmt::format("\rrecorded {} records", (*writer)->records()));
  };
  absl::Status status = (*source)->Run([](const Event&) {}, tap, idle);
  signals.Finish();
  if (progress) PrintError("\r\x1b[K");
  status.Update(failed);
  status.Update((*writer)->Close());
  AgentReport report;
  report.source = (*source)->Stats();
  Say(fmt::format("recorded {} records into {}", (*writer)->records(), flags.file));
  PrintError(SummarizeSource(report));
  return status.ok() ? kExitOk : Fail(status);
}

}  // namespace

Runner DeclareRecord(CLI::App& command) {
  auto flags = std::make_shared<RecordFlags>();
  command.add_option("FILE", flags->file, "The recording to write; it must not exist")->required()->option_text(" ");
  command.add_option("--duration", flags->seconds, "Stop after so many seconds")
      ->check(CLI::NonNegativeNumber)
      ->option_text("SECONDS [until Ctrl-C]");
  command.add_option("-r,--rules", flags->rules, "Record only what these rules are about [everything]")
      ->type_name("FILE|DIR")
      ->allow_extra_args(false);
  DeclareColorFlag(command, *flags);
  return [flags] { return Record(*flags); };
}

}  // namespace vedette
