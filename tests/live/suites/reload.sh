# SPDX-License-Identifier: Apache-2.0
# Rules are reloaded, good and broken, while events flow: nothing is lost, told twice, let through or forgotten.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/r
# shellcheck disable=SC2034 # lib.sh's; the rules are edited under the agent
SELF_PROTECTION=off
mkdir -p $D/flow $D/denied
readonly MOST_ROUNDS=30000
# Here before the rules are: a file that is not there is not refused.
seq -f "$D/denied/file%.0f" 0 $((MOST_ROUNDS - 1)) | xargs touch
for file in same added secret alternating by-child; do echo x >$D/$file; done

# --- rule files ------------------------------------------------------------------------------------------------------

rule_text() { # rule_text NAME CONDITION OUTPUT_FIELDS [MORE_YAML]
  printf -- '- rule: %s\n  desc: live test\n  condition: >\n    %s\n  output: "live %s"\n  priority: WARNING\n%s' "$1" "$2" "$3" "${4:+  $4$'\n'}"
}

# Every good set has these.
kept_rules() {
  rule_text "flow" 'evt.type in (open, openat, openat2, creat) and fd.name startswith /run/live/r/flow/' '%fd.name'
  rule_text "flow exec" 'evt.type in (execve, execveat) and evt.res = SUCCESS and proc.args startswith "flow-"' '%proc.args'
  rule_text "same file" 'evt.type in (open, openat) and fd.name = /run/live/r/same' '%fd.name'
  rule_text "deny flow" 'evt.type in (open, openat, openat2) and fd.name startswith /run/live/r/denied/' '%fd.name %evt.verdict' 'action: deny'
  rule_text "deny secret" 'evt.type in (open, openat, openat2) and fd.name = /run/live/r/secret' '%fd.name %evt.verdict' 'action: deny
  throttle: {by: [fd.name], within: 1h, verdicts: true}'
  rule_text "by an old process" 'evt.type in (open, openat) and fd.name = /run/live/r/by-child and proc.aname = old-shell' '%proc.aname %proc.aname[1]'
}
# Before the others, so that each has another index, among the rules that refuse too.
moved_rules() {
  rule_text "deny nothing" 'evt.type in (open, openat, openat2) and fd.name = /run/live/r/nobody' '%fd.name' 'action: deny'
  rule_text "alert on nothing" 'evt.type in (open, openat) and fd.name = /run/live/r/nobody' '%fd.name'
  kept_rules
}
added_rules() {
  moved_rules
  rule_text "added" 'evt.type in (open, openat) and fd.name = /run/live/r/added' '%fd.name'
  rule_text "deny alternating" 'evt.type in (open, openat) and fd.name = /run/live/r/alternating' '%fd.name %evt.verdict' 'action: deny'
}
syntax_error() {
  kept_rules
  rule_text "broken" 'evt.type = open and (fd.name = /x' ''
}
undefined_macro() {
  kept_rules
  rule_text "broken" 'evt.type = open and no_such_macro' ''
}
broken_yaml() {
  kept_rules
  printf -- '- rule: [broken\n'
}

# --- reloads ---------------------------------------------------------------------------------------------------------

reloads() { grep -cE '^vedette: (reloaded|reload failed)' "$RUN_LOG"; }
reloaded_since() { [[ $(reloads) -gt $1 ]]; }

# reload: what it logs is in $D/said.
reload() {
  local before lines
  before=$(reloads)
  lines=$(wc -l <"$RUN_LOG")
  kill -HUP "$RUN_PID"
  wait_until 60 reloaded_since "$before" || { fail "no answer to SIGHUP: $(tail -n 3 "$RUN_LOG")"; return 1; }
  tail -n "+$((lines + 1))" "$RUN_LOG" >$D/said
}

# use SET: as one step, as a tool that deploys rules does it.
use() {
  { mark_rule; "$1"; } >"$WORK/rules.new"
  rm -rf "$WORK/rules.yaml"
  mv "$WORK/rules.new" "$WORK/rules.yaml"
}

accepts() { # accepts SET
  use "$1"
  reload || return
  grep -q '^vedette: reloaded: [0-9]* rules$' $D/said && ! grep -q 'error' $D/said || fail "$1: it said: $(cat $D/said)"
}

