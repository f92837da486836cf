/* SPDX-License-Identifier: Apache-2.0
 *
 * Any system call by its number, and what a socket receives.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "attack.h"

/* A number, or "s:TEXT": where that text lies. */
static long argument(int argc, char** argv, int n) {
  if (n >= argc) return 0;
  return strncmp(argv[n], "s:", 2) ? (long)strtoul(argv[n], NULL, 0) : (long)(intptr_t)(argv[n] + 2);
}

static int run_call(int argc, char** argv) {
  long a[7];

  for (int i = 0; i < 7; i++) a[i] = argument(argc, argv, i);
  return outcome(syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]));
}

/* By the 32-bit table; only numbers fit. */
static int run_call32(int argc, char** argv) {
  long result = argument(argc, argv, 0);

  __asm__ volatile("int $0x80"
                   : "+a"(result)
                   : "b"(argument(argc, argv, 1)), "c"(argument(argc, argv, 2)), "d"(argument(argc, argv, 3))
                   : "r8", "r9", "r10", "r11", "memory");
  return (int)result < 0 ? (int)result : 0;
}

static void* nothing(void* unused) { return unused; }

/* Through the C library, which tries clone3 and then, if there is none, clone. */
static int run_thread(int argc, char** argv) {
  pthread_t thread;
  int error = pthread_create(&thread, NULL, nothing, NULL);

  (void)argc;
  (void)argv;
  if (!error) pthread_join(thread, NULL);
  return -error;
}

static struct sockaddr_in loopback(const char* port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int bound_to(const char* port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  if (fd >= 0 && bind(fd, (struct sockaddr*)&address, sizeof(address))) return -1;
  return fd;
}

static long receive(const char* how, int fd) {
  static char bytes[256];
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  struct iovec piece = {bytes, sizeof(bytes)};
  struct mmsghdr m = {.msg_hdr = {.msg_name = &from, .msg_namelen = size, .msg_iov = &piece, .msg_iovlen = 1}};

  if (!strcmp(how, "recvfrom")) return syscall(SYS_recvfrom, fd, bytes, sizeof(bytes), 0, &from, &size);
  if (!strcmp(how, "recvmsg")) return syscall(SYS_recvmsg, fd, &m.msg_hdr, 0);
  return syscall(SYS_recvmmsg, fd, &m, 1, 0, NULL);
}

static int run_receive(int argc, char** argv) {
  struct sockaddr_in to = loopback(argv[1]);
  int receiver = bound_to(argv[1]), sender = bound_to(argv[2]);

  (void)argc;
  if (sendto(sender, argv[3], strlen(argv[3]), 0, (struct sockaddr*)&to, sizeof(to)) < 0) return -errno;
  return outcome(receive(argv[0], receiver));
}

const struct attack call_attacks[] = {
    {"call", "NUMBER [ARG...]", run_call, "a system call; an argument is a number or s:TEXT"},
    {"call32", "NUMBER [ARG...]", run_call32, "one of the 32-bit table; arguments are numbers"},
    {"thread", "", run_thread, "a thread, by the C library"},
    {"receive", "HOW PORT FROM_PORT TEXT", run_receive, "recvfrom, recvmsg or recvmmsg of a datagram over loopback"},
    {0},
};
