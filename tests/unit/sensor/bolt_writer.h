// SPDX-License-Identifier: Apache-2.0
//
// BoltWriter: makes files of the format that sensor/bolt_file.h describes, small ones and large ones, for tests. Not by
// the reader's code: what both believe is checked against files of real runtimes (bolt_test.cc, databases/).
#ifndef VEDETTE_TESTS_UNIT_SENSOR_BOLT_WRITER_H_
#define VEDETTE_TESTS_UNIT_SENSOR_BOLT_WRITER_H_

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::testing {

struct Bucket {
  std::map<std::string, std::string> values = {};
  std::map<std::string, Bucket> buckets = {};
};

class BoltWriter {
 public:
  static std::string Write(const Bucket& root, uint32_t page_size = 4096, uint64_t transaction = 7) {
    BoltWriter writer(page_size);
    uint64_t page = writer.Tree(root);
    writer.Meta(0, page, transaction - 1);
    writer.Meta(1, page, transaction);
    return writer.bytes_;
  }

  // The checksum of the meta page at `offset` made right.
  static void Seal(std::string& bytes, size_t offset) {
    if (bytes.size() < offset + 80) return;
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = offset + 16; i < offset + 72; ++i) hash = (hash ^ static_cast<uint8_t>(bytes[i])) * 0x100000001b3;
    memcpy(bytes.data() + offset + 72, &hash, sizeof(hash));
  }

  template <typename T>
  static void Put(std::string& bytes, size_t offset, T value) {
    memcpy(bytes.data() + offset, &value, sizeof(value));
  }

 private:
  struct Element {
    std::string key, value;
    uint32_t flags = 0;
    uint64_t child = 0;  // of a branch
  };
  static constexpr size_t kHeader = 16;

  // Two meta pages and one that would list the free ones.
  explicit BoltWriter(uint32_t page_size) : page_size_(page_size), bytes_(size_t{3} * page_size, '\0') {}

  static size_t SizeOf(const Element& e) { return 16 + e.key.size() + e.value.size(); }

  static std::string Node(uint64_t id, bool leaf, const std::vector<Element>& elements, uint32_t overflow) {
    std::string out(kHeader + 16 * elements.size(), '\0');
    Put(out, 0, id);
    Put<uint16_t>(out, 8, leaf ? 2 : 1);
    Put(out, 10, static_cast<uint16_t>(elements.size()));
    Put(out, 12, overflow);
    for (size_t i = 0; i < elements.size(); ++i) {
      const Element& e = elements[i];
      const size_t at = kHeader + 16 * i;
      const auto position = static_cast<uint32_t>(out.size() - at);
      const auto key_size = static_cast<uint32_t>(e.key.size());
      if (leaf) {
        Put(out, at, e.flags);
        Put(out, at + 4, position);
        Put(out, at + 8, key_size);
        Put(out, at + 12, static_cast<uint32_t>(e.value.size()));
      } else {
        Put(out, at, position);
        Put(out, at + 4, key_size);
        Put(out, at + 8, e.child);
      }
      out += e.key + e.value;
    }
    return out;
  }

  Element AddPage(bool leaf, const std::vector<Element>& elements, size_t size) {
    const uint64_t id = bytes_.size() / page_size_;
    const auto overflow = static_cast<uint32_t>((size - 1) / page_size_);
    bytes_ += Node(id, leaf, elements, overflow);
    bytes_.resize((id + 1 + overflow) * page_size_, '\0');
    return {.key = elements.empty() ? "" : elements[0].key, .value = {}, .flags = 0, .child = id};
  }

  // Pages as full as they can be; what leads to them.
  std::vector<Element> Level(bool leaf, const std::vector<Element>& elements) {
    std::vector<Element> out, page;
    size_t size = kHeader;
    for (const Element& e : elements) {
      if (!page.empty() && size + SizeOf(e) > page_size_) {
        out.push_back(AddPage(leaf, page, size));
        page.clear();
        size = kHeader;
      }
      size += SizeOf(e);
      page.push_back(e);
    }
    if (!page.empty() || out.empty()) out.push_back(AddPage(leaf, page, size));
    return out;
  }

  // The first page of the bucket's tree.
  uint64_t Tree(const Bucket& bucket) {
    std::vector<Element> level = Level(/*leaf=*/true, Elements(bucket));
    while (level.size() > 1) level = Level(/*leaf=*/false, level);
    return level[0].child;
  }

  std::vector<Element> Elements(const Bucket& bucket) {
    std::map<std::string, Element> sorted;
    for (const auto& [key, value] : bucket.values) sorted[key] = {key, value, 0, 0};
    for (const auto& [key, below] : bucket.buckets) sorted[key] = {key, BucketValue(below), 1, 0};
    std::vector<Element> out;
    for (auto& [key, element] : sorted) out.push_back(std::move(element));
    return out;
  }

  // As bolt does: inline if it has no buckets and is a quarter of a page at most.
  std::string BucketValue(const Bucket& bucket) {
    std::string header(16, '\0');
    if (bucket.buckets.empty()) {
      std::string node = Node(0, /*leaf=*/true, Elements(bucket), 0);
      if (node.size() <= page_size_ / 4) return header + node;
    }
    Put(header, 0, Tree(bucket));
    return header;
  }

  void Meta(size_t page, uint64_t root, uint64_t transaction) {
    const size_t at = page * page_size_;
    Put<uint64_t>(bytes_, at, page);
    Put<uint16_t>(bytes_, at + 8, 4);
    Put<uint32_t>(bytes_, at + 16, 0xED0CDAED);
    Put<uint32_t>(bytes_, at + 20, 2);
    Put<uint32_t>(bytes_, at + 24, page_size_);
    Put(bytes_, at + 32, root);
    Put<uint64_t>(bytes_, at + 48, 2);
    Put<uint64_t>(bytes_, at + 56, bytes_.size() / page_size_);
    Put(bytes_, at + 64, transaction);
    Seal(bytes_, at);
  }

  const uint32_t page_size_;
  std::string bytes_;
};

// What containerd keeps of one container with an image.
inline Bucket ContainerdDatabase(const std::string& name_space, const std::string& id,
                                 std::map<std::string, std::string> labels) {
  Bucket container{.values = {{"image", "docker.io/library/redis:7"}, {"spec", "{}"}},
                   .buckets = {{"labels", {.values = std::move(labels)}}}};
  Bucket image{.buckets = {{"target", {.values = {{"digest", "sha256:feed"}}}}}};
  Bucket space{.buckets = {{"containers", {.buckets = {{id, container}}}},
                           {"images", {.buckets = {{"docker.io/library/redis:7", image}}}}}};
  return {.buckets = {{"v1", {.values = {{"version", "\x06"}}, .buckets = {{name_space, space}}}}}};
}

}  // namespace vedette::testing
#endif  // VEDETTE_TESTS_UNIT_SENSOR_BOLT_WRITER_H_
