// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "gtest/gtest.h"
#include "sensor/event/domain_names.h"
#include "tests/unit/event/field_values.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

struct Socket : RecordBuilder<vd_socket> {
  explicit Socket(EventKind kind) : RecordBuilder(kind) {
    record().family = AF_INET;
    record().type = SOCK_STREAM;
    record().fd = -1;
  }
  Socket& Local(const char* address, uint16_t port) {
    inet_pton(record().family, address, record().local_addr);
    record().local_port = port;
    return *this;
  }
  Socket& Remote(const char* address, uint16_t port) {
    inet_pton(record().family, address, record().remote_addr);
    record().remote_port = port;
    return *this;
  }
};

TEST(FdOfASocket, HasTheDomainsThatResolveToItsAddress) {
  Socket s(VD_KIND_CONNECT);
  s.Local("10.0.0.1", 4000).Remote("192.0.2.7", 443);
  DomainNames domains;
  IpAddress server;
  server.bytes = {192, 0, 2, 7};
  domains.Add("a.test", server);
  domains.Add("b.test", server);
  Event e = s.event();
  auto unnamed = [](const Event& event, std::string_view field) {
    auto values = std::make_unique<Values>();
    Extract(*FindField(field).field, {}, event, *values);
    return values->empty() && values->unnamed();
  };
  EXPECT_EQ(Get(e, "fd.sip.name"), "<NULL>");
  EXPECT_TRUE(unnamed(e, "fd.sip.name"));
  e.domains = &domains;
  EXPECT_EQ(Get(e, "fd.sip.name"), "a.test,b.test");
  EXPECT_EQ(Get(e, "fd.rip.name"), "a.test,b.test");
  EXPECT_EQ(Get(e, "fd.cip.name"), "<NULL>");
  EXPECT_TRUE(unnamed(e, "fd.cip.name"));
  EXPECT_FALSE(unnamed(e, "fd.sip.name"));
  Socket unix_socket(VD_KIND_CONNECT);
  unix_socket->family = AF_UNIX;
  EXPECT_FALSE(unnamed(unix_socket.event(), "fd.sip.name"));  // no address: NULL, and nothing differs from it
}

TEST(FdOfAnOpen, IsTheResolvedFile) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/etc/shadow").String(&vd_file_open::nameraw, "../etc/./shadow").Result(5);
  open->dirfd = AT_FDCWD;
  Event e = open.event();
  EXPECT_EQ(Get(e, "fd.name"), "/etc/shadow");
  EXPECT_EQ(Get(e, "fd.nameraw"), "../etc/./shadow");
  EXPECT_EQ(Get(e, "fd.directory"), "/etc");
  EXPECT_EQ(Get(e, "fd.filename"), "shadow");
  EXPECT_EQ(Get(e, "fd.num"), "5");
  EXPECT_EQ(Get(e, "fd.type"), "file");
  EXPECT_EQ(Get(e, "fd.typechar"), "f");
  EXPECT_EQ(Get(e, "fd.sip"), "<NULL>");
  EXPECT_EQ(Get(e, "fd.l4proto"), "<NULL>");
}

TEST(FdOfAnOpen, IsADirectoryOnlyIfOpenedAsOne) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/etc/ssh").Result(5);
  EXPECT_EQ(Get(open.event(), "fd.typechar"), "f");
  EXPECT_EQ(Get(open.event(), "fd.directory"), "/etc");
  open->open_flags = O_DIRECTORY;
  EXPECT_EQ(Get(open.event(), "fd.typechar"), "d");
  EXPECT_EQ(Get(open.event(), "fd.type"), "directory");
  EXPECT_EQ(Get(open.event(), "fd.directory"), "/etc/ssh");
}

TEST(FdOfAnOpen, ThroughALinkIsWhatWasAskedForAndRealpathWhereItLed) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/usr/lib/shadow.real").String(&vd_file_open::nameraw, "/etc/./shadow").Result(5);
  open->name_flags = VD_NAME_LINK;
  Event e = open.event();
  EXPECT_EQ(Get(e, "fd.name"), "/etc/shadow");
  EXPECT_EQ(Get(e, "fd.directory"), "/etc");
  EXPECT_EQ(Get(e, "fd.filename"), "shadow");
  EXPECT_EQ(Get(e, "fs.path.name"), "/etc/shadow");
  EXPECT_EQ(Get(e, "evt.arg.name"), "/etc/shadow");
  EXPECT_EQ(Get(e, "fd.realpath"), "/usr/lib/shadow.real");
  EXPECT_EQ(Get(e, "fd.realpath.directory"), "/usr/lib");
  EXPECT_EQ(Get(e, "fd.realpath.filename"), "shadow.real");
  EXPECT_EQ(Get(e, "fs.realpath.name"), "/usr/lib/shadow.real");
}

