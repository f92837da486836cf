# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Profiles and rules that refuse by what is known of a container: its image, name, labels, pod. Containers of runc with an image
# by annotation, and of Debian's podman; the runtimes' hook, and what holds without it.
# needs: runtimes
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=../releases.sh
source "$(dirname "$0")/../releases.sh"
readonly D=/run/live/p
readonly EPERM="Operation not permitted"
# shellcheck disable=SC2034 # lib.sh's
SELF_PROTECTION=off # the suite kills the agent
mkdir -p $D
echo secret >$D/secret

readonly profiles=$(cat <<'YAML'
- profile: shop
  desc: the shop's containers
  match: container.image.repository endswith /shop and proc.name != helper
  files: {read: {deny: ["**/secret"]}}
- profile: pods
  match: container.label[vd.test/app] = shop and k8s.pod.name startswith shop-
  files: {read: {deny: ["**/secret"]}}
- rule: not for this container
  desc: .
  condition: evt.type in (open, openat) and fd.name = /other and container.name = by-name
  output: "%fd.name %evt.verdict %container.name"
  priority: WARNING
  action: deny
- rule: only for the trusted
  desc: What is not known is not trusted.
  condition: evt.type in (open, openat) and fd.name = /guarded and container.id != host and not container.image.repository in (vedette.test/trusted)
  output: "%fd.name %evt.verdict %container.image"
  priority: WARNING
  action: deny
YAML
)$'\n'
readonly newcomers=$(cat <<'YAML'
- profile: newcomers
  desc: what is not known yet
  until_known: true
  files: {read: {deny: ["**/secret"]}}
YAML
)$'\n'
suite_rules=$profiles

# --- containers of runc ---------------------------------------------------------------------------------------------

# bundle NAME IMAGE [OPTION...] -- COMMAND...: in $WORK/NAME, with the files that the rules are about.
bundle() {
  local name=$1 image=$2
  shift 2
  rm -rf "${WORK:?}/$name"
  container_bundle "$WORK/$name" --add $D/secret:/secret --add $D/secret:/other --add $D/secret:/guarded \
    --annotation "org.opencontainers.image.ref.name=$image" "$@"
}
# hooked NAME [OPTION...]: its bundle calls the hook.
hooked() {
  local config=$WORK/$1/config.json args=(vedette oci-hook "${@:2}")
  jq --arg path "$VEDETTE" '.hooks.createRuntime = [{path: $path, args: $ARGS.positional}]' "$config" --args -- "${args[@]}" >"$config.new" && mv "$config.new" "$config"
}
# run NAME IMAGE COMMAND...: to its end.
run() {
  local name=$1 image=$2
  shift 2
  bundle "$name" "$image" -- "$@" && container_run "$name" "$WORK/$name" </dev/null
  local code=$?
  container_delete "$name" "$WORK/$name"
  return $code
}
# up NAME IMAGE [OPTION...]: one that stays, until `down`.
up() {
  local name=$1 image=$2
  shift 2
  bundle "$name" "$image" "$@" -- sleep 1000 && runc run -d -b "$WORK/$name" "$name" </dev/null >/dev/null 2>&1
}
down() {
  local name
  for name; do container_delete "$name" "$WORK/$name"; done
}
inside() {
  local name=$1
  shift
  runc exec "$name" "$@" </dev/null
}
is_refused() { [[ $("$@" 2>&1) == *"$EPERM"* ]]; }
# Reads until it is refused, or ten seconds; says how long it could.
readonly READ_ON='read -r from x </proc/uptime; i=0; while [ $i -lt 2000 ] && read -r x </secret; do i=$((i + 1)); done 2>/dev/null; read -r to x </proc/uptime; echo "$i reads, from $from to $to"; cat /secret'

tells_images_apart() {
  up a vedette.test/shop:v1 && up b vedette.test/blog:v1 || fail "runc does not run" || return
  wait_until 20 is_refused inside a cat /secret || fail "the shop reads the secret: $(inside a cat /secret 2>&1)" || return
  succeeds inside b cat /secret && succeeds inside a cat /other &&
    expect "shop: files.read" '.output_fields["evt.verdict"] == "deny" and .output_fields["proc.profile"] == "shop" and .output_fields["container.id"] == "a"' &&
    refuse "shop: files.read" '.output_fields["container.id"] == "b"'
  local code=$?
  down a b
  return $code
}
it "comes over the containers of one image, and leaves those of another alone" tells_images_apart

