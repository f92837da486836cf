// SPDX-License-Identifier: Apache-2.0
//
// The patterns of a profile's lists (paths, peers, ports, families) as text of the condition language, with each byte's
// place in the profile: what they cover, and what they do not. What is no pattern, or one that no hook can decide, is
// an error; the result is nothing then. Plain functions; any thread.
#ifndef VEDETTE_RULES_PROFILE_CONDITION_H_
#define VEDETTE_RULES_PROFILE_CONDITION_H_

#include <optional>
#include <string_view>
#include <vector>

#include "rules/diagnostics.h"
#include "rules/mapped_text.h"

namespace vedette {

using Patterns = std::vector<MappedText>;

// What covers every value (**, of peers *) is left to the caller, as it covers a value that is not known, too. "":
// without it no value is covered.

// `field` is a path: PATH, DIR/** (the directory and all below it), **TAIL (all that ends so), ** (all).
std::optional<MappedText> CoveredPath(std::string_view field, const Patterns& patterns, Diagnostics& diagnostics);
// `field` is a port: a number, or the name of a service.
std::optional<MappedText> CoveredPort(std::string_view field, const Patterns& patterns, Diagnostics& diagnostics);
// `field` is a socket family: AF_INET, AF_UNIX and so on.
std::optional<MappedText> CoveredFamily(std::string_view field, const Patterns& patterns, Diagnostics& diagnostics);
// `field` is a capability: CAP_CHOWN, or CHOWN.
std::optional<MappedText> CoveredCapability(std::string_view field, const Patterns& patterns, Diagnostics& diagnostics);

// fd.rip with fd.rport: ADDRESS, NETWORK/BITS, either with :PORT (IPv6 in brackets then), *:PORT, * (all).
std::optional<MappedText> CoveredPeer(const Patterns& patterns, Diagnostics& diagnostics);
// What `patterns` do not cover. Not by `not`: the conjunction of that many alternatives would be too many clauses for a
// hook; alternatives by port are as many as there are ports.
std::optional<MappedText> UncoveredPeer(const Patterns& patterns, Diagnostics& diagnostics);

}  // namespace vedette
#endif  // VEDETTE_RULES_PROFILE_CONDITION_H_
