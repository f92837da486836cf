// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/rule_schema.h"
#include "cli/terminal.h"

namespace vedette {

Runner DeclareSchema(CLI::App&) {
  return [] {
    PrintOut(RuleSchema());
    return kExitOk;
  };
}

}  // namespace vedette
