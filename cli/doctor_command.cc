// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/live_source.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "outputs/json_writer.h"

namespace vedette {
namespace {

struct StatusStyle {
  std::string_view word, color, name;
};
constexpr StatusStyle kStatus[] = {
    {"yes", "\x1b[32m", "yes"}, {"partly", "\x1b[33m", "fallback"}, {"no", "\x1b[31m", "no"}};

const StatusStyle& StyleOf(const Capability& capability) { return kStatus[static_cast<size_t>(capability.status)]; }

std::string KernelRelease() {
  utsname names{};
  uname(&names);
  return fmt::format("{} {} {}", names.sysname, names.release, names.machine);
}

std::string AsText(const std::vector<Capability>& capabilities, bool color) {
  std::string out = fmt::format("{}\n", KernelRelease());
  for (const Capability& c : capabilities) {
    std::string word = fmt::format("{:<7}", StyleOf(c).word);
    if (color) word = fmt::format("{}{}\x1b[0m", StyleOf(c).color, word);
    fmt::format_to(std::back_inserter(out), "  {} {:<28} {}\n", word, c.name, c.detail);
    if (!c.lost.empty()) fmt::format_to(std::back_inserter(out), "{:<39}lost: {}\n", "", c.lost);
    if (!c.remedy.empty()) fmt::format_to(std::back_inserter(out), "{:<39}to do: {}\n", "", c.remedy);
  }
  return out;
}

std::string AsJson(const std::vector<Capability>& capabilities, const absl::Status& verdict) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.StringMember("kernel", KernelRelease());
  json.BoolMember("can_run", verdict.ok());
  json.StringMember("reason", std::string(verdict.message()));
  json.Key("capabilities");
  json.BeginArray();
  for (const Capability& c : capabilities) {
    json.BeginObject();
    json.StringMember("name", c.name);
    json.StringMember("status", StyleOf(c).name);
    json.BoolMember("required", c.required);
    json.StringMember("detail", c.detail);
    json.StringMember("lost", c.lost);
    json.StringMember("remedy", c.remedy);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return out + "\n";
}

// Everything Vedette can watch: what the host has to offer, whatever rules are loaded later.
Interest Everything() {
  Interest interest;
  for (const EventKindInfo& info : AllEventKinds()) interest.kinds.set(info.kind);
  interest.calls = TypesOfKind(VD_KIND_SYSCALL);
  return interest;
}

struct DoctorFlags : Flags {
  bool quiet = false;
};

int Diagnose(const DoctorFlags& flags) {
  absl::Status verdict = CheckLive(Everything());
  if (flags.quiet) return verdict.ok() ? kExitOk : Fail(verdict);
  std::vector<Capability> capabilities = ProbeLive();
  if (flags.json) {
    PrintOut(AsJson(capabilities, verdict));
    return verdict.ok() ? kExitOk : kExitError;
  }
  PrintOut(AsText(capabilities, UseColor(ColorOf(flags), STDOUT_FILENO)));
  if (!verdict.ok()) return Fail(verdict);
  PrintOut("vedette can run here\n");
  return kExitOk;
}

}  // namespace

Runner DeclareDoctor(CLI::App& command) {
  auto flags = std::make_shared<DoctorFlags>();
  command.add_flag("--json", flags->json, "As one JSON object");
  command.add_flag("--quiet", flags->quiet, "Print nothing when Vedette can run here, else one line that says why not");
  DeclareColorFlag(command, *flags);
  return [flags] { return Diagnose(*flags); };
}

}  // namespace vedette
