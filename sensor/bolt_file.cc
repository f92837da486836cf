// SPDX-License-Identifier: Apache-2.0
#include "sensor/bolt_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "fmt/format.h"

namespace vedette {
namespace {

constexpr uint32_t kMagic = 0xED0CDAED;
constexpr uint32_t kVersion = 2;
constexpr uint32_t kMinPage = 1024;
constexpr uint32_t kMaxPage = 64 << 10;  // the largest that Linux has

// What follows the header of a meta page.
struct MetaBody {
  uint32_t magic, version, page_size, flags;
  uint64_t root, sequence;
  uint64_t freelist, pages, transaction;
  uint64_t checksum;  // of all before it
};
static_assert(sizeof(MetaBody) == 64 && offsetof(MetaBody, checksum) == 56);

// FNV-1a, 64 bits.
uint64_t Fnv(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

// All of `size` bytes, or none.
bool ReadAt(int fd, uint64_t offset, char* to, size_t size) {
  while (size > 0) {
    ssize_t n = pread(fd, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
  return true;
}

// The meta page at `offset`; nothing if there is none. `page_size` is what it should say, 0 if that is not known.
std::optional<BoltMeta> ReadMeta(int fd, uint64_t offset, uint32_t page_size) {
  MetaBody meta;
  if (!ReadAt(fd, offset + sizeof(BoltPageHeader), reinterpret_cast<char*>(&meta), sizeof(meta))) return std::nullopt;
  if (meta.magic != kMagic || meta.version != kVersion) return std::nullopt;
  if (Fnv({reinterpret_cast<const char*>(&meta), offsetof(MetaBody, checksum)}) != meta.checksum) return std::nullopt;
  if (!std::has_single_bit(meta.page_size) || meta.page_size < kMinPage || meta.page_size > kMaxPage) return {};
  if (page_size != 0 && meta.page_size != page_size) return std::nullopt;
  return BoltMeta{meta.page_size, meta.root, meta.pages, meta.transaction};
}

// The second page, whose place is known from the first's size or else tried.
std::optional<BoltMeta> ReadSecondMeta(int fd, const std::optional<BoltMeta>& first) {
  if (first) return ReadMeta(fd, first->page_size, first->page_size);
  for (uint32_t size = kMinPage; size <= kMaxPage; size *= 2) {
    if (auto meta = ReadMeta(fd, size, size)) return meta;
  }
  return std::nullopt;
}

}  // namespace

BoltFile::BoltFile(BoltFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

BoltFile::~BoltFile() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<BoltFile> BoltFile::Open(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return absl::ErrnoToStatus(errno, fmt::format("{} cannot be opened", path));
  BoltFile file(fd, path);
  struct stat st {};
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    return absl::FailedPreconditionError(fmt::format("{} is no regular file", path));
  }
  return file;
}

absl::StatusOr<BoltMeta> BoltFile::Newest() const {
  std::optional<BoltMeta> first = ReadMeta(fd_, 0, 0);
  std::optional<BoltMeta> second = ReadSecondMeta(fd_, first);
  if (!first && !second) {
    return absl::DataLossError(
        fmt::format("{} is no bolt database of version {}: neither meta page is valid", path_, kVersion));
  }
  if (!first || (second && second->transaction > first->transaction)) return *second;
  return *first;
}

absl::Status BoltFile::Damaged(uint64_t page, std::string_view what) const {
  return absl::DataLossError(fmt::format("{} is damaged: page {} {}", path_, page, what));
}

absl::StatusOr<std::string> BoltFile::ReadNode(const BoltMeta& meta, uint64_t page) const {
  if (page < 2 || page >= meta.pages || page > INT64_MAX / kMaxPage) return Damaged(page, "cannot be");
  std::string node(meta.page_size, '\0');
  const uint64_t offset = page * meta.page_size;
  if (!ReadAt(fd_, offset, node.data(), node.size())) return Damaged(page, "is beyond the file's end");
  BoltPageHeader header;
  memcpy(&header, node.data(), sizeof(header));
  if (header.id != page) return Damaged(page, fmt::format("says that it is page {}", header.id));
  if (header.overflow == 0) return node;
  if (header.overflow >= meta.pages - page) return Damaged(page, "is longer than the file");
  if (header.overflow >= kMaxBoltNode / meta.page_size) {
    return absl::ResourceExhaustedError(
        fmt::format("{}: page {} is longer than the {} MiB that are read", path_, page, kMaxBoltNode >> 20));
  }
  node.resize((size_t{header.overflow} + 1) * meta.page_size);
  if (!ReadAt(fd_, offset + meta.page_size, node.data() + meta.page_size, node.size() - meta.page_size)) {
    return Damaged(page, "is longer than the file");
  }
  return node;
}

}  // namespace vedette