# rejects PLACE TEXT: the rules as they lie there, with exactly one error at that place that has the text.
rejects() {
  reload || return
  [[ $(grep -c 'error:' $D/said) -eq 1 && $(grep -c '^vedette: ' $D/said) -eq 1 ]] || { fail "not one error: $(cat $D/said)"; return 1; }
  grep -qE "^$WORK/rules.yaml$1: error: .*$2" $D/said || { fail "it said: $(cat $D/said)"; return 1; }
  grep -q '^vedette: reload failed, the running rules stay: 1 error' $D/said || fail "it said: $(cat $D/said)"
}

# Line and column of the first TEXT in the rules, as editors count: :LINE:COLUMN
place_of() {
  awk -v text="$1" 'at = index($0, text) { print ":" NR ":" at; exit }' "$WORK/rules.yaml"
}

rejects_syntax_error() {
  use syntax_error
  rejects "$(place_of '(fd.name = /x')" '\('
}
rejects_undefined_macro() {
  use undefined_macro
  rejects "$(place_of no_such_macro)" no_such_macro
}
rejects_broken_yaml() {
  use broken_yaml
  rejects ':[0-9]+:[0-9]+' ''
}
# Root may read every file; not one that is gone.
rejects_unreadable_file() {
  rm -rf "$WORK/rules.yaml"
  rejects '' 'No such file'
}

# --- what flows meanwhile --------------------------------------------------------------------------------------------

# pause SECONDS: without a process of its own.
exec {silence}<> <(:)
pause() { read -rt "$1" <&"$silence"; }

# Each round opens a file of its own, one that all share, and one that is refused; every fifth round is an exec too.
flow() {
  local i
  for ((i = 0; i < MOST_ROUNDS; i++)); do
    [[ ! -e $D/stop ]] || break
    : >$D/flow/$i
    : <$D/same
    { : <$D/denied/file$i; } 2>/dev/null
    ((i % 5 != 0)) || /bin/true flow-$i
    pause 0.01
  done
  echo $i >$D/rounds
}

# As often as it can, but for moments in which another process has its turn; what got through is in $D/leaked.
storm() {
  local n
  : >$D/leaked
  for ((n = 0; ; n++)); do
    if ((n % 50 == 0)); then
      [[ ! -e $D/stop ]] || break
      pause 0.005
    fi
    if { : <$D/secret; } 2>/dev/null; then echo $n >>$D/leaked; fi
  done
  echo $n >$D/attempts
}

# exactly_once WHAT GOT WANT: each line of the file WANT is once in GOT, and nothing else is.
exactly_once() {
  diff <(LC_ALL=C sort "$3") <(LC_ALL=C sort "$2") >$D/difference && return 0
  fail "$1: $(grep -c '^<' $D/difference) missing, $(grep -c '^>' $D/difference) too many, e.g. $(grep '^[<>]' $D/difference | head -n 3 | tr '\n' ' ')"
}
values_of() { jq -r --arg rule "$1" --arg field "$2" 'select(.rule == $rule) | .output_fields[$field]' "$RUN_OUT"; }

starts() {
  start_vedette "$(kept_rules)" || return
  # Starts before any reload, and is asked after all of them.
  cp "$(command -v bash)" $D/old-shell
  mkfifo $D/ask
  $D/old-shell -c 'read -r _ <'$D'/ask; cat '$D'/by-child; true' >/dev/null &
  flow &
  flow_pid=$!
  storm &
  storm_pid=$!
}
it "starts, with events that flow" starts

readonly ROUNDS=3
reloads_good_and_broken() {
  local round
  for ((round = 0; round < ROUNDS; round++)); do
    accepts moved_rules && rejects_syntax_error && rejects_undefined_macro && accepts kept_rules &&
      rejects_unreadable_file && rejects_broken_yaml && accepts added_rules && rejects_undefined_macro || return
  done
}
it "takes every good set, and says what is wrong with every broken one: one error, at its place" reloads_good_and_broken

added_alerts() { values_of added fd.name | wc -l; }
keeps_the_former_rules_after_a_broken_one() {
  local before
  accepts added_rules && settle || return
  before=$(added_alerts)
  rejects_syntax_error && cat $D/added >/dev/null && says "Operation not permitted" cat $D/alternating && settle || return
  [[ $(added_alerts) -eq $((before + 1)) ]] || { fail "after a broken set: $(added_alerts) alerts, before $before"; return 1; }
  rejects_unreadable_file && cat $D/added >/dev/null && settle || return
  [[ $(added_alerts) -eq $((before + 2)) ]] || fail "without its file: $(added_alerts) alerts, before $before"
}
it "keeps the former rules in force after a broken set, alerts and refusals" keeps_the_former_rules_after_a_broken_one

