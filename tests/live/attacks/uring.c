/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations that no system call of theirs starts: io_uring, with rings of our own (no liburing).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "address.h"
#include "attack.h"

struct ring {
  int fd;
  unsigned int *sq_tail, *sq_array, *cq_head, *cq_tail;
  struct io_uring_sqe* sqes;
  struct io_uring_cqe* cqes;
};

static void* map(int fd, size_t size, long offset) {
  return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);
}

static int ring_open(struct ring* ring, unsigned int flags) {
  struct io_uring_params p = {.flags = flags};
  char *sq, *cq;

  ring->fd = (int)syscall(SYS_io_uring_setup, 4, &p);
  if (ring->fd < 0) return -errno;
  sq = map(ring->fd, p.sq_off.array + p.sq_entries * sizeof(unsigned int), IORING_OFF_SQ_RING);
  cq = map(ring->fd, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
  ring->sqes = map(ring->fd, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
  if (sq == MAP_FAILED || cq == MAP_FAILED || ring->sqes == MAP_FAILED) return -errno;
  ring->sq_tail = (unsigned int*)(sq + p.sq_off.tail);
  ring->sq_array = (unsigned int*)(sq + p.sq_off.array);
  ring->cq_head = (unsigned int*)(cq + p.cq_off.head);
  ring->cq_tail = (unsigned int*)(cq + p.cq_off.tail);
  ring->cqes = (struct io_uring_cqe*)(cq + p.cq_off.cqes);
  return 0;
}

/* Submits one operation and waits for it: its result. */
static int ring_do(struct ring* ring, const struct io_uring_sqe* sqe) {
  unsigned int flags = IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP;

  ring->sqes[0] = *sqe;
  ring->sq_array[0] = 0;
  __atomic_store_n(ring->sq_tail, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == *ring->cq_head)
    if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, flags, NULL, 0) < 0 && errno != EINTR) return -errno;
  return ring->cqes[0].res;
}

static int run_sqe(const struct io_uring_sqe* sqe, unsigned int setup_flags) {
  struct ring ring = {0};
  int result = ring_open(&ring, setup_flags);

  if (!result) result = ring_do(&ring, sqe);
  return result;
}

static int uring_open(int argc, char** argv, unsigned char sqe_flags, unsigned int setup_flags) {
  struct io_uring_sqe sqe = {
      .opcode = IORING_OP_OPENAT,
      .flags = sqe_flags,
      .fd = AT_FDCWD,
      .addr = (unsigned long)argv[0],
      .open_flags = argc > 1 && !strcmp(argv[1], "c") ? O_WRONLY | O_CREAT : O_RDONLY,
      .len = 0600,
  };
  int result = run_sqe(&sqe, setup_flags);

  return result < 0 ? result : 0;
}

static int run_uring_open(int argc, char** argv) { return uring_open(argc, argv, 0, 0); }

static int run_uring_open_worker(int argc, char** argv) { return uring_open(argc, argv, IOSQE_ASYNC, 0); }

static int run_uring_open_sqpoll(int argc, char** argv) { return uring_open(argc, argv, 0, IORING_SETUP_SQPOLL); }

static int uring_names(int argc, char** argv, int opcode) {
  struct io_uring_sqe sqe = {.opcode = (unsigned char)opcode, .fd = AT_FDCWD, .len = (unsigned)AT_FDCWD};

  (void)argc;
  sqe.addr = (unsigned long)argv[0];
  sqe.addr2 = (unsigned long)argv[1];
  return run_sqe(&sqe, 0);
}

static int run_uring_rename(int argc, char** argv) { return uring_names(argc, argv, IORING_OP_RENAMEAT); }
static int run_uring_link(int argc, char** argv) { return uring_names(argc, argv, IORING_OP_LINKAT); }

static int run_uring_connect(int argc, char** argv) {
  struct address address;
  struct io_uring_sqe sqe = {.opcode = IORING_OP_CONNECT};

  (void)argc;
  if (!parse_address(argv[0], argv[1], &address)) return -EINVAL;
  sqe.fd = socket(address.storage.ss_family, SOCK_STREAM, 0);
  if (sqe.fd < 0) return -errno;
  sqe.addr = (unsigned long)&address.storage;
  sqe.off = address.len;
  return run_sqe(&sqe, 0);
}

/* Newer than the header may be: by their numbers. */
#define OP_FSETXATTR 41
#define OP_SETXATTR 42

static int run_uring_setxattr(int argc, char** argv) {
  struct io_uring_sqe sqe = {
      .opcode = OP_SETXATTR, .addr = (unsigned long)argv[1], .addr2 = (unsigned long)"x", .len = 1};

  (void)argc;
  sqe.addr3 = (unsigned long)argv[0];
  return run_sqe(&sqe, 0);
}

static int run_uring_fsetxattr(int argc, char** argv) {
  struct io_uring_sqe sqe = {
      .opcode = OP_FSETXATTR, .addr = (unsigned long)argv[1], .addr2 = (unsigned long)"x", .len = 1};

  (void)argc;
  sqe.fd = open(argv[0], O_RDONLY);
  if (sqe.fd < 0) return -errno;
  return run_sqe(&sqe, 0);
}

static int run_uring_connect_unix(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct io_uring_sqe sqe = {.opcode = IORING_OP_CONNECT};

  (void)argc;
  strncpy(address.sun_path, argv[0], sizeof(address.sun_path) - 1);
  sqe.fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (sqe.fd < 0) return -errno;
  sqe.addr = (unsigned long)&address;
  sqe.off = sizeof(address);
  return run_sqe(&sqe, 0);
}

const struct attack uring_attacks[] = {
    {"uring-open", "PATH [r|c]", run_uring_open, "IORING_OP_OPENAT"},
    {"uring-open-worker", "PATH [r|c]", run_uring_open_worker, "the same in an io-wq worker"},
    {"uring-open-sqpoll", "PATH [r|c]", run_uring_open_sqpoll, "the same in the polling thread"},
    {"uring-rename", "FROM TO", run_uring_rename, "IORING_OP_RENAMEAT"},
    {"uring-link", "FROM TO", run_uring_link, "IORING_OP_LINKAT"},
    {"uring-connect", "ADDRESS PORT", run_uring_connect, "IORING_OP_CONNECT"},
    {"uring-connect-unix", "PATH", run_uring_connect_unix, "the same of a unix socket"},
    {"uring-setxattr", "PATH NAME", run_uring_setxattr, "IORING_OP_SETXATTR"},
    {"uring-fsetxattr", "PATH NAME", run_uring_fsetxattr, "open for reading, IORING_OP_FSETXATTR"},
    {0},
};
