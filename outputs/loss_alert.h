// SPDX-License-Identifier: Apache-2.0
//
// LossAlert: the alert that tells a sink's receiver how many alerts it did not get.
#ifndef VEDETTE_OUTPUTS_LOSS_ALERT_H_
#define VEDETTE_OUTPUTS_LOSS_ALERT_H_

#include <cstdint>
#include <string>

#include "engine/alert.h"

namespace vedette {

// Alerts of one sink that were forced out and not yet reported.
struct LossRecord {
  uint64_t count = 0;
  int64_t first_ns = 0, last_ns = 0;             // times of the earliest and latest of them
  Priority highest_priority = Priority::kDebug;  // among them
  std::string hostname;

  void Add(const Alert& alert);
};

// Rule "Vedette internal: alerts lost", source "internal", priority Critical.
Alert MakeLossAlert(const std::string& sink, const LossRecord& loss, int64_t now_ns);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_LOSS_ALERT_H_
