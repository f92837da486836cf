# SPDX-License-Identifier: Apache-2.0
# Each call's own result, in whatever way the kernel lets us have it: by a program at the end of the call, or from 7.0 by the thread when
# it returns to user space. No rule here is about opens that fail: those need a program at the end of opens.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/d MANY=32 OFTEN=50
mkdir -p $D/many

rule opened "evt.type in (open, openat, openat2) and fd.num >= 0 and fd.name startswith $D/many/" '%evt.res %fd.num %fd.name'
opens_often() {
  local i
  for ((i = 0; i < OFTEN; i++)); do : <"$D/many/$1"; done
}
gives_each_open_its_result() {
  local n pids=()
  for ((n = 0; n < MANY; n++)); do
    echo x >"$D/many/$n" # an open, too
    opens_often $n &
    pids+=($!)
  done
  wait "${pids[@]}"
  settle || return
  n=$(jq -c 'select(.rule == "opened" and .output_fields["evt.res"] == "SUCCESS" and .output_fields["fd.num"] >= 0)' "$RUN_OUT" | wc -l)
  [[ $n -eq $((MANY * (OFTEN + 1))) ]] || fail "of $((MANY * (OFTEN + 1))) opens $n have a result"
}
it "gives each open its descriptor while $MANY processes open files" gives_each_open_its_result

rule removed "evt.type in (rmdir, unlink, unlinkat) and fs.path.name startswith $D/full" '%evt.res %fs.path.name'
rule connected 'evt.type = connect and fd.sport = 4807' '%evt.res %fd.sport'
rule made "evt.type in (mkdir, mkdirat) and fs.path.name startswith $D/full" '%evt.res %fs.path.name'
tells_why_a_call_failed() {
  mkdir -p $D/full/inner
  rmdir $D/full 2>/dev/null
  rmdir $D/full/inner
  attacks connect 127.0.0.1 4807 >/dev/null
  settle && told removed "evt.res fs.path.name" "ENOTEMPTY $D/full" "SUCCESS $D/full/inner" && told connected evt.res ECONNREFUSED &&
    told made "evt.res fs.path.name" "SUCCESS $D/full" "SUCCESS $D/full/inner"
}
it "tells why a call failed that its hook let pass, and that its neighbour did not" tells_why_a_call_failed

# The record waits as long as the call does; then its thread is gone without a result that a rule asks for.
forgets_a_call_that_was_killed() {
  local waiting
  mkfifo $D/many/fifo
  cat $D/many/fifo &
  waiting=$!
  nap 1
  kill -KILL $waiting
  wait $waiting
  : <$D/many/0
  settle && refuse opened ".output_fields[\"fd.name\"] == \"$D/many/fifo\""
}
it "reports no descriptor of an open that was killed while it waited" forgets_a_call_that_was_killed

finishes_a_call_that_waited() {
  : >"$D/many/fifo" & # waits for a reader
  nap 1
  cat $D/many/fifo
  wait $!
  settle && told opened "evt.res fd.name" "SUCCESS $D/many/fifo" "$(for ((n = 0; n < MANY; n++)); do echo "SUCCESS $D/many/$n"; done)"
}
it "reports one that waited once it has its descriptor" finishes_a_call_that_waited

loses_nothing() {
  stop_vedette && grep -q 'losses *none' "$RUN_LOG" || fail "$(grep losses "$RUN_LOG")"
}
it "counts no result as lost" loses_nothing

run_suite
