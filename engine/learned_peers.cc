// SPDX-License-Identifier: Apache-2.0
#include "engine/learned_peers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "engine/output_format.h"

namespace vedette {
namespace {

constexpr uint16_t kFirstEphemeral = 32768;  // net.ipv4.ip_local_port_range begins there

bool IsLoopback(const IpAddress& a) {
  if (!a.v6) return a.bytes[0] == 127;
  return std::all_of(a.bytes.begin(), a.bytes.end() - 1, [](uint8_t b) { return b == 0; });
}

// ::ffff:1.2.3.4
bool IsMapped(const IpAddress& a) {
  constexpr std::array<uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return a.v6 && std::equal(kPrefix.begin(), kPrefix.end(), a.bytes.begin());
}

int NetworkBits(const IpAddress& a) { return !a.v6 ? 24 : IsMapped(a) ? 120 : 64; }

IpAddress NetworkOf(IpAddress a) {
  std::fill(a.bytes.begin() + NetworkBits(a) / 8, a.bytes.end(), 0);
  return a;
}

std::string Text(const IpAddress& a) { return TextOf(Value::Address(a)); }
std::string AtPort(const std::string& address, bool v6, uint16_t port) {
  return v6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

}  // namespace

std::vector<std::string> LearnPeers(const std::set<Peer>& peers, const PeerLimits& limits) {
  struct ByNetwork {
    std::set<Peer> peers;
  };
  std::set<std::string> out;
  std::map<Peer, size_t> by_address;  // ephemeral ports of an address (as a peer of port 0)
  std::map<uint16_t, std::map<Peer, ByNetwork>> by_port;
  for (const Peer& p : peers) {
    if (p.port >= kFirstEphemeral) ++by_address[{p.address, 0}];
  }
  for (const Peer& p : peers) {
    if (p.port >= kFirstEphemeral && by_address[{p.address, 0}] >= limits.ports) {
      out.insert(Text(p.address));
    } else if (IsLoopback(p.address)) {
      out.insert(AtPort(Text(p.address), p.address.v6, p.port));
    } else {
      by_port[p.port][{NetworkOf(p.address), 0}].peers.insert(p);
    }
  }
  for (const auto& [port, networks] : by_port) {
    if (networks.size() >= limits.networks) {
      out.insert(fmt::format("*:{}", port));
      continue;
    }
    for (const auto& [network, of] : networks) {
      const bool v6 = network.address.v6;
      if (of.peers.size() >= limits.addresses) {
        out.insert(AtPort(fmt::format("{}/{}", Text(network.address), NetworkBits(network.address)), v6, port));
        continue;
      }
      for (const Peer& p : of.peers) out.insert(AtPort(Text(p.address), v6, port));
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace vedette
