// SPDX-License-Identifier: Apache-2.0
#include "outputs/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace vedette {
namespace {

constexpr mode_t kFileMode = 0640;

std::string_view Remedy(int error) {
  switch (error) {
    case ENOENT:
      return "; create its directory";
    case EACCES:
    case EPERM:
      return "; make it writable for this user, or run as root";
    case EISDIR:
      return "; name a file in it";
    case ENXIO:
      return "; nobody reads this fifo";
    default:
      return "";
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileSink>> FileSink::Open(Options options) {
  std::unique_ptr<FileSink> sink(new FileSink(std::move(options)));
  if (absl::Status status = sink->Reopen(); !status.ok()) return status;
  return sink;
}

absl::Status FileSink::Reopen() {
  // O_NONBLOCK: a fifo without a reader is an error to retry, not a hang.
  UniqueFd fd(open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kFileMode));
  struct stat info {};
  if (!fd.valid() || fstat(fd.get(), &info) != 0) {
    int error = errno;
    return absl::UnavailableError(
        fmt::format("cannot open '{}' for appending: {}{}", options_.path, std::strerror(error), Remedy(error)));
  }
  fd_ = std::move(fd);
  regular_ = S_ISREG(info.st_mode);
  size_ = static_cast<uint64_t>(info.st_size);
  dev_ = info.st_dev;
  ino_ = info.st_ino;
  return absl::OkStatus();
}

bool FileSink::Moved() const {
  struct stat info {};
  if (stat(options_.path.c_str(), &info) != 0) return errno == ENOENT;
  return info.st_dev != dev_ || info.st_ino != ino_;
}

std::string FileSink::Numbered(uint32_t n) const {
  return n == 0 ? options_.path : fmt::format("{}.{}", options_.path, n);
}

absl::Status FileSink::Rotate() {
  if (options_.rotate_keep == 0 && unlink(options_.path.c_str()) != 0 && errno != ENOENT) {
    return ErrnoStatus(fmt::format("remove '{}'", options_.path), errno);
  }
  for (uint32_t n = options_.rotate_keep; n > 0; --n) {
    if (rename(Numbered(n - 1).c_str(), Numbered(n).c_str()) != 0 && errno != ENOENT) {
      return ErrnoStatus(fmt::format("rename '{}' to '{}'", Numbered(n - 1), Numbered(n)), errno);
    }
  }
  return Reopen();
}

absl::Status FileSink::Write(const Alert&, std::string_view encoded) {
  line_.assign(encoded);
  line_ += '\n';
  absl::Status status;
  if (!fd_.valid() || (regular_ && Moved())) status = Reopen();
  if (status.ok() && regular_ && options_.rotate_bytes != 0 && size_ != 0 &&
      size_ + line_.size() > options_.rotate_bytes) {
    status = Rotate();
  }
  if (!status.ok()) return status;
  size_t written = 0;
  status = WriteAll(fd_.get(), line_, canceller_, &written);
  if (status.ok()) {
    size_ += line_.size();
    return status;
  }
  // A full disk took a part: take it back, or the retry would stand behind half a line.
  if (written != 0 && regular_ && ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) size_ += written;
  if (absl::IsAborted(status)) {  // a fifo's reader went away: another may come
    fd_.Reset();
    return absl::UnavailableError(status.ToString());
  }
  return absl::Status(status.code(), fmt::format("'{}': {}", options_.path, std::string(status.message())));
}

}  // namespace vedette
