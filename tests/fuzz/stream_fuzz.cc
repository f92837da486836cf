// SPDX-License-Identifier: Apache-2.0
//
// The way of an event from the ring to the lines of a sink: process and container tables, the stock rules, alerts,
// encoders. The input is a sequence of records, each behind its length (u16, little endian). Lengths, kinds and the
// header's enumerators are repaired, so that the input's bytes are spent behind the decoder instead of before it.
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "outputs/encoder.h"
#include "rules/rule_loader.h"
#include "sensor/context_record.h"
#include "sensor/event_stream.h"
#include "tests/fuzz/check.h"

namespace vedette {
namespace {

// What is loaded once: rules and encoders do not depend on the input.
struct Fixture {
  Fixture() {
    const std::vector<std::string> paths = {VEDETTE_STOCK_RULES};
    LoadResult result = LoadRuleFiles(paths);
    FUZZ_CHECK(result.ok());
    rules = result.rules;
    text = *MakeEncoder("text");
    json = *MakeEncoder("json");
  }
  std::shared_ptr<const RuleSet> rules;
  std::unique_ptr<Encoder> text, json;
};

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void CheckAlert(const Fixture& fixture, const Alert& alert) {
  std::string line;
  fixture.text->Encode(alert, line);
  FUZZ_CHECK(std::none_of(line.begin(), line.end(), IsControl));
  line.clear();
  fixture.json->Encode(alert, line);
  FUZZ_CHECK(std::none_of(line.begin(), line.end(), IsControl));
  FUZZ_CHECK(nlohmann::json::accept(line));
}

void Repair(AlignedBytes& record, size_t size) {
  if (size < sizeof(vd_header)) return;
  auto& h = *reinterpret_cast<vd_header*>(record.data());
  h.size = static_cast<uint32_t>(size);
  h.via = static_cast<uint8_t>(h.via % VD_VIA_COUNT);
  h.verdict = static_cast<uint8_t>(h.verdict % VD_VERDICT_COUNT);
  if (h.kind != kContextKind) h.kind = static_cast<uint16_t>(1 + (h.kind - 1u) % (VD_KIND_COUNT - 1u));
}

void Feed(const uint8_t* data, size_t size, EventStream& stream, const EventSource::Sink& sink) {
  while (size >= 2) {
    const size_t length = std::min<size_t>(size - 2, static_cast<size_t>(data[0] | data[1] << 8));
    AlignedBytes record(data + 2, length);
    Repair(record, length);
    stream.Feed(record.span(), sink);
    data += 2 + length;
    size -= 2 + length;
  }
}

}  // namespace
}  // namespace vedette

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  static const Fixture fixture;
  static Engine engine({}, [](Alert alert) { CheckAlert(fixture, alert); });
  static const bool loaded = (engine.SetRules(fixture.rules), true);
  static_cast<void>(loaded);

  // Small bounds: a short input reaches them.
  EventStream::Options options;
  options.processes.max_images = 8;
  options.processes.max_ended = 4;
  options.processes.max_string_bytes = 4096;
  options.containers.max_unused = 2;
  options.containers.max_cgroups = 4;
  options.host = Host();
  EventStream stream(std::move(options));
  Feed(data, size, stream, [](const Event& event) { engine.OnEvent(event); });
  FUZZ_CHECK(stream.Stats().processes <= 8);
  return 0;
}
