// SPDX-License-Identifier: Apache-2.0
//
// LearnedPeers: addresses and ports that programs connected to → the peers of a profile that allow them.
//   - a peer is ADDRESS:PORT;
//   - many addresses of one network at one port are NETWORK/BITS:PORT (/24, /64), many such networks *:PORT;
//   - many ports that clients get by chance (from 32768 on) of one address are ADDRESS alone.
// Pure; any thread.
#ifndef VEDETTE_ENGINE_LEARNED_PEERS_H_
#define VEDETTE_ENGINE_LEARNED_PEERS_H_

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "sensor/event/value.h"

namespace vedette {

struct Peer {
  IpAddress address;
  uint16_t port = 0;
  friend bool operator<(const Peer& a, const Peer& b) {
    if (a.address.v6 != b.address.v6) return !a.address.v6;
    if (a.address.bytes != b.address.bytes) return a.address.bytes < b.address.bytes;
    return a.port < b.port;
  }
};

struct PeerLimits {
  size_t addresses = 4;  // of one network from which on it is allowed whole
  size_t networks = 8;   // of one port from which on every address is
  size_t ports = 8;      // given by chance, of one address, from which on every port is
};

std::vector<std::string> LearnPeers(const std::set<Peer>& peers, const PeerLimits& limits = {});

}  // namespace vedette
#endif  // VEDETTE_ENGINE_LEARNED_PEERS_H_
