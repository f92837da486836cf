/* SPDX-License-Identifier: Apache-2.0
 *
 * Reaching into other processes, namespaces, the kernel.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "attack.h"

static int run_ptrace_attach(int argc, char** argv) {
  int pid = atoi(argv[0]), error = outcome(ptrace(PTRACE_ATTACH, pid, 0, 0));

  (void)argc;
  if (!error) {
    waitpid(pid, NULL, __WALL);
    ptrace(PTRACE_DETACH, pid, 0, 0);
  }
  return error;
}

static int run_ptrace_seize(int argc, char** argv) {
  (void)argc; /* our end detaches it */
  return outcome(ptrace(PTRACE_SEIZE, atoi(argv[0]), 0, 0));
}

static int run_ptrace_traceme(int argc, char** argv) {
  (void)argc, (void)argv;
  return outcome(ptrace(PTRACE_TRACEME, 0, 0, 0));
}

/* One byte at an address that the caller of the attack knows to be mapped there. */
static int vm_access(long number, char** argv) {
  char byte = 0;
  struct iovec local = {&byte, 1}, remote = {(void*)strtoul(argv[1], NULL, 0), 1};

  return outcome(syscall(number, atoi(argv[0]), &local, 1, &remote, 1, 0));
}

static int run_vm_readv(int argc, char** argv) {
  (void)argc;
  return vm_access(SYS_process_vm_readv, argv);
}

static int run_vm_writev(int argc, char** argv) {
  (void)argc;
  return vm_access(SYS_process_vm_writev, argv);
}

static int run_proc_mem(int argc, char** argv) {
  char path[64];

  (void)argc;
  snprintf(path, sizeof(path), "/proc/%d/mem", atoi(argv[0]));
  return outcome_fd(open(path, O_RDWR));
}

static int run_pidfd_getfd(int argc, char** argv) {
  int pidfd = (int)syscall(SYS_pidfd_open, atoi(argv[0]), 0), error;

  (void)argc;
  if (pidfd < 0) return -errno;
  error = outcome_fd(syscall(SYS_pidfd_getfd, pidfd, atoi(argv[1]), 0));
  close(pidfd);
  return error;
}

static int run_setns(int argc, char** argv) {
  int fd = open(argv[0], O_RDONLY), error;

  if (fd < 0) return -errno;
  error = outcome(syscall(SYS_setns, fd, argc > 1 ? strtoul(argv[1], NULL, 0) : 0));
  close(fd);
  return error;
}

static int run_setns_pidfd(int argc, char** argv) {
  int pidfd = (int)syscall(SYS_pidfd_open, atoi(argv[0]), 0), error;

  (void)argc;
  if (pidfd < 0) return -errno;
  error = outcome(syscall(SYS_setns, pidfd, strtoul(argv[1], NULL, 0)));
  close(pidfd);
  return error;
}

static int run_unshare(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_unshare, strtoul(argv[0], NULL, 0)));
}

/* A user namespace without unshare(2). */
static int run_clone_newuser(int argc, char** argv) {
  long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

  (void)argc, (void)argv;
  if (child == 0) _exit(0);
  if (child < 0) return -errno;
  waitpid((pid_t)child, NULL, 0);
  return 0;
}

static int sys_bpf(int cmd, union bpf_attr* attr) { return outcome_fd(syscall(SYS_bpf, cmd, attr, sizeof(*attr))); }

static int run_bpf_map(int argc, char** argv) {
  union bpf_attr attr = {
      .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1, .map_name = "attack"};

  (void)argc, (void)argv;
  return sys_bpf(BPF_MAP_CREATE, &attr);
}

static int run_bpf_prog(int argc, char** argv) {
  static const struct bpf_insn return_zero[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K}, /* r0 = 0 */
      {.code = BPF_JMP | BPF_EXIT},
  };
  union bpf_attr attr = {
      .prog_type = BPF_PROG_TYPE_KPROBE,
      .insns = (unsigned long)return_zero,
      .insn_cnt = 2,
      .license = (unsigned long)"GPL",
      .prog_name = "attack",
  };

  (void)argc, (void)argv;
  return sys_bpf(BPF_PROG_LOAD, &attr);
}

static int run_init_module(int argc, char** argv) {
  static char garbage[4096] = "this is no module";

  return outcome(syscall(SYS_init_module, garbage, sizeof(garbage), argc > 0 ? argv[0] : ""));
}

static int run_finit_module(int argc, char** argv) {
  int fd = open(argv[0], O_RDONLY | O_CLOEXEC), error;

  if (fd < 0) return -errno;
  error = outcome(syscall(SYS_finit_module, fd, argc > 1 ? argv[1] : "", 0));
  close(fd);
  return error;
}

static int run_setuid(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_setuid, strtoul(argv[0], NULL, 0)));
}

static int run_setresuid(int argc, char** argv) {
  unsigned long uid = strtoul(argv[0], NULL, 0);

  (void)argc;
  return outcome(syscall(SYS_setresuid, uid, uid, uid));
}

static int run_setgroups(int argc, char** argv) {
  gid_t gid = (gid_t)strtoul(argv[0], NULL, 0);

  (void)argc;
  return outcome(syscall(SYS_setgroups, 1, &gid));
}

/* Keeps only the named capability (a number), or none. */
static int run_capset(int argc, char** argv) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0}};

  if (argc > 0) {
    unsigned int cap = (unsigned int)strtoul(argv[0], NULL, 0) & 63;

    data[cap / 32].effective = data[cap / 32].permitted = 1u << (cap % 32);
  }
  return outcome(syscall(SYS_capset, &header, data));
}

const struct attack privilege_attacks[] = {
    {"ptrace-attach", "PID", run_ptrace_attach, "PTRACE_ATTACH"},
    {"ptrace-seize", "PID", run_ptrace_seize, "PTRACE_SEIZE"},
    {"ptrace-traceme", "", run_ptrace_traceme, "PTRACE_TRACEME"},
    {"vm-readv", "PID ADDRESS", run_vm_readv, "process_vm_readv(2) of one byte"},
    {"vm-writev", "PID ADDRESS", run_vm_writev, "process_vm_writev(2) of one byte"},
    {"proc-mem", "PID", run_proc_mem, "open /proc/PID/mem for writing"},
    {"pidfd-getfd", "PID FD", run_pidfd_getfd, "pidfd_getfd(2)"},
    {"setns", "PATH [TYPE]", run_setns, "setns(2) to a namespace file"},
    {"setns-pidfd", "PID FLAGS", run_setns_pidfd, "setns(2) to a process"},
    {"unshare", "FLAGS", run_unshare, "unshare(2), e.g. of mounts (0x20000)"},
    {"clone-newuser", "", run_clone_newuser, "clone(2) into a user namespace"},
    {"bpf-map", "", run_bpf_map, "BPF_MAP_CREATE"},
    {"bpf-prog", "", run_bpf_prog, "BPF_PROG_LOAD of a kprobe program"},
    {"init-module", "[ARGS]", run_init_module, "init_module(2) of garbage"},
    {"finit-module", "PATH [ARGS]", run_finit_module, "finit_module(2)"},
    {"setuid", "UID", run_setuid, "setuid(2)"},
    {"setresuid", "UID", run_setresuid, "setresuid(2)"},
    {"setgroups", "GID", run_setgroups, "setgroups(2)"},
    {"capset", "[CAP]", run_capset, "capset(2): keep one capability or none"},
    {0},
};