TEST(FdOfAnOpen, RelativeAndThroughALinkNeedsItsBase) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/usr/x").String(&vd_file_open::nameraw, "../link/x").Result(5);
  open->name_flags = VD_NAME_LINK;
  EXPECT_EQ(Get(open.event(), "fd.name"), "/usr/x");  // the best there is
  open.String(&vd_file_open::base, "/home/user");
  EXPECT_EQ(Get(open.event(), "fd.name"), "/home/link/x");
  open->name_flags = 0;  // no link: the kernel found the same
  EXPECT_EQ(Get(open.event(), "fd.name"), "/usr/x");
}

TEST(FdOfAnOpen, InARuleThatRefusesIsWhereTheKernelFoundIt) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/etc/shadow").String(&vd_file_open::nameraw, "/tmp/link");
  open->name_flags = VD_NAME_LINK;
  FieldArg resolved;
  resolved.resolved = true;
  auto values = std::make_unique<Values>();
  Extract(*FindField("fd.name").field, resolved, open.event(), *values);
  ASSERT_EQ(values->size(), 1u);
  EXPECT_EQ((*values)[0].string(), "/etc/shadow");
  Extract(*FindField("fd.filename").field, resolved, open.event(), *values);
  ASSERT_EQ(values->size(), 1u);
  EXPECT_EQ((*values)[0].string(), "shadow");
}

TEST(FdOfAnOpen, ThatNoHookSawIsJoinedFromWhatWasAskedFor) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.String(&vd_file_open::nameraw, "../../etc//./passwd").Result(-ENOENT);
  open->name_flags = VD_NAME_NO_FILE;
  EXPECT_EQ(Get(open.event(), "fd.name"), "<NULL>");  // relative to a directory that is not known
  open.String(&vd_file_open::base, "/home/user");
  Event e = open.event();
  EXPECT_EQ(Get(e, "fd.name"), "/etc/passwd");
  EXPECT_EQ(Get(e, "fd.directory"), "/etc");
  EXPECT_EQ(Get(e, "fd.filename"), "<NULL>");
  EXPECT_EQ(Get(e, "fd.num"), "-1");
  EXPECT_EQ(Get(e, "fd.type"), "<NULL>");
  EXPECT_EQ(Get(e, "fd.realpath"), "<NULL>");
}

TEST(FdOfAnOpen, ThatFailedHasFalcosTypeLetter) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Result(-ENOENT).Syscall("openat");
  EXPECT_EQ(Get(open.event(), "fd.typechar"), "f");
  open.Syscall("open");
  EXPECT_EQ(Get(open.event(), "fd.typechar"), "o");
}

TEST(FdOfAnOpen, TellsTheInodeTheFileSystemAndTheMount) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/mnt/release_agent");
  open->file.fs_magic = 0x27e0eb;
  open->file.mode = S_IFBLK | 0600;
  open->file.rdev = 8 << 20 | 1;
  open->file.dev = 253 << 20 | 3;
  open->file.ino = 77;
  open->file.mount_class = VD_MOUNT_FOREIGN;
  Event e = open.event();
  EXPECT_EQ(Get(e, "fd.fs.magic"), "2613483");
  EXPECT_EQ(Get(e, "fd.fs.name"), "cgroup");
  EXPECT_EQ(Get(e, "fd.inode_type"), "block");
  EXPECT_EQ(Get(e, "fd.rdev.major"), "8");
  EXPECT_EQ(Get(e, "fd.rdev.minor"), "1");
  EXPECT_EQ(Get(e, "fd.dev.major"), "253");
  EXPECT_EQ(Get(e, "fd.dev.minor"), "3");
  EXPECT_EQ(Get(e, "fd.ino"), "77");
  EXPECT_EQ(Get(e, "fd.mount_class"), "foreign");
}

