// SPDX-License-Identifier: Apache-2.0
#include "sensor/json_lines_source.h"

#include <cerrno>
#include <filesystem>
#include <utility>

#include "fmt/format.h"
#include "sensor/event/synthetic.h"

namespace vedette {
namespace {

constexpr uint64_t kIdleEvery = 4096;  // lines

std::string Message(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace

absl::StatusOr<std::unique_ptr<JsonLinesSource>> JsonLinesSource::Open(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(fmt::format("{}: is a directory, not a file of JSON lines", path));
  }
  std::ifstream file(path);
  if (!file) return absl::ErrnoToStatus(errno, fmt::format("{}: cannot open it", path));
  return std::unique_ptr<JsonLinesSource>(new JsonLinesSource(path, std::move(file)));
}

JsonLinesSource::JsonLinesSource(std::string path, std::ifstream file)
    : path_(std::move(path)), file_(std::move(file)) {}

// Up to kMaxLine + 1 bytes of the next line, without its end.
bool JsonLinesSource::ReadLine(std::string& line) {
  line.clear();
  for (int c; (c = file_.get()) != std::char_traits<char>::eof() && c != '\n';) {
    line.push_back(static_cast<char>(c));
    if (line.size() > kMaxLine) break;
  }
  ++line_;
  return !line.empty() || !file_.eof();
}

absl::Status JsonLinesSource::Deliver(const std::string& line, const Sink& sink) {
  if (line.size() > kMaxLine) {
    return absl::InvalidArgumentError(
        fmt::format("{}:{}: error: the line is longer than {} bytes", path_, line_, kMaxLine));
  }
  absl::StatusOr<SyntheticEvent> synthetic = SyntheticEvent::FromJson(line);
  if (!synthetic.ok()) {
    return absl::InvalidArgumentError(fmt::format("{}:{}: error: {}", path_, line_, Message(synthetic.status())));
  }
  Event event = synthetic->event();
  // As live: numbered in the order of delivery, unless the line says otherwise.
  if (event.number == 0) event.number = line_;
  if (event.header->kind < VD_KIND_COUNT) ++stats_.delivered[event.header->kind];
  sink(event);
  return absl::OkStatus();
}

absl::Status JsonLinesSource::Run(const Sink& sink, const Tap&, const std::function<void()>& idle) {
  std::string line;
  while (!stop_.load(std::memory_order_relaxed) && ReadLine(line)) {
    size_t first = line.find_first_not_of(" \t\r");
    bool skip = first == std::string::npos || line[first] == '#';
    if (skip && line.size() <= kMaxLine) continue;
    if (absl::Status s = Deliver(line, sink); !s.ok()) return s;
    if (idle && line_ % kIdleEvery == 0) idle();
  }
  if (idle) idle();
  return absl::OkStatus();
}

}  // namespace vedette