takes_over_what_runs() {
  run a vedette.test/shop:v1 sh -c "$READ_ON" >"$WORK/window" 2>&1
  grep -q "$EPERM" "$WORK/window" || fail "never refused: $(tail -n 2 "$WORK/window")" || return
  echo "    without a hook: $(head -n 1 "$WORK/window")"
}
it "comes over programs that have begun before the container was known" takes_over_what_runs

is_inherited() {
  up a vedette.test/shop:v1 --privileged --host-pid || fail "runc does not run" || return
  wait_until 20 is_refused inside a cat /secret
  says "$EPERM" inside a sh -c 'sh -c "cat /secret; true"' && says "$EPERM" inside a nsenter -t 1 -m -- cat $D/secret &&
    says "$EPERM" inside a sh -c 'echo 0 >/proc/1/root/sys/fs/cgroup/cgroup.procs; cat /secret' &&
    says "$EPERM" inside a sh -c 'mkdir -p /proc/1/root/sys/fs/cgroup/b && echo 0 >/proc/1/root/sys/fs/cgroup/b/cgroup.procs; cat /secret' &&
    succeeds cat $D/secret
  local code=$?
  down a
  return $code
}
it "holds for children, in the host's namespaces and in another cgroup" is_inherited

asks_for_both() {
  printf '#!/usr/bin/sh\nread -r x </secret && echo "$x"\n' >$D/helper && cp $D/helper $D/reader && chmod +x $D/helper $D/reader
  up a vedette.test/shop:v1 --add $D/helper:/usr/bin/helper --add $D/reader:/usr/bin/reader || fail "runc does not run" || return
  wait_until 20 is_refused inside a cat /secret
  succeeds inside a helper && says "$EPERM" inside a reader
  local code=$?
  down a
  return $code
}
it "is decided by the container and by the program together" asks_for_both

decides_rules() {
  up by-name vedette.test/blog:v1 && up trusted vedette.test/trusted:v1 || fail "runc does not run" || return
  wait_until 20 is_refused inside by-name cat /other && wait_until 20 inside trusted cat /guarded >/dev/null &&
    succeeds inside trusted cat /other && says "$EPERM" inside by-name cat /guarded &&
    expect "not for this container" '.output_fields["container.name"] == "by-name" and .output_fields["evt.verdict"] == "deny"'
  local code=$?
  down by-name trusted
  [[ $code -eq 0 ]] || fail "not as the rules say"
}
it "decides rules without a profile by what is known of the container" decides_rules

distrusts_the_unknown() {
  local i
  for i in 1 2 3 4 5; do says "$EPERM" run "new$i" vedette.test/blog:v1 cat /guarded || return; done
}
it "has a rule with 'not' hold for the first program of a container that is not known" distrusts_the_unknown

agrees() {
  stop_vedette && ! grep -i 'disagree' "$RUN_LOG" | grep -vE '\b0\b' | grep .
}
it "never disagrees with the user-space evaluation of the same rules" agrees

# --- the hook -------------------------------------------------------------------------------------------------------

holds_from_the_first() {
  start_vedette "$profiles" || return
  local i code=0
  for i in {1..10}; do
    bundle "h$i" vedette.test/shop:v1 -- cat /secret && hooked "h$i" && says "$EPERM" container_run "h$i" "$WORK/h$i" </dev/null || code=1
    down "h$i"
  done
  # How long the runtime waits, with the start of the hook's program.
  printf '#!/bin/bash\nTIMEFORMAT=%%R; time "%s" oci-hook 2>/dev/null\n' "$VEDETTE" >"$WORK/timed" && chmod +x "$WORK/timed"
  bundle other vedette.test/blog:v1 -- cat /secret && hooked other &&
    jq --arg path "$WORK/timed" --arg log "$WORK/timed.log" '.hooks.createRuntime[0] |= (.path = "/bin/bash" | .args = ["bash", "-c", $path + " 2>" + $log])' "$WORK/other/config.json" >"$WORK/other/new" && mv "$WORK/other/new" "$WORK/other/config.json" && succeeds container_run other "$WORK/other" </dev/null || code=1
  down other
  echo "    the hook took $(cat "$WORK/timed.log") s"
  return $code
}
it "holds for the first program of a container whose runtime calls the hook" holds_from_the_first

