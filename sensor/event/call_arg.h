// SPDX-License-Identifier: Apache-2.0
//
// Internal to sensor/event: the arguments of system calls that share one record (vd_call), by call and name. What a
// register means is one row of the table in call_arg.cc. Pure functions over the view; any thread.
#ifndef VEDETTE_SENSOR_EVENT_CALL_ARG_H_
#define VEDETTE_SENSOR_EVENT_CALL_ARG_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "sensor/event/event.h"
#include "sensor/event/text_writer.h"

namespace vedette {

// Writes the argument `name` of an event whose record begins with a vd_call; false if the call has none of that name,
// or the operation is no call of that type.
bool AppendCallArgument(const Event& event, std::string_view name, TextWriter& out);

template <size_t kSize>
struct ArgName {
  char text[kSize]{};
  constexpr ArgName(const char (&name)[kSize]) { std::copy_n(name, kSize, text); }  // NOLINT: from a literal
};

template <ArgName kName>
bool CallArgument(const Event& event, TextWriter& out) {
  return AppendCallArgument(event, kName.text, out);
}

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_CALL_ARG_H_
