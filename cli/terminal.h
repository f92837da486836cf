// SPDX-License-Identifier: Apache-2.0
//
// Terminal: what a command says on stdout and stderr, and whether in colours. Any thread: each call is one write.
#ifndef VEDETTE_CLI_TERMINAL_H_
#define VEDETTE_CLI_TERMINAL_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace vedette {

// One line of the program's own log on stderr, "vedette: line", control characters escaped.
void Say(std::string_view line);
// "vedette: error: message", each further line of the message on a line of its own; returns kExitError.
int Fail(const absl::Status& status);

void PrintOut(std::string_view text);    // stdout, as it is
void PrintError(std::string_view text);  // stderr, as it is

enum class ColorChoice { kAuto, kAlways, kNever };
// kAuto: if `fd` is a terminal that knows colours and NO_COLOR is not set.
bool UseColor(ColorChoice choice, int fd);

}  // namespace vedette
#endif  // VEDETTE_CLI_TERMINAL_H_
