// SPDX-License-Identifier: Apache-2.0
#include "engine/internal_alert.h"

#include "engine/uuid.h"

namespace vedette {

Alert MakeInternalAlert(std::string_view what, Priority priority, int64_t now_ns, const std::string& hostname) {
  Alert alert;
  alert.id = UuidV7().Next(now_ns);
  alert.time_ns = now_ns;
  alert.rule = std::string("Vedette internal: ").append(what);
  alert.priority = priority;
  alert.source = "internal";
  alert.hostname = hostname;
  alert.tags = {"vedette_internal"};
  return alert;
}

}  // namespace vedette
