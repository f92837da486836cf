// SPDX-License-Identifier: Apache-2.0
//
// One record: what the decoder accepts, every extractor can read. The input is the record.
#include <algorithm>

#include "sensor/context_record.h"
#include "sensor/event/decoder.h"
#include "sensor/event/event.h"
#include "sensor/event/host.h"
#include "tests/fuzz/extract.h"

namespace vedette {
namespace {

// A process that has everything a process can have, in a container, with a parent.
Process FullProcess(const Container* container, Process* parent) {
  Process p;
  p.exec_id = 7;
  p.pid = p.vpid = 70;
  p.ppid = 1;
  p.in_container = container != nullptr;
  p.comm = "sh";
  p.exe = "/bin/sh";
  p.exe_path = "/usr/bin/dash";
  p.args = "-c id";
  p.cmdline = "sh -c id";
  p.argc = 3;
  p.cwd = "/root/";
  p.cgroup = "/system.slice/docker.scope";
  p.container = container;
  p.parent = parent;
  return p;
}

void CheckEvent(const vd_header& header) {
  Container container;
  container.id = container.full_id = "0123456789ab";
  container.image = "docker.io/library/alpine:3";
  Process parent = FullProcess(nullptr, nullptr);
  Process process = FullProcess(&container, &parent);
  Host host;
  Event event;
  event.header = &header;
  event.type = TypeOf(header);
  event.number = 1;
  event.time_ns = static_cast<int64_t>(header.time_ns);
  FUZZ_CHECK(event.type < kMaxEventTypes);
  FUZZ_CHECK(KindsOfType(event.type).test(header.kind));
  ExtractEverything(event);
  event.process = &process;
  event.host = &host;
  ExtractEverything(event);
}

}  // namespace
}  // namespace vedette

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const AlignedBytes record(data, size);
  if (IsContextRecord(record.span())) ReadContextRecord(record.span());
  const vd_header* header = nullptr;
  const DecodeError error = Decode(record.span(), header);
  FUZZ_CHECK((error == DecodeError::kNone) == (header != nullptr));
  FUZZ_CHECK(!DecodeErrorText(error).empty());
  if (header != nullptr) CheckEvent(*header);
  return 0;
}
