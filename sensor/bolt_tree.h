// SPDX-License-Identifier: Apache-2.0
//
// BoltTree: buckets, keys and values of one transaction of a bolt database (sensor/bolt_file.h has the format's
// source). A bucket is a B+ tree of its own: branch pages lead to leaf pages, whose elements are values or further
// buckets. A small bucket lies inline, as one leaf page within its element.
//
// A lookup reads the pages on its way and no others: in a bucket of 100,000 containers, four. Whatever the file says, a
// tree reads no more of it than the bounds below, so that a page which leads to itself ends there. One thread at a
// time.
#ifndef VEDETTE_SENSOR_BOLT_TREE_H_
#define VEDETTE_SENSOR_BOLT_TREE_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sensor/bolt_file.h"

namespace vedette {

inline constexpr size_t kMaxBoltNodes = 256;
inline constexpr size_t kMaxBoltBytes = 2 * kMaxBoltNode;
inline constexpr int kMaxBoltDepth = 16;  // of one bucket's pages

struct BoltBucket {
  uint64_t root = 0;        // its first page; 0: inline
  std::string inline_node;  // the page of an inline bucket
};

class BoltTree {
 public:
  // Lets `read` look into the newest transaction. If a writer has meanwhile finished another, what was read may be
  // mixed: then `read` is called again, a few times, and after that the answer is Unavailable. So `read` must set what
  // it fills anew. Else the result is what `read` returned.
  static absl::Status Read(const BoltFile& file, const std::function<absl::Status(BoltTree&)>& read);

  BoltTree(const BoltFile& file, const BoltMeta& meta) : file_(file), meta_(meta) {}

  // The bucket below the root's bucket with the first name, and so on. NotFound if there is none.
  absl::StatusOr<BoltBucket> Find(std::initializer_list<std::string_view> names);
  absl::StatusOr<BoltBucket> Find(const BoltBucket& in, std::string_view name);
  absl::StatusOr<std::string> Value(const BoltBucket& in, std::string_view key);
  // Each value of the bucket, in the order of their keys, until `see` returns false.
  absl::Status Values(const BoltBucket& in,
                      const std::function<bool(std::string_view key, std::string_view value)>& see);

  size_t nodes_read() const { return nodes_read_; }

 private:
  absl::StatusOr<std::string> Node(uint64_t page);
  // The element of that key: its value, which of a bucket is the bucket.
  absl::StatusOr<std::string> Element(const BoltBucket& in, std::string_view key, bool bucket);
  absl::StatusOr<bool> Walk(std::string_view node, int depth,
                            const std::function<bool(std::string_view key, std::string_view value)>& see);

  const BoltFile& file_;
  const BoltMeta meta_;
  size_t nodes_read_ = 0;
  size_t bytes_read_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_BOLT_TREE_H_
