# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the suites about enforcement without an agent. Sourced after lib.sh.
#   enforcing [OPTION...]     an agent with rules that refuse; kill_agent: it is killed, and nobody is left
#   refuses                   what they refuse is refused, what not, not
#   status JQ                 of `vedette status`
#   nothing_twice             the kernel has each program once; nothing_left: none, and no pin
# shellcheck disable=SC2034 # ON_STOP and SELF_PROTECTION are lib.sh's
readonly D=/run/live/p PINS=/sys/fs/bpf/vedette EPERM="Operation not permitted"
ON_STOP=keep
SELF_PROTECTION=${SELF_PROTECTION_OF_PINS:-off} # they kill the agent from a root shell, and disturb its pins
mkdir -p $D
echo secret >$D/secret
echo free >$D/free
cp "$(command -v cat)" $D/allowed_cat
cp "$(realpath "$(command -v busybox)")" $D/tool

# Refuses by path and by who asks, so that what a process is has to be followed too.
enforcing() {
  with_rules "$@" <<'YAML'
- rule: no secrets
  desc: .
  condition: evt.type in (open, openat, openat2) and fd.name = /run/live/p/secret and proc.exepath != /run/live/p/allowed_cat
  output: "%fd.name %evt.verdict %proc.name"
  priority: WARNING
  action: deny
- rule: no tool
  desc: .
  condition: evt.type in (execve, execveat) and proc.exepath = /run/live/p/tool and proc.pname = launcher
  output: "%proc.name %evt.verdict"
  priority: WARNING
  action: deny
- rule: watched
  desc: .
  condition: evt.type in (open, openat) and fd.name = /run/live/p/watched
  output: "%fd.name %evt.verdict"
  priority: WARNING
  action: deny
  mode: monitor
YAML
}

kill_agent() {
  kill -KILL "$RUN_PID"
  wait "$RUN_PID" 2>/dev/null
  RUN_PID=''
}

status() { "$VEDETTE" status --json | jq -e "$1" >/dev/null || fail "not $1: $("$VEDETTE" status)"; }
generations() { find $PINS -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }

programs() { attacks bpf-programs vd_ | grep '^vd_' | sort; }
are_as_first() { diff <(programs) $D/programs >$D/differ; }

# After a takeover the kernel has the programs that it had with the first agent, each once.
nothing_twice() { wait_until 20 are_as_first || fail "other programs than at first: $(tr '\n' ' ' <$D/differ)"; }

# The kernel frees a program a moment after its last link.
nothing_left() {
  wait_until 20 bash -c "! '$ATTACKS' bpf-programs vd_ | grep -q '^vd_'" ||
    fail "still there: $(attacks bpf-programs vd_ | tr '\n' ' ')"
  [[ ! -e $PINS ]] || fail "still pinned: $(find $PINS | head -n 5)"
}

refuses() {
  says "$EPERM" cat $D/secret && succeeds cat $D/free && succeeds $D/allowed_cat $D/secret
}
