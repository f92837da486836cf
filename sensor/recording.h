// SPDX-License-Identifier: Apache-2.0
//
// Recording: a file of raw records, as the rings gave them, with the seeds that make them intelligible. Written by
// `vedette record` through RecordingWriter, read by RecordingReader (and replayed by RecordingSource).
//
// The file, little endian:
//   header   magic "VEDETTE\n", u32 version, u32 size of the facts, u32 CRC-32C of the facts, u32 0, facts
//   facts    i64 boot_to_realtime_ns, u32 number of kinds, u32 fixed size of each kind's record,
//            u32 length + hostname, u32 length + kernel release
//   frames   u32 length, u32 CRC-32C of length and payload, payload (one record, at most VD_MAX_RECORD)
//   end      a frame of length 8 with the top bit set; its payload is the number of records
// Without its end a file is truncated. Kinds are only ever appended to events.def, so a file with fewer kinds than this
// program knows is readable, one with other sizes is not.
#ifndef VEDETTE_SENSOR_RECORDING_H_
#define VEDETTE_SENSOR_RECORDING_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vedette {

struct RecordingFacts {
  int64_t boot_to_realtime_ns = 0;  // when it was begun
  std::string hostname;
  std::string kernel_release;

  static RecordingFacts OfThisHost();
};

// One thread. Destroying it without Close() leaves a truncated file, as a crash would.
class RecordingWriter {
 public:
  // Creates `path`, readable by its owner only (0600); an error if it exists.
  static absl::StatusOr<std::unique_ptr<RecordingWriter>> Create(const std::string& path, const RecordingFacts& facts);

  // Buffered. The first failure (a full disk) is kept and returned by every later call.
  absl::Status Append(std::span<const std::byte> record);
  absl::Status Close();
  uint64_t records() const { return records_; }

 private:
  RecordingWriter(std::string path, std::FILE* file);
  absl::Status Write(std::span<const std::byte> bytes);
  absl::Status WriteFrame(uint32_t length_word, std::span<const std::byte> payload);

  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
  absl::Status status_;
  uint64_t records_ = 0;
};

// One thread.
class RecordingReader {
 public:
  // `partial`: a truncated or corrupt rest is the end, not an error.
  static absl::StatusOr<std::unique_ptr<RecordingReader>> Open(const std::string& path, bool partial);

  const RecordingFacts& facts() const { return facts_; }
  // The next record, 8-byte aligned and valid until the next call; nullopt at the end, which status() tells of.
  std::optional<std::span<const std::byte>> Next();
  // What is wrong with the file, as far as it has been read.
  const absl::Status& status() const { return status_; }
  uint64_t records() const { return records_; }

 private:
  RecordingReader(std::string path, std::FILE* file, bool partial);
  absl::Status ReadHeader();
  absl::Status ReadFacts(std::span<const std::byte> bytes);
  bool Read(void* out, size_t bytes) {
    if (block_end_ - block_at_ < bytes) return ReadAcross(out, bytes);
    memcpy(out, block_.get() + block_at_, bytes);
    block_at_ += bytes;
    offset_ += bytes;
    return true;
  }
  bool ReadAcross(void* out, size_t bytes);
  bool AtEnd();
  std::optional<std::span<const std::byte>> End(absl::Status status);
  absl::Status CheckEnd(std::span<const std::byte> payload);
  absl::Status Truncated() const;
  absl::Status Corrupt(const std::string& what) const;

  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
  const bool partial_;
  RecordingFacts facts_;
  uint64_t offset_ = 0;  // bytes read so far
  uint64_t frame_ = 0;   // where the current frame begins
  uint64_t records_ = 0;
  bool ended_ = false;
  absl::Status status_;
  std::unique_ptr<uint64_t[]> record_;  // the one that Next() gave; VD_MAX_RECORD bytes
  // What has been read of the file and not been used yet: [block_at_, block_end_).
  static constexpr size_t kBlock = size_t{256} << 10;
  std::unique_ptr<std::byte[]> block_ = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  size_t block_at_ = 0, block_end_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_RECORDING_H_
