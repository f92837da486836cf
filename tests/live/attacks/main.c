/* SPDX-License-Identifier: Apache-2.0
 *
 * attacks NAME [ARG...]: runs one attack. Prints "NAME: OK" or "NAME: <what errno says>"; exits with 0, with 1 when
 * the operation was refused, with 2 when it was not asked for properly.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"

static const struct attack* const families[] = {
    file_attacks,  exec_attacks, network_attacks, privilege_attacks, mount_attacks,
    uring_attacks, call_attacks, pin_attacks,     service_attacks,   trick_attacks,
};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

static int usage(void) {
  puts("Usage: attacks NAME [ARG...]\n");
  for (size_t i = 0; i < FAMILIES; i++)
    for (const struct attack* a = families[i]; a->name; a++) printf("  %-18s %-24s %s\n", a->name, a->args, a->doc);
  return 2;
}

static const struct attack* find(const char* name) {
  for (size_t i = 0; i < FAMILIES; i++)
    for (const struct attack* a = families[i]; a->name; a++)
      if (!strcmp(a->name, name)) return a;
  return NULL;
}

static int required_args(const char* args) {
  int words = 0;

  for (const char* p = args; *p && *p != '['; p++)
    if (*p != ' ' && (p == args || p[-1] == ' ')) words++;
  return words;
}

int main(int argc, char** argv) {
  const struct attack* attack;
  int error;

  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc < 2 || !strcmp(argv[1], "--help")) return usage();
  attack = find(argv[1]);
  if (!attack) {
    fprintf(stderr, "attacks: no attack \"%s\"; see attacks --help\n", argv[1]);
    return 2;
  }
  if (argc - 2 < required_args(attack->args)) {
    fprintf(stderr, "attacks: %s needs %s\n", attack->name, attack->args);
    return 2;
  }
  error = attack->run(argc - 2, argv + 2);
  printf("%s: %s\n", attack->name, error ? strerror(-error) : "OK");
  return error ? 1 : 0;
}
