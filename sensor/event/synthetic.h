// SPDX-License-Identifier: Apache-2.0
//
// SyntheticFields and SyntheticEvent: an event that is a map of field values instead of a record. Lines of JSON
// given to `vedette replay` and the inline events of tests are this. Owns what it holds; one thread.
#ifndef VEDETTE_SENSOR_EVENT_SYNTHETIC_H_
#define VEDETTE_SENSOR_EVENT_SYNTHETIC_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sensor/event/event.h"
#include "sensor/event/field.h"
#include "sensor/event/value.h"

namespace vedette {

class SyntheticFields {
 public:
  using Item = std::variant<bool, int64_t, std::string, IpAddress>;

  // `spelling` is the field as a rule writes it: "fd.name", "proc.aname[2]", "evt.arg.flags". Several values for
  // an any_of field by several calls. An error names an unknown field or a value of the wrong type.
  absl::Status Set(std::string_view spelling, std::string_view value);
  absl::Status Set(std::string_view spelling, int64_t value);
  absl::Status Set(std::string_view spelling, bool value);

  void Get(std::string_view spelling, Values& out) const;
  // For Extract(): allocates nothing. "proc.aname[2]" is also answered by the second of several proc.aname.
  void Get(const Field& field, const FieldArg& arg, Values& out) const;

  // The first value of a field, for the event's header; null if it was not set.
  const Item* Find(std::string_view spelling) const;

 private:
  absl::Status Add(std::string_view spelling, const Item& item);
  absl::Status AddParsed(std::string_view spelling, std::string_view text);

  std::map<std::string, std::vector<Item>, std::less<>> items_;
};

// Owns the header and the fields of one synthetic event.
class SyntheticEvent {
 public:
  // One JSON object per line: {"evt.type": "openat", "fd.name": "/etc/shadow", "proc.aname": ["sh", "sshd"], …}.
  // evt.type is required. evt.time (ns), evt.num, evt.rawres, container.id and user.uid also fill the header.
  // evt.hook (or "kind") chooses among the kinds of a type. A null is a field that is not there.
  static absl::StatusOr<SyntheticEvent> FromJson(std::string_view line);
  // For tests: "evt.type=openat fd.name=/etc/shadow proc.cmdline='cat /etc/shadow' fd.num=3".
  static absl::StatusOr<SyntheticEvent> FromText(std::string_view text);

  Event event() const;  // valid while this lives and is not moved

  static constexpr size_t kMaxText = 1 << 20;  // bytes of a line

 private:
  // Derives the header from the fields. `kind` is the name of the event's kind; empty: the first one of evt.type.
  absl::Status Finish(std::string_view kind);
  void FillHeader();

  vd_header header_{};
  SyntheticFields fields_;
  EventTypeId type_ = 0;
  int64_t time_ns_ = 0;
  uint64_t number_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_SYNTHETIC_H_
