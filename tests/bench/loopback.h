/* SPDX-License-Identifier: Apache-2.0
 *
 * A TCP listener on loopback, for the programs of the benchmarks.
 */
#ifndef VEDETTE_TESTS_BENCH_LOOPBACK_H_
#define VEDETTE_TESTS_BENCH_LOOPBACK_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static void die(const char* what) {
  perror(what);
  exit(1);
}

/* Its descriptor; `address` is where it listens. */
static int listen_on_loopback(struct sockaddr_in* address) {
  socklen_t length = sizeof(*address);
  int listener = socket(AF_INET, SOCK_STREAM, 0);

  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (listener < 0 || bind(listener, (struct sockaddr*)address, sizeof(*address)) || listen(listener, 16) ||
      getsockname(listener, (struct sockaddr*)address, &length))
    die("listen");
  return listener;
}

#endif