# connected COMMAND: python with a socket `s` to the agent.
connected() { python3 -c "import socket, sys; s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect('/run/vedette/oci-hook.sock'); $1"; }
is_not_impressed() {
  local text
  for text in '' '{' '[]' '{"id": 7, "pid": 1}' '{"id": "x", "pid": -1}' '{"id": "x", "pid": 99999999999}' '{"id": "x", "pid": 1, "bundle": "relative"}' \
    "$(printf '[%.0s' {1..5000})" '{"id": "../../etc", "pid": 1, "bundle": "/"}'; do
    says "state of the container" bash -c "printf '%s' '$text' | $VEDETTE oci-hook" 2>/dev/null || [[ $text == *etc* ]] || return
    says "" connected "s.sendall(b'''$text'''); s.shutdown(1); a = s.recv(5000); sys.exit(a == b'ok')" || return
  done
  says "has no cgroup of its own" bash -c "echo '{\"id\": \"x\", \"pid\": 1}' | $VEDETTE oci-hook" &&
    succeeds connected "
try:
  s.sendall(b'x' * 1000000)
except OSError: pass" && succeeds connected "pass" || return
  [[ $(stat -c '%a %U' /run/vedette/oci-hook.sock /run/vedette | tr '\n' ' ') == "600 root 700 root " ]] || fail "others reach the socket" || return
  says "ermission denied" setpriv --reuid 1000 --clear-groups -- python3 -c "import socket; socket.socket(socket.AF_UNIX).connect('/run/vedette/oci-hook.sock')" &&
    bundle h vedette.test/shop:v1 -- cat /secret && hooked h && says "$EPERM" container_run h "$WORK/h" </dev/null
  local code=$?
  down h
  return $code
}
it "takes nothing but a container's state, from root alone" is_not_impressed

says_no_without_an_agent() {
  stop_vedette || return
  bundle h vedette.test/blog:v1 -- echo started && hooked h --timeout 300 && ! container_run h "$WORK/h" </dev/null >"$WORK/hook" 2>&1 &&
    ! grep -q '^started' "$WORK/hook" || fail "started without an agent: $(cat "$WORK/hook")" || return
  down h
  bundle h vedette.test/blog:v1 -- echo started && hooked h --on-failure allow && says started container_run h "$WORK/h" </dev/null
  local code=$?
  down h
  return $code
}
it "starts no container that no agent knows, unless it is told to" says_no_without_an_agent

# --- until a container is known -------------------------------------------------------------------------------------

holds_until_known() {
  start_vedette "$newcomers$profiles" || return
  local i refused=0 # where the runtime is slow, a container may be known before its program reads
  for i in 1 2 3 4 5 6 7 8; do
    case $(run "n$i" vedette.test/blog:v1 cat /secret 2>&1) in
      *"$EPERM"*) refused=$((refused + 1)) ;;
      *secret*) ;;
      *) fail "n$i did not run"; return ;;
    esac
  done
  [[ $refused -gt 0 ]] || fail "it never held" || return
  # What began under it is let go, and the other's is refused on.
  succeeds run free vedette.test/blog:v1 sh -c 'i=0; while [ $i -lt 100 ] && ! cat /secret 2>/dev/null; do i=$((i + 1)); sleep 0.1; done; cat /secret' &&
    says "$EPERM" run shop vedette.test/shop:v1 sh -c 'sleep 2; cat /secret' &&
    expect "shop: files.read" '.output_fields["container.id"] == "shop" and .output_fields["proc.profile"] == "shop"' &&
    expect "newcomers: files.read" '.output_fields["proc.profile"] == "newcomers"'
}
it "has a default profile hold until the container is known, and no longer" holds_until_known

outlives_the_agent() {
  local code=0 loop='while :; do if read -r x </secret; then echo read; else echo refused; fi; sleep 0.05; done 2>/dev/null'
  stop_vedette || return
  ON_STOP=keep
  start_vedette "$newcomers$profiles" || return
  bundle before vedette.test/shop:v1 -- sh -c "$loop" && runc run -d -b "$WORK/before" before </dev/null >"$WORK/before.log" 2>&1
  bundle calm vedette.test/blog:v1 -- sh -c "$loop" && runc run -d -b "$WORK/calm" calm </dev/null >"$WORK/calm.log" 2>&1
  wait_until 20 grep -q refused "$WORK/before.log" && wait_until 20 grep -q read "$WORK/calm.log" || code=1
  kill -KILL "$RUN_PID"
  wait "$RUN_PID" 2>/dev/null
  RUN_PID=''
  bundle while vedette.test/blog:v1 -- sh -c "$loop" && runc run -d -b "$WORK/while" while </dev/null >"$WORK/while.log" 2>&1
  wait_until 10 grep -q refused "$WORK/while.log" || code=1
  sleep 1
  ! grep -q read "$WORK/while.log" || fail "a container that nobody knows reads" || code=1
  says "$EPERM" inside before cat /secret && succeeds inside calm cat /secret || code=1
  : >"$WORK/calm.log"
  ON_STOP=remove
  start_vedette "$newcomers$profiles" || code=1
  wait_until 20 grep -q read "$WORK/while.log" || fail "not known to the next agent" || code=1
  ! grep -q read "$WORK/before.log" || fail "it has read meanwhile: $(sort "$WORK/before.log" | uniq -c | tr '\n' ' ')" || code=1
  ! grep -q refused "$WORK/calm.log" || fail "what was known was not for a moment: $(sort "$WORK/calm.log" | uniq -c | tr '\n' ' ')" || code=1
  down before calm while
  return $code
}
it "holds while the agent is killed, and the next one knows what runs before it decides" outlives_the_agent

