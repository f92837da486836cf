/* SPDX-License-Identifier: Apache-2.0
 *
 * Every way we know to get at a file by its path, and to change names.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "attack.h"

#define MAX_NAME 4096

/* r, w, rw; c: w and make the file, rc: r and make it. */
static int flags_of(int argc, char** argv) {
  if (argc < 2) return O_RDONLY;
  if (!strcmp(argv[1], "w")) return O_WRONLY;
  if (!strcmp(argv[1], "c")) return O_WRONLY | O_CREAT;
  if (!strcmp(argv[1], "rc")) return O_RDONLY | O_CREAT;
  return !strcmp(argv[1], "rw") ? O_RDWR : O_RDONLY;
}

static int run_open(int argc, char** argv) { return outcome_fd(syscall(SYS_open, argv[0], flags_of(argc, argv), 0)); }

static int run_openat(int argc, char** argv) {
  return outcome_fd(syscall(SYS_openat, AT_FDCWD, argv[0], flags_of(argc, argv), 0600));
}

static int run_openat2(int argc, char** argv) {
  struct open_how how = {.flags = (unsigned long)flags_of(argc, argv)};

  if (how.flags & O_CREAT) how.mode = 0600;

  return outcome_fd(syscall(SYS_openat2, AT_FDCWD, argv[0], &how, sizeof(how)));
}

static int run_creat(int argc, char** argv) {
  (void)argc;
  return outcome_fd(syscall(SYS_creat, argv[0], 0600));
}

/* Relative to the descriptor of its folder. */
static int run_open_dirfd(int argc, char** argv) {
  char* name = strrchr(argv[0], '/');
  int dir, error;

  if (!name || name == argv[0]) return -EINVAL;
  *name++ = 0;
  dir = open(argv[0], O_PATH | O_DIRECTORY);
  if (dir < 0) return -errno;
  error = outcome_fd(syscall(SYS_openat, dir, name, flags_of(argc, argv), 0));
  close(dir);
  return error;
}

/* "Shocker": no path at all at the time of the open, only a handle and a folder of the same file system. Needs
 * CAP_DAC_READ_SEARCH. */
static int run_open_handle(int argc, char** argv) {
  union {
    struct file_handle handle;
    char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } u = {.handle.handle_bytes = MAX_HANDLE_SZ};
  int mount_id, folder, error;

  (void)argc;
  if (syscall(SYS_name_to_handle_at, AT_FDCWD, argv[0], &u.handle, &mount_id, 0)) return -errno;
  folder = open(argv[1], O_RDONLY | O_DIRECTORY);
  if (folder < 0) return -errno;
  error = outcome_fd(syscall(SYS_open_by_handle_at, folder, &u.handle, O_RDONLY));
  close(folder);
  return error;
}

static int run_open_proc_root(int argc, char** argv) {
  char path[MAX_NAME];

  snprintf(path, sizeof(path), "/proc/self/root%s", argv[0]);
  return outcome_fd(syscall(SYS_openat, AT_FDCWD, path, flags_of(argc, argv), 0));
}

static int run_open_symlink(int argc, char** argv) {
  char link[] = "/tmp/attack.XXXXXX";
  int error;

  if (!mkdtemp(link) || rmdir(link) || symlink(argv[0], link)) return -errno;
  error = outcome_fd(syscall(SYS_openat, AT_FDCWD, link, flags_of(argc, argv), 0));
  unlink(link);
  return error;
}

/* O_PATH passes file_open by; the reopen through /proc does not. */
static int run_open_opath(int argc, char** argv) {
  char path[64];
  int fd = open(argv[0], O_PATH), error;

  if (fd < 0) return -errno;
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  error = outcome_fd(syscall(SYS_openat, AT_FDCWD, path, flags_of(argc, argv), 0));
  close(fd);
  return error;
}

/* Another name of the same file, beside it. */
static int run_open_hardlink(int argc, char** argv) {
  char name[MAX_NAME];
  int error;

  snprintf(name, sizeof(name), "%s.attack", argv[0]);
  if (link(argv[0], name)) return -errno;
  error = outcome_fd(syscall(SYS_openat, AT_FDCWD, name, flags_of(argc, argv), 0));
  unlink(name);
  return error;
}

