// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <cerrno>

#include "gtest/gtest.h"
#include "sensor/event/host.h"
#include "tests/unit/event/field_values.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

TEST(EvtFields, TheResultIsSuccessOrTheNameOfTheError) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Result(7);
  EXPECT_EQ(Get(open.event(), "evt.res"), "SUCCESS");
  EXPECT_EQ(Get(open.event(), "evt.rawres"), "7");
  EXPECT_EQ(Get(open.event(), "evt.failed"), "false");
  open.Result(-ENOENT);
  EXPECT_EQ(Get(open.event(), "evt.res"), "ENOENT");
  EXPECT_EQ(Get(open.event(), "evt.rawres"), "-2");
  EXPECT_EQ(Get(open.event(), "evt.failed"), "true");
  open.Result(-99999);
  EXPECT_EQ(Get(open.event(), "evt.res"), "-99999");
  open.Result(INT64_MIN);
  EXPECT_EQ(Get(open.event(), "evt.res"), "-9223372036854775808");
}

TEST(EvtFields, AResultThatIsNotKnownIsNull) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  for (std::string_view field : {"evt.res", "evt.rawres", "evt.failed", "fd.num", "evt.arg.fd"}) {
    EXPECT_EQ(Get(open.event(), field), "<NULL>") << field;
  }
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  EXPECT_EQ(Get(exit.event(), "evt.res"), "<NULL>");
}

TEST(EvtFields, ARefusedCallHasFailedWithEperm) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  for (vd_verdict verdict : {VD_VERDICT_DENY, VD_VERDICT_KILL}) {
    open.header().verdict = verdict;
    EXPECT_EQ(Get(open.event(), "evt.res"), "EPERM");
    EXPECT_EQ(Get(open.event(), "evt.rawres"), "-1");
    EXPECT_EQ(Get(open.event(), "fd.num"), "-1");
  }
  open.header().verdict = VD_VERDICT_WOULD_DENY;
  EXPECT_EQ(Get(open.event(), "evt.res"), "<NULL>");
}

TEST(EvtFields, AnExecThatTookPlaceAndAForkSucceeded) {
  RecordBuilder<vd_exec> exec(VD_KIND_EXEC);
  EXPECT_EQ(Get(exec.event(), "evt.res"), "SUCCESS");
  EXPECT_EQ(Get(exec.event(), "evt.rawres"), "0");
  RecordBuilder<vd_fork> fork(VD_KIND_FORK);
  fork->child_pid = 321;
  EXPECT_EQ(Get(fork.event(), "evt.rawres"), "321");
}

TEST(EvtFields, TheDirectionIsAlwaysTheExit) {
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  EXPECT_EQ(Get(exit.event(), "evt.dir"), "<");
  EXPECT_EQ(Get(exit.event(), "evt.source"), "syscall");
  EXPECT_EQ(Get(exit.event(), "evt.pluginname"), "<NULL>");
  EXPECT_EQ(Get(exit.event(), "evt.plugininfo"), "<NULL>");
}

TEST(EvtFields, TheHookTheRouteAndTheVerdictHaveNames) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.header().via = VD_VIA_IO_URING;
  EXPECT_EQ(Get(open.event(), "evt.hook"), "file_open");
  EXPECT_EQ(Get(open.event(), "evt.via"), "io_uring");
  EXPECT_EQ(Get(open.event(), "evt.type"), "openat");
  EXPECT_EQ(Get(open.event(), "evt.verdict"), "allow");
  EXPECT_EQ(Get(open.event(), "evt.policy"), "<NULL>");
  open.header().verdict = VD_VERDICT_WOULD_KILL;
  open.header().policy_id = 4;
  EXPECT_EQ(Get(open.event(), "evt.verdict"), "would_kill");
  EXPECT_EQ(Get(open.event(), "evt.policy"), "4");
}

TEST(EvtFields, WhatIsKilledForWhenItIsOverHasItsResult) {
  RecordBuilder<vd_call> call(VD_KIND_SYSCALL);
  call.header().syscall_nr = 319;
  call.header().verdict = VD_VERDICT_KILL_AFTER;
  call.header().result = 3;
  call.header().flags |= VD_F_RESULT;
  EXPECT_EQ(Get(call.event(), "evt.verdict"), "kill-after");
  EXPECT_EQ(Get(call.event(), "evt.res"), "SUCCESS");
  EXPECT_EQ(Get(call.event(), "evt.rawres"), "3");
  call.header().verdict = VD_VERDICT_WOULD_KILL_AFTER;
  EXPECT_EQ(Get(call.event(), "evt.verdict"), "would_kill-after");
}