TEST(FdOfAnOpen, TellsTheLayerOfAnOverlay) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/usr/bin/cat").String(&vd_file_open::nameraw, "/bin/../usr/bin/cat").Result(3);
  EXPECT_EQ(Get(open.event(), "fd.is_upper_layer"), "false");
  EXPECT_EQ(Get(open.event(), "fd.is_lower_layer"), "false");
  open->name_flags = VD_FILE_LOWER_LAYER;
  EXPECT_EQ(Get(open.event(), "fd.is_lower_layer"), "true");
  EXPECT_EQ(Get(open.event(), "fd.is_upper_layer"), "false");
  EXPECT_EQ(Get(open.event(), "fd.name"), "/usr/bin/cat");  // the layer says nothing about the name
  open->name_flags = VD_FILE_UPPER_LAYER;
  EXPECT_EQ(Get(open.event(), "fd.is_upper_layer"), "true");
  open.Result(-EACCES);
  EXPECT_EQ(Get(open.event(), "fd.is_upper_layer"), "<NULL>");
}

TEST(FdOfAnOpen, IsChainedToTheContainerAndTheThread) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/etc/shadow").String(&vd_file_open::nameraw, "/etc/../etc/shadow").Result(5);
  open->name_flags = VD_NAME_LINK;
  Process p;
  EXPECT_EQ(Get(open.event(&p), "fd.containername"), ":/etc/shadow");
  Container web;
  web.id = "3ad7b26ded6d";
  p.container = &web;
  EXPECT_EQ(Get(open.event(&p), "fd.containername"), "3ad7b26ded6d:/etc/shadow");
  EXPECT_EQ(Get(open.event(&p), "fd.containerdirectory"), "3ad7b26ded6d:/etc");
  EXPECT_EQ(Get(open.event(&p), "fd.uid"), "1005");  // thread 100, descriptor 5
  RecordBuilder<vd_path_change> mkdir(VD_KIND_FILE_MKDIR);
  EXPECT_EQ(Get(mkdir.event(&p), "fd.containername"), "<NULL>");
  EXPECT_EQ(Get(mkdir.event(&p), "fd.uid"), "<NULL>");
}

TEST(FdOfAConnect, HasItsPortsAsText) {
  Socket s(VD_KIND_CONNECT);
  s.Local("10.0.0.1", 4000).Remote("192.0.2.7", 443);
  EXPECT_EQ(Get(s.event(), "fd.cproto"), "4000");
  EXPECT_EQ(Get(s.event(), "fd.sproto"), "443");
  EXPECT_EQ(Get(s.event(), "fd.lproto"), "4000");
  EXPECT_EQ(Get(s.event(), "fd.rproto"), "443");
  EXPECT_EQ(Get(s.event(), "fd.proto"), "4000,443");
  Socket unix_socket(VD_KIND_CONNECT);
  unix_socket->family = AF_UNIX;
  EXPECT_EQ(Get(unix_socket.event(), "fd.sproto"), "<NULL>");
}

TEST(FdOfAModule, IsTheFileItIsLoadedFrom) {
  RecordBuilder<vd_module> module(VD_KIND_MODULE);
  EXPECT_EQ(Get(module.event(), "fd.name"), "<NULL>");
  module.Path(&vd_module::file, "/tmp/rootkit.ko").Syscall("finit_module");
  EXPECT_EQ(Get(module.event(), "fd.name"), "/tmp/rootkit.ko");
  EXPECT_EQ(Get(module.event(), "fd.filename"), "rootkit.ko");
}

TEST(FdOfAPath, IsNullUnlessTheCallTakesADescriptor) {
  RecordBuilder<vd_path_change> chmod(VD_KIND_FILE_CHMOD);
  chmod.Path(&vd_path_change::file, "/bin/sh").Syscall("chmod");
  EXPECT_EQ(Get(chmod.event(), "fd.name"), "<NULL>");
  chmod.Syscall("fchmod");
  EXPECT_EQ(Get(chmod.event(), "fd.name"), "/bin/sh");
}

