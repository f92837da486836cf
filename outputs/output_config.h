// SPDX-License-Identifier: Apache-2.0
//
// OutputConfig: one entry of `outputs:` in the configuration, and the Route it becomes. No YAML here: cli reads the
// file.
#ifndef VEDETTE_OUTPUTS_OUTPUT_CONFIG_H_
#define VEDETTE_OUTPUTS_OUTPUT_CONFIG_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "outputs/dispatcher.h"

namespace vedette {

struct OutputConfig {
  std::string type;                   // stdout, file, syslog
  std::string format = "text";        // an encoder's name
  std::string path{};                 // file
  uint64_t rotate_bytes = 64u << 20;  // file: 0 = never
  uint32_t rotate_keep = 5;
  std::string address{};            // syslog: udp://HOST:PORT or tcp://HOST:PORT (octet counting)
  std::string facility = "local0";  // syslog
  std::string app_name = "vedette";
  size_t queue_alerts = 8192;
};

// Everything that MakeRoute checks, save opening the file: for `vedette check`.
absl::Status CheckOutput(const OutputConfig& config);

// An error names the object and the remedy.
absl::StatusOr<Dispatcher::Route> MakeRoute(const OutputConfig& config);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_OUTPUT_CONFIG_H_