TEST(EvtFields, OpenModesFollowTheFlags) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  struct {
    uint32_t flags;
    const char *read, *write;
  } cases[] = {
      {O_RDONLY, "true", "false"}, {O_WRONLY, "false", "true"}, {O_RDWR, "true", "true"}, {3, "false", "false"}};
  for (const auto& c : cases) {
    open->open_flags = c.flags;
    EXPECT_EQ(Get(open.event(), "evt.is_open_read"), c.read) << c.flags;
    EXPECT_EQ(Get(open.event(), "evt.is_open_write"), c.write) << c.flags;
  }
}

TEST(EvtFields, OpenModesAreFalseNotNullForOtherEvents) {
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  for (std::string_view field : {"evt.is_open_read", "evt.is_open_write", "evt.is_open_create", "evt.is_open_exec"}) {
    EXPECT_EQ(Get(exit.event(), field), "false") << field;
  }
}

TEST(EvtFields, AnOpenMayCreateAnExecutable) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open->create_mode = 0755;
  EXPECT_EQ(Get(open.event(), "evt.is_open_exec"), "false");
  open->open_flags = O_CREAT | O_WRONLY;
  EXPECT_EQ(Get(open.event(), "evt.is_open_exec"), "true");
  EXPECT_EQ(Get(open.event(), "evt.is_open_create"), "true");
  open.Result(-EACCES);
  EXPECT_EQ(Get(open.event(), "evt.is_open_create"), "false");
  open->create_mode = 0644;
  EXPECT_EQ(Get(open.event(), "evt.is_open_exec"), "false");
}

TEST(EvtFields, TimesAreWrittenToTheNanosecond) {
  setenv("TZ", "UTC", 1);
  tzset();
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  Event e = exit.event();
  e.time_ns = 1'700'000'000'000'000'042;
  EXPECT_EQ(Get(e, "evt.time"), "22:13:20.000000042");
  EXPECT_EQ(Get(e, "evt.time.s"), "22:13:20");
  EXPECT_EQ(Get(e, "evt.datetime"), "2023-11-14 22:13:20.000000042");
  EXPECT_EQ(Get(e, "evt.time.iso8601"), "2023-11-14T22:13:20.000000042+0000");
  EXPECT_EQ(Get(e, "evt.rawtime"), "1700000000000000042");
  EXPECT_EQ(Get(e, "evt.rawtime.s"), "1700000000");
  EXPECT_EQ(Get(e, "evt.rawtime.ns"), "42");
  e.time_ns = -1;
  EXPECT_EQ(Get(e, "evt.time.iso8601"), "1969-12-31T23:59:59.999999999+0000");
}

TEST(EvtFields, TheHostnameIsTheHosts) {
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  Event e = exit.event();
  EXPECT_EQ(Get(e, "evt.hostname"), "<NULL>");
  Host host("box", {});
  e.host = &host;
  EXPECT_EQ(Get(e, "evt.hostname"), "box");
}

TEST(EvtBuffer, IsTheFirstBytesAnyByteAmongThem) {
  RecordBuilder<vd_socket> received(VD_KIND_RECVFROM);
  received.String(&vd_socket::buffer, std::string_view("\xca\xfe\0\xbe", 4)).Result(400).Syscall("recvfrom");
  Event e = received.event();
  EXPECT_EQ(Get(e, "evt.buffer"), std::string("\xca\xfe\0\xbe", 4));
  EXPECT_EQ(Get(e, "evt.buflen"), "400");  // as in Falco: how many there were
  EXPECT_EQ(Get(e, "evt.rawres"), "400");
}

TEST(EvtBuffer, IsNullWhenNothingWasCaptured) {
  RecordBuilder<vd_socket> received(VD_KIND_RECVFROM);
  EXPECT_EQ(Get(received.event(), "evt.buffer"), "<NULL>");
  EXPECT_EQ(Get(received.event(), "evt.buflen"), "<NULL>");
  RecordBuilder<vd_socket> bind(VD_KIND_BIND);
  bind.String(&vd_socket::buffer, "no payload");
  EXPECT_EQ(Get(bind.event(), "evt.buffer"), "<NULL>");
}