TEST(FdOfAConnect, HasTheRemoteEndAsServer) {
  Socket connect(VD_KIND_CONNECT);
  connect.Local("10.0.0.5", 40000).Remote("93.184.216.34", 443);
  connect->fd = 3;
  Event e = connect.event();
  EXPECT_EQ(Get(e, "fd.name"), "10.0.0.5:40000->93.184.216.34:443");
  EXPECT_EQ(Get(e, "fd.sip"), "93.184.216.34");
  EXPECT_EQ(Get(e, "fd.rip"), "93.184.216.34");
  EXPECT_EQ(Get(e, "fd.snet"), "93.184.216.34");
  EXPECT_EQ(Get(e, "fd.cip"), "10.0.0.5");
  EXPECT_EQ(Get(e, "fd.lip"), "10.0.0.5");
  EXPECT_EQ(Get(e, "fd.ip"), "10.0.0.5,93.184.216.34");
  EXPECT_EQ(Get(e, "fd.sport"), "443");
  EXPECT_EQ(Get(e, "fd.cport"), "40000");
  EXPECT_EQ(Get(e, "fd.port"), "40000,443");
  EXPECT_EQ(Get(e, "fd.num"), "3");
  EXPECT_EQ(Get(e, "fd.type"), "ipv4");
  EXPECT_EQ(Get(e, "fd.typechar"), "4");
  EXPECT_EQ(Get(e, "fd.l4proto"), "tcp");
  EXPECT_EQ(Get(e, "fd.is_server"), "false");
  EXPECT_EQ(Get(e, "fd.sip.name"), "<NULL>");
}

// With 0.0.0.0 as one of its addresses Falco's `fd.ip != "0.0.0.0"` would be false, and the rule blind.
TEST(FdOfAConnect, LeavesOutALocalEndThatIsNotChosenYet) {
  Socket connect(VD_KIND_CONNECT);
  connect.Remote("8.8.8.8", 53);
  Event e = connect.event();
  EXPECT_EQ(Get(e, "fd.ip"), "8.8.8.8");
  EXPECT_EQ(Get(e, "fd.port"), "53");
  EXPECT_EQ(Get(e, "fd.lip"), "<NULL>");
  EXPECT_EQ(Get(e, "fd.lport"), "<NULL>");
  EXPECT_EQ(Get(e, "fd.cip"), "<NULL>");
  EXPECT_EQ(Get(e, "fd.name"), "0.0.0.0:0->8.8.8.8:53");
}

TEST(FdOfAConnect, IsConnectedUnlessItFailed) {
  Socket connect(VD_KIND_CONNECT);
  connect.Remote("8.8.8.8", 53).Result(0);
  EXPECT_EQ(Get(connect.event(), "fd.connected"), "true");
  EXPECT_EQ(Get(connect.event(), "fd.name_changed"), "true");
  connect.Result(-ECONNREFUSED);
  EXPECT_EQ(Get(connect.event(), "fd.connected"), "false");
}

TEST(FdOfAnAccept, HasTheLocalEndAsServer) {
  Socket accept(VD_KIND_ACCEPT);
  accept.Local("10.0.0.5", 80).Remote("10.0.0.9", 50000).Result(9);
  Event e = accept.event();
  EXPECT_EQ(Get(e, "fd.name"), "10.0.0.9:50000->10.0.0.5:80");
  EXPECT_EQ(Get(e, "fd.sip"), "10.0.0.5");
  EXPECT_EQ(Get(e, "fd.cip"), "10.0.0.9");
  EXPECT_EQ(Get(e, "fd.num"), "9");
  EXPECT_EQ(Get(e, "fd.is_server"), "true");
}

TEST(FdOfABind, HasOneEndOnly) {
  Socket bind(VD_KIND_BIND);
  bind.Local("0.0.0.0", 8080);
  Event e = bind.event();
  EXPECT_EQ(Get(e, "fd.name"), "0.0.0.0:8080");
  EXPECT_EQ(Get(e, "fd.sip"), "0.0.0.0");
  EXPECT_EQ(Get(e, "fd.sport"), "8080");
  EXPECT_EQ(Get(e, "fd.cip"), "<NULL>");
  EXPECT_EQ(Get(e, "fd.rip"), "<NULL>");
}

TEST(FdOfASendto, HasAPeerButIsNotConnected) {
  Socket sendto(VD_KIND_SENDTO);
  sendto->type = SOCK_DGRAM;
  sendto.Remote("1.1.1.1", 53);
  EXPECT_EQ(Get(sendto.event(), "fd.l4proto"), "udp");
  EXPECT_EQ(Get(sendto.event(), "fd.connected"), "false");
  EXPECT_EQ(Get(sendto.event(), "fd.name_changed"), "true");
  EXPECT_EQ(Get(sendto.event(), "fd.rip"), "1.1.1.1");
}

