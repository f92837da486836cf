// SPDX-License-Identifier: Apache-2.0
//
// InternalAlert: an alert that no rule makes: Vedette says something of itself. Pure function, any thread.
#ifndef VEDETTE_ENGINE_INTERNAL_ALERT_H_
#define VEDETTE_ENGINE_INTERNAL_ALERT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/alert.h"

namespace vedette {

// Rule "Vedette internal: WHAT", source "internal"; its output and fields are the caller's.
Alert MakeInternalAlert(std::string_view what, Priority priority, int64_t now_ns, const std::string& hostname);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_INTERNAL_ALERT_H_
