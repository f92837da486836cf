// SPDX-License-Identifier: Apache-2.0
//
// EventFile: a file of events, whichever of the two forms it has: a recording, or JSON lines. What replay, explain and
// test read. The caller owns what it gets; one thread.
#ifndef VEDETTE_CLI_EVENT_FILE_H_
#define VEDETTE_CLI_EVENT_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rules/rule_set.h"
#include "sensor/event_source.h"

namespace vedette {

struct EventFile {
  std::unique_ptr<EventSource> source;
  std::string hostname;  // where it was recorded
};

// `path` "-" is stdin. `partial`: of a damaged recording, what is whole. `rules`: whose profiles its processes are
// under.
absl::StatusOr<EventFile> OpenEventFile(const std::string& path, bool partial, const RuleSet& rules);

}  // namespace vedette
#endif  // VEDETTE_CLI_EVENT_FILE_H_
