// SPDX-License-Identifier: Apache-2.0
//
// DomainNames: which of the names that the rules speak of an address belongs to. Filled by sensor/domain_resolver from
// what the names resolve to; immutable once events see it. Any thread.
#ifndef VEDETTE_SENSOR_EVENT_DOMAIN_NAMES_H_
#define VEDETTE_SENSOR_EVENT_DOMAIN_NAMES_H_

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sensor/event/value.h"

namespace vedette {

class DomainNames {
 public:
  struct Less {
    bool operator()(const IpAddress& a, const IpAddress& b) const {
      return a.v6 != b.v6 ? a.v6 < b.v6 : a.bytes < b.bytes;
    }
  };

  void Add(std::string_view name, const IpAddress& address);
  std::span<const std::string> Find(const IpAddress& address) const;  // in the order added; allocates nothing

 private:
  std::map<IpAddress, std::vector<std::string>, Less> names_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_DOMAIN_NAMES_H_
