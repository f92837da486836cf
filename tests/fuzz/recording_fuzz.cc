// SPDX-License-Identifier: Apache-2.0
//
// The recording reader. The input is a file; it is read as it is, and again with its checksums made right, which no
// mutation would guess. It lies in a memfd: the reader wants a path.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bpf/abi/records.h"
#include "sensor/crc32c.h"
#include "sensor/recording.h"
#include "tests/fuzz/check.h"

namespace vedette {
namespace {

// sensor/recording.h: the header's 24 bytes, facts, then frames of 8 bytes and a payload.
constexpr size_t kHeader = 24, kFactsSize = 12, kFactsCrc = 16, kFrame = 8;

uint32_t Number(const std::string& file, size_t at) {
  uint32_t out;
  std::memcpy(&out, file.data() + at, sizeof(out));
  return out;
}
std::span<const std::byte> Part(const std::string& file, size_t at, size_t size) {
  return std::as_bytes(std::span(file.data() + at, size));
}

void RepairChecksums(std::string& file) {
  if (file.size() < kHeader) return;
  size_t at = kHeader;
  size_t size = std::min<size_t>(Number(file, kFactsSize), file.size() - at);
  uint32_t crc = Crc32c(Part(file, at, size));
  std::memcpy(file.data() + kFactsCrc, &crc, sizeof(crc));
  for (at += size; file.size() - at >= kFrame; at += kFrame + size) {
    size = std::min<size_t>(Number(file, at) & 0x7fffffffu, file.size() - at - kFrame);
    crc = Crc32c(Number(file, at), Part(file, at + kFrame, size));
    std::memcpy(file.data() + at + 4, &crc, sizeof(crc));
  }
}

struct Outcome {
  uint64_t records = 0;
  bool ok = false;
};

Outcome Read(const std::string& path, bool partial) {
  auto reader = RecordingReader::Open(path, partial);
  if (!reader.ok()) return {};
  for (;;) {
    const std::optional<std::span<const std::byte>> record = (*reader)->Next();
    if (!record) return {(*reader)->records(), (*reader)->status().ok()};
    FUZZ_CHECK(record->size() <= VD_MAX_RECORD);
    FUZZ_CHECK(reinterpret_cast<uintptr_t>(record->data()) % 8 == 0);
    Touch({reinterpret_cast<const char*>(record->data()), record->size()});
  }
}

void CheckFile(const std::string& file) {
  const int fd = memfd_create("recording", MFD_CLOEXEC);
  FUZZ_CHECK(fd >= 0);
  FUZZ_CHECK(write(fd, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const Outcome whole = Read(path, false), part = Read(path, true);
  FUZZ_CHECK(whole.records == part.records);
  FUZZ_CHECK(!whole.ok || part.ok);
  close(fd);
}

}  // namespace
}  // namespace vedette

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  std::string file(TextOf(data, size));
  CheckFile(file);
  RepairChecksums(file);
  CheckFile(file);
  return 0;
}
