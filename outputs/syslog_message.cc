// SPDX-License-Identifier: Apache-2.0
#include "outputs/syslog_message.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "outputs/escape.h"
#include "outputs/json_encoder.h"
#include "outputs/timestamp.h"
#include "outputs/utf8.h"

namespace vedette {
namespace {

// RFC 5424 table 1, by number; the names of syslog.conf.
constexpr std::string_view kFacilities[] = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                            "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                            "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                            "local2", "local3", "local4", "local5", "local6",   "local7"};

// No enterprise number is registered for Vedette: 32473 is the one that RFC 5612 sets aside for such uses.
constexpr std::string_view kStructuredDataId = "vedette@32473";

// A header field: printable ASCII without blanks, bounded; "-" when nothing is left.
void AppendHeaderField(std::string_view text, size_t bound, std::string& out) {
  size_t start = out.size();
  for (char c : text) {
    if (out.size() - start == bound) break;
    if (c > 0x20 && c < 0x7f) out += c;
  }
  if (out.size() == start) out += '-';
}

void AppendParameter(std::string_view name, std::string_view value, std::string& out) {
  if (value.empty()) return;
  out += ' ';
  out += name;
  out += "=\"";
  for (char c : EscapedText(Utf8Prefix(value, kMaxStructuredValue))) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += c;
  }
  out += '"';
}

void AppendStructuredData(const Alert& alert, std::string& out) {
  std::string tags;
  for (const std::string& tag : alert.tags) tags += (tags.empty() ? "" : ",") + tag;
  out += '[';
  out += kStructuredDataId;
  AppendParameter("id", alert.id, out);
  AppendParameter("rule", alert.rule, out);
  AppendParameter("priority", PriorityName(alert.priority), out);
  AppendParameter("source", alert.source, out);
  AppendParameter("tags", tags, out);
  AppendParameter("verdict", VerdictName(alert.verdict), out);
  out += ']';
}

// Cuts `out` to `bound`, on a character's border, with a mark that says how much went.
bool Cut(size_t bound, std::string& out) {
  if (out.size() <= bound) return false;
  constexpr size_t kMarkBytes = 40;  // of the longest mark
  std::string_view kept = Utf8Prefix(out, bound - std::min(bound, kMarkBytes));
  const size_t kept_bytes = kept.size();
  std::string mark = fmt::format("…[cut {} bytes]", out.size() - kept_bytes);
  out.resize(kept_bytes);
  out += mark;
  return true;
}

}  // namespace

SyslogMessage::SyslogMessage(int facility, std::string app_name)
    : facility_(facility), app_name_(std::move(app_name)), pid_(std::to_string(getpid())) {}

absl::StatusOr<SyslogMessage> SyslogMessage::Create(std::string_view facility, std::string_view app_name) {
  const auto* found = std::find(std::begin(kFacilities), std::end(kFacilities), facility);
  if (found == std::end(kFacilities)) {
    return absl::InvalidArgumentError(
        fmt::format("unknown syslog facility '{}'; there are {}", facility, fmt::join(kFacilities, ", ")));
  }
  return SyslogMessage(static_cast<int>(found - std::begin(kFacilities)), std::string(app_name));
}

bool SyslogMessage::Format(const Alert& alert, std::string_view encoded, size_t bound, std::string& out) const {
  out.clear();
  // The priorities are syslog's severities, in its order.
  fmt::format_to(std::back_inserter(out), "<{}>1 ", facility_ * 8 + static_cast<int>(alert.priority));
  AppendIso8601(alert.time_ns, 6, out);
  out += ' ';
  AppendHeaderField(alert.hostname, 255, out);
  out += ' ';
  AppendHeaderField(app_name_, 48, out);
  out += ' ';
  out += pid_;
  out += " alert ";
  AppendStructuredData(alert, out);
  out += ' ';
  out += encoded;
  return Cut(bound, out);
}

}  // namespace vedette
