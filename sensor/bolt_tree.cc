// SPDX-License-Identifier: Apache-2.0
#include "sensor/bolt_tree.h"

#include <cstring>
#include <optional>

#include "fmt/format.h"

namespace vedette {
namespace {

constexpr int kMaxTries = 4;
constexpr uint16_t kBranch = 1;
constexpr uint16_t kLeaf = 2;
constexpr uint32_t kIsBucket = 1;

// Elements follow a page's header; each says how far behind its own beginning its key is, and a value follows its key.
struct BranchElement {
  uint32_t position, key_size;
  uint64_t page;
};
struct LeafElement {
  uint32_t flags, position, key_size, value_size;
};
constexpr size_t kElementSize = 16;
static_assert(sizeof(BranchElement) == kElementSize && sizeof(LeafElement) == kElementSize);

// What a bucket's element holds; the page of an inline one follows.
struct BucketHeader {
  uint64_t root, sequence;
};
static_assert(sizeof(BucketHeader) == 16);

// One branch or leaf page. Accessors give nothing where the page lies.
class NodeView {
 public:
  explicit NodeView(std::string_view bytes) : bytes_(bytes) {
    if (bytes.size() >= sizeof(header_)) memcpy(&header_, bytes.data(), sizeof(header_));
  }
  bool ok() const {
    bool one_kind = header_.flags == kBranch || header_.flags == kLeaf;
    return one_kind && bytes_.size() >= sizeof(header_) + size_t{header_.count} * kElementSize;
  }
  bool branch() const { return header_.flags == kBranch; }
  size_t count() const { return header_.count; }

