# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For suites that try many rules at once: first all operations, then one wait until everything is through, then each rule's
# alerts are compared with what they have to be: no less, and no more. Sourced after lib.sh.
#   case_of NAME RULE SENTENCE       a test of RULE: play_NAME operates, told_NAME knows what must have come of it
#   box KIND SCRIPT                  part of what the one container of that KIND does
#   box_kinds=(KIND...)              box_KIND runs it: run_box KIND BUNDLE_OPTION...
#   performs                         the first test: all plays, then the boxes; it waits for the processes in $readers
plays=() readers=()
declare -A boxes=()
box_kinds=()

case_of() {
  plays+=("play_$1")
  it "$2: $3" "told_$1"
}

box() { boxes[$1]+=$2$'\n'; }

# The script is a file, so that it is nobody's command line.
run_box() {
  local kind=$1
  shift
  echo "--- box $kind"
  printf '%s' "${boxes[$kind]}" >"$WORK/play.sh"
  in_container --add "$WORK/play.sh" --add "$ATTACKS" "$@" -- sh /play.sh
}

perform() {
  local name
  for name in "${plays[@]}" "${box_kinds[@]/#/box_}"; do
    echo "--- $name"
    "$name"
  done
  [[ ${#readers[@]} -eq 0 ]] || wait "${readers[@]}"
}

# What they print is of interest only when something fails.
performs() {
  perform >"$WORK/plays.log" 2>&1
  settle
}
