// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/commands.h"
#include "outputs/escape.h"

namespace vedette {
namespace {

void WriteTo(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody listens
    text.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

void PrintOut(std::string_view text) { WriteTo(STDOUT_FILENO, text); }
void PrintError(std::string_view text) { WriteTo(STDERR_FILENO, text); }

void Say(std::string_view line) { PrintError(fmt::format("vedette: {}\n", EscapedText(line))); }

int Fail(const absl::Status& status) {
  std::string message(status.message());
  std::string_view rest = message;
  std::string text = "vedette: error: ";
  while (true) {
    size_t end = rest.find('\n');
    AppendEscapedText(rest.substr(0, end), text);
    text += '\n';
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  PrintError(text);
  return kExitError;
}

bool UseColor(ColorChoice choice, int fd) {
  if (choice != ColorChoice::kAuto) return choice == ColorChoice::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return isatty(fd) != 0 && !dumb && (no_color == nullptr || *no_color == '\0');
}

}  // namespace vedette
