// SPDX-License-Identifier: Apache-2.0
//
// EventKey: the values of some fields of an event as one string, equal exactly if all values are. Owned by the engine;
// event thread; used after a match only. The buffer is reused.
#ifndef VEDETTE_ENGINE_EVENT_KEY_H_
#define VEDETTE_ENGINE_EVENT_KEY_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/output_format.h"
#include "rules/rule_set.h"
#include "sensor/event/event.h"

namespace vedette {

class EventKey {
 public:
  // Valid until the next call.
  std::string_view Of(const std::vector<FieldRef>& fields, const Event& event);
  // Whether one of the fields of the last Of() was NULL.
  bool has_null() const { return has_null_; }

 private:
  OutputFormat format_;
  std::string key_;
  bool has_null_ = false;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_EVENT_KEY_H_
