// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/socket_view.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "sensor/event/field_rows.h"

namespace vedette {
namespace {

constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool IsMapped(const uint8_t (&address)[16]) { return std::memcmp(address, kMappedPrefix, sizeof kMappedPrefix) == 0; }
bool IsZero(const uint8_t (&address)[16]) {
  return std::all_of(std::begin(address), std::end(address), [](uint8_t b) { return b == 0; });
}

IpAddress Address(const uint8_t (&bytes)[16], bool v6, bool mapped) {
  IpAddress out;
  out.v6 = v6;
  if (v6) {
    std::memcpy(out.bytes.data(), bytes, 16);
  } else {
    std::memcpy(out.bytes.data(), mapped ? bytes + sizeof kMappedPrefix : bytes, 4);
  }
  return out;
}

vd_role RoleOf(const Event& event, const vd_socket& s) {
  if (s.role != VD_ROLE_UNKNOWN) return static_cast<vd_role>(s.role);
  switch (event.kind()) {
    case VD_KIND_CONNECT:
    case VD_KIND_SENDTO:
      return VD_ROLE_CLIENT;
    case VD_KIND_BIND:
    case VD_KIND_LISTEN:
    case VD_KIND_ACCEPT:
      return VD_ROLE_SERVER;
    default:
      return VD_ROLE_UNKNOWN;
  }
}

// bind and listen have a local end only, and there 0.0.0.0 is the truth; elsewhere a zero is an address that the
// kernel had not chosen yet.
void FillEnds(const Event& event, const vd_socket& s, SocketView& out) {
  bool mapped = s.family == AF_INET6 && (IsMapped(s.remote_addr) || (IsZero(s.remote_addr) && IsMapped(s.local_addr)));
  bool serving = event.kind() == VD_KIND_BIND || event.kind() == VD_KIND_LISTEN;
  bool peer = kAddressKinds[event.kind()] && !serving;
  out.v6 = s.family == AF_INET6 && !mapped;
  bool local_mapped = mapped && IsMapped(s.local_addr);
  out.local = {Address(s.local_addr, out.v6, local_mapped), s.local_port, serving || !IsZero(s.local_addr),
               serving || s.local_port != 0};
  out.remote = {Address(s.remote_addr, out.v6, mapped), s.remote_port,
                peer && (!IsZero(s.remote_addr) || s.remote_port != 0), peer && s.remote_port != 0};
}

void AppendEnd(const SocketEnd& end, TextWriter& out) {
  AppendAddress(end.address, out);
  out.Append(':');
  out.AppendNumber(end.port);
}

bool AppendUnixName(const Event& event, const vd_socket& s, TextWriter& out) {
  std::string_view path = event.String(s.unix_path);
  if (path.empty()) return false;
  if (path.front() != '\0') {
    out.Append(path);
  } else {
    out.Append('@');
    out.Append(path.substr(1));
  }
  return true;
}

}  // namespace

FdType FdTypeOfFamily(uint16_t family) {
  switch (family) {
    case AF_INET:
      return {"ipv4", '4'};
    case AF_INET6:
      return {"ipv6", '6'};
    case AF_UNIX:
      return {"unix", 'u'};
    case AF_NETLINK:
      return {"netlink", 'n'};
    default:
      return {"", 'o'};
  }
}

FdType SocketView::type() const {
  if (!ip) return FdTypeOfFamily(record->family);
  return FdTypeOfFamily(v6 ? AF_INET6 : AF_INET);
}

const SocketEnd* SocketView::server() const {
  if (role == VD_ROLE_UNKNOWN) return nullptr;
  return role == VD_ROLE_CLIENT ? &remote : &local;
}
const SocketEnd* SocketView::client() const {
  if (role == VD_ROLE_UNKNOWN) return nullptr;
  return role == VD_ROLE_CLIENT ? &local : &remote;
}

std::optional<SocketView> SocketOf(const Event& event) {
  if (event.header->kind >= VD_KIND_COUNT || !kSocketKinds[event.kind()]) return std::nullopt;
  const auto& s = event.record<vd_socket>();
  SocketView out;
  out.record = &s;
  out.ip = s.family == AF_INET || s.family == AF_INET6;
  out.role = RoleOf(event, s);
  if (out.ip) FillEnds(event, s, out);
  return out;
}

void AppendAddress(const IpAddress& address, TextWriter& out) {
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text) != nullptr) out.Append(text);
}

bool AppendSocketName(const Event& event, const SocketView& socket, TextWriter& out) {
  if (socket.record->family == AF_UNIX) return AppendUnixName(event, *socket.record, out);
  if (!socket.ip) return false;
  if (!socket.remote.address_known) {
    if (!socket.local.address_known) return false;
    AppendEnd(socket.local, out);
    return true;
  }
  bool serving = socket.role == VD_ROLE_SERVER;
  AppendEnd(serving ? socket.remote : socket.local, out);
  out.Append("->");
  AppendEnd(serving ? socket.local : socket.remote, out);
  return true;
}

}  // namespace vedette
