// SPDX-License-Identifier: Apache-2.0
//
// CallRegister: by what the kernel compares an argument of a call without a hook. It knows the lower half of each
// register (VD_TABLE_ARGUMENT), so arguments of 32 bits that are one number; not texts, results, sets of flags, sizes
// and addresses. Pure functions; any thread.
#ifndef VEDETTE_SENSOR_EVENT_CALL_REGISTER_H_
#define VEDETTE_SENSOR_EVENT_CALL_REGISTER_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sensor/event/event_kind.h"

namespace vedette {

struct CallRegister {
  bool exists = false;           // the call has an argument of that name
  std::optional<uint8_t> index;  // from 0; nothing: it cannot be compared
};
CallRegister RegisterOf(EventTypeId call, std::string_view argument);

// The numbers that are written just so as that argument; empty: none is.
std::vector<uint64_t> RegisterValues(EventTypeId call, std::string_view argument, std::string_view text);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_CALL_REGISTER_H_
