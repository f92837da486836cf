/* SPDX-License-Identifier: Apache-2.0
 *
 * Program images from where no package put them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "attack.h"

extern char** environ;

static int copy_file(const char* from, int to) {
  int fd = open(from, O_RDONLY | O_CLOEXEC);
  ssize_t n;

  if (fd < 0) return -errno;
  while ((n = sendfile(to, fd, NULL, 1 << 20)) > 0)
    ;
  close(fd);
  return n < 0 ? -errno : 0;
}

/* Runs ARGV in a child by execveat(fd, path): the outcome is the exec's, or -ECHILD if the program failed. */
static int spawn_at(int fd, const char* path, char** argv, int flags) {
  int report[2], error = 0, status;
  pid_t child;

  if (pipe2(report, O_CLOEXEC)) return -errno;
  child = fork();
  if (child == 0) {
    syscall(SYS_execveat, fd, path, argv, environ, flags);
    error = errno;
    if (write(report[1], &error, sizeof(error)) < 0) _exit(126);
    _exit(127);
  }
  close(report[1]);
  if (child < 0 || read(report[0], &error, sizeof(error)) < 0) error = errno;
  close(report[0]);
  if (child < 0 || waitpid(child, &status, 0) < 0) return -errno;
  if (error) return -error;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

static int run_exec(int argc, char** argv) {
  (void)argc;
  return spawn_at(AT_FDCWD, argv[0], argv, 0);
}

static int run_exec_as(int argc, char** argv) {
  (void)argc;
  return spawn_at(AT_FDCWD, argv[0], argv + 1, 0);
}

static int run_exec_memfd(int argc, char** argv) {
  int fd = (int)syscall(SYS_memfd_create, "attack", MFD_CLOEXEC), error;

  (void)argc;
  if (fd < 0) return -errno;
  error = copy_file(argv[0], fd);
  if (!error) error = spawn_at(fd, "", argv, AT_EMPTY_PATH);
  close(fd);
  return error;
}

/* A copy that has lost its name before it runs. */
static int run_exec_unlinked(int argc, char** argv) {
  char name[] = "/tmp/attack.XXXXXX";
  int fd = mkostemp(name, O_CLOEXEC), error, readable;

  (void)argc;
  if (fd < 0) return -errno;
  error = copy_file(argv[0], fd);
  if (!error && fchmod(fd, 0700)) error = -errno;
  readable = open(name, O_RDONLY | O_CLOEXEC); /* a writable descriptor would make it ETXTBSY */
  close(fd);
  unlink(name);
  if (!error) error = readable < 0 ? -errno : spawn_at(readable, "", argv, AT_EMPTY_PATH);
  close(readable);
  return error;
}

/* "Drop and execute": a copy that keeps its name. */
static int run_exec_dropped(int argc, char** argv) {
  int fd = open(argv[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700), error;

  (void)argc;
  if (fd < 0) return -errno;
  error = copy_file(argv[1], fd);
  close(fd);
  return error ? error : spawn_at(AT_FDCWD, argv[0], argv + 1, 0);
}

const struct attack exec_attacks[] = {
    {"exec", "PROGRAM [ARG...]", run_exec, "execveat(2) of a program, in a child"},
    {"exec-as", "PROGRAM ARGV0 [ARG...]", run_exec_as, "the same under another argv[0]"},
    {"exec-memfd", "PROGRAM [ARG...]", run_exec_memfd, "a copy in a memfd"},
    {"exec-unlinked", "PROGRAM [ARG...]", run_exec_unlinked, "a copy in /tmp, unlinked first"},
    {"exec-dropped", "PATH PROGRAM [ARG...]", run_exec_dropped, "a copy written to PATH"},
    {0},
};
