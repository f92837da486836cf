// SPDX-License-Identifier: Apache-2.0
#include "sensor/recording.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bpf/abi/records.h"
#include "fmt/format.h"
#include "sensor/boot_time.h"
#include "sensor/crc32c.h"
#include "sensor/event/event_kind.h"

namespace vedette {
namespace {

constexpr char kMagic[8] = {'V', 'E', 'D', 'E', 'T', 'T', 'E', '\n'};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kMaxFacts = 65536;
constexpr uint32_t kEndBit = 0x80000000u;
constexpr size_t kMaxName = 256;
constexpr size_t kRecordWords = (VD_MAX_RECORD + 7) / 8;

struct FileHeader {
  char magic[8];
  uint32_t version;
  uint32_t facts_size;
  uint32_t facts_crc;
  uint32_t zero;
};
static_assert(sizeof(FileHeader) == 24);

struct FrameHeader {
  uint32_t length;
  uint32_t crc;
};

template <typename T>
std::span<const std::byte> BytesOf(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

class Packer {
 public:
  template <typename T>
  void Number(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void Text(const std::string& text) {
    size_t size = std::min(text.size(), kMaxName);
    Number(static_cast<uint32_t>(size));
    out_.append(text, 0, size);
  }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

class Unpacker {
 public:
  explicit Unpacker(std::span<const std::byte> bytes) : left_(bytes) {}
  template <typename T>
  bool Number(T& out) {
    if (left_.size() < sizeof(T)) return false;
    memcpy(&out, left_.data(), sizeof(T));
    left_ = left_.subspan(sizeof(T));
    return true;
  }
  bool Text(std::string& out) {
    uint32_t size;
    if (!Number(size) || size > kMaxName || size > left_.size()) return false;
    out.assign(reinterpret_cast<const char*>(left_.data()), size);
    left_ = left_.subspan(size);
    return true;
  }

 private:
  std::span<const std::byte> left_;
};

std::string PackFacts(const RecordingFacts& facts) {
  Packer packer;
  packer.Number(facts.boot_to_realtime_ns);
  packer.Number(static_cast<uint32_t>(VD_KIND_COUNT));
  packer.Number(uint32_t{0});  // VD_KIND_NONE
  for (const EventKindInfo& info : AllEventKinds()) packer.Number(info.fixed_size);
  packer.Text(facts.hostname);
  packer.Text(facts.kernel_release);
  return packer.bytes();
}

absl::Status Errno(const std::string& path, const char* doing) {
  return absl::ErrnoToStatus(errno, fmt::format("recording {}: cannot {}", path, doing));
}

}  // namespace

RecordingFacts RecordingFacts::OfThisHost() {
  RecordingFacts out;
  out.boot_to_realtime_ns = BootToRealtimeNs();
  utsname name{};
  if (uname(&name) == 0) {
    out.hostname = name.nodename;
    out.kernel_release = name.release;
  }
  return out;
}

// --- RecordingWriter ---

RecordingWriter::RecordingWriter(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

absl::StatusOr<std::unique_ptr<RecordingWriter>> RecordingWriter::Create(const std::string& path,
                                                                         const RecordingFacts& facts) {
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Errno(path, "create it");
  std::FILE* file = fdopen(fd, "wb");
  if (file == nullptr) {
    close(fd);
    return Errno(path, "open it");
  }
  std::unique_ptr<RecordingWriter> writer(new RecordingWriter(path, file));
  std::string packed = PackFacts(facts);
  std::span<const std::byte> bytes = std::as_bytes(std::span(packed));
  FileHeader header{{}, kVersion, static_cast<uint32_t>(packed.size()), Crc32c(bytes), 0};
  memcpy(header.magic, kMagic, sizeof(kMagic));
  if (absl::Status s = writer->Write(BytesOf(header)); !s.ok()) return s;
  if (absl::Status s = writer->Write(bytes); !s.ok()) return s;
  return writer;
}

absl::Status RecordingWriter::Write(std::span<const std::byte> bytes) {
  if (!status_.ok()) return status_;
  if (file_ == nullptr) return absl::FailedPreconditionError(fmt::format("recording {}: already closed", path_));
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) status_ = Errno(path_, "write to it");
  return status_;
}

absl::Status RecordingWriter::WriteFrame(uint32_t length_word, std::span<const std::byte> payload) {
  FrameHeader header{length_word, Crc32c(length_word, payload)};
  if (absl::Status s = Write(BytesOf(header)); !s.ok()) return s;
  return Write(payload);
}

absl::Status RecordingWriter::Append(std::span<const std::byte> record) {
  if (record.size() > VD_MAX_RECORD) {
    return absl::InvalidArgumentError(
        fmt::format("recording {}: a record of {} bytes; the limit is {}", path_, record.size(), VD_MAX_RECORD));
  }
  absl::Status status = WriteFrame(static_cast<uint32_t>(record.size()), record);
  if (status.ok()) ++records_;
  return status;
}

absl::Status RecordingWriter::Close() {
  if (absl::Status s = WriteFrame(kEndBit | sizeof(records_), BytesOf(records_)); !s.ok()) return s;
  std::FILE* file = file_.release();
  bool flushed = std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  if (!flushed && errno != EINVAL) status_ = Errno(path_, "write to it");  // EINVAL: a pipe cannot be synced
  if (std::fclose(file) != 0 && status_.ok()) status_ = Errno(path_, "close it");
  return status_;
}

// --- RecordingReader ---

RecordingReader::RecordingReader(std::string path, std::FILE* file, bool partial)
    : path_(std::move(path)), file_(file), partial_(partial), record_(std::make_unique<uint64_t[]>(kRecordWords)) {}

absl::StatusOr<std::unique_ptr<RecordingReader>> RecordingReader::Open(const std::string& path, bool partial) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return Errno(path, "open it");
  std::unique_ptr<RecordingReader> reader(new RecordingReader(path, file, partial));
  if (absl::Status s = reader->ReadHeader(); !s.ok()) return s;
  return reader;
}

bool RecordingReader::ReadAcross(void* out, size_t bytes) {
  auto* to = static_cast<std::byte*>(out);
  for (;;) {
    const size_t n = std::min(bytes, block_end_ - block_at_);
    memcpy(to, block_.get() + block_at_, n);
    to += n;
    bytes -= n;
    block_at_ += n;
    offset_ += n;
    if (bytes == 0) return true;
    block_at_ = 0;
    block_end_ = std::fread(block_.get(), 1, kBlock, file_.get());
    if (block_end_ == 0) return false;
  }
}

bool RecordingReader::AtEnd() {
  std::byte next;
  return !Read(&next, 1);
}

absl::Status RecordingReader::Truncated() const {
  if (std::ferror(file_.get()) != 0) return Errno(path_, "read it");
  return absl::DataLossError(fmt::format(
      "recording {}: truncated at byte {} after {} records; re-record or use --partial", path_, offset_, records_));
}

absl::Status RecordingReader::Corrupt(const std::string& what) const {
  return absl::DataLossError(
      fmt::format("recording {}: corrupt at byte {} after {} records ({}); re-record or use "
                  "--partial",
                  path_, frame_, records_, what));
}

absl::Status RecordingReader::ReadHeader() {
  FileHeader header{};
  if (!Read(&header, sizeof(header))) {
    bool begun = memcmp(header.magic, kMagic, std::min<size_t>(offset_, sizeof(kMagic))) == 0 && offset_ > 0;
    if (begun || std::ferror(file_.get()) != 0) return Truncated();
  }
  if (memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) {
    return absl::InvalidArgumentError(fmt::format("recording {}: not a Vedette recording", path_));
  }
  if (header.version != kVersion || header.zero != 0) {
    return absl::InvalidArgumentError(fmt::format(
        "recording {}: format version {}; this program reads version {}: re-record", path_, header.version, kVersion));
  }
  frame_ = offset_;
  if (header.facts_size > kMaxFacts) return Corrupt("its header is too long");
  if (header.facts_size == 0) return Corrupt("its header is too short");
  std::vector<std::byte> facts(header.facts_size);
  if (!Read(facts.data(), facts.size())) return Truncated();
  if (Crc32c(facts) != header.facts_crc) return Corrupt("its header's checksum does not fit");
  return ReadFacts(facts);
}

absl::Status RecordingReader::ReadFacts(std::span<const std::byte> bytes) {
  Unpacker in(bytes);
  uint32_t kinds = 0, size = 0;
  if (!in.Number(facts_.boot_to_realtime_ns) || !in.Number(kinds)) return Corrupt("its header is too short");
  for (uint32_t kind = 0; kind < kinds; ++kind) {
    if (!in.Number(size)) return Corrupt("its header is too short");
    bool known = kind != VD_KIND_NONE && kind < VD_KIND_COUNT;
    if (known && size != Info(static_cast<EventKind>(kind)).fixed_size) {
      return absl::InvalidArgumentError(fmt::format(
          "recording {}: made by another version of vedette ({} records have {} bytes, here {}): re-record", path_,
          Info(static_cast<EventKind>(kind)).name, size, Info(static_cast<EventKind>(kind)).fixed_size));
    }
  }
  if (!in.Text(facts_.hostname) || !in.Text(facts_.kernel_release)) return Corrupt("its header is too short");
  return absl::OkStatus();
}

std::optional<std::span<const std::byte>> RecordingReader::End(absl::Status status) {
  ended_ = true;
  if (!partial_) status_ = std::move(status);
  return std::nullopt;
}

std::optional<std::span<const std::byte>> RecordingReader::Next() {
  if (ended_) return std::nullopt;
  frame_ = offset_;
  FrameHeader header{};
  if (!Read(&header, sizeof(header))) return End(Truncated());
  const uint32_t length = header.length & ~kEndBit;
  if (length > VD_MAX_RECORD) return End(Corrupt("impossible length"));
  if (!Read(record_.get(), length)) return End(Truncated());
  const std::span<const std::byte> payload = std::as_bytes(std::span(record_.get(), kRecordWords)).first(length);
  if (Crc32c(header.length, payload) != header.crc) return End(Corrupt("checksum does not fit"));
  if ((header.length & kEndBit) != 0) return End(CheckEnd(payload));
  ++records_;
  return payload;
}

absl::Status RecordingReader::CheckEnd(std::span<const std::byte> payload) {
  uint64_t written = 0;
  if (payload.size() != sizeof(written)) return Corrupt("impossible end");
  memcpy(&written, payload.data(), sizeof(written));
  if (written != records_) return Corrupt(fmt::format("{} records were written", written));
  if (!AtEnd()) return Corrupt("something follows its end");
  return absl::OkStatus();
}

}  // namespace vedette
