// SPDX-License-Identifier: Apache-2.0
//
// SyslogMessage: an alert in RFC 5424's envelope:
//   <PRI>1 TIME HOST APP PID alert [vedette@32473 id="…" rule="…" priority="…" source="…" tags="…" verdict="…"] MESSAGE
// No byte order mark before the message: rsyslog would leave it in. Immutable after construction, any thread.
#ifndef VEDETTE_OUTPUTS_SYSLOG_MESSAGE_H_
#define VEDETTE_OUTPUTS_SYSLOG_MESSAGE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/alert.h"

namespace vedette {

// Bounds, in bytes. A message beyond its transport's is cut and ends in "…[cut N bytes]".
inline constexpr size_t kMaxSyslogUdp = 8096;  // rsyslog's and syslog-ng's default bound is 8192
inline constexpr size_t kMaxSyslogTcp = 65536;
inline constexpr size_t kMaxStructuredValue = 512;  // of one value of the structured data, before escapes

class SyslogMessage {
 public:
  // An error names the facilities there are.
  static absl::StatusOr<SyslogMessage> Create(std::string_view facility, std::string_view app_name);

  // Replaces `out`; true if the message had to be cut to `bound`.
  bool Format(const Alert& alert, std::string_view encoded, size_t bound, std::string& out) const;

 private:
  SyslogMessage(int facility, std::string app_name);

  int facility_;
  std::string app_name_;
  std::string pid_;
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_SYSLOG_MESSAGE_H_
