/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suite about enforcement without an agent needs: to try a refused open without a pause, and to look at and to
 * disturb what is pinned.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

static long bpf(int command, union bpf_attr* attr) { return syscall(SYS_bpf, command, attr, sizeof(*attr)); }

static uint64_t address(const void* p) { return (uint64_t)(uintptr_t)p; }

static int try_open(const char* path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);

  if (fd < 0) return 0;
  close(fd);
  return 1;
}

/* By a process that has been made for it. */
static int try_open_in_child(const char* path) {
  int status = 0;
  pid_t child = fork();

  if (!child) _exit(try_open(path));
  if (child < 0 || waitpid(child, &status, 0) < 0) return 0;
  return WIFEXITED(status) && WEXITSTATUS(status);
}

/* With BURST and PAUSE it sleeps that many microseconds after as many attempts. */
static int hammer(int argc, char** argv, int (*attempt)(const char*)) {
  unsigned long attempts = 0, successes = 0, burst = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
  useconds_t pause = argc > 3 ? (useconds_t)strtoul(argv[3], NULL, 10) : 0;

  do {
    successes += (unsigned long)attempt(argv[0]);
    attempts++;
    if (burst && attempts % burst == 0) usleep(pause);
  } while (access(argv[1], F_OK));
  printf("%lu attempts, %lu successes\n", attempts, successes);
  return successes ? -EEXIST : 0;
}

static int run_hammer_open(int argc, char** argv) { return hammer(argc, argv, try_open); }

static int run_hammer_fork(int argc, char** argv) { return hammer(argc, argv, try_open_in_child); }

/* Sleeping, so that whoever is to make the entry has the time for it. */
static int run_await_entry(int argc, char** argv) {
  int news = inotify_init1(IN_CLOEXEC), process = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
  struct pollfd wait[] = {{news, POLLIN, 0}, {process, POLLIN, 0}};

  (void)argc;
  if (process < 0 || inotify_add_watch(news, argv[0], IN_CREATE) < 0 || poll(wait, 2, -1) < 0) return -errno;
  return wait[0].revents ? 0 : -ESRCH;
}

static int run_setns_exec(int argc, char** argv) {
  int fd = open(argv[0], O_RDONLY | O_CLOEXEC);

  (void)argc;
  if (fd < 0 || syscall(SYS_setns, fd, 0)) return -errno;
  return outcome(execv(argv[1], argv + 1));
}

static void print_name(const struct bpf_prog_info* info) { printf("%s\n", info->name); }

/* What the kernel has let pass without running the program. */
static void print_skipped(const struct bpf_prog_info* info) {
  if (info->recursion_misses) printf("%s %llu\n", info->name, (unsigned long long)info->recursion_misses);
}

/* The descriptor of the next program that may be looked at, whose facts are in *info then; -1: there is none, errno is ENOENT. */
static int next_program(union bpf_attr* next, struct bpf_prog_info* info) {
  while (!bpf(BPF_PROG_GET_NEXT_ID, next)) {
    union bpf_attr get = {.prog_id = next->next_id};
    union bpf_attr look = {0};
    int fd = (int)bpf(BPF_PROG_GET_FD_BY_ID, &get);

    next->start_id = next->next_id;
    if (fd < 0) continue;
    memset(info, 0, sizeof(*info));
    look.info.bpf_fd = (uint32_t)fd;
    look.info.info_len = sizeof(*info);
    look.info.info = address(info);
    if (!bpf(BPF_OBJ_GET_INFO_BY_FD, &look)) return fd;
    close(fd);
  }
  return -1;
}

static int each_program(const char* prefix, void (*print)(const struct bpf_prog_info*)) {
  union bpf_attr next = {.start_id = 0};
  struct bpf_prog_info info;
  int fd;

  while ((fd = next_program(&next, &info)) >= 0) {
    if (!strncmp(info.name, prefix, strlen(prefix))) print(&info);
    close(fd);
  }
  return errno == ENOENT ? 0 : -errno;
}

static int run_bpf_programs(int argc, char** argv) { return each_program(argc > 0 ? argv[0] : "", print_name); }

static int run_bpf_skipped(int argc, char** argv) { return each_program(argc > 0 ? argv[0] : "", print_skipped); }

static int get_pin(const char* path) {
  union bpf_attr attr = {.pathname = address(path)};

  return (int)bpf(BPF_OBJ_GET, &attr);
}

static int run_bpf_copy_pin(int argc, char** argv) {
  int fd = get_pin(argv[0]);
  union bpf_attr attr = {.pathname = address(argv[1]), .bpf_fd = (uint32_t)fd};

  (void)argc;
  if (fd < 0) return -errno;
  return outcome(bpf(BPF_OBJ_PIN, &attr));
}

