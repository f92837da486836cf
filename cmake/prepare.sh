# SPDX-License-Identifier: Apache-2.0
# Sourced by ./run and ./test: installs packages and builds. The caller has set -euo pipefail and is in the root folder.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "'$*' needs root: run this as root, or install sudo"
  fi
}

# Names of the packages listed in FILES that are not installed.
missing_packages() {
  local name
  # Ubuntu has bpftool in linux-tools-common; any bpftool in the PATH will do.
  sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u | while read -r name; do
    [ "$name" = bpftool ] && { command -v bpftool || [ -x /usr/sbin/bpftool ]; } >/dev/null && continue
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
  done
}

install_packages() {
  command -v apt-get >/dev/null || fail "no apt-get: install what $* list, by hand, then run cmake --preset release"
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  say "installing: $missing"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    fail "apt-get could not install: $missing"
}

# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  say "building ($preset)"
  cmake --preset "$preset" >/dev/null || fail "cmake --preset $preset failed: run it by hand to see why"
  if [ $# -gt 0 ]; then
    cmake --build --preset "$preset" --target "$@"
  else
    cmake --build --preset "$preset"
  fi
}
