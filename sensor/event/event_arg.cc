// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/event_arg.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace vedette {
namespace {

// Rows by kind: an event looks at its own only.
using RowsByKind = std::array<std::vector<const EventArg*>, VD_KIND_COUNT>;
const RowsByKind& Rows() {
  static const RowsByKind rows = [] {
    RowsByKind out;
    for (const EventArg& arg : AllEventArgs()) {
      for (int k = 1; k < VD_KIND_COUNT; ++k) {
        if (arg.kinds[k]) out[k].push_back(&arg);
      }
    }
    return out;
  }();
  return rows;
}

// The argument of `event` that the rule names, by name or by number; null if its type has none.
const EventArg* Select(const Event& event, const FieldArg& arg) {
  std::span<const std::string_view> names = ArgNamesOfType(event.type);
  uint32_t index = arg.index;
  bool by_number = arg.name.empty();
  if (!by_number) {
    const char* end = arg.name.data() + arg.name.size();
    auto parsed = std::from_chars(arg.name.data(), end, index);
    by_number = parsed.ec == std::errc() && parsed.ptr == end;
  }
  if (by_number) return index < names.size() ? FindEventArg(names[index], event.kind()) : nullptr;
  bool has_it = std::find(names.begin(), names.end(), arg.name) != names.end();
  return has_it ? FindEventArg(arg.name, event.kind()) : nullptr;
}

}  // namespace

const EventArg* FindEventArg(std::string_view name, EventKind kind) {
  if (kind >= VD_KIND_COUNT) return nullptr;
  for (const EventArg* arg : Rows()[kind]) {
    if (arg->name == name) return arg;
  }
  return nullptr;
}

void ExtractArgument(const Event& event, const FieldArg& arg, Values& out) {
  if (!arg.present) return;
  const EventArg* row = Select(event, arg);
  if (row == nullptr) return;
  TextWriter text(out);
  if (row->render(event, text)) text.Finish();
}

void ExtractArguments(const Event& event, const FieldArg&, Values& out) {
  TextWriter text(out);
  for (std::string_view name : ArgNamesOfType(event.type)) {
    const EventArg* row = FindEventArg(name, event.kind());
    if (row == nullptr) continue;
    size_t before = text.size();
    if (before != 0) text.Append(' ');
    text.Append(name);
    text.Append('=');
    if (!row->render(event, text)) text.Truncate(before);
  }
  text.Finish();
}

}  // namespace vedette