static int run_bpf_poke(int argc, char** argv) {
  static char value[4096];
  uint32_t zero = 0, number = (uint32_t)strtoul(argv[2], NULL, 0);
  size_t offset = strtoul(argv[1], NULL, 0);
  int fd = get_pin(argv[0]);
  union bpf_attr attr = {.map_fd = (uint32_t)fd, .key = address(&zero), .value = address(value)};

  (void)argc;
  if (fd < 0) return -errno;
  if (offset > sizeof(value) - sizeof(number)) return -EINVAL;
  if (bpf(BPF_MAP_LOOKUP_ELEM, &attr)) return -errno;
  memcpy(value + offset, &number, sizeof(number));
  return outcome(bpf(BPF_MAP_UPDATE_ELEM, &attr));
}

static int find_program(const char* name) {
  union bpf_attr next = {.start_id = 0};
  struct bpf_prog_info info;
  int fd;

  while ((fd = next_program(&next, &info)) >= 0) {
    if (!strcmp(info.name, name)) return fd;
    close(fd);
  }
  return -1;
}

/* A program for the place of one of its functions; not one that the verifier would take. */
static int run_bpf_extend(int argc, char** argv) {
  static const uint64_t end[] = {0x00000000000000b7, 0x0000000000000095};
  union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_EXT, .insn_cnt = 2, .insns = address(end)};
  int fd = find_program(argv[0]);

  (void)argc;
  if (fd < 0) return -ENOENT;
  attr.license = address("GPL");
  attr.attach_btf_id = 1;
  attr.attach_prog_fd = (uint32_t)fd;
  return outcome(bpf(BPF_PROG_LOAD, &attr));
}

/* By the number of a map: as who has no path to its pin. */
static int run_bpf_map_by_id(int argc, char** argv) {
  union bpf_attr next = {.start_id = 0};
  uint32_t flags = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 0;
  int result = -ENOENT;

  while (!bpf(BPF_MAP_GET_NEXT_ID, &next)) {
    struct bpf_map_info info = {0};
    union bpf_attr get = {.map_id = next.next_id, .open_flags = BPF_F_RDONLY};
    union bpf_attr look = {0};
    int fd = (int)bpf(BPF_MAP_GET_FD_BY_ID, &get);

    next.start_id = next.next_id;
    if (fd < 0) continue;
    look.info.bpf_fd = (uint32_t)fd;
    look.info.info_len = sizeof(info);
    look.info.info = address(&info);
    if (!bpf(BPF_OBJ_GET_INFO_BY_FD, &look) && !strcmp(info.name, argv[0])) {
      get.map_id = info.id;
      get.open_flags = flags;
      result = outcome(bpf(BPF_MAP_GET_FD_BY_ID, &get));
    }
    close(fd);
  }
  return result;
}

/* A signal by pidfd_send_signal(2), tgkill(2) or rt_sigqueueinfo(2), and a probe by signal 0. */
static int run_signal(int argc, char** argv) {
  pid_t pid = atoi(argv[1]);
  int number = atoi(argv[2]);

  (void)argc;
  if (!strcmp(argv[0], "pidfd")) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    return fd < 0 ? -errno : outcome(syscall(SYS_pidfd_send_signal, fd, number, NULL, 0));
  }
  if (!strcmp(argv[0], "tgkill")) return outcome(syscall(SYS_tgkill, pid, pid, number));
  return outcome(syscall(SYS_kill, pid, number));
}

const struct attack pin_attacks[] = {
    {"hammer-open", "PATH STOP [BURST PAUSE]", run_hammer_open, "open PATH again and again until STOP exists"},
    {"hammer-fork", "PATH STOP [BURST PAUSE]", run_hammer_fork, "the same, each time by a new process"},
    {"await-entry", "DIRECTORY PID", run_await_entry, "until something is made in DIRECTORY, or PID has ended"},
    {"setns-exec", "PATH FILE [ARG...]", run_setns_exec, "setns(2), then execve(2)"},
    {"bpf-programs", "[PREFIX]", run_bpf_programs, "names of the loaded BPF programs"},
    {"bpf-skipped", "[PREFIX]", run_bpf_skipped, "of these, those that the kernel has not run every time, and how often"},
    {"bpf-copy-pin", "FROM TO", run_bpf_copy_pin, "pin what is pinned a second time"},
    {"bpf-poke", "PIN OFFSET VALUE", run_bpf_poke, "write four bytes of a pinned map's first element"},
    {"bpf-extend", "NAME", run_bpf_extend, "BPF_PROG_LOAD of a program that replaces a function of the loaded one"},
    {"bpf-map-by-id", "NAME [FLAGS]", run_bpf_map_by_id, "BPF_MAP_GET_FD_BY_ID of a loaded map, by default to write"},
    {"signal", "kill|tgkill|pidfd PID NUMBER", run_signal, "send a signal"},
    {0},
};