/* The 32-bit entry: number 5 is open there, and fstat in the 64-bit table. */
static int run_open_int80(int argc, char** argv) {
  long result;
  char* low = mmap(NULL, MAX_NAME, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

  if (low == MAP_FAILED) return -errno;
  snprintf(low, MAX_NAME, "%s", argv[0]);
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(5L), "b"(low), "c"((long)flags_of(argc, argv)), "d"(0L)
                   : "memory", "r8", "r9", "r10", "r11");
  munmap(low, MAX_NAME);
  if (result < 0) return (int)result;
  close((int)result);
  return 0;
}

static int run_unlink(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_unlink, argv[0]));
}

static int run_unlinkat(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_unlinkat, AT_FDCWD, argv[0], 0));
}

static int run_rename(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_rename, argv[0], argv[1]));
}

static int run_renameat2(int argc, char** argv) {
  unsigned int flags = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : 0;

  return outcome(syscall(SYS_renameat2, AT_FDCWD, argv[0], AT_FDCWD, argv[1], flags));
}

static int run_link(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_linkat, AT_FDCWD, argv[0], AT_FDCWD, argv[1], 0));
}

static int run_symlink(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_symlinkat, argv[0], AT_FDCWD, argv[1]));
}

static int run_chmod(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_fchmodat, AT_FDCWD, argv[0], strtoul(argv[1], NULL, 8)));
}

static int run_chown(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_fchownat, AT_FDCWD, argv[0], strtoul(argv[1], NULL, 0), -1, 0));
}

static int run_mknod(int argc, char** argv) {
  unsigned int dev = makedev(strtoul(argv[1], NULL, 0), strtoul(argv[2], NULL, 0));

  (void)argc;
  return outcome(syscall(SYS_mknodat, AT_FDCWD, argv[0], S_IFBLK | 0600, dev));
}

static int run_chroot(int argc, char** argv) {
  (void)argc;
  return outcome(syscall(SYS_chroot, argv[0]));
}

const struct attack file_attacks[] = {
    {"open", "PATH [r|w|rw|c|rc]", run_open, "open(2)"},
    {"openat", "PATH [r|w|rw|c|rc]", run_openat, "openat(2)"},
    {"openat2", "PATH [r|w|rw|c|rc]", run_openat2, "openat2(2)"},
    {"creat", "PATH", run_creat, "creat(2)"},
    {"open-dirfd", "PATH [r|w|rw]", run_open_dirfd, "openat(2) relative to the folder's descriptor"},
    {"open-handle", "PATH FOLDER", run_open_handle, "open_by_handle_at(2)"},
    {"open-proc-root", "PATH [r|w|rw]", run_open_proc_root, "through /proc/self/root"},
    {"open-symlink", "PATH [r|w|rw]", run_open_symlink, "through a symbolic link in /tmp"},
    {"open-opath", "PATH [r|w|rw]", run_open_opath, "O_PATH, then /proc/self/fd"},
    {"open-hardlink", "PATH [r|w|rw]", run_open_hardlink, "through a second name beside it"},
    {"open-int80", "PATH [r|w|rw]", run_open_int80, "open(2) by the 32-bit entry"},
    {"unlink", "PATH", run_unlink, "unlink(2)"},
    {"unlinkat", "PATH", run_unlinkat, "unlinkat(2)"},
    {"rename", "FROM TO", run_rename, "rename(2)"},
    {"renameat2", "FROM TO [FLAGS]", run_renameat2, "renameat2(2), e.g. with RENAME_EXCHANGE (2)"},
    {"link", "FROM TO", run_link, "linkat(2)"},
    {"symlink", "TEXT NAME", run_symlink, "symlinkat(2)"},
    {"chmod", "PATH OCTAL", run_chmod, "fchmodat(2)"},
    {"chown", "PATH UID", run_chown, "fchownat(2)"},
    {"mknod", "PATH MAJOR MINOR", run_mknod, "mknodat(2) of a block device"},
    {"chroot", "PATH", run_chroot, "chroot(2)"},
    {0},
};
