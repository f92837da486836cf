/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done to a file that is open, to memory, to other processes, and the kernel's services: operations that `call`
 * cannot make, since they need a descriptor, a structure or memory of their own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>

#include "attack.h"

#define PAGE 4096

static int run_ftruncate(int argc, char** argv) {
  int fd = open(argv[0], O_WRONLY);

  if (fd < 0) return -errno;
  return outcome(ftruncate(fd, argc > 1 ? atol(argv[1]) : 0));
}

static int run_fsetxattr(int argc, char** argv) {
  int fd = open(argv[0], O_RDONLY);

  (void)argc;
  if (fd < 0) return -errno;
  return outcome(fsetxattr(fd, argv[1], "x", 1, 0));
}

static int run_futimens(int argc, char** argv) {
  int fd = open(argv[0], O_RDONLY);

  (void)argc;
  if (fd < 0) return -errno;
  return outcome(futimens(fd, NULL));
}

static int run_mprotect(int argc, char** argv) {
  char* page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  (void)argc;
  if (page == MAP_FAILED) return -errno;
  return outcome(mprotect(page, PAGE, atoi(argv[0])));
}

static int run_map_file(int argc, char** argv) {
  int fd = open(argv[0], O_RDONLY);

  (void)argc;
  if (fd < 0) return -errno;
  return mmap(NULL, PAGE, atoi(argv[1]), MAP_PRIVATE, fd, 0) == MAP_FAILED ? -errno : 0;
}

/* Readable memory that is executable, though nobody said so. */
static int run_read_implies_exec(int argc, char** argv) {
  (void)argc;
  (void)argv;
  if (syscall(SYS_personality, 0x0400000) < 0) return -errno;
  return mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -errno : 0;
}

static int run_pidfd_signal(int argc, char** argv) {
  int fd = (int)syscall(SYS_pidfd_open, atoi(argv[0]), 0);

  (void)argc;
  if (fd < 0) return -errno;
  return outcome(syscall(SYS_pidfd_send_signal, fd, atoi(argv[1]), NULL, 0));
}

static int run_sigqueue(int argc, char** argv) {
  siginfo_t info = {.si_code = SI_QUEUE};

  (void)argc;
  return outcome(syscall(SYS_rt_sigqueueinfo, atoi(argv[0]), atoi(argv[1]), &info));
}

static struct sockaddr_un named(const char* path, socklen_t* len) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};

  strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
  *len = sizeof(address);
  if (path[0] == '@') { /* an abstract name */
    address.sun_path[0] = 0;
    *len = (socklen_t)(sizeof(sa_family_t) + strlen(path));
  }
  return address;
}

static int type_of(int argc, char** argv) {
  return argc > 1 && !strcmp(argv[1], "datagram")   ? SOCK_DGRAM
         : argc > 1 && !strcmp(argv[1], "sequence") ? SOCK_SEQPACKET
                                                    : SOCK_STREAM;
}

static int run_connect_unix(int argc, char** argv) {
  socklen_t len;
  struct sockaddr_un address = named(argv[0], &len);
  int fd = socket(AF_UNIX, type_of(argc, argv), 0);

  if (fd < 0) return -errno;
  return outcome(connect(fd, (struct sockaddr*)&address, len));
}

/* Serves until it is killed; nobody is accepted, a connection only waits. */
static int run_serve_unix(int argc, char** argv) {
  socklen_t len;
  struct sockaddr_un address = named(argv[0], &len);
  int type = type_of(argc, argv), fd = socket(AF_UNIX, type, 0);

  if (fd < 0 || bind(fd, (struct sockaddr*)&address, len)) return -errno;
  if (type != SOCK_DGRAM && listen(fd, 64)) return -errno;
  for (;;) pause();
}

static int run_perf_open(int argc, char** argv) {
  struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_DUMMY};

  attr.exclude_kernel = argc > 0 && !strcmp(argv[0], "user");
  return outcome_fd(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int run_set_clock(int argc, char** argv) {
  struct timespec now;

  (void)argc;
  clock_gettime(CLOCK_REALTIME, &now);
  return outcome(syscall(SYS_clock_settime, atoi(argv[0]), &now));
}

static int run_set_time(int argc, char** argv) {
  struct timeval now;

  (void)argc;
  (void)argv;
  gettimeofday(&now, NULL);
  return outcome(syscall(SYS_settimeofday, &now, NULL));
}

static int run_uring_setup(int argc, char** argv) {
  struct io_uring_params p = {.flags = argc > 0 ? (unsigned)strtoul(argv[0], NULL, 0) : 0};

  return outcome_fd(syscall(SYS_io_uring_setup, 4, &p));
}

const struct attack service_attacks[] = {
    {"ftruncate", "PATH [LENGTH]", run_ftruncate, "open for writing, ftruncate(2)"},
    {"fsetxattr", "PATH NAME", run_fsetxattr, "open for reading, fsetxattr(2)"},
    {"futimens", "PATH", run_futimens, "open for reading, utimensat(2) of the descriptor"},
    {"mprotect", "PROT", run_mprotect, "mprotect(2) of an anonymous page"},
    {"map-file", "PATH PROT", run_map_file, "mmap(2) of a file"},
    {"read-implies-exec", "", run_read_implies_exec, "mmap(2) of a readable page with that personality"},
    {"pidfd-signal", "PID SIGNAL", run_pidfd_signal, "pidfd_send_signal(2)"},
    {"sigqueue", "PID SIGNAL", run_sigqueue, "rt_sigqueueinfo(2)"},
    {"connect-unix", "PATH [datagram|sequence]", run_connect_unix, "connect(2) of a unix socket; @NAME is abstract"},
    {"serve-unix", "PATH [datagram|sequence]", run_serve_unix, "bind and listen, until it is killed"},
    {"perf-open", "[user]", run_perf_open, "perf_event_open(2) of a dummy event"},
    {"set-clock", "CLOCK", run_set_clock, "clock_settime(2) to the time it is"},
    {"set-time", "", run_set_time, "settimeofday(2) to the time it is"},
    {"uring-setup", "[FLAGS]", run_uring_setup, "io_uring_setup(2)"},
    {0},
};
