# SPDX-License-Identifier: Apache-2.0
# Rules, profiles and containers are switched between refusing and telling while the agent runs, without a gap for the others; and what
# the hooks have counted.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=../pins.sh
source "$(dirname "$0")/../pins.sh"
echo other >$D/other
echo boxed >$D/boxed
cp "$(realpath "$(command -v busybox)")" $D/reader

starts() {
  with_rules <<'YAML'
- rule: no secrets
  desc: .
  condition: evt.type in (open, openat, openat2, creat, open_by_handle_at) and fd.name = /run/live/p/secret
  output: "%fd.name %evt.verdict"
  priority: WARNING
  action: deny
- rule: no other
  desc: .
  condition: evt.type in (open, openat, openat2, creat, open_by_handle_at) and fd.name = /run/live/p/other
  output: "%fd.name %evt.verdict"
  priority: WARNING
  action: deny
- rule: no boxes
  desc: .
  condition: evt.type in (open, openat, openat2, creat, open_by_handle_at) and fd.name endswith /etc/boxed and container.id != host
  output: "%fd.name %evt.verdict"
  priority: WARNING
  action: deny
- rule: only alerts
  desc: .
  condition: evt.type in (open, openat) and fd.name = /run/live/p/nobody
  output: x
  priority: WARNING
- profile: reader
  match: proc.exepath = /run/live/p/reader
  files: {read: {deny: [/run/live/p/free]}}
YAML
}
it "starts" starts

mode() { "$VEDETTE" mode "$@"; }
changes() { # MODE OPTION VALUE
  : >"$RUN_OUT"
  succeeds mode "$@" && expect "Vedette internal: mode changed" ".output_fields[\"vedette.mode\"] == \"$1\" and .priority == \"$([[ $1 == monitor ]] && echo Critical || echo Notice)\""
}
reads_as_reader() { attacks exec-as $D/reader cat $D/free; }

one_rule() {
  says "$EPERM" cat $D/secret && changes monitor --rule "no secrets" && succeeds cat $D/secret && says "$EPERM" cat $D/other &&
    expect "no secrets" '.output_fields["evt.verdict"] == "would_deny"' &&
    status '[.rules[] | select(.rule == "no secrets") | .mode] == ["monitor"]' && grep -q "mode changed by process .*rule 'no secrets'" "$RUN_LOG"
}
it "switches one rule to telling, with an alert, a line in the log and its mode in the status" one_rule

lasts_over_reloads() {
  : >"$RUN_LOG"
  kill -HUP "$RUN_PID"
  wait_until 60 grep -q reloaded "$RUN_LOG" || { fail "$(cat "$RUN_LOG")"; return; }
  succeeds cat $D/secret && says "$EPERM" cat $D/other && changes enforce --rule "no secrets" && says "$EPERM" cat $D/secret
}
it "keeps it over a reload, and switches it back" lasts_over_reloads

one_profile() {
  says "$EPERM" reads_as_reader && changes monitor --profile reader && says "free" reads_as_reader && says "$EPERM" cat $D/secret &&
    changes enforce --profile reader && says "$EPERM" reads_as_reader
}
it "switches a profile" one_profile

flips() {
  local i
  for ((i = 0; i < 5; i++)); do
    succeeds mode monitor --rule "no secrets" && succeeds cat $D/secret && succeeds mode enforce --rule "no secrets" && says "$EPERM" cat $D/secret || return
  done
}
without_a_gap() {
  local code=0
  rm -f $D/stop
  attacks hammer-open $D/other $D/stop >$D/opens &
  local hammer=$!
  flips || code=1
  : >$D/stop
  wait $hammer || { fail "$(cat $D/opens)"; code=1; }
  echo "    $(head -n 1 $D/opens)"
  [[ $(cut -d' ' -f1 <$D/opens | head -n 1) -gt 500 ]] || fail "too few attempts"
  return $code
}
it "switches without a gap for another rule, under load" without_a_gap

all_of_them() {
  changes monitor --all && succeeds cat $D/secret && succeeds cat $D/other && [[ ! -e $PINS ]] || return
  succeeds mode enforce --rule "no other" && says "$EPERM" cat $D/other && succeeds cat $D/secret && [[ -e $PINS ]] || return
  changes enforce --all && says "$EPERM" cat $D/secret && says "$EPERM" cat $D/other && status '.enforcing'
}
it "switches all, and single ones besides; pins come and go with what refuses" all_of_them

