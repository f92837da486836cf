# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# nginx and redis-server of Debian, each in a runc container: `vedette learn` watches them while they are used and stopped;
# under what it wrote new ones start, serve as before and are refused nothing; and what an attacker does from within them
# (the shared object tests/live/attacks/implant.c, a dump into another folder, a foreign master) is refused.
# needs: runtimes servers
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/learn
readonly EPERM="Operation not permitted"
SERVERS=/vm/host$(tr ' ' '\n' <<<"$RUNTIMES" | sed -n 's/^servers=//p')
readonly SERVERS
mkdir -p $D

# --- the servers ----------------------------------------------------------------------------------------------------

# server NAME: the files of a fresh container, as of an image.
server() {
  local dir=$D/$1
  mkdir -p "$dir"/{rootfs,upper,work}
  mount -t overlay -o "lowerdir=$SERVERS,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/rootfs" || return
  printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n' >"$dir/rootfs/etc/passwd"
  printf 'root:x:0:\nwww-data:x:33:\n' >"$dir/rootfs/etc/group"
  mkdir -p "$dir/rootfs/var/lib/redis" "$dir/rootfs/var/www"
  echo 'it works' >"$dir/rootfs/var/www/index.html"
  cp /vm/implant.so "$dir/rootfs/implant.so"
  printf '%s\n' "exec /bin/sh" "write /etc/implanted" "connect 127.0.0.5 4998" >"$dir/rootfs/implant.todo"
  cat >"$dir/rootfs/etc/nginx/conf.d/live.conf" <<'CONF'
server {
  listen 8080;
  root /var/www;
  client_max_body_size 8m;
  location /upload { client_body_in_file_only clean; proxy_pass http://127.0.0.1:8081/; }
}
server { listen 127.0.0.1:8081; client_max_body_size 8m; location / { return 200 "stored\n"; } }
CONF
  cat >"$dir/rootfs/etc/redis/live.conf" <<'CONF'
bind 127.0.0.1
port 6379
dir /var/lib/redis
appendonly yes
save ""
enable-module-command yes
enable-protected-configs yes
CONF
}

# What container_spec reads; the network is the host's, so that clients come by loopback.
# shellcheck disable=SC2034
start_server() {
  local name=$1 caps=$CONTAINER_DEFAULT_CAPS privileged='' tty=false user=0 seccomp=''
  local shared=(net) binds=() variables=() annotations=()
  shift
  server "$name" && container_spec "$D/$name" "$@" || return
  runc run -b "$D/$name" "$name" >"$D/$name.log" 2>&1 </dev/null &
}
start_servers() {
  container_delete nginx $D/nginx # of a test that failed
  container_delete redis $D/redis
  start_server nginx /usr/sbin/nginx -g 'daemon off;' &&
    start_server redis /usr/bin/redis-server /etc/redis/live.conf &&
    wait_until 30 client curl -sf -o /dev/null http://127.0.0.1:8080/ && wait_until 30 answers PONG PING && return 0
  tail -n 3 $D/nginx.log $D/redis.log >&2
  fail "the servers do not start"
}
stop_servers() {
  client redis-cli SHUTDOWN SAVE >/dev/null 2>&1
  runc kill nginx QUIT
  wait_until 30 has_ended nginx && wait_until 30 has_ended redis || fail "the servers do not end"
  local name
  for name in nginx redis; do container_delete $name $D/$name; done
}
has_ended() { ! runc list -q | grep -qx "$1" || [[ $(runc state "$1" | jq -r .status) == stopped ]]; }

# A program of theirs, on the host.
client() { chroot $D/nginx/rootfs "$@"; }
redis() { client redis-cli "$@" 2>&1; }
answers() { [[ $(redis "${@:2}") == *"$1"* ]]; }

# implant NAME [TODO]: the server loads the shared object; nginx's master does, as root, when it reads its configuration again.
implant() {
  [[ -z ${2:-} ]] || echo "$2" >"$D/$1/rootfs/implant.todo"
  if [[ $1 == redis ]]; then
    redis MODULE LOAD /implant.so >/dev/null
  else
    sed -i '1i load_module /implant.so;' $D/nginx/rootfs/etc/nginx/nginx.conf && runc kill nginx HUP
  fi
}

# What they are used for: pages, missing ones, an upload that is handed on; keys, both kinds of files.
use_servers() {
  head -c 2000000 /dev/urandom >$D/nginx/rootfs/var/www/big
  says "it works" client curl -s http://127.0.0.1:8080/ && says stored client curl -s -F "f=@/var/www/big" http://127.0.0.1:8080/upload &&
    succeeds client curl -s -o /dev/null "http://127.0.0.1:8080/?[1-2000]" && says 404 client curl -s http://127.0.0.1:8080/none &&
    succeeds client redis-benchmark -q -n 5000 -c 20 -t set,get,lpush,incr && says "saving started" redis BGSAVE &&
    wait_until 20 answers 'rdb_bgsave_in_progress:0' INFO persistence && says rdb_last_bgsave_status:ok redis INFO persistence &&
    says started redis BGREWRITEAOF && wait_until 20 answers 'aof_rewrite_in_progress:0' INFO persistence &&
    says aof_last_bgrewrite_status:ok redis INFO persistence && says OK redis SAVE
}

# --- learning -------------------------------------------------------------------------------------------------------

# learn NAME OPTION...: in the background, until end_learning; writes $D/NAME.yaml.
learners=()
learn() {
  local name=$1
  shift
  rm -f "$D/$name.yaml"
  : >"$D/$name.learn"
  "$VEDETTE" learn -o "$D/$name.yaml" "$@" 2>"$D/$name.learn" &
  learners+=($!)
  wait_until 240 is_ready "$D/$name.learn" || fail "it does not learn: $(cat "$D/$name.learn")"
}
end_learning() {
  local pid code=0
  for pid in "${learners[@]}"; do
    kill -INT "$pid"
    wait "$pid" || code=$?
  done
  learners=()
  [[ $code -eq 0 ]] || fail "learning ended with $code: $(cat $D/*.learn)"
}

learns() {
  learn nginx --container nginx && learn redis --container redis && start_servers && use_servers && stop_servers
  local code=$?
  end_learning && [[ $code -eq 0 ]] && succeeds "$VEDETTE" check -r $D/nginx.yaml -r $D/redis.yaml || return
  sed 's/^/    /' $D/nginx.yaml $D/redis.yaml
  grep -q 'architectures: \[x86_64\]' $D/redis.yaml && grep -q 'default: kill' $D/nginx.yaml && grep -q 'SETUID' $D/nginx.yaml &&
    grep -q 'Nothing was lost' $D/nginx.yaml && grep -q -- '- 8080$' $D/nginx.yaml && grep -q -- '"127.0.0.1:8081"' $D/nginx.yaml &&
    grep -q -- '- /var/log/nginx/access.log$' $D/nginx.yaml && grep -q -- '- 6379$' $D/redis.yaml &&
    grep -q -- '- /var/lib/redis/\*\*$' $D/redis.yaml && ! grep -q '8080\|nginx' $D/redis.yaml || fail "not what they did"
}
it "learns two servers, each from its own container" learns

# --- enforcing ------------------------------------------------------------------------------------------------------

denials() { jq -r 'select(.tags | index("profile")) | .output' "$RUN_OUT" 2>/dev/null; }

serves() {
  with_rules <<<"$(cat $D/nginx.yaml $D/redis.yaml)" && start_servers && use_servers && settle || return
  local denied
  denied=$(denials)
  [[ -z $denied ]] || fail "refused though learned: $denied"
}
it "refuses nothing to new ones under load" serves

# A call that neither has ever made: the caller is killed.
forbids_calls() {
  implant nginx "call 319" && wait_until 20 has_ended nginx || fail "nginx goes on after memfd_create: $(tail -n 3 $D/nginx.log)" || return
  expect "nginx: syscalls" '.output_fields["evt.verdict"] == "kill-after" and .output_fields["syscall.name"] == "memfd_create"' &&
    says PONG redis PING && stop_servers
}
it "kills one that makes a system call it never made" forbids_calls

# Without the class that kills for a system call: what others refuse is refused with an error, and the server goes on.
goes_on_without_syscalls() {
  { sed '/^  syscalls:/,$d' $D/nginx.yaml; sed '/^  syscalls:/,$d' $D/redis.yaml; mark_rule; } >"$WORK/rules.yaml"
  kill -HUP "$RUN_PID"
  wait_until 60 grep -q '^vedette: reloaded' "$RUN_LOG" && start_servers
}
it "has classes that can be taken out" goes_on_without_syscalls

denied() { echo ".output_fields[\"evt.verdict\"] == \"deny\" and .output_fields[\"proc.profile\"] == \"$1\" and ($2)"; }
# nginx has made its error log descriptor 2.
implant_said() { grep -ahs "^implant: " $D/"$1".log $D/"$1"/rootfs/var/log/nginx/error.log; }
implant_was() { [[ $(implant_said "$1" | grep -c ": $2\$") -ge $3 ]]; }

keeps_redis_in() {
  redis CONFIG SET dir /etc >/dev/null
  says ERR redis SAVE && expect "redis: files.write" "$(denied redis '.output_fields["fs.path.name"] | startswith("/etc/temp")')" &&
    says OK redis REPLICAOF 127.0.0.1 4999 && expect "redis: network.connect" "$(denied redis '.output_fields["fd.name"] | endswith("127.0.0.1:4999")')" &&
    says OK redis REPLICAOF NO ONE && says OK redis CONFIG SET dir /var/lib/redis || return
  implant redis
  wait_until 20 implant_was redis "$EPERM" 3 || fail "an implant did: $(implant_said redis)" || return
  expect "redis: exec" "$(denied redis '.output_fields["proc.exepath"] | endswith("/dash")')" &&
    expect "redis: files.write" "$(denied redis '.output_fields["fs.path.name"] == "/etc/implanted"')" &&
    expect "redis: network.connect" "$(denied redis '.output_fields["fd.name"] | endswith("127.0.0.5:4998")')" &&
    [[ ! -e $D/redis/rootfs/etc/implanted ]] && says PONG redis PING
}
it "keeps redis from dumping elsewhere, from a foreign master, and an implant from a shell, a file, a connection" keeps_redis_in

keeps_nginx_in() {
  implant nginx && wait_until 20 implant_was nginx "$EPERM" 3 || fail "an implant did: $(implant_said nginx)" || return
  expect "nginx: exec" "$(denied nginx '.output_fields["proc.exepath"] | endswith("/dash")')" &&
    expect "nginx: files.write" "$(denied nginx '.output_fields["fs.path.name"] == "/etc/implanted"')" &&
    expect "nginx: network.connect" "$(denied nginx '.output_fields["fd.name"] | endswith("127.0.0.5:4998")')" &&
    [[ ! -e $D/nginx/rootfs/etc/implanted ]] && says "it works" client curl -s http://127.0.0.1:8080/
}
it "keeps an implant in nginx from a shell, a file outside, a connection elsewhere" keeps_nginx_in

agrees() { stop_vedette && ! grep -i 'disagree' "$RUN_LOG" | grep -vE '\b0\b' | grep .; }
it "never disagrees with the user-space evaluation" agrees

# The attacks are real: without the profile they succeed.
bites() {
  implant redis
  wait_until 20 implant_was redis ok 2 && [[ -e $D/redis/rootfs/etc/implanted ]] && stop_servers ||
    fail "the implant is harmless: $(implant_said redis)"
}
it "is what stops the implant" bites

# --- recordings -----------------------------------------------------------------------------------------------------

# What profiles are about, of a shell of its own: copies of busybox, so that nothing else is in the scope.
cp "$(realpath "$(command -v busybox)")" $D/worker
cp "$(realpath "$(command -v busybox)")" $D/tool
cp "$ATTACKS" $D/attacks
work() { attacks exec-as $D/worker sh -c "echo x >$D/data.\$\$; mkdir -p $D/sub; echo y >$D/sub/x; mv $D/sub/x $D/sub/z; $D/attacks exec-as $D/tool true; $1"; }
record_work() {
  : >$D/record.log
  "$VEDETTE" record -r $D/nginx.yaml "$D/$1.vdr" 2>"$D/record.log" &
  local pid=$!
  wait_until 240 is_ready $D/record.log || fail "it does not record: $(cat $D/record.log)" || return
  work "$2" >/dev/null
  kill -INT $pid
  wait $pid
}
# Lines of alerts of the profile that was learned.
replayed() { "$VEDETTE" replay "$D/$1.vdr" -r $D/worker.yaml --json 2>/dev/null | jq -r 'select(.tags | index("profile")) | .rule' | sort | uniq -c | tr -s ' '; }
learns_from_a_recording() {
  record_work first true && succeeds "$VEDETTE" learn --from $D/first.vdr --exe $D/worker -o $D/worker.yaml || return
  local alerts
  alerts=$(replayed first)
  [[ -z $alerts ]] || fail "the recording is refused by what was learned of it: $alerts" || return
  record_work second "echo x >/etc/beyond; $D/attacks exec-as $D/tool echo" || return
  alerts=$(replayed second)
  [[ $alerts == " 1 worker: files.write" ]] || fail "of another recording it says: $alerts; $(cat $D/worker.yaml)"
}
it "learns from a recording, which is right under what was learned, and another one is not" learns_from_a_recording

learns_a_command() {
  "$VEDETTE" learn --name maker -o $D/command.yaml -- $D/attacks creat $D/made 2>$D/command.learn ||
    fail "it ended with $?: $(cat $D/command.learn)" || return
  grep -q "match: 'proc.exepath = \"$D/attacks\"'" $D/command.yaml && grep -q 'exec: {allow: \[\]}' $D/command.yaml &&
    grep -q -- "- $D/made\$" $D/command.yaml || fail "it wrote $(cat $D/command.yaml)" || return
  printf '#!/bin/sh\n' >$D/script
  chmod +x $D/script
  says "is a script" "$VEDETTE" learn -- $D/script
}
it "learns what a command does until it ends" learns_a_command

run_suite
