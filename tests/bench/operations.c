/* SPDX-License-Identifier: Apache-2.0
 *
 * operations [ROUNDS]: what operations cost a program, in nanoseconds each, best of ROUNDS (default 4). In the test machine with
 * --icount a nanosecond of guest time is one instruction, so the figures are exact. One line each: NAME NANOSECONDS.
 * The machine has one processor there: what the monitor itself spends on the events is in the figures.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"

extern char** environ;

static int pipe_fds[2];
static int listener;
static struct sockaddr_in address;
static char* self;

static void do_getppid(void) { syscall(SYS_getppid); }

static void do_pipe(void) {
  char byte = 0;

  if (write(pipe_fds[1], &byte, 1) != 1 || read(pipe_fds[0], &byte, 1) != 1) die("pipe");
}

static void do_open(void) {
  int fd = open("/tmp/vedette-bench/a/file", O_RDONLY | O_CLOEXEC);

  if (fd < 0) die("open");
  close(fd);
}

/* Costs the same as do_open, less the close, when it is refused; it is not where nothing refuses it. */
static void do_refused(void) {
  int fd = open("/tmp/vedette-bench/refused", O_RDONLY | O_CLOEXEC);

  if (fd >= 0) close(fd);
}

static void do_connect(void) {
  int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

  if (client < 0 || connect(client, (struct sockaddr*)&address, sizeof(address))) die("connect");
  server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (server < 0) die("accept");
  close(server);
  close(client);
}

static void do_exec(void) {
  char* argv[] = {self, "--nothing", NULL};
  pid_t child;
  int status;

  if (posix_spawn(&child, self, NULL, NULL, argv, environ)) die("posix_spawn");
  if (waitpid(child, &status, 0) != child || status) die("child");
}

static const struct {
  const char* name;
  void (*run)(void);
  int count;
} operations[] = {
    {"getppid", do_getppid, 20000},
    {"pipe_write_read", do_pipe, 20000},
    {"open_close", do_open, 20000},
    {"connect_accept_close", do_connect, 2000},
    {"fork_exec_wait", do_exec, 200},
    {"open_refused", do_refused, 20000}, /* only when it is named */
};

static int is_wanted(const char* name, int argc, char** argv) {
  if (argc <= 2) return strcmp(name, "open_refused") != 0;
  for (int i = 2; i < argc; i++)
    if (!strcmp(name, argv[i])) return 1;
  return 0;
}

static double now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

/* After the operations the monitor may still have events to handle: give up the processor until it sleeps, and count it. */
static void let_the_monitor_finish(void) {
  for (int i = 0; i < 200; i++) sched_yield();
}

static double once(int i) {
  double start = now();

  for (int n = 0; n < operations[i].count; n++) operations[i].run();
  let_the_monitor_finish();
  return (now() - start) / operations[i].count;
}

static void prepare(void) {
  int fd;

  mkdir("/tmp/vedette-bench", 0755);
  mkdir("/tmp/vedette-bench/a", 0755);
  fd = open("/tmp/vedette-bench/a/file", O_CREAT | O_WRONLY, 0644);
  if (fd < 0 || pipe(pipe_fds)) die("prepare");
  close(fd);
  fd = open("/tmp/vedette-bench/refused", O_CREAT | O_WRONLY, 0644); /* refused, the second time */
  if (fd >= 0) close(fd);
  listener = listen_on_loopback(&address);
}

int main(int argc, char** argv) {
  int rounds = 4;

  if (argc > 1 && !strcmp(argv[1], "--nothing")) return 0;
  if (argc > 1) rounds = atoi(argv[1]);
  self = argv[0];
  prepare();
  for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
    double best;

    if (!is_wanted(operations[i].name, argc, argv)) continue;
    once((int)i); /* warm */
    best = once((int)i);
    for (int r = 1; r < rounds; r++) {
      double t = once((int)i);

      if (t < best) best = t;
    }
    printf("%s %.0f\n", operations[i].name, best);
    fflush(stdout);
  }
  return 0;
}
