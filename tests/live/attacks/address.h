/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses on the attacks' command lines.
 */
#ifndef VEDETTE_TESTS_LIVE_ATTACKS_ADDRESS_H
#define VEDETTE_TESTS_LIVE_ATTACKS_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

struct address {
  struct sockaddr_storage storage;
  socklen_t len;
};

/* 127.0.0.1, ::1, /run/x.sock or @abstract; false if it is none of them. */
bool parse_address(const char* text, const char* port, struct address* out);

#endif