TEST(FdOfARecvfrom, HasTheSenderOfADatagram) {
  Socket received(VD_KIND_RECVFROM);
  received->type = SOCK_DGRAM;
  received->fd = 5;
  received->role = VD_ROLE_SERVER;
  received->backlog = 1;  // the datagram's peer
  received.Local("10.0.0.5", 53).Remote("1.1.1.1", 40000).Result(12).Syscall("recvfrom");
  Event e = received.event();
  EXPECT_EQ(Get(e, "fd.name"), "1.1.1.1:40000->10.0.0.5:53");
  EXPECT_EQ(Get(e, "fd.cip"), "1.1.1.1");
  EXPECT_EQ(Get(e, "fd.num"), "5");
  EXPECT_EQ(Get(e, "fd.connected"), "false");
  EXPECT_EQ(Get(e, "fd.name_changed"), "true");
  received->backlog = 0;  // the socket's
  EXPECT_EQ(Get(e, "fd.connected"), "true");
  EXPECT_EQ(Get(e, "fd.name_changed"), "false");
}

TEST(FdOfARecvfrom, DoesNotGuessWhoServesAConnection) {
  Socket received(VD_KIND_RECVFROM);
  received.Local("10.0.0.5", 80).Remote("1.1.1.1", 40000).Result(12).Syscall("recvmsg");
  EXPECT_EQ(Get(received.event(), "fd.type"), "ipv4");
  EXPECT_EQ(Get(received.event(), "fd.rip"), "1.1.1.1");
  EXPECT_EQ(Get(received.event(), "fd.sip"), "<NULL>");
}

TEST(FdOfADup, IsTheSocketThatWasDuplicated) {
  Socket dup(VD_KIND_DUP);
  dup->fd = 4;
  dup->role = VD_ROLE_CLIENT;
  dup.Local("10.0.0.5", 40000).Remote("10.6.6.6", 4444).Result(1).Syscall("dup2");
  Event e = dup.event();
  EXPECT_EQ(Get(e, "fd.type"), "ipv4");
  EXPECT_EQ(Get(e, "evt.rawres"), "1");
  EXPECT_EQ(Get(e, "fd.num"), "1");
  EXPECT_EQ(Get(e, "fd.sip"), "10.6.6.6");
  EXPECT_EQ(Get(e, "evt.arg.oldfd"), "4");
  dup->role = VD_ROLE_UNKNOWN;
  EXPECT_EQ(Get(e, "fd.sip"), "<NULL>");
  EXPECT_EQ(Get(e, "fd.rip"), "10.6.6.6");
}

TEST(FdOfASocket, OfIpv6ThatIsReallyIpv4IsIpv4) {
  Socket connect(VD_KIND_CONNECT);
  connect->family = AF_INET6;
  connect.Remote("::ffff:10.1.2.3", 22);
  EXPECT_EQ(Get(connect.event(), "fd.type"), "ipv4");
  EXPECT_EQ(Get(connect.event(), "fd.sip"), "10.1.2.3");
  connect.Remote("2001:db8::1", 22);
  EXPECT_EQ(Get(connect.event(), "fd.typechar"), "6");
  EXPECT_EQ(Get(connect.event(), "fd.sip"), "2001:db8::1");
}

TEST(FdOfASocket, OfTheUnixFamilyIsItsPath) {
  Socket connect(VD_KIND_CONNECT);
  connect->family = AF_UNIX;
  connect.String(&vd_socket::unix_path, "/var/run/docker.sock");
  EXPECT_EQ(Get(connect.event(), "fd.name"), "/var/run/docker.sock");
  EXPECT_EQ(Get(connect.event(), "fd.type"), "unix");
  EXPECT_EQ(Get(connect.event(), "fd.ip"), "<NULL>");
  EXPECT_EQ(Get(connect.event(), "fd.connected"), "<NULL>");
  connect.String(&vd_socket::unix_path, std::string_view("\0abstract", 9));
  EXPECT_EQ(Get(connect.event(), "fd.name"), "@abstract");
}

TEST(FdOfASocket, WithoutAddressesHasNoName) {
  Socket socket(VD_KIND_SOCKET);
  socket->family = AF_PACKET;
  socket->type = SOCK_RAW;
  socket.Result(4);
  EXPECT_EQ(Get(socket.event(), "fd.name"), "<NULL>");
  EXPECT_EQ(Get(socket.event(), "fd.num"), "4");
  EXPECT_EQ(Get(socket.event(), "fd.typechar"), "o");
  EXPECT_EQ(Get(socket.event(), "fd.type"), "<NULL>");
  EXPECT_EQ(Get(socket.event(), "socket.family"), "AF_PACKET");
}

}  // namespace
}  // namespace vedette
