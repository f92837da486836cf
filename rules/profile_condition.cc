// SPDX-License-Identifier: Apache-2.0
#include "rules/profile_condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "sensor/event/symbols.h"

namespace vedette {
namespace {

SourceOffset PlaceOf(const MappedText& text) { return text.Origin(0); }

// A text of the language that is put together piece by piece.
class Condition {
 public:
  Condition& Say(std::string_view text, SourceOffset at) {
    text_.AppendSynthetic(text, at);
    return *this;
  }
  Condition& Say(const MappedText& text) {
    text_.Append(text);
    return *this;
  }
  // `value` has no quote and no backslash.
  Condition& Quote(std::string_view value, SourceOffset at) { return Say("\"", at).Say(value, at).Say("\"", at); }
  bool empty() const { return text_.empty(); }
  MappedText Take() && { return std::move(text_); }

 private:
  MappedText text_;
};

struct Item {
  std::string text;
  SourceOffset at;
};
using Items = std::vector<Item>;

// "FIELD in ("a", "b")"; `items` is not empty.
void SayIn(std::string_view field, std::string_view op, const Items& items, Condition& out) {
  out.Say(fmt::format("{} {} (", field, op), items.front().at);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out.Say(", ", items[i].at);
    out.Quote(items[i].text, items[i].at);
  }
  out.Say(")", items.back().at);
}

// The alternatives of `add`, joined by or and in parentheses; "" without any.
class Alternatives {
 public:
  Condition& Next(SourceOffset at) {
    out_.Say(out_.empty() ? "(" : " or ", at);
    end_ = at;
    return out_;
  }
  MappedText Take() && {
    if (!out_.empty()) out_.Say(")", end_);
    return std::move(out_).Take();
  }

 private:
  Condition out_;
  SourceOffset end_;
};

bool IsPlain(const MappedText& pattern, Diagnostics& diagnostics) {
  const std::string& text = pattern.text();
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\' && c != 0x7f;
  });
  if (!plain) {
    diagnostics.Error(PlaceOf(pattern),
                      "a pattern must not be empty, nor have quotes, backslashes or control characters");
  }
  return plain;
}

