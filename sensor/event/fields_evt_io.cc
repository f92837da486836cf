// SPDX-License-Identifier: Apache-2.0
//
// evt.buffer, evt.is_io and their kin: what an event read from a descriptor or wrote to one. read(2) and write(2) are
// no events; what sends to an address, receives, or copies between descriptors is.
#include <optional>

#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/socket_view.h"
#include "sensor/event/text_writer.h"

namespace vedette {
namespace {

// Which way data goes by an event of this type. copy_file_range does both.
struct Flow {
  bool reads = false;
  bool writes = false;
};
Flow FlowOf(const Event& e) {
  constexpr EventTypeId kCopyFileRange = 326;
  const bool copies = e.kind() == VD_KIND_SYSCALL && e.type == kCopyFileRange;
  return {copies || e.kind() == VD_KIND_RECVFROM, copies || e.kind() == VD_KIND_SENDTO};
}

void IsIo(const Event& e, const FieldArg&, Values& out) {
  const Flow flow = FlowOf(e);
  out.Add(Value::Bool(flow.reads || flow.writes));
}
template <bool Flow::*kWay>
void IsFlow(const Event& e, const FieldArg&, Values& out) {
  out.Add(Value::Bool(FlowOf(e).*kWay));
}
void Direction(const Event& e, const FieldArg&, Values& out) {
  const Flow flow = FlowOf(e);
  if (flow.reads || flow.writes) out.Add(Value::String(flow.writes ? "write" : "read"));
}
void Never0(const Event&, const FieldArg&, Values& out) { out.Add(Value::Bool(false)); }
void IsSyslog(const Event& e, const FieldArg&, Values& out) {
  std::optional<SocketView> socket = e.kind() == VD_KIND_SENDTO ? SocketOf(e) : std::nullopt;
  const bool found = socket && e.String(socket->record->unix_path).find("/dev/log") != std::string_view::npos;
  out.Add(Value::Bool(found));
}

// What was sent or received; NULL when that is nothing.
std::string_view BufferOf(const Event& e) {
  constexpr EventKinds kKinds = kPayloadKinds;
  return kKinds[e.kind()] ? e.String(e.record<vd_socket>().buffer) : std::string_view();
}
void Buffer(const Event& e, const FieldArg&, Values& out) {
  if (std::string_view bytes = BufferOf(e); !bytes.empty()) out.Add(Value::String(bytes));
}
// As in Falco by what the call returned: of a message that was cut it is the whole. recvmmsg and sendmmsg return how
// many messages there were; of those, the bytes that were kept of the first.
std::optional<int64_t> LengthOf(const Event& e) {
  constexpr EventTypeId kRecvmmsg = 299, kSendmmsg = 307;
  std::optional<int64_t> r = ResultOf(e);
  if (!r || *r < 0) return std::nullopt;
  return e.type == kRecvmmsg || e.type == kSendmmsg ? static_cast<int64_t>(BufferOf(e).size()) : *r;
}
template <bool Flow::*kWay>
void Length(const Event& e, const FieldArg&, Values& out) {
  constexpr EventKinds kKinds = kPayloadKinds;
  if (!kKinds[e.kind()] || !(FlowOf(e).*kWay)) return;
  if (std::optional<int64_t> length = LengthOf(e)) out.Add(Value::Number(*length));
}
void AnyLength(const Event& e, const FieldArg& arg, Values& out) {
  e.kind() == VD_KIND_SENDTO ? Length<&Flow::writes>(e, arg, out) : Length<&Flow::reads>(e, arg, out);
}
bool IsIpSocket(const Event& e) {
  std::optional<SocketView> s = SocketOf(e);
  return s && s->ip;
}
template <bool Flow::*kWay>
void NetLength(const Event& e, const FieldArg& arg, Values& out) {
  if (IsIpSocket(e)) Length<kWay>(e, arg, out);
}
void AnyNetLength(const Event& e, const FieldArg& arg, Values& out) {
  if (IsIpSocket(e)) AnyLength(e, arg, out);
}

constexpr KernelDecision kClaimedBytes = Never("bytes in the caller's memory are not compared at the hook");
constexpr KernelDecision kByType = Never("choose the event by evt.type");

constexpr Field kRows[] = {
    {"evt.buffer", FieldType::kBuffer, ArgKind::kNone, false, false, kPayloadKinds,
     "The first 80 bytes that were sent with an address or received, as they lay in the caller's memory; NULL when "
     "there are none. Test it with contains, bcontains, startswith, bstartswith.",
     Buffer, kClaimedBytes},
    {"evt.buflen", FieldType::kNumber, ArgKind::kNone, false, false, kPayloadKinds,
     "How many bytes were sent or received; evt.buffer has the first 80 of them. NULL for a call that failed. Of "
     "recvmmsg "
     "and sendmmsg, how many evt.buffer has.",
     AnyLength, kAfterTheCall},
    {"evt.buflen.in", FieldType::kNumber, ArgKind::kNone, false, false, kPayloadKinds, "evt.buflen of what receives.",
     Length<&Flow::reads>, kAfterTheCall},
    {"evt.buflen.net", FieldType::kNumber, ArgKind::kNone, false, false, kPayloadKinds,
     "evt.buflen of IPv4 and IPv6 sockets.", AnyNetLength, kAfterTheCall},
    {"evt.buflen.net.in", FieldType::kNumber, ArgKind::kNone, false, false, kPayloadKinds,
     "evt.buflen of what receives from IPv4 and IPv6 sockets.", NetLength<&Flow::reads>, kAfterTheCall},
    {"evt.buflen.net.out", FieldType::kNumber, ArgKind::kNone, false, false, kPayloadKinds,
     "evt.buflen of what sends on IPv4 and IPv6 sockets.", NetLength<&Flow::writes>, kAfterTheCall},
    {"evt.buflen.out", FieldType::kNumber, ArgKind::kNone, false, false, kPayloadKinds, "evt.buflen of what sends.",
     Length<&Flow::writes>, kAfterTheCall},
    {"evt.io_dir", FieldType::kString, ArgKind::kNone, false, false, kAllKinds,
     "read or write; NULL for an event that does neither. copy_file_range is write.", Direction, kByType},
    {"evt.is_io", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True for what reads from a descriptor or writes to one: sendto, recvfrom and their kin, copy_file_range. read "
     "and "
     "write are no events here.",
     IsIo, kByType},
    {"evt.is_io_read", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True for recvfrom, recvmsg, recvmmsg, copy_file_range.", IsFlow<&Flow::reads>, kByType},
    {"evt.is_io_write", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True for sendto, sendmsg, sendmmsg, copy_file_range.", IsFlow<&Flow::writes>, kByType},
    {"evt.is_syslog", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True if a datagram was sent to /dev/log by that name. What is sent on a connected socket is no event.", IsSyslog,
     kByType},
    {"evt.is_wait", FieldType::kBool, ArgKind::kNone, false, false, kAllKinds,
     "True for poll, select, nanosleep and their kin, which are no events here: always false.", Never0, kByType},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> EvtIoFields() { return kRows; }

}  // namespace vedette
