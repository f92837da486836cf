/* SPDX-License-Identifier: Apache-2.0
 *
 * workload walk COUNT DIR...: opens and closes COUNT files below the directories, as an indexer or a scanner does.
 * workload connect COUNT: COUNT connections over loopback, opened, accepted and closed.
 * What tests/bench/engine_cost records: many events in little time, each of them by a real system call.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loopback.h"

static long left;

static int visit(const char* path, const struct stat* status, int type, struct FTW* at) {
  int fd;

  (void)at;
  if (type != FTW_F || !S_ISREG(status->st_mode)) return 0;
  fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) close(fd);
  return --left <= 0;
}

static void walk(char** directories) {
  for (; *directories && left > 0; directories++) {
    if (nftw(*directories, visit, 64, FTW_PHYS) < 0) die(*directories);
  }
}

static void connections(void) {
  struct sockaddr_in address;
  int listener = listen_on_loopback(&address);

  for (; left > 0; left--) {
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

    if (client < 0 || connect(client, (struct sockaddr*)&address, sizeof(address))) die("connect");
    server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (server < 0) die("accept");
    close(server);
    close(client);
  }
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "workload: walk COUNT DIR... | connect COUNT\n");
    return 2;
  }
  left = atol(argv[2]);
  if (!strcmp(argv[1], "walk")) {
    walk(argv + 3);
  } else if (!strcmp(argv[1], "connect")) {
    connections();
  } else {
    fprintf(stderr, "workload: no such work: %s\n", argv[1]);
    return 2;
  }
  return 0;
}
