// SPDX-License-Identifier: Apache-2.0
#include "cli/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "cli/agent.h"
#include "engine/profile_scopes.h"
#include "outputs/fd_io.h"
#include "sensor/json_lines_source.h"
#include "sensor/recording_source.h"

namespace vedette {
namespace {

constexpr std::string_view kMagic = "VEDETTE\n";  // sensor/recording.h

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

}  // namespace

absl::StatusOr<EventFile> OpenEventFile(const std::string& file, bool partial, const RuleSet& rules) {
  const std::string path = file == "-" ? "/dev/stdin" : file;
  absl::StatusOr<std::string> start = Peek(path);
  if (!start.ok()) return start.status();
  if (*start == kMagic) {
    auto recording = RecordingSource::Open(path, partial);
    if (!recording.ok()) return recording.status();
    (*recording)->SetProfiles(ProfileNamesOf(rules));
    if (!rules.profiles.empty()) {
      // Copyable, as a function must be.
      auto scopes = std::make_shared<ProfileScopes>(rules);
      (*recording)->SetScopes([scopes](const Event& exec) { return scopes->ProfileOf(exec); });
    }
    std::string hostname = (*recording)->facts().hostname;
    return EventFile{std::move(*recording), std::move(hostname)};
  }
  auto lines = JsonLinesSource::Open(path);
  if (!lines.ok()) return lines.status();
  return EventFile{std::move(*lines), HostName()};
}

}  // namespace vedette