TEST(EvtIo, TellsWhichWayTheDataWent) {
  RecordBuilder<vd_socket> received(VD_KIND_RECVFROM);
  received.Syscall("recvfrom").Result(12);
  received->family = AF_INET;
  EXPECT_EQ(Get(received.event(), "evt.io_dir"), "read");
  EXPECT_EQ(Get(received.event(), "evt.is_io"), "true");
  EXPECT_EQ(Get(received.event(), "evt.is_io_read"), "true");
  EXPECT_EQ(Get(received.event(), "evt.is_io_write"), "false");
  EXPECT_EQ(Get(received.event(), "evt.buflen.in"), "12");
  EXPECT_EQ(Get(received.event(), "evt.buflen.net"), "12");
  EXPECT_EQ(Get(received.event(), "evt.buflen.net.in"), "12");
  EXPECT_EQ(Get(received.event(), "evt.buflen.out"), "<NULL>");
  EXPECT_EQ(Get(received.event(), "evt.buflen.net.out"), "<NULL>");
  RecordBuilder<vd_socket> sent(VD_KIND_SENDTO);
  sent.Syscall("sendto").Result(-EPERM);
  sent->family = AF_UNIX;
  EXPECT_EQ(Get(sent.event(), "evt.io_dir"), "write");
  EXPECT_EQ(Get(sent.event(), "evt.is_io_write"), "true");
  EXPECT_EQ(Get(sent.event(), "evt.buflen"), "<NULL>");  // it failed
  sent.Result(5);
  EXPECT_EQ(Get(sent.event(), "evt.buflen.out"), "5");
  EXPECT_EQ(Get(sent.event(), "evt.buflen.net.out"), "<NULL>");  // no IP socket
  RecordBuilder<vd_call> copy(VD_KIND_SYSCALL);
  copy.Syscall("copy_file_range").Result(5);
  EXPECT_EQ(Get(copy.event(), "evt.is_io_read"), "true");
  EXPECT_EQ(Get(copy.event(), "evt.io_dir"), "write");
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  EXPECT_EQ(Get(exit.event(), "evt.is_io"), "false");
  EXPECT_EQ(Get(exit.event(), "evt.io_dir"), "<NULL>");
  EXPECT_EQ(Get(exit.event(), "evt.is_wait"), "false");
}

TEST(EvtIo, OfSeveralMessagesCountsWhatWasKeptOfTheFirst) {
  RecordBuilder<vd_socket> received(VD_KIND_RECVFROM);
  received.String(&vd_socket::buffer, "seven b").Syscall("recvmmsg").Result(2);
  EXPECT_EQ(Get(received.event(), "evt.buflen"), "7");
  EXPECT_EQ(Get(received.event(), "evt.rawres"), "2");
}

TEST(EvtIo, KnowsADatagramToSyslog) {
  RecordBuilder<vd_socket> sent(VD_KIND_SENDTO);
  sent.String(&vd_socket::unix_path, "/dev/log");
  sent->family = AF_UNIX;
  EXPECT_EQ(Get(sent.event(), "evt.is_syslog"), "true");
  RecordBuilder<vd_socket> connect(VD_KIND_CONNECT);
  connect.String(&vd_socket::unix_path, "/dev/log");
  connect->family = AF_UNIX;
  EXPECT_EQ(Get(connect.event(), "evt.is_syslog"), "false");  // writes nothing
}

TEST(EvtCount, IsOneForWhatItCounts) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  EXPECT_EQ(Get(open.event(), "evt.count"), "1");
  EXPECT_EQ(Get(open.event(), "evt.count.exit"), "1");
  EXPECT_EQ(Get(open.event(), "evt.count.error"), "<NULL>");
  open.Result(-ENOENT);
  EXPECT_EQ(Get(open.event(), "evt.count.error"), "1");
  EXPECT_EQ(Get(open.event(), "evt.count.error.file"), "1");
  EXPECT_EQ(Get(open.event(), "evt.count.error.net"), "<NULL>");
  EXPECT_EQ(Get(open.event(), "evt.count.error.other"), "<NULL>");
  open.Result(3);
  EXPECT_EQ(Get(open.event(), "evt.count.error.file"), "0");
  RecordBuilder<vd_socket> connect(VD_KIND_CONNECT);
  EXPECT_EQ(Get(connect.Result(-EPERM).event(), "evt.count.error.net"), "1");
  RecordBuilder<vd_file_call> protect(VD_KIND_MEMORY);
  EXPECT_EQ(Get(protect.Syscall("mprotect").Result(-ENOMEM).event(), "evt.count.error.memory"), "1");
  RecordBuilder<vd_bpf> bpf(VD_KIND_BPF);
  EXPECT_EQ(Get(bpf.Syscall("bpf").Result(-EPERM).event(), "evt.count.error.other"), "1");
}

