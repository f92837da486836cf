// SPDX-License-Identifier: Apache-2.0
#include "outputs/loss_alert.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/internal_alert.h"
#include "outputs/timestamp.h"

namespace vedette {
namespace {

std::string Time(int64_t ns) {
  std::string out;
  AppendIso8601(ns, 6, out);
  return out;
}

}  // namespace

void LossRecord::Add(const Alert& alert) {
  first_ns = count == 0 ? alert.time_ns : std::min(first_ns, alert.time_ns);
  last_ns = count == 0 ? alert.time_ns : std::max(last_ns, alert.time_ns);
  highest_priority = count == 0 ? alert.priority : std::min(highest_priority, alert.priority);
  hostname = alert.hostname;
  ++count;
}

Alert MakeLossAlert(const std::string& sink, const LossRecord& loss, int64_t now_ns) {
  Alert alert = MakeInternalAlert("alerts lost", Priority::kCritical, now_ns, loss.hostname);
  const std::string highest(PriorityName(loss.highest_priority));
  alert.output = fmt::format("alerts lost before {} | count={} first={} last={} highest_priority={}", sink, loss.count,
                             Time(loss.first_ns), Time(loss.last_ns), highest);
  alert.fields = {{"vedette.sink", sink},
                  {"vedette.lost", static_cast<int64_t>(loss.count)},
                  {"vedette.lost_first_time", loss.first_ns},
                  {"vedette.lost_last_time", loss.last_ns},
                  {"vedette.lost_highest_priority", highest}};
  return alert;
}

}  // namespace vedette
