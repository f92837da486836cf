// SPDX-License-Identifier: Apache-2.0
//
// The files of container runtimes: each parser on the same text. None may throw or keep more than its bounds.
#include "sensor/container_metadata.h"
#include "tests/fuzz/check.h"

namespace vedette {
namespace {

void CheckBounds(const Container& c) {
  for (const std::string* text : {&c.name, &c.image, &c.image_repository, &c.image_tag, &c.image_digest, &c.pod_name,
                                  &c.pod_namespace, &c.pod_uid}) {
    FUZZ_CHECK(text->size() <= kMaxMetadataString);
  }
}

}  // namespace
}  // namespace vedette

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const std::string_view text = TextOf(data, size);
  for (auto parse : {ParseOciConfig, ParseDockerConfig, ParseDockerHostConfig, ParsePodmanContainers}) {
    Container container;
    container.full_id = "3f4f1c6e";  // as in the corpus
    parse(text, container);
    FUZZ_CHECK(container.full_id == "3f4f1c6e");
    CheckBounds(container);
  }
  FUZZ_CHECK(BundleOfRuntimeState(text).size() <= size);
  return 0;
}
