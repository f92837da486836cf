// SPDX-License-Identifier: Apache-2.0
//
// A line of JSON as an event: what is accepted answers for every field.
#include "sensor/event/synthetic.h"
#include "tests/fuzz/extract.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const auto event = SyntheticEvent::FromJson(TextOf(data, size));
  if (!event.ok()) {
    FUZZ_CHECK(!event.status().message().empty());
    return 0;
  }
  FUZZ_CHECK(event->event().kind() < VD_KIND_COUNT);
  FUZZ_CHECK(!EventTypeName(event->event().type).empty());
  ExtractEverything(event->event());
  return 0;
}