follows_a_reload() {
  up c vedette.test/blog:v1 || fail "runc does not run" || return
  wait_until 20 inside c cat /secret >/dev/null || return
  sed -i 's|endswith /shop|endswith /blog|' "$WORK/rules.yaml"
  kill -HUP "$RUN_PID"
  wait_until 20 grep -q '^vedette: reloaded' "$RUN_LOG" && says "$EPERM" inside c cat /secret
  local code=$?
  down c
  return $code
}
it "judges the containers that it knows by the rules of a reload" follows_a_reload

# --- podman ---------------------------------------------------------------------------------------------------------

# The hook's program is the guest's: the release has nothing but its runtimes and a busybox that gets there. By `chroot` instead of
# pivot_root, so the containers' paths begin with the release's root; podman exec does not work that way.
podman_5() {
  start_vedette "$profiles" --append-output-field container.name && release trixie && image_archive || fail "podman has no image" || return
  mkdir -p /run/live/hooks.d $ROOT/usr/sbin
  cp "$(realpath "$(command -v busybox)")" $ROOT/usr/sbin/chroot
  echo '{"version": "1.0.0", "hook": {"path": "/usr/sbin/chroot", "args": ["chroot", "/proc/1/root", "'"$VEDETTE"'", "oci-hook"]}, "when": {"always": true}, "stages": ["createRuntime"]}' >/run/live/hooks.d/vedette.json
  local hooks=(--hooks-dir /run/live/hooks.d) code=0
  podman pod create --infra=false --name shop-pod >/dev/null && podman tag $IMAGE vedette.test/shop:v1 || fail "podman has no pod" || return
  cp $D/secret /run/live/secret
  local with=(--network none -v /run/live/secret:/secret:ro) loop='while :; do cat /secret; sleep 0.2; done'
  says "$EPERM" podman "${hooks[@]}" run --rm --pod shop-pod --label vd.test/app=shop "${with[@]}" $IMAGE cat /secret || code=1
  succeeds podman "${hooks[@]}" run --rm --pod shop-pod "${with[@]}" $IMAGE cat /secret || code=1
  says "$EPERM" podman "${hooks[@]}" run --rm "${with[@]}" vedette.test/shop:v1 cat /secret || code=1
  podman run -d --name late --pod shop-pod --label vd.test/app=shop "${with[@]}" $IMAGE sh -c "$loop" >/dev/null &&
    podman run -d --name free --label vd.test/app=shop "${with[@]}" $IMAGE sh -c "$loop" >/dev/null || code=1
  expect "pods: files.read" '.output_fields["container.name"] == "late" and .output_fields["proc.profile"] == "pods"' || code=1
  refuse "pods: files.read" '.output_fields["container.name"] == "free"' || code=1
  podman rm -f -t 0 late free >/dev/null
  return $code
}
it "knows labels, pod and image of podman's containers, with its hook and without" podman_5

it "never disagrees with user space in all that" agrees

# Whoever may make cgroups can call one as another's container. User space believes the name; the kernel does not.
is_not_misled() {
  start_vedette "$profiles" && up trusted vedette.test/trusted:v1 && mkdir -p /sys/fs/cgroup/user && chown 1000 /sys/fs/cgroup/user && bundle spoof vedette.test/blog:v1 -- sleep 1000 || return
  jq '.linux.cgroupsPath = "/user/trusted"' "$WORK/spoof/config.json" >"$WORK/new" && mv "$WORK/new" "$WORK/spoof/config.json"
  runc run -d -b "$WORK/spoof" spoof </dev/null >/dev/null 2>&1 && wait_until 20 inside trusted cat /guarded >/dev/null &&
    grep -q '/user/trusted$' /proc/"$(runc state spoof | jq .pid)"/cgroup || fail "no container is called as another" || return
  sleep 2
  says "$EPERM" inside spoof cat /guarded && succeeds inside trusted cat /guarded
  local code=$?
  down spoof trusted
  return $code
}
it "takes no cgroup for a container's that a user could have named" is_not_misled

run_suite