  std::optional<std::string_view> Key(size_t i) const {
    if (branch()) {
      auto e = At<BranchElement>(i);
      return Part(i, e.position, e.key_size);
    }
    auto e = At<LeafElement>(i);
    return Part(i, e.position, e.key_size);
  }
  uint64_t Child(size_t i) const { return At<BranchElement>(i).page; }
  bool IsBucket(size_t i) const { return (At<LeafElement>(i).flags & kIsBucket) != 0; }
  std::optional<std::string_view> Value(size_t i) const {
    auto e = At<LeafElement>(i);
    return Part(i, uint64_t{e.position} + e.key_size, e.value_size);
  }
  // How many keys are before `key`; nothing if one cannot be read. Keys are sorted: if not, some are not found.
  std::optional<size_t> Before(std::string_view key) const {
    size_t low = 0, high = count();
    while (low < high) {
      size_t middle = (low + high) / 2;
      std::optional<std::string_view> there = Key(middle);
      if (!there) return std::nullopt;
      if (*there < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  size_t Offset(size_t i) const { return sizeof(header_) + i * kElementSize; }
  template <typename Element>
  Element At(size_t i) const {
    Element out;
    memcpy(&out, bytes_.data() + Offset(i), sizeof(out));
    return out;
  }
  std::optional<std::string_view> Part(size_t i, uint64_t position, uint64_t size) const {
    uint64_t begin = Offset(i) + position;  // of 32 bits each: no overflow
    if (begin > bytes_.size() || size > bytes_.size() - begin) return std::nullopt;
    return bytes_.substr(begin, size);
  }

  std::string_view bytes_;
  BoltPageHeader header_{};
};

absl::Status Damaged(const BoltFile& file, std::string_view what) {
  return absl::DataLossError(fmt::format("{} is damaged: {}", file.path(), what));
}

absl::Status TooMuch(const BoltFile& file, std::string_view what) {
  return absl::ResourceExhaustedError(fmt::format("{}: {}", file.path(), what));
}

// The child that has `key`, if any has.
std::optional<size_t> ChildOf(const NodeView& node, std::string_view key) {
  std::optional<size_t> at = node.Before(key);
  if (!at || node.count() == 0) return std::nullopt;
  if (*at == node.count() || (*at > 0 && node.Key(*at) != key)) return *at - 1;
  return *at;
}

}  // namespace

absl::Status BoltTree::Read(const BoltFile& file, const std::function<absl::Status(BoltTree&)>& read) {
  for (int n = 0; n < kMaxTries; ++n) {
    absl::StatusOr<BoltMeta> before = file.Newest();
    if (!before.ok()) return before.status();
    BoltTree tree(file, *before);
    absl::Status status = read(tree);
    absl::StatusOr<BoltMeta> after = file.Newest();
    if (after.ok() && *after == *before) return status;
  }
  return absl::UnavailableError(
      fmt::format("{} has changed each of the {} times that it was read", file.path(), kMaxTries));
}

absl::StatusOr<std::string> BoltTree::Node(uint64_t page) {
  if (++nodes_read_ > kMaxBoltNodes) return TooMuch(file_, "a lookup takes more pages than are read");
  absl::StatusOr<std::string> node = file_.ReadNode(meta_, page);
  if (node.ok() && (bytes_read_ += node->size()) > kMaxBoltBytes) {
    return TooMuch(file_, "a lookup takes longer pages than are read");
  }
  return node;
}

absl::StatusOr<std::string> BoltTree::Element(const BoltBucket& in, std::string_view key, bool bucket) {
  uint64_t page = in.root;
  for (int depth = 0; depth < kMaxBoltDepth; ++depth) {
    absl::StatusOr<std::string> read;
    if (page != 0 && !(read = Node(page)).ok()) return read.status();
    NodeView node(page != 0 ? *read : in.inline_node);
    if (!node.ok()) return Damaged(file_, fmt::format("page {} is neither branch nor leaf", page));
    if (node.branch()) {
      std::optional<size_t> child = ChildOf(node, key);
      if (!child || (page = node.Child(*child)) == 0) return Damaged(file_, "a branch page leads nowhere");
      continue;
    }
    std::optional<size_t> at = node.Before(key);
    std::optional<std::string_view> value;
    if (!at) return Damaged(file_, fmt::format("a key of page {} is not in it", page));
    if (*at == node.count() || node.Key(*at) != key) return absl::NotFoundError(std::string(key));
    if (node.IsBucket(*at) != bucket) return absl::NotFoundError(std::string(key));
    if (!(value = node.Value(*at))) return Damaged(file_, fmt::format("a value of page {} is not in it", page));
    return std::string(*value);
  }
  return TooMuch(file_, fmt::format("its tree is deeper than {} pages", kMaxBoltDepth));
}

absl::StatusOr<BoltBucket> BoltTree::Find(const BoltBucket& in, std::string_view name) {
  absl::StatusOr<std::string> value = Element(in, name, /*bucket=*/true);
  if (!value.ok()) return value.status();
  BucketHeader header;
  if (value->size() < sizeof(header)) return Damaged(file_, "a bucket is too short");
  memcpy(&header, value->data(), sizeof(header));
  if (header.root != 0) return BoltBucket{header.root, {}};
  return BoltBucket{0, value->substr(sizeof(header))};
}

absl::StatusOr<BoltBucket> BoltTree::Find(std::initializer_list<std::string_view> names) {
  absl::StatusOr<BoltBucket> bucket = BoltBucket{meta_.root, {}};
  for (std::string_view name : names) {
    if (bucket.ok()) bucket = Find(*bucket, name);
  }
  return bucket;
}

absl::StatusOr<std::string> BoltTree::Value(const BoltBucket& in, std::string_view key) {
  return Element(in, key, /*bucket=*/false);
}

absl::StatusOr<bool> BoltTree::Walk(std::string_view bytes, int depth,
                                    const std::function<bool(std::string_view, std::string_view)>& see) {
  NodeView node(bytes);
  if (!node.ok()) return Damaged(file_, "a page of a bucket is neither branch nor leaf");
  if (depth == kMaxBoltDepth) return TooMuch(file_, fmt::format("its tree is deeper than {} pages", kMaxBoltDepth));
  for (size_t i = 0; i < node.count(); ++i) {
    if (node.branch()) {
      absl::StatusOr<std::string> child = Node(node.Child(i));
      if (!child.ok()) return child.status();
      absl::StatusOr<bool> more = Walk(*child, depth + 1, see);
      if (!more.ok() || !*more) return more;
      continue;
    }
    std::optional<std::string_view> key = node.Key(i), value = node.Value(i);
    if (!key || !value) return Damaged(file_, "an element of a bucket is not in its page");
    if (!node.IsBucket(i) && !see(*key, *value)) return false;
  }
  return true;
}

absl::Status BoltTree::Values(const BoltBucket& in,
                              const std::function<bool(std::string_view, std::string_view)>& see) {
  absl::StatusOr<std::string> read;
  if (in.root != 0 && !(read = Node(in.root)).ok()) return read.status();
  return Walk(in.root != 0 ? *read : in.inline_node, 0, see).status();
}

}  // namespace vedette
