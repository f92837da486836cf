# SPDX-License-Identifier: Apache-2.0
# The program as a user meets it: reload, recordings, syslog, and what it says where it cannot work.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/a
mkdir -p $D

# one_line TEXT COMMAND...: it fails with status 1 and one line on stderr, which has TEXT.
one_line() {
  local text=$1
  shift
  "$@" >$D/out 2>$D/err
  local code=$?
  [[ $code -eq 1 ]] || { fail "exit status $code: $(cat $D/err)"; return 1; }
  [[ $(wc -l <$D/err) -eq 1 ]] || { fail "more than one line: $(cat $D/err)"; return 1; }
  grep -qi -- "$text" $D/err || fail "it said: $(cat $D/err)"
}

rule_for() { # rule_for NAME FILE
  printf -- '- rule: %s\n  desc: live test\n  condition: evt.type in (open, openat) and fd.name = %s\n  output: "file=%%fd.name"\n  priority: WARNING\n' "$1" "$2"
}

reloads() {
  start_vedette "$(rule_for before $D/before)" || return
  : >$D/before
  expect before || return
  { rule_for after $D/after; mark_rule; } >"$WORK/rules.yaml"
  kill -HUP "$RUN_PID"
  wait_until 30 grep -qi 'reload' "$RUN_LOG"
  sleep 1
  : >$D/after
  expect after
}
it "takes new rules on SIGHUP" reloads

keeps_rules_when_a_reload_fails() {
  echo '- rule: broken' >"$WORK/rules.yaml"
  kill -HUP "$RUN_PID"
  wait_until 30 grep -q 'error:' "$RUN_LOG" || { fail "no error in the log"; return 1; }
  rm -f $D/after
  : >"$RUN_OUT"
  : >$D/after
  expect after && stop_vedette
}
it "keeps the running rules when a reload fails, and says why" keeps_rules_when_a_reload_fails

replays_what_it_recorded() {
  rm -f $D/session.vdr
  : >$D/log
  "$VEDETTE" record $D/session.vdr 2>$D/log &
  local pid=$!
  wait_until 240 is_ready $D/log || { fail "$(cat $D/log)"; return 1; }
  : >$D/recorded
  sleep 1
  kill -INT $pid && wait $pid
  rule_for recorded $D/recorded >$D/rules.yaml
  "$VEDETTE" replay $D/session.vdr -r $D/rules.yaml --json 2>/dev/null | grep -q '"rule":"recorded"' || { fail "no alert in the replay"; return 1; }
  head -c -7 $D/session.vdr >$D/cut.vdr
  "$VEDETTE" replay $D/cut.vdr -r $D/rules.yaml --json >/dev/null 2>$D/err
  [[ $? -eq 1 ]] && grep -q 'truncated at byte [0-9]* after' $D/err || fail "it said: $(cat $D/err)"
}
it "replays a recording to the same alert, and names the place where one is cut" replays_what_it_recorded

writes_to_a_real_rsyslogd() {
  cat >$D/rsyslog.conf <<CONF
module(load="imtcp")
input(type="imtcp" port="5514" address="127.0.0.1")
template(name="t" type="string" string="%app-name% %pri-text% %msg%\n")
*.* action(type="omfile" file="$D/syslog" template="t")
CONF
  rsyslogd -n -i $D/rsyslog.pid -f $D/rsyslog.conf &
  local pid=$!
  wait_until 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/5514' || { fail "rsyslogd did not start"; return 1; }
  { rule_for logged $D/logged; mark_rule; } >"$WORK/rules.yaml"
  printf 'rules: [%s]\noutputs:\n  - {type: syslog, address: "tcp://127.0.0.1:5514", format: text}\n' "$WORK/rules.yaml" >$D/vedette.yaml
  : >$D/log
  "$VEDETTE" run -c $D/vedette.yaml 2>$D/log &
  local vedette=$!
  wait_until 240 is_ready $D/log || { fail "$(cat $D/log)"; kill $pid; return 1; }
  : >$D/logged
  wait_until 30 grep -q "^vedette local0.warning.*file=$D/logged" $D/syslog
  local code=$?
  kill -INT $vedette && wait $vedette
  kill $pid
  [[ $code -eq 0 ]] || fail "syslog has: $(tail -n 3 $D/syslog)"
}
it "writes an alert to a real rsyslogd over TCP" writes_to_a_real_rsyslogd

says_that_btf_is_missing() {
  rule_for any $D/any >$D/rules.yaml
  one_line BTF unshare --mount bash -c "mount -t tmpfs none /sys/kernel/btf && exec $VEDETTE run -r $D/rules.yaml"
}
it "says in one line that the kernel has no BTF" says_that_btf_is_missing

says_that_the_hooks_are_off() {
  if ! { echo 0 >/proc/sys/kernel/ftrace_enabled; } 2>/dev/null; then
    echo "    (Linux $(uname -r) does not let them be switched off: nothing to say)"
    return 0
  fi
  one_line ftrace "$VEDETTE" run -r $D/rules.yaml
  local code=$?
  echo 1 >/proc/sys/kernel/ftrace_enabled
  return $code
}
it "says in one line that every hook is switched off" says_that_the_hooks_are_off

says_that_it_has_no_privileges() {
  chmod 755 $D && chmod 644 $D/rules.yaml
  one_line root setpriv --reuid 65534 --clear-groups "$VEDETTE" run -r $D/rules.yaml
}
it "says in one line that it has no privileges" says_that_it_has_no_privileges

judges_this_kernel() {
  succeeds "$VEDETTE" doctor --quiet && "$VEDETTE" doctor --json | jq -e . >/dev/null
}
it "finds this kernel good" judges_this_kernel

run_suite
