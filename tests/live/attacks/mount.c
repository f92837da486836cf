/* SPDX-License-Identifier: Apache-2.0
 *
 * Mounts, by the old system call and by the new ones.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "attack.h"

static int sys_mount(const char* source, const char* target, const char* type, unsigned long flags) {
  return outcome(syscall(SYS_mount, source, target, type, flags, NULL));
}

static int run_mount(int argc, char** argv) {
  return sys_mount(argv[0], argv[1], argv[2], argc > 3 ? strtoul(argv[3], NULL, 0) : 0);
}

static int run_bind(int argc, char** argv) {
  (void)argc;
  return sys_mount(argv[0], argv[1], NULL, MS_BIND);
}

static int run_remount(int argc, char** argv) {
  return sys_mount(NULL, argv[0], NULL, MS_REMOUNT | (argc > 1 ? strtoul(argv[1], NULL, 0) : 0));
}

static int run_move(int argc, char** argv) {
  (void)argc;
  return sys_mount(argv[0], argv[1], NULL, MS_MOVE);
}

static int run_umount(int argc, char** argv) {
  return outcome(syscall(SYS_umount2, argv[0], argc > 1 ? strtoul(argv[1], NULL, 0) : 0));
}

static int move_mount_to(int mount, const char* target) {
  return outcome(syscall(SYS_move_mount, mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
}

/* fsopen, fsconfig, fsmount, move_mount: security_sb_mount sees nothing of it. */
static int run_new_mount(int argc, char** argv) {
  int fs = (int)syscall(SYS_fsopen, argv[0], FSOPEN_CLOEXEC), mount, error;

  if (fs < 0) return -errno;
  if (argc > 2 && syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", argv[2], 0)) return -errno;
  if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) return -errno;
  mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
  if (mount < 0) return -errno;
  error = move_mount_to(mount, argv[1]);
  close(mount);
  close(fs);
  return error;
}

/* A bind mount by the new API. */
static int run_open_tree(int argc, char** argv) {
  int tree = (int)syscall(SYS_open_tree, AT_FDCWD, argv[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), error;

  (void)argc;
  if (tree < 0) return -errno;
  error = move_mount_to(tree, argv[1]);
  close(tree);
  return error;
}

static int run_mount_setattr(int argc, char** argv) {
  struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};

  (void)argc;
  return outcome(syscall(SYS_mount_setattr, AT_FDCWD, argv[0], 0, &attr, sizeof(attr)));
}

/* In a mount namespace of its own: ROOT becomes the root, the old one lies at ROOT/old. */
static int run_pivot_root(int argc, char** argv) {
  char old[4096];

  (void)argc;
  snprintf(old, sizeof(old), "%s/old", argv[0]);
  if (unshare(CLONE_NEWNS) || sys_mount(NULL, "/", NULL, MS_PRIVATE | MS_REC) ||
      sys_mount(argv[0], argv[0], NULL, MS_BIND) || (mkdir(old, 0700) && errno != EEXIST))
    return -errno;
  return outcome(syscall(SYS_pivot_root, argv[0], old));
}

const struct attack mount_attacks[] = {
    {"mount", "SOURCE TARGET TYPE [FLAGS]", run_mount, "mount(2)"},
    {"mount-bind", "SOURCE TARGET", run_bind, "mount(2), MS_BIND"},
    {"mount-remount", "TARGET [FLAGS]", run_remount, "mount(2), MS_REMOUNT"},
    {"mount-move", "SOURCE TARGET", run_move, "mount(2), MS_MOVE"},
    {"umount", "TARGET [FLAGS]", run_umount, "umount2(2)"},
    {"new-mount", "TYPE TARGET [SOURCE]", run_new_mount, "fsopen, fsconfig, fsmount, move_mount"},
    {"open-tree", "SOURCE TARGET", run_open_tree, "open_tree(OPEN_TREE_CLONE), move_mount"},
    {"mount-setattr", "TARGET", run_mount_setattr, "mount_setattr(2): clear read-only"},
    {"pivot-root", "ROOT", run_pivot_root, "pivot_root(2) in a namespace of its own"},
    {0},
};
