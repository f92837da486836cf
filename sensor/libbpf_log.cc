// SPDX-License-Identifier: Apache-2.0
#include "sensor/libbpf_log.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

namespace vedette {
namespace {

constexpr size_t kMaxKept = 64 << 10;
constexpr size_t kReasonLines = 3;

// libbpf's callback has no context argument: this is the one place that can hold it.
std::mutex& Mutex() {
  static std::mutex mutex;
  return mutex;
}
LibbpfLog*& Current() {
  static LibbpfLog* current = nullptr;
  return current;
}

__attribute__((format(printf, 2, 0))) int Print(libbpf_print_level level, const char* format, va_list args) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, args);
  int size = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (size <= 0) return 0;
  std::string text(static_cast<size_t>(size) + 1, '\0');
  vsnprintf(text.data(), text.size(), format, args);
  text.pop_back();
  std::lock_guard lock(Mutex());
  if (Current() != nullptr) Current()->Add(text);
  return 0;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

constexpr std::string_view kBegin = "-- BEGIN PROG LOAD LOG --";
constexpr std::string_view kEnd = "-- END PROG LOAD LOG --";

}  // namespace

LibbpfLog::LibbpfLog(Sink sink) : sink_(std::move(sink)) {
  std::lock_guard lock(Mutex());
  Current() = this;
  libbpf_set_print(Print);
}

LibbpfLog::~LibbpfLog() {
  std::lock_guard lock(Mutex());
  Current() = nullptr;
}

void LibbpfLog::Add(std::string_view text) {
  text_ += text;
  if (text_.size() > kMaxKept) text_.erase(0, text_.size() - kMaxKept);
  if (!sink_) return;
  for (std::string_view line : Lines(text)) sink_(line);
}

std::string LibbpfLog::RefusedProgram() const {
  // libbpf: prog 'vd_x': BPF program load failed: Permission denied
  size_t failed = text_.rfind("': BPF program load failed");
  if (failed == std::string::npos) return "";
  size_t quote = text_.rfind('\'', failed - 1);
  return quote == std::string::npos ? "" : text_.substr(quote + 1, failed - quote - 1);
}

std::string LibbpfLog::Reason() const {
  std::string_view text = text_;
  if (size_t end = text.rfind(kEnd); end != std::string_view::npos) {
    size_t begin = text.rfind(kBegin, end);
    begin = begin == std::string_view::npos ? 0 : begin + kBegin.size();
    text = text.substr(begin, end - begin);
  }
  std::vector<std::string_view> lines = Lines(text);
  // The verifier's statistics and libbpf's own frame are no reason.
  std::erase_if(lines, [](std::string_view line) {
    return line.starts_with("processed ") || line.find("LOAD LOG --") != std::string_view::npos;
  });
  if (lines.size() > kReasonLines) lines.erase(lines.begin(), lines.end() - kReasonLines);
  std::string out;
  for (std::string_view line : lines) {
    if (!out.empty()) out += " | ";
    out += line;
  }
  return out.empty() ? "no reason given" : out;
}

}  // namespace vedette