TEST(EvtTypeIs, IsOneForTheTypeThatIsNamed) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Syscall("openat");
  EXPECT_EQ(Get(open.event(), "evt.type.is.openat"), "1");
  EXPECT_EQ(Get(open.event(), "evt.type.is.open"), "0");
}

TEST(EvtTime, CountsFromTheFirstEventAndTheOneBefore) {
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  Event e = exit.event();
  EXPECT_EQ(Get(e, "evt.reltime"), "<NULL>");
  EventTimes times{.first_ns = e.time_ns - 3'000'000'005, .previous_ns = e.time_ns - 1'000'000'002};
  e.times = &times;
  EXPECT_EQ(Get(e, "evt.reltime"), "3000000005");
  EXPECT_EQ(Get(e, "evt.reltime.s"), "3");
  EXPECT_EQ(Get(e, "evt.reltime.ns"), "5");
  EXPECT_EQ(Get(e, "evt.deltatime"), "1000000002");
  EXPECT_EQ(Get(e, "evt.deltatime.s"), "1");
  EXPECT_EQ(Get(e, "evt.deltatime.ns"), "2");
  times.previous_ns = e.time_ns + 7;  // of another ring
  EXPECT_EQ(Get(e, "evt.deltatime"), "0");
  times.previous_ns = 0;
  EXPECT_EQ(Get(e, "evt.deltatime"), "0");  // it is the first
  EXPECT_EQ(Get(e, "evt.latency"), "0");
  EXPECT_EQ(Get(e, "evt.latency.human"), "0ns");
}

TEST(EvtRawarg, IsTheNumberWhereEvtArgIsAName) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Syscall("openat").Result(-ENOENT);
  open->dirfd = AT_FDCWD;
  EXPECT_EQ(Get(open.event(), "evt.arg.fd"), "ENOENT");
  EXPECT_EQ(Get(open.event(), "evt.rawarg.fd"), "-2");
  EXPECT_EQ(Get(open.event(), "evt.rawarg.dirfd"), "-100");
  EXPECT_EQ(Get(open.event(), "evt.rawarg.res"), "<NULL>");  // openat has none
  RecordBuilder<vd_path_change> chown(VD_KIND_FILE_CHOWN);
  chown.Syscall("chown").Result(0);
  chown->uid = 1000;
  chown->gid = 0xffffffff;
  EXPECT_EQ(Get(chown.event(), "evt.rawarg.uid"), "1000");
  EXPECT_EQ(Get(chown.event(), "evt.rawarg.gid"), "-1");
  EXPECT_EQ(Get(chown.event(), "evt.rawarg.res"), "0");
  RecordBuilder<vd_socket> listen(VD_KIND_LISTEN);
  listen.Syscall("listen");
  listen->fd = 7;
  listen->backlog = 128;
  EXPECT_EQ(Get(listen.event(), "evt.rawarg.fd"), "7");
  EXPECT_EQ(Get(listen.event(), "evt.rawarg.backlog"), "128");
  RecordBuilder<vd_signal> call(VD_KIND_SIGNAL);
  call.Syscall("kill").Result(0);
  call->call.args[0] = static_cast<uint64_t>(-5);
  EXPECT_EQ(Get(call.event(), "evt.rawarg.pid"), "-5");
}

TEST(EvtAsync, IsTheContainerEventAlone) {
  RecordBuilder<vd_container> container(VD_KIND_CONTAINER);
  EXPECT_EQ(Get(container.event(), "evt.type"), "container");
  EXPECT_EQ(Get(container.event(), "evt.is_async"), "true");
  EXPECT_EQ(Get(container.event(), "evt.asynctype"), "container");
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  EXPECT_EQ(Get(exit.event(), "evt.is_async"), "false");
  EXPECT_EQ(Get(exit.event(), "evt.asynctype"), "<NULL>");
}

}  // namespace
}  // namespace vedette
