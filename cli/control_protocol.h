// SPDX-License-Identifier: Apache-2.0
//
// ControlProtocol: how a command talks with the running agent: one connection, one request, one reply, each one line of JSON of at
// most kMaxControlBytes.
//   {"version":1,"command":"mode","mode":"monitor","rule":"No secrets"}
//   {"version":1,"ok":true,"text":"…"}     or "ok":false, and the text is why
// A command more is one more handler of ControlServer (cli/run_command.cc lists them).
#ifndef VEDETTE_CLI_CONTROL_PROTOCOL_H_
#define VEDETTE_CLI_CONTROL_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"

namespace vedette {

inline constexpr int kControlVersion = 1;
inline constexpr size_t kMaxControlBytes = 4096;
inline constexpr const char* kDefaultControlSocket = "/run/vedette/control.sock";
inline constexpr const char* kNoControlSocket = "none";

// Who asks, as the kernel says.
struct ControlPeer {
  uint32_t pid = 0, uid = 0;
};

// Sends the request to the agent at `socket` and returns what it answers. Unavailable: no agent listens there.
absl::StatusOr<std::string> AskAgent(const std::string& socket, const nlohmann::json& request);

// An object of this version with a command, or why it is none.
absl::StatusOr<nlohmann::json> ParseControlRequest(const std::string& line);
std::string MakeControlReply(const absl::StatusOr<std::string>& answer);

}  // namespace vedette
#endif  // VEDETTE_CLI_CONTROL_PROTOCOL_H_
