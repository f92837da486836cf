// SPDX-License-Identifier: Apache-2.0
//
// Event arguments: evt.arg.NAME, evt.arg[N] and evt.args. Which arguments a type of event has, and in what order, is
// Falco's (event_arg_order.cc); what Vedette knows of them is one row each here. Immutable, thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_EVENT_ARG_H_
#define VEDETTE_SENSOR_EVENT_EVENT_ARG_H_

#include <span>
#include <string_view>
#include <vector>

#include "sensor/event/field.h"
#include "sensor/event/symbols.h"
#include "sensor/event/text_writer.h"

namespace vedette {

// Writes the argument's text; false if the event does not have it.
using ArgRender = bool (*)(const Event& event, TextWriter& out);

struct EventArg {
  std::string_view name;
  EventKinds kinds;
  ArgRender render;
  KernelDecision kernel{
      KernelUse::kNever, VD_TABLE_COUNT, VD_TABLE_COUNT, {}, "this argument is not compared at the hook"};
  Symbols (*symbols)() = nullptr;  // of a scalar's text
};

std::span<const EventArg> AllEventArgs();
const EventArg* FindEventArg(std::string_view name, EventKind kind);  // null: the kind has no such argument

// Names that evt.arg may be given: those of any event of Falco's or ours, known or not.
bool IsEventArgName(std::string_view name);
std::string_view NearestEventArgName(std::string_view name);  // "" if nothing is near

// The arguments of a type, in order; empty if it has none. Valid for ever.
std::span<const std::string_view> ArgNamesOfType(EventTypeId type);

// Extractors of evt.arg and evt.args.
void ExtractArgument(const Event& event, const FieldArg& arg, Values& out);
void ExtractArguments(const Event& event, const FieldArg& arg, Values& out);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_EVENT_ARG_H_
