/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static bool parse_unix(const char* text, struct address* out) {
  struct sockaddr_un* un = (struct sockaddr_un*)&out->storage;
  size_t len = strlen(text);

  if (len >= sizeof(un->sun_path)) return false;
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, text, len + 1);
  out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
  if (text[0] == '@') { /* an abstract name starts with NUL and has no end but the length */
    un->sun_path[0] = 0;
    out->len--;
  }
  return true;
}

bool parse_address(const char* text, const char* port, struct address* out) {
  struct sockaddr_in* v4 = (struct sockaddr_in*)&out->storage;
  struct sockaddr_in6* v6 = (struct sockaddr_in6*)&out->storage;

  memset(out, 0, sizeof(*out));
  if (text[0] == '/' || text[0] == '@') return parse_unix(text, out);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons((unsigned short)atoi(port));
    out->len = sizeof(*v4);
    return true;
  }
  if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((unsigned short)atoi(port));
    out->len = sizeof(*v6);
    return true;
  }
  return false;
}
