// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/live_source.h"
#include "cli/terminal.h"
#include "outputs/json_writer.h"

namespace vedette {
namespace {

int PrintVersion(bool json) {
  if (!json) {
    PrintOut(fmt::format("vedette {}{}\n", VEDETTE_VERSION, HasBpfSupport() ? "" : " (built without BPF support)"));
    return kExitOk;
  }
  std::string out;
  JsonWriter writer(out);
  writer.BeginObject();
  writer.StringMember("version", VEDETTE_VERSION);
  writer.BoolMember("bpf", HasBpfSupport());
  writer.EndObject();
  PrintOut(out + "\n");
  return kExitOk;
}

}  // namespace

Runner DeclareVersion(CLI::App& command) {
  auto json = std::make_shared<bool>(false);
  command.add_flag("--json", *json, "As one JSON object");
  return [json] { return PrintVersion(*json); };
}

}  // namespace vedette
