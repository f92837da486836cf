// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/exec_details.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fmt/format.h"
#include "sensor/event/socket_view.h"

namespace vedette {
namespace {

std::string_view TypeOf(const vd_stdio& io, std::string_view name) {
  switch (io.mode & S_IFMT) {
    case S_IFSOCK:
      return FdTypeOfFamily(io.family).name;
    case S_IFIFO:
      return "pipe";
    case S_IFDIR:
      return "directory";
    case S_IFREG:
      return name.starts_with("memfd:") ? "memfd" : "file";
    case S_IFCHR:
    case S_IFBLK:
    case S_IFLNK:
      return "file";
    default:
      return "";
  }
}

std::string End(uint16_t family, const __u8 (&address)[16], uint16_t port) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family, address, text, sizeof text);
  return fmt::format("{}:{}", text, port);
}

// client:port->server:port; of a socket that listens, or is not connected, its own end.
std::string ConnectionName(const vd_stdio& io) {
  std::string local = End(io.family, io.local_addr, io.local_port);
  if (io.remote_port == 0) return local;
  std::string remote = End(io.family, io.remote_addr, io.remote_port);
  return io.role == VD_ROLE_SERVER ? remote + "->" + local : local + "->" + remote;
}

Descriptor Describe(const vd_exec& record, const vd_stdio& io) {
  if (io.mode == 0) return {};
  std::string_view name(reinterpret_cast<const char*>(&record) + io.name.offset, io.name.len);
  Descriptor out{TypeOf(io, name), std::string(name)};
  if (io.family == AF_INET || io.family == AF_INET6) out.name = ConnectionName(io);
  if (io.family == AF_UNIX && name.starts_with('\0') && !name.empty()) out.name[0] = '@';
  return out;
}

}  // namespace

ExecDetails::ExecDetails(const vd_exec& r)
    : pidns_start_ns(r.pidns_start_ns),
      fd_limit(r.fd_limit),
      vm_size_kb(r.vm_size_kb),
      vm_rss_kb(r.vm_rss_kb),
      vm_swap_kb(r.vm_swap_kb),
      major_faults(r.major_faults),
      minor_faults(r.minor_faults) {
  for (size_t fd = 0; fd < VD_STDIO; ++fd) stdio[fd] = Describe(r, r.stdio[fd]);
}

size_t ExecDetails::HeapBytes() const {
  size_t bytes = sizeof(ExecDetails);
  for (const Descriptor& d : stdio) bytes += d.name.capacity();
  return bytes;
}

}  // namespace vedette
