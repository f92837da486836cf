// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/agent.h"
#include "cli/child_command.h"
#include "cli/commands.h"
#include "cli/live_source.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "engine/learner.h"
#include "engine/profile_scopes.h"
#include "engine/profile_text.h"
#include "outputs/fd_io.h"
#include "outputs/timestamp.h"
#include "sensor/event/symbols.h"
#include "sensor/event/syscall_abi.h"
#include "sensor/path_in_root.h"
#include "sensor/recording_source.h"

namespace vedette {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kExitIncomplete = 3;  // the profile was written, and something that was done may be missing in it

struct LearnFlags : Flags {
  std::string container, exe, match, from, name, output, mode = "enforce";
  std::vector<std::string> command;
  double seconds = 0;  // 0: until a signal, or the end of the command
  bool files_read = false, partial = false, no_calls = false;
  PathLimits limits;
};

std::string Quoted(std::string_view text) { return fmt::format("\"{}\"", text); }
std::string ExeIs(std::string_view path) { return fmt::format("proc.exepath = {}", Quoted(path)); }
std::string Base(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

std::string IsoTime(int64_t ns) {
  std::string out;
  AppendIso8601(ns, 1, out);
  return out.replace(out.find('.'), 2, "");  // to the second
}

// Who is watched.
struct Scope {
  std::string match;       // of the profile by which it is learned
  bool container = false;  // of the containers one is chosen when all has been seen: its name is known a little late
};

absl::StatusOr<Scope> ScopeOf(const LearnFlags& flags) {
  if (!flags.container.empty()) return Scope{"container.id != host", true};
  if (!flags.match.empty()) return Scope{flags.match, false};
  if (!flags.exe.empty()) {
    if (!flags.exe.starts_with('/') || flags.exe.find_first_of("\"\\'") != std::string::npos) {
      return absl::InvalidArgumentError(
          fmt::format("--exe '{}' must be the whole path of a program, without quotes and backslashes", flags.exe));
    }
    return Scope{ExeIs(flags.exe), false};
  }
  if (flags.command.empty()) {
    return absl::InvalidArgumentError(
        std::string("whose profile? Say --container ID|NAME, --exe PATH, --match CONDITION, or -- COMMAND to run one"));
  }
  absl::StatusOr<std::string> program = ProgramOf(flags.command.front());
  if (!program.ok()) return program.status();
  return Scope{ExeIs(*program), false};
}

// What was watched, for the head of the file.
struct Watched {
  std::string where, host;
  int64_t first_ns = 0, last_ns = 0;  // CLOCK_REALTIME
  std::vector<std::string> gaps;      // why something may be missing
};

void AddLosses(const SourceStats& stats, const EventKinds& kinds, Watched& watched) {
  constexpr std::pair<vd_loss, std::string_view> kReasons[] = {
      {VD_LOSS_RING_FULL, "events dropped, the ring was full"},
      {VD_LOSS_READ_FAILED, "events with a value that could not be read"},
      {VD_LOSS_NO_STATE, "events of processes without an identity"},
  };
  auto add = [&](uint64_t n, std::string_view what) {
    if (n != 0) watched.gaps.push_back(fmt::format("{} {}", n, what));
  };
  for (const auto& [reason, what] : kReasons) {
    uint64_t n = 0;
    for (size_t kind = 0; kind < stats.losses.size(); ++kind) n += kinds[kind] ? stats.losses[kind][reason] : 0;
    add(n, what);
  }
  add(stats.malformed, "records refused by the decoder");
  add(stats.unknown_process, "events of an unknown process");
  add(stats.processes_evicted, "processes forgotten, the table was full");
}

void AddGaps(const Learner& learner, const Behaviour& behaviour, Watched& watched) {
  auto add = [&](uint64_t n, std::string_view what) {
    if (n != 0) watched.gaps.push_back(fmt::format("{} {}", n, what));
  };
  add(behaviour.unnamed, "operations whose path or address was not known whole");
  add(behaviour.beyond, "values beyond the bound of what is kept");
  add(learner.beyond(), "operations in containers beyond the bound of what is kept");
}

// Counts what is watched besides collecting it.
EventSource::Sink SinkOf(Learner& learner, EventSource& source, Watched& watched) {
  return [&](const Event& event) {
    if (watched.first_ns == 0) watched.first_ns = event.time_ns;
    watched.last_ns = std::max(watched.last_ns, event.time_ns);
    if (const MuteFor mute = learner.OnEvent(event); mute != MuteFor::kNobody) source.Mute(event, mute);
  };
}

absl::Status LearnFromRecording(const LearnFlags& flags, Signals& signals, Learner& learner, Watched& watched) {
  auto source = RecordingSource::Open(flags.from, flags.partial);
  if (!source.ok()) return source.status();
  (*source)->SetProfiles(ProfileNamesOf(*learner.rules()));
  ProfileScopes scopes(*learner.rules());
  (*source)->SetScopes([&](const Event& exec) { return scopes.ProfileOf(exec); });
  signals.Start({.stop = [&](int) { (*source)->Stop(); }, .reload = {}});
  absl::Status status = (*source)->Run(SinkOf(learner, **source, watched), {}, {});
  signals.Finish();
  const RecordingFacts& facts = (*source)->facts();
  watched.where = fmt::format("the recording {}", Base(flags.from));
  watched.host = fmt::format("{} (Linux {})", facts.hostname, facts.kernel_release);
  AddLosses((*source)->Stats(), {}, watched);
  return status;
}

// What the kernel has to tell of whom.
Interest InterestOf(const LearnFlags& flags, const Learner& learner) {
  Interest interest = InterestOf(*learner.rules());
  interest.profiled_only = true;
  interest.uses = !flags.no_calls;
  return interest;
}

// Bits → names.
LearnedUse NamesOf(const CgroupUse& use) {
  LearnedUse out;
  out.cgroup_id = use.cgroup_id;
  for (uint32_t arch = 0; arch < VD_USE_ARCHS; ++arch) {
    for (uint32_t nr = 0; nr < VD_USE_NUMBERS; ++nr) {
      if ((use.use.calls[arch * VD_USE_WORDS + nr / 64] >> (nr % 64) & 1) == 0) continue;
      const std::string_view name = CallNameOf(static_cast<vd_arch>(arch), nr);
      if (name.empty()) {
        ++out.unknown_calls;
      } else {
        out.calls.emplace(name);
      }
      out.archs.emplace(ArchName(static_cast<vd_arch>(arch)));
    }
    if ((use.use.beyond >> arch & 1) != 0) ++out.unknown_calls;
  }
  for (int cap = 0; cap < 64; ++cap) {
    if ((use.use.capabilities >> cap & 1) == 0) continue;
    const std::string_view name = SymbolName(CapabilitySymbols(), cap);
    if (name.starts_with("CAP_")) out.capabilities.emplace(name.substr(4));
  }
  return out;
}

void AddUses(const LiveSource& source, Learner& learner, Watched& watched) {
  size_t strangers = 0;
  for (const CgroupUse& use : source.Uses()) strangers += learner.AddUse(NamesOf(use)) ? 0 : 1;
  if (strangers == 0) return;
  watched.gaps.push_back(
      fmt::format("system calls of {} cgroups whose processes were not seen to do anything else", strangers));
}

absl::Status LearnLive(const LearnFlags& flags, Signals& signals, Learner& learner, Watched& watched) {
  const Interest interest = InterestOf(flags, learner);
  if (absl::Status status = CheckLive(interest); !status.ok()) return status;
  absl::StatusOr<KernelPolicy> scopes = CompileKernelPolicy(*learner.rules(), Mode::kMonitor);
  if (!scopes.ok()) return scopes.status();
  LiveOptions options;
  options.prefilter = true;
  auto source = LiveSource::Open(interest, *scopes, options);
  if (!source.ok()) return source.status();
  std::optional<ChildCommand> child;
  std::atomic<bool> interrupted = false;
  signals.Start({.stop = [&](int) { interrupted = true; }, .reload = {}});
  Say("ready");
  if (!flags.command.empty()) {
    auto started = ChildCommand::Start(flags.command);
    if (!started.ok()) {
      signals.Finish();
      return started.status();
    }
    child.emplace(*std::move(started));
  }
  const bool progress = isatty(STDERR_FILENO) != 0 && flags.command.empty();
  const auto start = Clock::now();
  auto shown = start;
  auto idle = [&] {
    const auto now = Clock::now();
    const bool over = interrupted || (flags.seconds > 0 && now - start >= std::chrono::duration<double>(flags.seconds));
    // How it ends is learned, too.
    if (over && child) child->Terminate();
    if (child ? child->HasEnded() : over) (*source)->Stop();
    if (!progress || now - shown < std::chrono::seconds(1)) return;
    shown = now;
    uint64_t operations = 0;
    for (const auto& [id, behaviour] : learner.behaviours()) operations += behaviour.operations;
    PrintError(fmt::format("\rlearned from {} operations", operations));
  };
  absl::Status status = (*source)->Run(SinkOf(learner, **source, watched), {}, idle);
  signals.Finish();
  if (progress) PrintError("\r\x1b[K");
  if (interest.uses) AddUses(**source, learner, watched);
  watched.where = "a live system";
  const RecordingFacts facts = RecordingFacts::OfThisHost();
  watched.host = fmt::format("{} (Linux {})", facts.hostname, facts.kernel_release);
  AddLosses((*source)->Stats(), interest.kinds, watched);
  return status;
}

bool IsMeant(const Behaviour& behaviour, std::string_view container) {
  constexpr size_t kShortId = 12;  // as runtimes print it
  if (behaviour.container_name == container) return true;
  const std::string_view id = behaviour.container_id;
  return id == container || (container.size() >= std::min(kShortId, id.size()) && id.starts_with(container));
}

// Of the containers the one that is meant; else all there was.
absl::StatusOr<Behaviour> Chosen(const LearnFlags& flags, const Scope& scope, const Learner& learner) {
  Behaviour all;
  std::vector<const Behaviour*> meant;
  std::string others;
  for (const auto& [id, behaviour] : learner.behaviours()) {
    if (!scope.container) {
      all.Merge(behaviour);
    } else if (IsMeant(behaviour, flags.container)) {
      meant.push_back(&behaviour);
    } else {
      others += fmt::format("{}{}{}", others.empty() ? "; seen were " : ", ", id.substr(0, 12),
                            behaviour.container_name.empty() ? "" : fmt::format(" ({})", behaviour.container_name));
    }
  }
  if (!scope.container) {
    if (all.operations != 0 || all.runs != 0) return all;
    return absl::NotFoundError(fmt::format("no program was seen of which `{}` is true", scope.match));
  }
  if (meant.empty()) {
    return absl::NotFoundError(fmt::format("nothing was seen of a container '{}'{}", flags.container, others));
  }
  // One name, several runs of it.
  for (const Behaviour* behaviour : meant) {
    all.Merge(*behaviour);
    all.container_id = behaviour->container_id;
    all.container_name = behaviour->container_name;
    all.image_repository = behaviour->image_repository;
  }
  return all;
}

// By what the container is told from others, the best first: an id is another one at the next run, save where it is
// the name that the user gave.
std::vector<std::string> ContainerMatches(const LearnFlags& flags, const Behaviour& behaviour) {
  std::vector<std::string> out;
  if (!behaviour.image_repository.empty()) {
    out.push_back("container.image.repository = " + Quoted(behaviour.image_repository));
  }
  if (!behaviour.container_name.empty()) out.push_back("container.name = " + Quoted(behaviour.container_name));
  if (behaviour.container_id == flags.container)
    out.push_back("container.id = " + Quoted(flags.container.substr(0, 12)));
  std::string programs;
  for (const std::string& program : behaviour.programs) programs += (programs.empty() ? "" : ", ") + Quoted(program);
  if (!programs.empty()) out.push_back(fmt::format("container.id != host and proc.exepath in ({})", programs));
  return out;
}

// Why a kernel would not take the profile; OK: it would.
absl::Status CheckProfile(const std::string& text) {
  const std::vector<RuleFile> files = {{"the learned profile", text}};
  const LoadResult loaded = LoadRules(files);
  if (!loaded.ok()) return absl::InternalError(Describe(loaded.diagnostics, false));
  return CompileKernelPolicy(*loaded.rules, Mode::kEnforce).status();
}

std::string NameOf(const LearnFlags& flags, const Behaviour& behaviour) {
  if (!flags.name.empty()) return flags.name;
  if (!behaviour.container_name.empty()) return behaviour.container_name;
  if (!flags.container.empty()) return flags.container;
  if (!flags.exe.empty()) return Base(flags.exe);
  return behaviour.programs.empty() ? "learned" : Base(*behaviour.programs.begin());
}

std::vector<std::string> Comments(const Watched& watched, const Behaviour& behaviour) {
  const int64_t seconds = (watched.last_ns - watched.first_ns) / 1'000'000'000;
  std::vector<std::string> out = {
      fmt::format("Learned by vedette {} from {}, of {}:", VEDETTE_VERSION, watched.where, watched.host),
      fmt::format("{} to {}, {} s; {} {}, {} operations.", IsoTime(watched.first_ns), IsoTime(watched.last_ns), seconds,
                  behaviour.runs, behaviour.runs == 1 ? "program started" : "programs started", behaviour.operations)};
  if (watched.gaps.empty()) {
    out.emplace_back(
        "Nothing was lost. What the programs did not do meanwhile is not allowed: try it in mode monitor first.");
    return out;
  }
  out.emplace_back("INCOMPLETE: what is in these is not allowed:");
  for (const std::string& gap : watched.gaps) out.push_back("  " + gap);
  return out;
}

absl::StatusOr<std::string> Written(const LearnFlags& flags, const Scope& scope, const Behaviour& behaviour,
                                    const Watched& watched) {
  ProfileHead head;
  head.name = NameOf(flags, behaviour);
  head.description = fmt::format("What {} did while vedette learned from {}.", head.name, watched.where);
  head.monitor = flags.mode == "monitor";
  head.files_read = flags.files_read;
  head.comments = Comments(watched, behaviour);
  std::vector<std::string> matches = {scope.match};
  if (scope.container) {
    matches = flags.match.empty() ? ContainerMatches(flags, behaviour) : std::vector<std::string>{flags.match};
  }
  absl::Status why =
      absl::NotFoundError(std::string("no condition is known that tells the container from others; give --match"));
  for (std::string& match : matches) {
    head.match = std::move(match);
    absl::StatusOr<std::string> text = ProfileText(head, behaviour, flags.limits);
    if (!text.ok()) return text;
    why = CheckProfile(*text);
    if (why.ok()) return text;
  }
  return why;
}

absl::Status WriteTo(const std::string& path, const std::string& text) {
  if (path.empty() || path == "-") {
    PrintOut(text);
    return absl::OkStatus();
  }
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!fd.valid()) return absl::UnavailableError(fmt::format("cannot create '{}': {}", path, std::strerror(errno)));
  return WriteAll(fd.get(), text, Canceller());
}

std::string ResolveScript(const Event& exec, const std::string& path) { return PathInRoot(exec.header->pid, path); }

int Learn(const LearnFlags& flags) {
  Signals signals;
  absl::StatusOr<Scope> scope = ScopeOf(flags);
  if (!scope.ok()) return Fail(scope.status());
  Learner::Options options;
  options.files_read = flags.files_read;
  if (flags.from.empty()) options.resolve_script = ResolveScript;
  auto learner = Learner::Create(scope->match, std::move(options));
  if (!learner.ok()) return Fail(learner.status());
  Watched watched;
  absl::Status status = flags.from.empty() ? LearnLive(flags, signals, **learner, watched)
                                           : LearnFromRecording(flags, signals, **learner, watched);
  if (!status.ok()) return Fail(status);
  absl::StatusOr<Behaviour> behaviour = Chosen(flags, *scope, **learner);
  if (!behaviour.ok()) return Fail(behaviour.status());
  AddGaps(**learner, *behaviour, watched);
  absl::StatusOr<std::string> text = Written(flags, *scope, *behaviour, watched);
  if (!text.ok()) return Fail(text.status());
  if (absl::Status written = WriteTo(flags.output, *text); !written.ok()) return Fail(written);
  for (const std::string& gap : watched.gaps) Say(fmt::format("warning: the profile is incomplete: {}", gap));
  return watched.gaps.empty() ? kExitOk : kExitIncomplete;
}

}  // namespace

