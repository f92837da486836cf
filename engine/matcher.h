// SPDX-License-Identifier: Apache-2.0
//
// Matcher: the test of one predicate on one value, compiled from its operator and literals. NULL never gets here: an
// operator on NULL is false. Owned by the Program; immutable, any thread; allocates nothing.
#ifndef VEDETTE_ENGINE_MATCHER_H_
#define VEDETTE_ENGINE_MATCHER_H_

#include <memory>

#include "rules/rule_set.h"
#include "sensor/event/value.h"

namespace vedette {

class Matcher {
 public:
  virtual ~Matcher() = default;
  virtual bool Matches(const Value& value) const = 0;
};

// For a predicate without a field on its right; for those, see engine/pair_matcher.h. Never null. A pattern that does
// not compile (the loader refuses those) matches nothing.
std::unique_ptr<const Matcher> CompileMatcher(const Predicate& predicate);

// Rough instructions for one value, to evaluate cheap tests first.
uint32_t MatcherCost(const Predicate& predicate);

// An IPv4 address inside an IPv6 one (::ffff:a.b.c.d) is that IPv4 address: a dual-stack socket talks to the same peer.
IpAddress Unmapped(const IpAddress& address);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_MATCHER_H_
