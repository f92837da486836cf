// SPDX-License-Identifier: Apache-2.0
//
// Internal to sensor/event: SocketView, the two ends of a socket record as fields mean them — IPv4 mapped into IPv6 is
// IPv4, and an end that the kernel had not filled in yet is absent.
#ifndef VEDETTE_SENSOR_EVENT_SOCKET_VIEW_H_
#define VEDETTE_SENSOR_EVENT_SOCKET_VIEW_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "sensor/event/event.h"
#include "sensor/event/text_writer.h"
#include "sensor/event/value.h"

namespace vedette {

struct FdType {
  std::string_view name;  // fd.type
  char letter;            // fd.typechar
};
// Of a socket: ipv4, ipv6, unix, netlink; no name and the letter 'o' of another.
FdType FdTypeOfFamily(uint16_t family);

struct SocketEnd {
  IpAddress address;
  uint16_t port = 0;
  bool address_known = false;
  bool port_known = false;
};

struct SocketView {
  const vd_socket* record = nullptr;
  bool ip = false;  // IPv4 or IPv6
  bool v6 = false;
  vd_role role = VD_ROLE_UNKNOWN;
  SocketEnd local, remote;

  FdType type() const;
  const SocketEnd* server() const;  // null: not known
  const SocketEnd* client() const;
};

// Nullopt if the event is about no socket.
std::optional<SocketView> SocketOf(const Event& event);

void AppendAddress(const IpAddress& address, TextWriter& out);
// fd.name: "local->remote" ("remote->local" where this end is the server), "address:port" of a bound socket, the path
// of a Unix socket ("@name" for an abstract one). False if there is nothing to say.
bool AppendSocketName(const Event& event, const SocketView& socket, TextWriter& out);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_SOCKET_VIEW_H_
