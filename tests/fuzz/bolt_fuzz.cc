// SPDX-License-Identifier: Apache-2.0
//
// A bolt database: every lookup ends, within its bounds, in an answer or an error. As a file's checksums would stop all
// but one input in 2^64, they are made right first.
#include <sys/mman.h>
#include <unistd.h>

#include "sensor/bolt_tree.h"
#include "sensor/container_details.h"
#include "sensor/container_metadata.h"
#include "sensor/containerd_database.h"
#include "tests/fuzz/check.h"
#include "tests/unit/sensor/bolt_writer.h"

namespace vedette {
namespace {

// The second meta page lies where the first says that pages end.
std::string Sealed(std::string_view input) {
  std::string bytes(input);
  testing::BoltWriter::Seal(bytes, 0);
  uint32_t page_size = 0;
  if (bytes.size() >= 28) memcpy(&page_size, bytes.data() + 24, sizeof(page_size));
  if (page_size >= 1024 && page_size <= 65536) testing::BoltWriter::Seal(bytes, page_size);
  return bytes;
}

void LoadContainer(const BoltFile& file) {
  Container c;
  c.full_id = "3f4f1c6e";  // as in the corpus
  absl::Status status = ReadContainerdDatabase(file, "k8s.io", c);
  FUZZ_CHECK(status.ok() == c.details.labels.has_value());
  for (const std::string* text : {&c.name, &c.image, &c.image_digest, &c.pod_name, &c.details.pod_sandbox_id}) {
    FUZZ_CHECK(text->size() <= kMaxMetadataString);
  }
  if (!status.ok()) return;
  FUZZ_CHECK(c.details.labels->size() <= kMaxLabels);
  for (const auto& [key, value] : *c.details.labels) {
    FUZZ_CHECK(key.size() <= kMaxLabelKey && value.size() <= kMaxMetadataString);
  }
}

void WalkRoot(const BoltFile& file) {
  BoltTree::Read(file, [](BoltTree& tree) {
    size_t bytes = 0;
    absl::Status status = tree.Values(*tree.Find({}), [&](std::string_view key, std::string_view value) {
      return (bytes += key.size() + value.size()) < kMaxBoltBytes;
    });
    FUZZ_CHECK(tree.nodes_read() <= kMaxBoltNodes + 1);
    return status;
  }).IgnoreError();
}

}  // namespace
}  // namespace vedette

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const std::string bytes = Sealed(TextOf(data, size));
  const int fd = memfd_create("bolt", MFD_CLOEXEC);
  FUZZ_CHECK(fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  const BoltFile file(fd, "fuzz.db");
  LoadContainer(file);
  WalkRoot(file);
  return 0;
}
