// SPDX-License-Identifier: Apache-2.0
//
// The files of container runtimes, and what they tell their hooks: each parser on the same text. None may throw or keep
// more than its bounds.
#include "sensor/container_details.h"
#include "sensor/container_metadata.h"
#include "sensor/context_record.h"
#include "sensor/oci_container.h"
#include "sensor/podman_database.h"
#include "tests/fuzz/check.h"

namespace vedette {
namespace {

void CheckLabels(const std::optional<Labels>& labels) {
  if (!labels) return;
  FUZZ_CHECK(labels->size() <= kMaxLabels);
  for (const auto& [key, value] : *labels) {
    FUZZ_CHECK(key.size() <= kMaxLabelKey);
    FUZZ_CHECK(value.size() <= kMaxMetadataString);
  }
}

void CheckDetails(const ContainerDetails& d) {
  for (const std::string* text : {&d.image_id, &d.healthcheck, &d.ip, &d.pod_sandbox_id}) {
    FUZZ_CHECK(text->size() <= kMaxMetadataString);
  }
  CheckLabels(d.labels);
  CheckLabels(d.pod_labels);
  if (!d.mounts) return;
  FUZZ_CHECK(d.mounts->size() <= kMaxMounts);
  for (const ContainerMount& m : *d.mounts) {
    for (const std::string* text : {&m.source, &m.destination, &m.mode, &m.propagation}) {
      FUZZ_CHECK(text->size() <= kMaxMetadataString);
    }
  }
}

// What is kept fits a context record, and comes back from it.
void CheckRecord(const Container& c) {
  const auto read = ReadContextRecord(MakeContextRecord(c));
  FUZZ_CHECK(read && std::holds_alternative<Container>(*read));
  CheckDetails(std::get<Container>(*read).details);
}

void CheckBounds(const Container& c) {
  CheckDetails(c.details);
  CheckRecord(c);
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
  for (auto parse :
       {ParseOciConfig, ParseDockerConfig, ParseDockerHostConfig, ParsePodmanContainers, ParsePodmanImages}) {
    Container container;
    container.full_id = container.details.image_id = "3f4f1c6e";  // as in the corpus
    parse(text, container);
    FUZZ_CHECK(container.full_id == "3f4f1c6e");
    CheckBounds(container);
  }
  Container container;
  container.full_id = "3f4f1c6e";
  std::string pod;
  ParsePodmanConfig(text, container, pod);
  ParsePodmanPod(text, container);
  FUZZ_CHECK(pod.size() <= kMaxMetadataString);
  CheckBounds(container);
  FUZZ_CHECK(BundleOfRuntimeState(text).size() <= size);
  if (auto json = Parse(text)) FUZZ_CHECK(AddressOfCniResult(*json).size() <= kMaxMetadataString);
  if (const auto oci = ParseOciState(text); oci.ok()) {
    FUZZ_CHECK(!oci->id.empty() && oci->id.size() <= kMaxOciId && oci->pid != 0);
    FUZZ_CHECK(oci->bundle.empty() || oci->bundle.starts_with('/'));
    FUZZ_CHECK(ParseOciState(ToJson(*oci)).ok());
  }
  return 0;
}