Runner DeclareLearn(CLI::App& command) {
  auto flags = std::make_shared<LearnFlags>();
  command.add_option("COMMAND", flags->command, "After --: run it, and learn what it does until it ends")
      ->option_text(" ");
  command.add_option("--container", flags->container, "Of this container, running or to come")->type_name("ID|NAME");
  command.add_option("--exe", flags->exe, "Of this program and what it runs")->type_name("PATH");
  command.add_option("--match", flags->match, "Of the programs of which this is true; with --container: to be written")
      ->type_name("CONDITION");
  command.add_option("--from", flags->from, "Learn from a recording instead of the live system")
      ->type_name("RECORDING");
  command.add_flag("--partial", flags->partial, "Of a damaged recording, learn from what is whole");
  command.add_option("--duration", flags->seconds, "Stop after so many seconds")
      ->check(CLI::NonNegativeNumber)
      ->option_text("SECONDS [until Ctrl-C]");
  command.add_option("--name", flags->name, "The profile's name [the container's or program's]")->type_name("NAME");
  command.add_option("-o,--output", flags->output, "The file to write; it must not exist [stdout]")->type_name("FILE");
  command.add_option("--mode", flags->mode, "What the profile is to do")
      ->check(CLI::IsMember({"monitor", "enforce"}))
      ->option_text("monitor|enforce [enforce]");
  command.add_flag("--no-calls", flags->no_calls,
                   "Not which system calls and capabilities: that slows down each call of the host");
  command.add_flag("--files-read", flags->files_read, "Also what may be read: every open costs more then");
  command
      .add_option("--collapse", flags->limits.collapse,
                  "So many files of a program's own folder become FOLDER/**; 0: never")
      ->check(CLI::Range(0, 1'000'000))
      ->option_text("N [10]");
  DeclareColorFlag(command, *flags);
  command.footer(
      "Example: sudo vedette learn --container web --duration 600 -o web.yaml\n"
      "Exit status: 0 done, 1 error, 2 wrong usage, 3 the profile is written, but something was lost");
  return [flags] { return Learn(*flags); };
}

}  // namespace vedette
