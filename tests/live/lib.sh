# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The words of the live suites, which run as root in the test machine (tests/vm). A suite is a list of
#   rule NAME CONDITION [OUTPUT_FIELDS [MORE_YAML]]     a rule of the set that all its tests share
#   it "does this" TEST_FUNCTION                        a test; it fails by returning non-zero, `fail` says why
#   stock FILE...                                       files of rules/stock that are loaded before those rules
# and ends with `run_suite [OPTION...]`, which starts `vedette run` with those rules and options (if there are
# rules), runs the tests in order and exits.
#
#   with_rules [OPTION...] <<'YAML'   start `vedette run` with these rules and the options; wait until it is ready
#   expect RULE [JQ]                  an alert of RULE for which the jq condition holds comes (and print it)
#   refuse RULE [JQ]                  after all events so far are through, there is no such alert
#   told RULE FIELDS LINE...          the alerts of RULE so far are exactly these
#   stop_vedette                      end it; its summary is in $RUN_LOG
#   attacks NAME ARG...               one real operation by tests/live/attacks
set -uo pipefail
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

readonly VEDETTE=${VEDETTE:-/vm/vedette}
readonly ATTACKS=${ATTACKS:-/vm/attacks}
readonly STOCK=${STOCK:-/vm/stock}
readonly WORK=/run/live
RUN_OUT=$WORK/alerts.json
RUN_LOG=$WORK/vedette.log
RUN_PID=''
ON_STOP=remove # of run; nothing of one test decides in another
SELF_PROTECTION=off # of run; on where a suite does not kill the agent, unpin it or edit its rules under it
passed=0 failed=0 marks=0
suite_rules='' suite_files=() sentences=() functions=()

mkdir -p "$WORK"
# shellcheck source=../vm/guest/container.sh
source /vm/guest/container.sh

attacks() { "$ATTACKS" "$@"; }

fail() {
  echo "    $*" >&2
  return 1
}

# Every running rule set has this rule too: its alert shows that all events before it have been evaluated.
mark_rule() {
  cat <<'YAML'
- rule: live mark
  desc: the event stream has come as far as here
  condition: evt.type in (open, openat, openat2, creat) and fd.num >= 0 and fd.name startswith /run/live/mark.
  output: mark %fd.name
  priority: DEBUG
YAML
}

with_rules() {
  local rules
  rules=$(cat)
  start_vedette "$rules" "$@"
}

start_vedette() {
  local rules=$1
  shift
  [[ -z $RUN_PID ]] || stop_vedette
  { printf '%s\n' "$rules"; mark_rule; } >"$WORK/rules.yaml"
  : >"$RUN_OUT"
  : >"$RUN_LOG" # here, not when the process in the background comes to it: the former log says "ready", too
  "$VEDETTE" run --json --on-stop "$ON_STOP" --self-protection "$SELF_PROTECTION" "${suite_files[@]}" -r "$WORK/rules.yaml" "$@" >"$RUN_OUT" 2>"$RUN_LOG" &
  RUN_PID=$!
  wait_until 700 is_ready "$RUN_LOG" && return 0
  cat "$RUN_LOG" >&2
  RUN_PID=''
  fail "vedette did not become ready"
}

stop_vedette() {
  [[ -n $RUN_PID ]] || return 0
  kill -INT "$RUN_PID" 2>/dev/null
  wait "$RUN_PID"
  local code=$?
  RUN_PID=''
  [[ $code -eq 0 ]] || { cat "$RUN_LOG" >&2; fail "vedette ended with $code"; }
}

# is_ready LOG: an agent says so in its log. Without a process: what looks on takes time of the same processor that it waits for.
is_ready() {
  local log=''
  IFS= read -rd '' log <"$1"
  [[ $'\n'$log == *$'\n'"vedette: ready"* ]]
}

exec {NAP}<> <(:) # never says anything
nap() { read -rt "$1" -u "$NAP" || :; }

# wait_until SECONDS COMMAND...: until it succeeds; fails when vedette is gone or the time is over.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  while ! "$@" 2>/dev/null; do
    [[ -z $RUN_PID || -d /proc/$RUN_PID ]] || return 1
    ((SECONDS <= end)) || return 1
    nap 0.1
  done
}

# The first alert of RULE with the jq condition; a last line that is still being written does not matter. grep first, and jq only
# for what it finds: to start it takes a quarter of a second here. A suite that has emptied the file while it is written leaves NULs
# at its beginning.
find_alert() {
  local lines found
  lines=$(grep -aF -- "\"rule\":\"$1\"" "$RUN_OUT" | tr -d '\000')
  [[ -n $lines ]] || return
  found=$(jq -c --arg rule "$1" "select(.rule == \$rule) | select(${2:-true})" <<<"$lines" 2>/dev/null | head -n 1)
  [[ -n $found ]] && echo "$found"
}

