// SPDX-License-Identifier: Apache-2.0
//
// BoltFile: the pages of a bolt database that another program writes (containerd's meta.db, podman's bolt_state.db),
// read only. What they hold is sensor/bolt_tree's.
//
// The format is that of bbolt, version 2 (github.com/etcd-io/bbolt, MIT licence; written here anew from what its
// sources say of it, and checked with files of containerd 1.6 and 1.7 and podman 4.3). A file is an array of pages.
// The first two are meta pages: each names the root of one transaction's tree, the newer of the two being current.
// Pages are never written over while a transaction reaches them that one of the two names as the current one: a writer
// fills free pages first and then replaces the older meta page. Numbers are in the order of the machine that wrote
// them, which is this one.
//
// A reader that keeps no lock may fall behind by two transactions, and then its pages may be new ones: whoever has read
// asks Newest() again (BoltTree::Read does). No lock is taken: containerd holds the file's as long as it lives, and
// podman would have to wait for ours. Nothing is mapped: a file that its owner truncates would be a SIGBUS.
//
// Everything in the file may be made up; each number is checked before it is used, and nothing is read that is longer
// than kMaxBoltNode. One thread at a time.
#ifndef VEDETTE_SENSOR_BOLT_FILE_H_
#define VEDETTE_SENSOR_BOLT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace vedette {

// A page with those it overflows into: a container's bucket, with its whole specification.
inline constexpr size_t kMaxBoltNode = 8 << 20;

struct BoltPageHeader {
  uint64_t id;
  uint16_t flags;
  uint16_t count;     // of elements
  uint32_t overflow;  // how many pages more belong to this one
};
static_assert(sizeof(BoltPageHeader) == 16);

// The transaction that a meta page names.
struct BoltMeta {
  uint32_t page_size = 0;
  uint64_t root = 0;   // the page with the root bucket
  uint64_t pages = 0;  // the file has no page from here on
  uint64_t transaction = 0;
  friend bool operator==(const BoltMeta&, const BoltMeta&) = default;
};

class BoltFile {
 public:
  // NotFound if there is no such file.
  static absl::StatusOr<BoltFile> Open(const std::string& path);
  BoltFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}  // takes over `fd`
  BoltFile(BoltFile&& other) noexcept;
  BoltFile& operator=(BoltFile&&) = delete;
  ~BoltFile();

  absl::StatusOr<BoltMeta> Newest() const;
  // The page and those it overflows into.
  absl::StatusOr<std::string> ReadNode(const BoltMeta& meta, uint64_t page) const;
  const std::string& path() const { return path_; }

 private:
  absl::Status Damaged(uint64_t page, std::string_view what) const;

  int fd_;
  std::string path_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_BOLT_FILE_H_