# The file stays in the kernel while no rule is about it, and the first open after the reload is told.
changes_rules_at_once() {
  local i before
  for ((i = 0; i < 2; i++)); do
    accepts kept_rules || return
    succeeds cat $D/alternating || return
    for _ in 1 2 3 4 5; do : <$D/added; done
    settle || return
    before=$(added_alerts)
    for _ in 1 2 3; do : <$D/added; done
    settle || return
    [[ $(added_alerts) -eq $before ]] || { fail "a rule that is gone still alerts"; return 1; }
    accepts added_rules && says "Operation not permitted" cat $D/alternating || return
    for _ in 1 2 3; do : <$D/added; done
    settle || return
    [[ $(added_alerts) -eq $((before + 3)) ]] || { fail "of three opens after the reload $(($(added_alerts) - before)) are told"; return 1; }
  done
}
it "alerts and refuses by a changed set from the reload on, also for files that stayed in the kernel" changes_rules_at_once

knows_processes_of_before() {
  echo go >$D/ask
  expect "by an old process" '.output_fields["proc.aname[1]"] == "old-shell"'
}
it "still knows the ancestors of a process that started before all reloads" knows_processes_of_before

ends_the_flow() {
  : >$D/stop
  wait "$flow_pid" "$storm_pid"
  settle || return
  rounds=$(cat $D/rounds)
  echo "    ($rounds rounds, $(cat $D/attempts) attempts at the refused file, $(reloads) reloads)"
  [[ $rounds -gt 200 && $(cat $D/attempts) -gt 2000 ]] || fail "too little happened for a test"
}
it "has enough flow for a test" ends_the_flow

alerts_once_per_event() {
  values_of flow fd.name >$D/got
  seq -f "$D/flow/%.0f" 0 $((rounds - 1)) >$D/want
  exactly_once "opens" $D/got $D/want || return
  values_of "flow exec" proc.args >$D/got
  seq -f "flow-%.0f" 0 5 $((rounds - 1)) >$D/want
  exactly_once "execs" $D/got $D/want || return
  [[ $(values_of "same file" fd.name | wc -l) -eq $rounds ]] ||
    fail "of $rounds opens of one file $(values_of "same file" fd.name | wc -l) alerts"
}
it "has exactly one alert for each event of a rule that all sets have" alerts_once_per_event

refuses_once_per_attempt() {
  values_of "deny flow" fd.name >$D/got
  seq -f "$D/denied/file%.0f" 0 $((rounds - 1)) >$D/want
  exactly_once "refused opens" $D/got $D/want || return
  local stray
  stray=$(jq -c 'select(.rule | startswith("Replaced rule"))' "$RUN_OUT" | head -n 1)
  [[ -z $stray ]] || { fail "a refusal without its rule: $stray"; return 1; }
  stray=$(jq -c 'select(.rule == "deny nothing" or .rule == "alert on nothing")' "$RUN_OUT" | head -n 1)
  [[ -z $stray ]] || { fail "a refusal under another rule's name: $stray"; return 1; }
  stray=$(jq -c 'select(.output_fields["evt.verdict"] == "deny" and (.rule | startswith("deny ") | not))' "$RUN_OUT" | head -n 1)
  [[ -z $stray ]] || fail "a refusal under another rule's name: $stray"
}
it "has exactly one alert for each refused open, under the name of the rule that refused it" refuses_once_per_attempt

lets_nothing_through() {
  [[ ! -s $D/leaked ]] || fail "$(wc -l <$D/leaked) of $(cat $D/attempts) attempts succeeded"
}
it "refuses what a kept rule refuses at every moment of a reload" lets_nothing_through

# On kernels that preempt kernel code: by the calls on maps that a reload makes (sensor/unpreempted.h).
skips_nothing() {
  local said
  said=$(attacks bpf-skipped vd_probe_)
  [[ $said == "bpf-skipped: OK" ]] || fail "the kernel has not run: ${said//$'\n'/, }"
}
it "has no program skipped by the kernel" skips_nothing

loses_nothing() {
  stop_vedette || return
  sed -n '/^vedette: ended/,$p' "$RUN_LOG" | sed 's/^/    /'
  grep -q '^  losses    none$' "$RUN_LOG" || { fail "there are losses"; return 1; }
  ! grep -q '^  verdicts ' "$RUN_LOG" || fail "refused otherwise than by the rules"
}
it "loses nothing, and refuses nothing that the rules would not" loses_nothing

run_suite
