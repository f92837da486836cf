# SPDX-License-Identifier: Apache-2.0
# The part of table_cost that runs in the test machine.
set -Eeuo pipefail
trap 'echo "table_cost_guest: line $LINENO: $BASH_COMMAND failed" >&2' ERR
readonly OPENS='evt.type in (open, openat, openat2, creat, open_by_handle_at)'

# measure NAME CONDITION [OPTION...]
measure() {
  local name=$1 condition=$2 pid i
  shift 2
  printf -- '- rule: r\n  desc: .\n  condition: %s and %s\n  output: x\n  priority: WARNING\n  action: deny\n' "$OPENS" "$condition" >/run/rules.yaml
  /vm/vedette run -r /run/rules.yaml --prefilter off "$@" >/run/alerts 2>/run/log &
  pid=$!
  for ((i = 0; i < 600; i++)); do
    ! grep -q '^vedette: ready' /run/log || break
    sleep 0.1
  done
  grep -q '^vedette: ready' /run/log || { cat /run/log >&2; exit 1; }
  kill -INT $pid # not KILL: self-protection refuses that
  wait $pid 2>/dev/null || true
  printf '%-52s %s\n' "$name" "$(/vm/operations | awk '/^open/ {print $2}')"
  /vm/vedette unload >/dev/null
}

printf '%-52s %s\n' "nothing loaded" "$(/vm/operations | awk '/^open/ {print $2}')"
measure "one number" 'user.uid = 12345' --self-protection off
measure "two numbers" 'user.uid = 0 and group.gid = 12345' --self-protection off
measure "three numbers" 'user.uid = 0 and group.gid = 0 and container.id != host' --self-protection off
measure "one number, proc.name" 'user.uid = 0 and proc.name = nobody' --self-protection off
measure "one number, proc.exepath" 'user.uid = 0 and proc.exepath = /nowhere/at/all' --self-protection off
measure "one number, fd.name" 'user.uid = 0 and fd.name = /nowhere/at/all' --self-protection off
measure "one number, fd.name by its beginning" 'user.uid = 0 and fd.name startswith /nowhere/at/all' --self-protection off
measure "one number, fd.name by its end" 'user.uid = 0 and fd.name endswith /nowhere/at/all' --self-protection off
measure "one number, fd.name by both" 'user.uid = 0 and (fd.name = /tmp/vedette-bench/a/file or fd.name = /x) and fd.name endswith /nowhere' --self-protection off
measure "one number, with self-protection" 'user.uid = 12345' --self-protection on
measure "one number, an ancestor's name" 'user.uid = 0 and proc.aname = nobody' --self-protection off
measure "one number, an ancestor's name and path" 'user.uid = 0 and proc.aname = nobody and proc.aexepath = /nowhere' --self-protection off
measure "one number, a capability" 'user.uid = 0 and thread.cap_effective = CAP_CHOWN' --self-protection off
measure "one number, two capabilities" 'user.uid = 0 and thread.cap_effective != CAP_CHOWN and thread.cap_permitted = CAP_CHOWN' --self-protection off
measure "one number, proc.exepath by a glob" 'user.uid = 0 and proc.exepath contains nowhere' --self-protection off
