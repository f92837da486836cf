// SPDX-License-Identifier: Apache-2.0
//
// HooksOfCall: at which hooks a system call can be refused. Of profiles that deny by call: a call is refused by any
// hook that it meets, and this says that it meets one of these whenever it would do something. Immutable, thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_CALL_HOOKS_H_
#define VEDETTE_SENSOR_EVENT_CALL_HOOKS_H_

#include <string_view>

#include "sensor/event/event_kind.h"

namespace vedette {

// `name` of any ABI (see syscall_abi.h). None: it can only be told or killed after.
EventKinds HooksOfCall(std::string_view name);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_CALL_HOOKS_H_