expect() {
  wait_until 60 find_alert "$1" "${2:-true}" >/dev/null && return 0
  echo "    alerts of this rule:" >&2
  jq -c --arg rule "$1" 'select(.rule == $rule) | .output_fields' "$RUN_OUT" 2>/dev/null | tail -n 3 | cut -c1-600 | sed 's/^/      /' >&2
  fail "no alert of \"$1\" with ${2:-true}"
}

# Waits until every event up to now has been through the rules.
settle() {
  marks=$((marks + 1))
  : >"$WORK/mark.$marks"
  wait_until 60 grep -qaF "mark /run/live/mark.$marks\"" "$RUN_OUT" ||
    fail "the event stream stands still"
}

refuse() {
  settle || return 1
  local alert
  alert=$(find_alert "$1" "${2:-true}") || return 0
  fail "an alert that should not be: ${alert:0:400}"
}

# told RULE FIELDS LINE...: a LINE is an alert's values of the FIELDS (separated by blanks), joined by blanks; the pseudo
# field `where` is host or container. Compares the set of all lines, so a near miss that fires is one too many. To be
# called when everything is through (settle).
told() {
  local rule=$1 fields=$2 got want
  shift 2
  got=$(jq -r --arg rule "$rule" --arg fields "$fields" "$ALERT_LINE" "$RUN_OUT" 2>/dev/null | LC_ALL=C sort -u)
  want=$(printf '%s\n' "$@" | LC_ALL=C sort -u)
  [[ $got == "$want" ]] && return 0
  diff <(echo "$want") <(echo "$got") | sed -n 's/^</    missing: /p; s/^>/    too many:/p' >&2
  fail "the alerts of \"$rule\" differ"
}
# shellcheck disable=SC2016
readonly ALERT_LINE='select(.rule == $rule) | .output_fields as $values
  | [$fields | splits(" ") | if . != "where" then $values[.] | tostring
      elif $values["container.id"] == "host" then "host" else "container" end] | join(" ")'

# says TEXT COMMAND...: the command's output (both streams) contains TEXT.
says() {
  local text=$1 output
  shift
  output=$("$@" 2>&1)
  [[ $output == *"$text"* ]] || fail "\"$*\" said \"$output\", not \"$text\""
}

# succeeds COMMAND...: and says what it printed if not.
succeeds() {
  local output
  output=$("$@" 2>&1) || fail "\"$*\" failed: $output"
}

# kills_each_time BUSY KILLED: functions. Where a kernel preempts programs, one of a busy processor must not make another's be
# skipped: while eight loops do BUSY, KILLED dies by SIGKILL each time.
kills_each_time() {
  local busy=() survived=0
  for _ in {1..8}; do
    while :; do "$1" >/dev/null; done &
    busy+=($!)
  done
  for _ in {1..60}; do
    "$2" >/dev/null 2>&1
    [[ $? -eq 137 ]] || survived=$((survived + 1))
  done
  kill "${busy[@]}"
  wait "${busy[@]}" 2>/dev/null
  [[ $survived -eq 0 ]] || fail "$survived of 60 were not killed"
}

# in_container [BUNDLE_OPTION...] -- COMMAND...: runs it in a runc container named by the test.
in_container() {
  local dir=$WORK/bundle name=live$RANDOM
  rm -rf "$dir"
  container_bundle "$dir" "$@" || return 99
  container_run "$name" "$dir" </dev/null
  local code=$?
  container_delete "$name" "$dir"
  return $code
}

# rule NAME CONDITION [OUTPUT_FIELDS [MORE_YAML]]: OUTPUT_FIELDS as in "%fd.name %evt.res".
rule() {
  suite_rules+=$(printf -- '- rule: %s\n  desc: live test\n  condition: >\n    %s\n  output: "live %s"\n  priority: WARNING\n%s' \
    "$1" "$2" "${3:-}" "${4:+  ${4//$'\n'/$'\n'  }}")$'\n'
}

# stock FILE...: of rules/stock, unmodified.
stock() {
  local file
  for file; do suite_files+=(-r "$STOCK/$file"); done
}

it() {
  sentences+=("$1")
  functions+=("$2")
}

run_test() {
  local sentence=$1 function=$2 start=$SECONDS
  if "$function"; then
    passed=$((passed + 1))
    echo "ok - $sentence ($((SECONDS - start)) s)"
  else
    failed=$((failed + 1))
    echo "not ok - $sentence"
    [[ ! -s $RUN_LOG ]] || tail -n 5 "$RUN_LOG" | sed 's/^/    log: /'
  fi
}

run_suite() {
  local i
  if [[ -n $suite_rules || ${#suite_files[@]} -gt 0 ]]; then
    start_vedette "$suite_rules" "$@" || exit 1
  fi
  for i in "${!sentences[@]}"; do
    run_test "${sentences[i]}" "${functions[i]}"
  done
  stop_vedette || failed=$((failed + 1))
  echo "$passed passed, $failed failed on Linux $(uname -r)"
  [[ $failed -eq 0 ]]
  exit
}