# try NUMBER: makes both containers read once; what each says is in its file.
boxes() {
  local n=$1
  : >$D/box/try.$n
  wait_until 30 test -s $D/box/one.$n && wait_until 30 test -s $D/box/two.$n
}
start_box() { # NAME
  container_bundle "$WORK/box_$1" --bind "$D/box:/box" --add "$D/boxed:/etc/boxed" -- sh -c "
    n=1; while [ ! -e /box/end ]; do if [ -e /box/try.\$n ]; then cat /etc/boxed >/box/$1.\$n.part 2>&1; mv /box/$1.\$n.part /box/$1.\$n; n=\$((n + 1)); fi; sleep 0.2; done" || return
  container_run "live$1" "$WORK/box_$1" </dev/null &
}
one_container() {
  mkdir -p $D/box
  start_box one && start_box two && boxes 1 || { fail "no boxes"; return; }
  grep -q "$EPERM" $D/box/one.1 && grep -q "$EPERM" $D/box/two.1 || { fail "$(cat $D/box/*.1)"; return; }
  changes monitor --container liveone && boxes 2 || return
  grep -q boxed $D/box/one.2 && grep -q "$EPERM" $D/box/two.2 || { fail "$(cat $D/box/*.2)"; return; }
  expect "no boxes" '.output_fields["evt.verdict"] == "would_deny"' && says "$EPERM" cat $D/secret && status '.containers_in_monitor_mode == ["liveone"]' &&
    status '[.rules[] | select(.rule == "no boxes") | .decided, .not_reported] == [3, 0]' &&
    changes enforce --container liveone && boxes 3 && status '.containers_in_monitor_mode == []' || return
  grep -q "$EPERM" $D/box/one.3 || fail "$(cat $D/box/*.3)"
}
it "switches one container, not another" one_container

says_what_is_wrong() {
  says "there is no rule 'no secret'; did you mean 'no secrets'?" mode monitor --rule "no secret" && says "only alerts" mode enforce --rule "only alerts" &&
    says "there is no profile 'x'" mode monitor --profile x && says "no container nowhere runs here" mode monitor --container nowhere &&
    says "required" mode monitor && says "$EPERM" cat $D/secret
}
it "says what is wrong with a name, and changes nothing" says_what_is_wrong

only_for_root_of_the_host() {
  local said
  [[ $(stat -c %a /run/vedette/control.sock) == 600 ]] || { fail "$(stat /run/vedette/control.sock)"; return; }
  says "sudo" setpriv --reuid 65534 --clear-groups "$VEDETTE" mode monitor --all || return
  # The program as a container has it, with the host's libraries.
  said=$(unshare --mount --pid --fork chroot / "$VEDETTE" mode monitor --all 2>&1)
  [[ $said == *"no answer"* ]] && grep -q 'control: process .* is not root of this host' "$RUN_LOG" && says "$EPERM" cat $D/secret || fail "it said $said"
}
it "answers only root of the host" only_for_root_of_the_host

counts() {
  local before lost # some may be, of the thousands of refusals before
  settle && before=$("$VEDETTE" status --json | jq .hooks.file_open.refused) && lost=$("$VEDETTE" status --json | jq .hooks.file_open.lost) || return
  for _ in 1 2 3; do says "$EPERM" cat $D/secret || return; done
  settle && status ".hooks.file_open.refused == $before + 3 and .hooks.file_open.lost == $lost and .hooks.file_open.seen > .hooks.file_open.muted and .hooks.file_open.sent > 3" &&
    status '.hooks.process_exec.seen > 10 and .hooks.process_exec.sent >= .hooks.process_exec.seen and .disagreements == 0'
}
it "counts by kind what hooks saw, refused and sent, and where rules and kernel disagree" counts

ends_well() {
  : >$D/box/end
  stop_vedette && [[ ! -e /run/vedette/control.sock ]] && grep -q '^  hooks     file_open: seen .* refused' "$RUN_LOG" && ! grep -q '^  verdicts ' "$RUN_LOG" &&
    says "does an agent run?" mode monitor --all && succeeds "$VEDETTE" unload && nothing_left
}
it "takes its socket away when it ends" ends_well

run_suite
