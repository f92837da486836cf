// SPDX-License-Identifier: Apache-2.0
//
// fd.*: addresses, ports and protocol of a socket. "Server" is the remote end of a client and the local end of a
// server; "c" and "s" fields are NULL until it is known which this socket is.
#include <netinet/in.h>
#include <sys/socket.h>

#include "sensor/event/domain_names.h"
#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/socket_view.h"

namespace vedette {
namespace {

enum class End { kLocal, kRemote, kClient, kServer };

template <End kEnd>
const SocketEnd* Select(const SocketView& s) {
  if constexpr (kEnd == End::kLocal) return &s.local;
  if constexpr (kEnd == End::kRemote) return &s.remote;
  if constexpr (kEnd == End::kClient) return s.client();
  return s.server();
}

template <End kEnd>
void Ip(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (!s || !s->ip) return;
  const SocketEnd* end = Select<kEnd>(*s);
  if (end != nullptr && end->address_known) out.Add(Value::Address(end->address));
}
void EitherIp(const Event& e, const FieldArg& arg, Values& out) {
  Ip<End::kLocal>(e, arg, out);
  Ip<End::kRemote>(e, arg, out);
}
template <End kEnd>
void Port(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (!s || !s->ip) return;
  const SocketEnd* end = Select<kEnd>(*s);
  if (end != nullptr && end->port_known) out.Add(Value::Number(end->port));
}
void EitherPort(const Event& e, const FieldArg& arg, Values& out) {
  Port<End::kLocal>(e, arg, out);
  Port<End::kRemote>(e, arg, out);
}
// As Falco's engine writes the service: the port's number, which no name is looked up for.
template <End kEnd>
void Service(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (!s || !s->ip) return;
  const SocketEnd* end = Select<kEnd>(*s);
  if (end == nullptr || !end->port_known) return;
  TextWriter text(out);
  text.AppendNumber(end->port);
  text.Finish();
}
// Of the names in the rules, those that resolve to the address. Nothing is asked of a name server here.
template <End kEnd>
void Domain(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (!s || !s->ip) return;
  const SocketEnd* end = Select<kEnd>(*s);
  if (end == nullptr || !end->address_known) return;
  if (e.domains != nullptr) {
    for (const std::string& name : e.domains->Find(end->address)) out.Add(Value::String(name));
  }
  if (out.empty()) out.MarkUnnamed();
}

std::string_view Protocol(const vd_socket& s) {
  if (s.type == SOCK_RAW) return "raw";
  if (s.protocol == IPPROTO_ICMP || s.protocol == IPPROTO_ICMPV6) return "icmp";
  if (s.type == SOCK_STREAM && (s.protocol == 0 || s.protocol == IPPROTO_TCP)) return "tcp";
  if (s.type == SOCK_DGRAM && (s.protocol == 0 || s.protocol == IPPROTO_UDP)) return "udp";
  return "";
}
void L4Proto(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (!s || !s->ip) return;
  std::string_view name = Protocol(*s->record);
  if (!name.empty()) out.Add(Value::String(name));
}
void SockFamily(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (!s) return;
  if (s->ip) out.Add(Value::String("ip"));
  if (s->record->family == AF_UNIX) out.Add(Value::String("unix"));
}

void IsServer(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (s && s->ip && s->role != VD_ROLE_UNKNOWN) out.Add(Value::Bool(s->role == VD_ROLE_SERVER));
}
bool Connected(const Event& e, const SocketView& s) {
  std::optional<int64_t> r = ResultOf(e);
  if (e.kind() == VD_KIND_CONNECT) return !r || *r >= 0;
  if (e.kind() == VD_KIND_ACCEPT) return true;
  if (e.kind() == VD_KIND_RECVFROM) return s.remote.address_known && s.record->backlog == 0;
  return e.kind() == VD_KIND_DUP && s.remote.address_known;
}
void IsConnected(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (s && s->ip) out.Add(Value::Bool(Connected(e, *s)));
}
void NameChanged(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (!s || !s->ip) return;
  bool from_stranger = e.kind() == VD_KIND_RECVFROM && s->record->backlog != 0;
  out.Add(Value::Bool(e.kind() == VD_KIND_CONNECT || e.kind() == VD_KIND_SENDTO || from_stranger));
}
void Cookie(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> s = SocketOf(e);
  if (s && s->record->cookie != 0) out.Add(Value::Number(static_cast<int64_t>(s->record->cookie)));
}

// The address that the hooks compare is the one that is connected or sent to. Of a connect that is the server; who
// sends from a bound socket may be either.
constexpr EventKinds kRemoteHooks = KindSet({VD_KIND_CONNECT, VD_KIND_SENDTO});
constexpr EventKinds kServerHooks = KindSet({VD_KIND_CONNECT});
constexpr std::string_view kNoPeer = "the hook knows no peer; leave it out, or choose connect and sendto by evt.type";
constexpr std::string_view kUseRemote = "there the hook knows the remote end only; use fd.rip, fd.rnet or fd.rport";
constexpr KernelDecision kRemoteAddress = InAddresses(kRemoteHooks, kNoPeer);
constexpr KernelDecision kServerAddress = InAddresses(kServerHooks, kUseRemote);
constexpr KernelDecision kRemotePort = InScalars(VD_TABLE_REMOTE_PORT, kRemoteHooks, kNoPeer);
constexpr KernelDecision kServerPort = InScalars(VD_TABLE_REMOTE_PORT, kServerHooks, kUseRemote);
constexpr KernelDecision kEither =
    Never("it means either end, and the local one is not chosen yet; use fd.rip, fd.rnet or fd.rport");
constexpr KernelDecision kLocalEnd =
    Never("the local end is not compared at the hook; use fd.rip, fd.rnet or fd.rport of what is connected to");
constexpr KernelDecision kLocalPort =
    InScalars(VD_TABLE_LOCAL_PORT, KindSet({VD_KIND_BIND}),
              "the local port is compared at bind only; choose it by evt.type, or use fd.rport");
constexpr KernelDecision kNames = Never("what a name resolves to changes; use fd.rip or fd.rnet");
constexpr KernelDecision kProtocol =
    Never("the protocol is not compared at the hook; use fd.rport or evt.arg.type of socket");

constexpr Field kRows[] = {
    {"fd.cip", FieldType::kAddress, ArgKind::kNone, false, false, kAddressKinds, "The client's address.",
     Ip<End::kClient>, kLocalEnd},
    {"fd.cip.name", FieldType::kString, ArgKind::kNone, true, false, kAddressKinds,
     "The domain of the client's address: of the names that rules compare it with by =, != or in, those that resolve "
     "to it. They are "
     "resolved every minute in the background; none that has not been resolved yet is it.",
     Domain<End::kClient>, kNames, true},
    {"fd.cnet", FieldType::kNet, ArgKind::kNone, false, false, kAddressKinds, "The client's network.", Ip<End::kClient>,
     kLocalEnd},
    {"fd.connected", FieldType::kBool, ArgKind::kNone, false, false, kSocketKinds,
     "True if the TCP or UDP socket is connected: after connect and accept, not after sendto. NULL for other sockets.",
     IsConnected, kAfterTheCall},
    {"fd.cookie", FieldType::kNumber, ArgKind::kNone, false, false, kSocketKinds,
     "The kernel's number for the socket, the same in all its events.", Cookie, kUserSpaceOnly},
    {"fd.cport", FieldType::kPort, ArgKind::kNone, false, false, kAddressKinds, "The client's port.",
     Port<End::kClient>, kLocalEnd},
    {"fd.cproto", FieldType::kString, ArgKind::kNone, false, false, kAddressKinds,
     "fd.cport as text: Falco's engine looks up no service's name either.", Service<End::kClient>, kLocalEnd},
    {"fd.ip", FieldType::kAddress, ArgKind::kNone, true, false, kAddressKinds,
     "Either end's address. != holds only if it holds for both.", EitherIp, kEither},
    {"fd.is_server", FieldType::kBool, ArgKind::kNone, false, false, kAddressKinds,
     "True if the process is the server of the socket.", IsServer, kUserSpaceOnly},
    {"fd.l4proto", FieldType::kString, ArgKind::kNone, false, false, kSocketKinds,
     "tcp, udp, icmp or raw. NULL for what is no IP socket.", L4Proto, kProtocol},
    {"fd.lip", FieldType::kAddress, ArgKind::kNone, false, false, kAddressKinds,
     "The local address. NULL where the kernel had not chosen it yet.", Ip<End::kLocal>, kLocalEnd},
    {"fd.lip.name", FieldType::kString, ArgKind::kNone, true, false, kAddressKinds,
     "The domain of the local address: of the names that rules compare it with by =, != or in, those that resolve to "
     "it. They are "
     "resolved every minute in the background; none that has not been resolved yet is it.",
     Domain<End::kLocal>, kNames, true},
    {"fd.lnet", FieldType::kNet, ArgKind::kNone, false, false, kAddressKinds, "The local network.", Ip<End::kLocal>,
     kLocalEnd},
    {"fd.lport", FieldType::kPort, ArgKind::kNone, false, false, kAddressKinds, "The local port.", Port<End::kLocal>,
     kLocalPort},
    {"fd.lproto", FieldType::kString, ArgKind::kNone, false, false, kAddressKinds, "fd.lport as text.",
     Service<End::kLocal>, kLocalEnd},
    {"fd.name_changed", FieldType::kBool, ArgKind::kNone, false, false, kSocketKinds,
     "True if the event gave the socket another peer: connect, sendto with an address, a datagram received without "
     "being connected.",
     NameChanged, kUserSpaceOnly},
    {"fd.net", FieldType::kNet, ArgKind::kNone, true, false, kAddressKinds,
     "Either end's network. != holds only if it holds for both.", EitherIp, kEither},
    {"fd.port", FieldType::kPort, ArgKind::kNone, true, false, kAddressKinds,
     "Either end's port. != holds only if it holds for both.", EitherPort, kEither},
    {"fd.proto", FieldType::kPort, ArgKind::kNone, true, false, kAddressKinds, "The same as fd.port.", EitherPort,
     kEither},
    {"fd.rip", FieldType::kAddress, ArgKind::kNone, false, false, kAddressKinds, "The remote address.",
     Ip<End::kRemote>, kRemoteAddress},
    {"fd.rip.name", FieldType::kString, ArgKind::kNone, true, false, kAddressKinds,
     "The domain of the remote address: of the names that rules compare it with by =, != or in, those that resolve to "
     "it. They are "
     "resolved every minute in the background; none that has not been resolved yet is it.",
     Domain<End::kRemote>, kNames, true},
    {"fd.rnet", FieldType::kNet, ArgKind::kNone, false, false, kAddressKinds, "The remote network.", Ip<End::kRemote>,
     kRemoteAddress},
    {"fd.rport", FieldType::kPort, ArgKind::kNone, false, false, kAddressKinds, "The remote port.", Port<End::kRemote>,
     kRemotePort},
    {"fd.rproto", FieldType::kString, ArgKind::kNone, false, false, kAddressKinds, "fd.rport as text.",
     Service<End::kRemote>, Never("use fd.rport")},
    {"fd.sip", FieldType::kAddress, ArgKind::kNone, false, false, kAddressKinds, "The server's address.",
     Ip<End::kServer>, kServerAddress},
    {"fd.sip.name", FieldType::kString, ArgKind::kNone, true, false, kAddressKinds,
     "The domain of the server's address: of the names that rules compare it with by =, != or in, those that resolve "
     "to it. They are "
     "resolved every minute in the background; none that has not been resolved yet is it.",
     Domain<End::kServer>, kNames, true},
    {"fd.snet", FieldType::kNet, ArgKind::kNone, false, false, kAddressKinds, "The server's network.", Ip<End::kServer>,
     kServerAddress},
    {"fd.sockfamily", FieldType::kString, ArgKind::kNone, false, false, kSocketKinds, "ip or unix.", SockFamily,
     Never("use evt.arg.domain of socket")},
    {"fd.sport", FieldType::kPort, ArgKind::kNone, false, false, kAddressKinds, "The server's port.",
     Port<End::kServer>, kServerPort},
    {"fd.sproto", FieldType::kString, ArgKind::kNone, false, false, kAddressKinds, "fd.sport as text.",
     Service<End::kServer>, Never("use fd.sport")},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> FdSocketFields() { return kRows; }

}  // namespace vedette
