/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets: every door through which a connection or a datagram leaves, and the two ways one comes in. An address
 * is an IPv4 or IPv6 address, a path, or "@NAME" for an abstract unix socket; unix ones take "-" for the port.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "address.h"
#include "attack.h"

static const char kMessage[] = "hello";

static int open_socket(const struct address* a, int type) {
  return (int)syscall(SYS_socket, a->storage.ss_family, type | SOCK_CLOEXEC, 0);
}

static int run_socket(int argc, char** argv) {
  int protocol = argc > 2 ? atoi(argv[2]) : 0;

  return outcome_fd(syscall(SYS_socket, atoi(argv[0]), atoi(argv[1]), protocol));
}

/* Opens a socket for argv[0], argv[1] and calls the kernel on it; the socket is closed. */
typedef int (*socket_call)(int fd, const struct address* address);

static int with_socket(char** argv, int type, socket_call call) {
  struct address address;
  int fd, error;

  if (!parse_address(argv[0], argv[1], &address)) return -EINVAL;
  fd = open_socket(&address, type);
  if (fd < 0) return -errno;
  error = call(fd, &address);
  close(fd);
  return error;
}

static int call_connect(int fd, const struct address* a) {
  return outcome(syscall(SYS_connect, fd, &a->storage, a->len));
}

static int run_connect(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM, call_connect);
}

static int run_connect_nonblock(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM | SOCK_NONBLOCK, call_connect);
}

static int run_connect_udp(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_DGRAM, call_connect);
}

static int call_sendto(int fd, const struct address* a) {
  return outcome(syscall(SYS_sendto, fd, kMessage, sizeof(kMessage), 0, &a->storage, a->len));
}

static int run_sendto(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_DGRAM, call_sendto);
}

/* TCP Fast Open: a connect that security_socket_connect does not see. */
static int call_fast_open(int fd, const struct address* a) {
  return outcome(syscall(SYS_sendto, fd, kMessage, sizeof(kMessage), MSG_FASTOPEN, &a->storage, a->len));
}

static int run_fast_open(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM, call_fast_open);
}

static int call_sendmmsg(int fd, const struct address* a) {
  struct sockaddr_storage name = a->storage;
  struct iovec part = {(void*)kMessage, sizeof(kMessage)};
  struct mmsghdr messages[2] = {0};

  for (int i = 0; i < 2; i++) {
    messages[i].msg_hdr.msg_name = &name;
    messages[i].msg_hdr.msg_namelen = a->len;
    messages[i].msg_hdr.msg_iov = &part;
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  return outcome(syscall(SYS_sendmmsg, fd, messages, 2, 0));
}

static int run_sendmmsg(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_DGRAM, call_sendmmsg);
}

static int call_bind(int fd, const struct address* a) { return outcome(syscall(SYS_bind, fd, &a->storage, a->len)); }

static int run_bind(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM, call_bind);
}

static int call_listen(int fd, const struct address* a) {
  int one = 1;

  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (call_bind(fd, a)) return -errno;
  return outcome(syscall(SYS_listen, fd, 7));
}

static int run_listen(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM, call_listen);
}

/* Listens, and lets a child of its own connect: the outcome is accept's. */
static int call_accept(int fd, const struct address* a) {
  struct pollfd waiting = {.fd = fd, .events = POLLIN};
  int error = call_listen(fd, a);
  pid_t child;

  if (error) return error;
  child = fork();
  if (child == 0) {
    int client = open_socket(a, SOCK_STREAM);

    _exit(client < 0 || call_connect(client, a) ? 1 : 0);
  }
  if (child < 0 || poll(&waiting, 1, 5000) < 0) return -errno;
  error = waiting.revents ? outcome_fd(syscall(SYS_accept4, fd, NULL, NULL, SOCK_CLOEXEC)) : -ETIMEDOUT;
  waitpid(child, NULL, 0);
  return error;
}

static int run_accept(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM, call_accept);
}

/* The other end for the attacks: takes one connection and reads it to its end. */
static int call_serve(int fd, const struct address* a) {
  struct pollfd waiting = {.fd = fd, .events = POLLIN};
  char sink[4096];
  int error = call_listen(fd, a), peer;

  if (error) return error;
  if (poll(&waiting, 1, 10000) <= 0) return -ETIMEDOUT;
  peer = (int)syscall(SYS_accept, fd, NULL, NULL);
  if (peer < 0) return -errno;
  while (read(peer, sink, sizeof(sink)) > 0)
    ;
  close(peer);
  return 0;
}

static int run_serve(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM, call_serve);
}

/* A reverse shell's middle part: a connected socket becomes the standard input, output and error. */
static int call_dup(int fd, const struct address* a) {
  int saved = fcntl(1, F_DUPFD_CLOEXEC, 100), error = 0;

  if (call_connect(fd, a)) return -errno;
  for (int target = 0; target < 3 && !error; target++)
    error = outcome(target == 1 ? syscall(SYS_dup3, fd, target, 0) : syscall(SYS_dup2, fd, target));
  dup2(saved, 1);
  close(saved);
  return error;
}

static int run_dup(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM, call_dup);
}

/* dup(2) takes the lowest free descriptor: 0 once it is closed. */
static int call_dup_lowest(int fd, const struct address* a) {
  if (call_connect(fd, a)) return -errno;
  close(0);
  return outcome(syscall(SYS_dup, fd));
}

static int run_dup_lowest(int argc, char** argv) {
  (void)argc;
  return with_socket(argv, SOCK_STREAM, call_dup_lowest);
}

const struct attack network_attacks[] = {
    {"socket", "FAMILY TYPE [PROTOCOL]", run_socket, "socket(2) with these numbers; packet is 17 3, netlink 16 3"},
    {"connect", "ADDRESS PORT", run_connect, "connect(2) of a stream"},
    {"connect-nonblock", "ADDRESS PORT", run_connect_nonblock, "the same, not waiting"},
    {"connect-udp", "ADDRESS PORT", run_connect_udp, "connect(2) of a datagram socket"},
    {"fast-open", "ADDRESS PORT", run_fast_open, "TCP Fast Open: sendto(2) that connects"},
    {"sendto", "ADDRESS PORT", run_sendto, "a datagram without connect"},
    {"sendmmsg", "ADDRESS PORT", run_sendmmsg, "two datagrams by sendmmsg(2)"},
    {"bind", "ADDRESS PORT", run_bind, "bind(2) of a stream"},
    {"listen", "ADDRESS PORT", run_listen, "bind(2) and listen(2)"},
    {"accept", "ADDRESS PORT", run_accept, "listen, connect to itself, accept4(2)"},
    {"serve", "ADDRESS PORT", run_serve, "listen, accept(2) one connection within 10 s, read it"},
    {"dup-socket", "ADDRESS PORT", run_dup, "connect, then dup2/dup3 onto 0, 1, 2"},
    {"dup-lowest", "ADDRESS PORT", run_dup_lowest, "connect, close 0, then dup(2)"},
    {0},
};