bool HasWildcard(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

struct PathPatterns {
  Items exact, below, tails;
};

bool AddPath(const MappedText& pattern, Diagnostics& diagnostics, PathPatterns& out) {
  if (!IsPlain(pattern, diagnostics)) return false;
  std::string_view text = pattern.text();
  const SourceOffset at = PlaceOf(pattern);
  auto refuse = [&](std::string_view why) {
    diagnostics.Error(at, fmt::format("the path {} {}", Quoted(pattern.text()), why));
    return false;
  };
  if (text == "**" || text == "/**") return true;
  if (text.starts_with("**")) {
    text.remove_prefix(2);
    if (HasWildcard(text)) return refuse("has a wildcard after **, which no hook can decide");
    out.tails.push_back({std::string(text), at});
  } else if (!text.starts_with('/')) {
    return refuse("must begin with / or **");
  } else if (text.find("/../") != std::string_view::npos || text.find("/./") != std::string_view::npos ||
             text.find("//") != std::string_view::npos || text.ends_with("/..") || text.ends_with("/.")) {
    return refuse("is not what the kernel calls a file: write it without //, . and ..");
  } else if (text.ends_with("/**")) {
    text.remove_suffix(3);
    if (HasWildcard(text)) return refuse("has a wildcard before /**, which no hook can decide");
    out.below.push_back({std::string(text), at});
  } else if (HasWildcard(text)) {
    return refuse("has a wildcard that no hook can decide: write DIR/**, **TAIL or whole paths");
  } else if (text.size() > 1 && text.ends_with('/')) {
    return refuse("ends with a slash: write it without, or with ** for what is below it");
  } else {
    out.exact.push_back({std::string(text), at});
  }
  return true;
}

// --- peers ---

struct PeerPatterns {
  struct OfPort {
    Items networks;
    bool every = false;  // every address
    SourceOffset at;
  };
  OfPort any_port;
  std::map<std::string, OfPort> by_port;
};

bool AddPeer(const MappedText& pattern, Diagnostics& diagnostics, PeerPatterns& out) {
  if (!IsPlain(pattern, diagnostics)) return false;
  const std::string& text = pattern.text();
  const SourceOffset at = PlaceOf(pattern);
  std::string network = text, port;
  const bool bracketed = text.starts_with('[');
  const size_t bracket = text.find(']'), colon = text.rfind(':');
  const bool one_colon = colon != std::string::npos && text.find(':') == colon;
  if (bracketed) {
    if (bracket == std::string::npos || (bracket + 1 != text.size() && text[bracket + 1] != ':')) {
      diagnostics.Error(at, fmt::format("the peer {} has '[' without ']:PORT'", Quoted(text)));
      return false;
    }
    network = text.substr(1, bracket - 1);
    if (bracket + 1 < text.size()) port = text.substr(bracket + 2);
  } else if (one_colon) {
    network = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (network.empty() || ((bracketed || one_colon) && port.empty() && text.ends_with(':')) || port == "*") {
    diagnostics.Error(
        at, fmt::format("the peer {} is none of ADDRESS, NETWORK/BITS, ADDRESS:PORT, *:PORT and *", Quoted(text)));
    return false;
  }
  PeerPatterns::OfPort& group = port.empty() ? out.any_port : out.by_port[port];
  group.at = at;
  if (network == "*") {
    group.every = true;
  } else {
    group.networks.push_back({network, at});
  }
  return true;
}

std::optional<PeerPatterns> ReadPeers(const Patterns& patterns, Diagnostics& diagnostics) {
  PeerPatterns peers;
  bool good = true;
  for (const MappedText& pattern : patterns) good = AddPeer(pattern, diagnostics, peers) && good;
  if (!good) return std::nullopt;
  return peers;
}

void SayPortIs(const std::string& port, SourceOffset at, Condition& out) { out.Say("fd.rport = ", at).Quote(port, at); }

}  // namespace

std::optional<MappedText> CoveredPath(std::string_view field, const Patterns& patterns, Diagnostics& diagnostics) {
  PathPatterns paths;
  bool good = true;
  for (const MappedText& pattern : patterns) good = AddPath(pattern, diagnostics, paths) && good;
  if (!good) return std::nullopt;
  Alternatives out;
  if (!paths.exact.empty()) SayIn(field, "in", paths.exact, out.Next(paths.exact.front().at));
  if (!paths.below.empty()) SayIn(field, "pmatch", paths.below, out.Next(paths.below.front().at));
  for (const Item& tail : paths.tails) {
    out.Next(tail.at).Say(fmt::format("{} endswith ", field), tail.at).Quote(tail.text, tail.at);
  }
  return std::move(out).Take();
}

std::optional<MappedText> CoveredPort(std::string_view field, const Patterns& patterns, Diagnostics& diagnostics) {
  Items items;
  for (const MappedText& pattern : patterns) {
    if (!IsPlain(pattern, diagnostics)) return std::nullopt;
    items.push_back({pattern.text(), PlaceOf(pattern)});
  }
  Condition out;
  if (!items.empty()) SayIn(field, "in", items, out);
  return std::move(out).Take();
}

std::optional<MappedText> CoveredFamily(std::string_view field, const Patterns& patterns, Diagnostics& diagnostics) {
  for (const MappedText& pattern : patterns) {
    if (SymbolValue(FamilySymbols(), pattern.text())) continue;
    diagnostics.Error(
        PlaceOf(pattern),
        fmt::format("{} is no socket family; write AF_INET, AF_INET6, AF_UNIX, AF_NETLINK …", Quoted(pattern.text())));
    return std::nullopt;
  }
  return CoveredPort(field, patterns, diagnostics);
}

std::optional<MappedText> CoveredCapability(std::string_view field, const Patterns& patterns,
                                            Diagnostics& diagnostics) {
  Items items;
  for (const MappedText& pattern : patterns) {
    const std::string& text = pattern.text();
    std::string name = text.starts_with("CAP_") ? text : "CAP_" + text;
    if (!SymbolValue(CapabilitySymbols(), name)) {
      diagnostics.Error(PlaceOf(pattern),
                        fmt::format("{} is no capability; write NET_BIND_SERVICE, CAP_CHOWN …", Quoted(text)));
      return std::nullopt;
    }
    items.push_back({std::move(name), PlaceOf(pattern)});
  }
  Condition out;
  if (!items.empty()) SayIn(field, "in", items, out);
  return std::move(out).Take();
}

std::optional<MappedText> CoveredPeer(const Patterns& patterns, Diagnostics& diagnostics) {
  const std::optional<PeerPatterns> peers = ReadPeers(patterns, diagnostics);
  if (!peers) return std::nullopt;
  Alternatives out;
  const PeerPatterns::OfPort& any = peers->any_port;
  if (!any.networks.empty()) SayIn("fd.rnet", "in", any.networks, out.Next(any.networks.front().at));
  for (const auto& [port, group] : peers->by_port) {
    Condition& next = out.Next(group.at);
    SayPortIs(port, group.at, next);
    if (group.every) continue;
    SayIn("fd.rnet", "in", group.networks, next.Say(" and ", group.at));
  }
  return std::move(out).Take();
}

std::optional<MappedText> UncoveredPeer(const Patterns& patterns, Diagnostics& diagnostics) {
  const std::optional<PeerPatterns> peers = ReadPeers(patterns, diagnostics);
  if (!peers) return std::nullopt;
  const PeerPatterns::OfPort& any = peers->any_port;
  Condition out;
  if (!any.networks.empty()) {
    SayIn("fd.rnet", "in", any.networks, out.Say("not ", any.networks.front().at));
  }
  if (peers->by_port.empty()) return std::move(out).Take();
  // Either the port is none of those listed, or it is one and the address is none of that port's.
  Items ports;
  Alternatives by_port;
  for (const auto& [port, group] : peers->by_port) ports.push_back({port, group.at});
  SayIn("fd.rport", "in", ports, by_port.Next(ports.front().at).Say("not ", ports.front().at));
  for (const auto& [port, group] : peers->by_port) {
    if (group.every) continue;
    Condition& next = by_port.Next(group.at);
    SayPortIs(port, group.at, next);
    SayIn("fd.rnet", "in", group.networks, next.Say(" and not ", group.at));
  }
  if (!out.empty()) out.Say(" and ", ports.front().at);
  out.Say(std::move(by_port).Take());
  return std::move(out).Take();
}

}  // namespace vedette
