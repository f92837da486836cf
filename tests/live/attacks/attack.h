/* SPDX-License-Identifier: Apache-2.0
 *
 * The attacks of the live tests: each performs one real operation by one route and says how it ended.
 *
 * An attack gets its own arguments (argv[0] is the first after its name) and returns 0 or -errno, the kernel's
 * answer to the operation it is about. One family per file; a family's table ends with an empty row.
 * Everything is plain C with system calls of its own, so that the route is exactly the one named.
 */
#ifndef VEDETTE_TESTS_LIVE_ATTACKS_ATTACK_H
#define VEDETTE_TESTS_LIVE_ATTACKS_ATTACK_H

#include <errno.h>
#include <unistd.h>

struct attack {
  const char* name;
  const char* args; /* for the help; the words before the first '[' are required */
  int (*run)(int argc, char** argv);
  const char* doc;
};

extern const struct attack file_attacks[];
extern const struct attack exec_attacks[];
extern const struct attack network_attacks[];
extern const struct attack privilege_attacks[];
extern const struct attack mount_attacks[];
extern const struct attack uring_attacks[];
extern const struct attack call_attacks[];
extern const struct attack pin_attacks[];
extern const struct attack service_attacks[];
extern const struct attack trick_attacks[];

/* The outcome of a call that returns -1 and sets errno. */
static inline int outcome(long result) { return result < 0 ? -errno : 0; }

/* The outcome of a call that returns a descriptor, which is closed. */
static inline int outcome_fd(long fd) {
  int error = outcome(fd);

  if (!error) close((int)fd);
  return error;
}

#endif
