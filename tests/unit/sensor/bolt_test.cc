// SPDX-License-Identifier: Apache-2.0
//
// Bolt databases: those of real runtimes (databases/, made by Debian's containerd 1.6.20 and podman 4.3.1, cut behind
// their last used page) and those that a test makes up.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "sensor/bolt_file.h"
#include "sensor/bolt_tree.h"
#include "sensor/container_details.h"
#include "sensor/containerd_database.h"
#include "tests/unit/sensor/bolt_writer.h"
#include "tests/unit/temporary_directory.h"

namespace vedette {
namespace {

using testing::BoltWriter;
using testing::Bucket;
using testing::ContainerdDatabase;

std::string RealDatabase(const std::string& name) {
  std::ifstream file(std::string(VEDETTE_TEST_DATABASES "/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A file in memory that a test can go on writing.
class Bytes {
 public:
  explicit Bytes(const std::string& content) : fd_(memfd_create("bolt", MFD_CLOEXEC)) { Write(0, content); }
  ~Bytes() { close(fd_); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  void Write(size_t offset, std::string_view content) {
    ASSERT_EQ(pwrite(fd_, content.data(), content.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(content.size()));
  }
  void Truncate(size_t size) { ASSERT_EQ(ftruncate(fd_, static_cast<off_t>(size)), 0); }
  BoltFile File() const { return BoltFile(dup(fd_), "test.db"); }

 private:
  int fd_;
};

absl::StatusOr<std::string> Get(const BoltFile& file, std::initializer_list<std::string_view> buckets,
                                std::string_view key, size_t* nodes = nullptr) {
  std::string out;
  absl::Status status = BoltTree::Read(file, [&](BoltTree& tree) {
    auto bucket = tree.Find(buckets);
    if (!bucket.ok()) return bucket.status();
    auto value = tree.Value(*bucket, key);
    if (value.ok()) out = *value;
    if (nodes != nullptr) *nodes = tree.nodes_read();
    return value.status();
  });
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<std::string> Get(const std::string& bytes, std::initializer_list<std::string_view> buckets,
                                std::string_view key) {
  return Get(Bytes(bytes).File(), buckets, key);
}

absl::Status Load(const BoltFile& file, const std::string& id, Container& out) {
  out.full_id = id;
  return ReadContainerdDatabase(file, "k8s.io", out);
}

const std::string kSandbox(64, 'a');
const std::string kApp(64, 'b');

// --- what is in them ---

TEST(RealContainerdDatabase, TellsLabelsImageAndPod) {
  const Bytes bytes(RealDatabase("containerd-1.6-meta.db"));
  Container app, sandbox, plain;
  ASSERT_TRUE(Load(bytes.File(), kApp, app).ok());
  EXPECT_EQ(app.name, "app");
  EXPECT_EQ(app.image, "vedette.test/img:v1");
  EXPECT_EQ(app.image_tag, "v1");
  EXPECT_EQ(app.image_digest, "sha256:d454994238eee38222bd9ef3efe82e0279340a2092a5f506d880c6e316fd551c");
  EXPECT_EQ(*app.details.labels, (Labels{{"io.containerd.image.config.stop-signal", "SIGTERM"},
                                         {"io.cri-containerd.image", "managed"},
                                         {"io.cri-containerd.kind", "container"},
                                         {"io.kubernetes.container.name", "app"},
                                         {"io.kubernetes.pod.name", "redis-0"},
                                         {"own", "1"}}));
  EXPECT_EQ(app.details.pod_sandbox_id, "");  // its bundle tells
  ASSERT_TRUE(Load(bytes.File(), kSandbox, sandbox).ok());
  EXPECT_EQ(sandbox.details.pod_sandbox_id, kSandbox);
  EXPECT_EQ(sandbox.pod_name, "redis-0");
  EXPECT_EQ(sandbox.pod_namespace, "cache");
  EXPECT_EQ(sandbox.pod_uid, "0f8d9c5e-1111-2222-3333-444455556666");
  plain.full_id = "web";  // by ctr, without an image
  ASSERT_TRUE(ReadContainerdDatabase(bytes.File(), "default", plain).ok());
  EXPECT_EQ(*plain.details.labels, (Labels{{"x.y/z", "w"}}));
  EXPECT_EQ(plain.image, "");
}

TEST(RealContainerdDatabase, KnowsNoOtherContainers) {
  const Bytes bytes(RealDatabase("containerd-1.6-meta.db"));
  for (const std::string& id : {std::string("web"), std::string(), kApp.substr(1), kApp + "b"}) {
    Container container;
    EXPECT_TRUE(absl::IsNotFound(Load(bytes.File(), id, container))) << id;
    EXPECT_EQ(container.details.labels, std::nullopt);
  }
}

TEST(Bolt, WhatWasKnownIsNotReplaced) {
  Container container;
  container.name = "mine";
  container.image = "other:1";
  container.pod_name = "my-pod";
  ASSERT_TRUE(Load(Bytes(RealDatabase("containerd-1.6-meta.db")).File(), kApp, container).ok());
  EXPECT_EQ(container.name, "mine");
  EXPECT_EQ(container.image, "other:1");
  EXPECT_EQ(container.pod_name, "my-pod");
}

TEST(Bolt, LabelsBeyondTheBoundAreCut) {
  std::map<std::string, std::string> labels;
  for (int i = 0; i < 1000; ++i) labels["l" + std::to_string(1000 + i)] = std::string(1000, 'v');
  labels[std::string(1000, 'a')] = "too long a key";
  Container container;
  ASSERT_TRUE(Load(Bytes(BoltWriter::Write(ContainerdDatabase("k8s.io", kApp, labels))).File(), kApp, container).ok());
  EXPECT_EQ(container.details.labels->size(), kMaxLabels);
  EXPECT_EQ((*container.details.labels)[0].first, "l1000");
  EXPECT_EQ((*container.details.labels)[0].second.size(), 512);
  EXPECT_TRUE(container.details.cut);
}

TEST(Bolt, AnyTreeIsRead) {
  std::mt19937 random(7);
  for (uint32_t page_size : {1024, 4096, 65536}) {
    Bucket root, flat;
    for (int i = 0; i < 3000; ++i) {
      const std::string key = std::to_string(random() % 100000) + std::string(random() % 60, 'k');
      const std::string value(random() % 50 == 0 ? random() % 20000 : random() % 40, 'v');
      flat.values[key] = value;
      root.buckets["of " + key].values[key] = value;
    }
    root.buckets["flat"] = flat;
    const Bytes bytes(BoltWriter::Write(root, page_size));
    const BoltFile file = bytes.File();
    for (const auto& [key, value] : flat.values) {
      ASSERT_EQ(*Get(file, {"flat"}, key), value);
      ASSERT_EQ(*Get(file, {"of " + key}, key), value);
      ASSERT_TRUE(absl::IsNotFound(Get(file, {"flat"}, key + "!").status()));
    }
  }
}

TEST(Bolt, ABucketIsNoValueAndAValueNoBucket) {
  const std::string bytes = BoltWriter::Write({.values = {{"v", "1"}}, .buckets = {{"b", {}}}});
  EXPECT_EQ(*Get(bytes, {}, "v"), "1");
  EXPECT_TRUE(absl::IsNotFound(Get(bytes, {}, "b").status()));
  EXPECT_TRUE(absl::IsNotFound(Get(bytes, {"v"}, "x").status()));
  EXPECT_TRUE(absl::IsNotFound(Get(bytes, {"b"}, "x").status()));
}

TEST(Bolt, OneContainerOfAHundredThousandTakesAFewPages) {
  Bucket database = ContainerdDatabase("k8s.io", kApp, {{"app", "shop"}});
  Bucket& containers = database.buckets["v1"].buckets["k8s.io"].buckets["containers"];
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    std::string id;
    for (int part = 0; part < 4; ++part) {
      char hex[17];
      snprintf(hex, sizeof(hex), "%016llx", static_cast<unsigned long long>(random()));
      id += hex;
    }
    containers.buckets[id].values["image"] = "x";
  }
  const Bytes bytes(BoltWriter::Write(database));
  size_t nodes = 0;
  ASSERT_TRUE(Get(bytes.File(), {"v1", "k8s.io", "containers", kApp}, "image", &nodes).ok());
  EXPECT_LE(nodes, 8);
}

// --- which transaction ---

constexpr size_t kPage = 4096;

std::string Committed(const std::string& value, uint64_t transaction) {
  return BoltWriter::Write({.values = {{"k", value}}}, kPage, transaction);
}

TEST(Bolt, TheNewestValidTransactionCounts) {
  std::string bytes = Committed("old", 7);
  bytes += Committed("new", 9).substr(3 * kPage);  // page 4, which page 1 shall name
  BoltWriter::Put<uint64_t>(bytes, 4 * kPage, 4);
  for (size_t meta : {size_t{0}, kPage}) BoltWriter::Put<uint64_t>(bytes, meta + 56, 5);
  BoltWriter::Put<uint64_t>(bytes, kPage + 32, 4);
  BoltWriter::Seal(bytes, 0);
  BoltWriter::Seal(bytes, kPage);
  EXPECT_EQ(*Get(bytes, {}, "k"), "new");
  std::string torn = bytes;
  torn[kPage + 64] ^= 1;  // its checksum is wrong now
  EXPECT_EQ(*Get(torn, {}, "k"), "old");
  std::string first_torn = bytes;
  first_torn[20] ^= 1;
  EXPECT_EQ(*Get(first_torn, {}, "k"), "new");
  torn[20] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(Get(torn, {}, "k").status()));
}

// What a writer does while `read` runs; the answer is that of the transaction which is current at the end.
TEST(Bolt, WhatAWriterHasOvertakenIsReadAgain) {
  Bytes bytes(Committed("old", 7));
  int calls = 0;
  std::string got;
  absl::Status status = BoltTree::Read(bytes.File(), [&](BoltTree& tree) {
    auto bucket = tree.Find({});
    got = *tree.Value(*bucket, "k");
    if (++calls == 1) bytes.Write(0, Committed("new", 20));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(got, "new");
}

TEST(Bolt, AWriterThatNeverRestsMakesItUnavailable) {
  Bytes bytes(Committed("v", 7));
  int calls = 0;
  absl::Status status = BoltTree::Read(bytes.File(), [&](BoltTree&) {
    bytes.Write(0, Committed("v", 20 + static_cast<uint64_t>(++calls)));
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(calls, 4);
}

TEST(Bolt, AFileThatIsCutWhileItIsReadIsNoMoreThanAnError) {
  Bytes bytes(RealDatabase("containerd-1.6-meta.db"));
  const BoltFile file = bytes.File();
  absl::Status status = BoltTree::Read(file, [&](BoltTree& tree) {
    bytes.Truncate(kPage + 100);
    return tree.Find({"v1"}).status();
  });
  EXPECT_TRUE(absl::IsDataLoss(status) || absl::IsUnavailable(status)) << status;
}

// --- made-up files ---

// Whatever it says: an answer of bounded size, or an error.
void ReadAnyway(const BoltFile& file) {
  for (const std::string& id : {kSandbox, kApp}) {
    Container container;
    absl::Status status = Load(file, id, container);
    EXPECT_EQ(status.ok(), container.details.labels.has_value());
    if (!status.ok()) continue;
    EXPECT_LE(container.details.labels->size(), kMaxLabels);
    EXPECT_LE(container.image.size(), 512);
  }
}

TEST(Bolt, AFileOfAnyLengthIsTolerated) {
  for (const std::string& whole : {BoltWriter::Write(ContainerdDatabase("k8s.io", kApp, {{"a", "b"}}), 1024),
                                   RealDatabase("containerd-1.6-meta.db")}) {
    const size_t step = whole.size() > 20000 ? 97 : 1;
    Bytes bytes(whole);
    for (size_t size = whole.size(); size > step; size -= step) {
      bytes.Truncate(size);
      ReadAnyway(bytes.File());
    }
  }
}

TEST(Bolt, AnyByteMayBeWrong) {
  std::string whole = BoltWriter::Write(ContainerdDatabase("k8s.io", kApp, {{"a", "b"}, {"c", "d"}}), 1024);
  Bytes bytes(whole);
  for (size_t i = 0; i < whole.size(); ++i) {
    for (unsigned char flip : {0x01, 0x80, 0xff}) {
      const char wrong = static_cast<char>(whole[i] ^ flip);
      bytes.Write(i, {&wrong, 1});
      ReadAnyway(bytes.File());
    }
    bytes.Write(i, {&whole[i], 1});
  }
}

TEST(RealContainerdDatabase, MayHaveAnyByteWrong) {
  const std::string whole = RealDatabase("containerd-1.6-meta.db");
  Bytes bytes(whole);
  for (size_t i = 0; i < whole.size(); i += 7) {
    const char wrong = static_cast<char>(~whole[i]);
    bytes.Write(i, {&wrong, 1});
    ReadAnyway(bytes.File());
    bytes.Write(i, {&whole[i], 1});
  }
}

// Meta pages are guarded by a checksum: a forger makes it right.
TEST(Bolt, AnyMetaPageMayBeForged) {
  const std::string whole = BoltWriter::Write(ContainerdDatabase("k8s.io", kApp, {{"a", "b"}}), 1024);
  for (size_t at : {24, 32, 56}) {  // page size, root, pages
    for (uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{1} << 31, uint64_t{1} << 53,
                           uint64_t{1} << 63, ~uint64_t{0}}) {
      std::string forged = whole;
      for (size_t meta : {0, 1024}) {
        if (at == 24) {
          BoltWriter::Put(forged, meta + at, static_cast<uint32_t>(value));
        } else {
          BoltWriter::Put(forged, meta + at, value);
        }
        BoltWriter::Seal(forged, meta);
      }
      ReadAnyway(Bytes(forged).File());
      EXPECT_FALSE(Get(forged, {"v1", "k8s.io", "containers", kApp}, "spec").ok() && value < 3);
    }
  }
}

TEST(Bolt, APageThatLeadsToItselfEnds) {
  Bucket root;
  for (int i = 0; i < 200; ++i) root.values[std::to_string(1000 + i)] = std::string(100, 'v');
  std::string bytes = BoltWriter::Write(root, 1024);
  uint64_t branch;
  memcpy(&branch, bytes.data() + 32, sizeof(branch));
  uint16_t count;
  memcpy(&count, bytes.data() + branch * 1024 + 10, sizeof(count));
  for (size_t i = 0; i < count; ++i) BoltWriter::Put(bytes, branch * 1024 + 16 + 16 * i + 8, branch);
  EXPECT_TRUE(absl::IsResourceExhausted(Get(bytes, {}, "1100").status()));
  const Bytes looped(bytes);
  absl::Status all = BoltTree::Read(looped.File(), [](BoltTree& tree) {
    return tree.Values(*tree.Find({}), [](std::string_view, std::string_view) { return true; });
  });
  EXPECT_TRUE(absl::IsResourceExhausted(all)) << all;
}

// Each branch leads to a leaf again and again: not a loop, but more than anybody reads.
TEST(Bolt, ABucketOfMorePagesThanAreReadEnds) {
  Bucket root;
  for (int i = 0; i < 4000; ++i) root.values[std::to_string(10000 + i)] = std::string(100, 'v');
  const Bytes bytes(BoltWriter::Write(root, 1024));
  size_t seen = 0;
  absl::Status all = BoltTree::Read(bytes.File(), [&](BoltTree& tree) {
    return tree.Values(*tree.Find({}), [&](std::string_view, std::string_view) { return ++seen != 0; });
  });
  EXPECT_TRUE(absl::IsResourceExhausted(all)) << all;
  EXPECT_LT(seen, 4000);
}

TEST(Bolt, HugeCountsAreRefused) {
  const std::string whole = BoltWriter::Write({.values = {{"k", "v"}}}, 1024);
  const size_t leaf = 3 * 1024;
  auto with = [&](size_t at, auto value) {
    std::string bytes = whole;
    BoltWriter::Put(bytes, leaf + at, value);
    return Get(bytes, {}, "k").status();
  };
  EXPECT_TRUE(absl::IsDataLoss(with(10, uint16_t{0xffff})));           // elements
  EXPECT_TRUE(absl::IsDataLoss(with(12, uint32_t{0xffffffff})));       // overflow
  EXPECT_TRUE(absl::IsDataLoss(with(8, uint16_t{3})));                 // branch and leaf
  EXPECT_TRUE(absl::IsDataLoss(with(0, uint64_t{9})));                 // another page
  EXPECT_TRUE(absl::IsDataLoss(with(16 + 4, uint32_t{0xffffffff})));   // where the key is
  EXPECT_TRUE(absl::IsDataLoss(with(16 + 8, uint32_t{0xffffffff})));   // how long it is
  EXPECT_TRUE(absl::IsDataLoss(with(16 + 12, uint32_t{0xffffffff})));  // how long its value is
  EXPECT_TRUE(with(16 + 12, uint32_t{0}).ok());
}

TEST(Bolt, ANodeOfMoreThanTheBoundIsRefused) {
  const std::string bytes = BoltWriter::Write({.values = {{"k", std::string(kMaxBoltNode, 'v')}}});
  EXPECT_TRUE(absl::IsResourceExhausted(Get(bytes, {}, "k").status()));
}

TEST(Bolt, WhatIsNoRegularFileIsNotRead) {
  const TemporaryDirectory folder;
  ASSERT_EQ(mkfifo((folder / "meta.db").c_str(), 0600), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(BoltFile::Open(folder / "meta.db").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(BoltFile::Open(folder.path()).status()));
  EXPECT_TRUE(absl::IsNotFound(BoltFile::Open(folder / "none").status()));
}

}  // namespace
}  // namespace vedette
