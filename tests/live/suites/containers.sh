# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the databases of containerd and podman tell: real runtimes of Debian, and a pod of CRI.
# needs: runtimes
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=../releases.sh
source "$(dirname "$0")/../releases.sh"
readonly LATE='while :; do cat /vd-late; sleep 0.3; done'

# --- podman ---------------------------------------------------------------------------------------------------------

rule labelled 'evt.type in (open, openat) and fd.name = /vd-late and container.label[vd.test/app] = shop' \
  '%container.type %container.name %container.image.repository %container.image.tag %container.image.digest %container.image.id %container.privileged %container.labels %container.label[vd.test/app] %k8s.ns.name %k8s.pod.name %k8s.pod.label[tier]'
rule "without labels" 'evt.type in (open, openat) and fd.name = /vd-late and container.name exists and not container.label[vd.test/app] exists' \
  '%container.name %container.labels %container.image'

podman_tells() {
  podman pod create --infra=false --name shop-pod --label tier=front >/dev/null &&
    podman run -d --pod shop-pod --network none --name "$1" --label vd.test/app=shop --label 'note=two words' $IMAGE sh -c "$LATE" >/dev/null &&
    podman run -d --network none --name "$1-bare" $IMAGE sh -c "$LATE" >/dev/null || fail "podman does not run" || return
  expect labelled ".output_fields[\"container.name\"] == \"$1\" and .output_fields[\"container.type\"] == \"podman\"
    and .output_fields[\"container.image.repository\"] == \"vedette.test/live\" and .output_fields[\"container.image.tag\"] == \"v1\"
    and (.output_fields[\"container.image.digest\"] | startswith(\"sha256:\")) and (.output_fields[\"container.image.id\"] | length == 64)
    and .output_fields[\"container.privileged\"] == false
    and .output_fields[\"container.labels\"] == \"note:two words, vd.test/app:shop\"
    and .output_fields[\"k8s.pod.name\"] == \"shop-pod\" and .output_fields[\"k8s.pod.label.tier\"] == \"front\"" &&
    expect "without labels" ".output_fields[\"container.name\"] == \"$1-bare\" and .output_fields[\"container.image\"] == \"$IMAGE\"" &&
    refuse labelled ".output_fields[\"container.name\"] == \"$1-bare\""
  local result=$?
  podman rm -f -t 0 "$1" "$1-bare" >/dev/null
  return $result
}

podman_4() {
  release bookworm && image_archive || fail "podman 4 has no image" || return
  podman_tells old
}
it "knows labels, image and pod of podman 4, from its bolt database" podman_4

# --- containerd -----------------------------------------------------------------------------------------------------

start_containerd() {
  podman save --format oci-archive -o /run/live/image.tar $IMAGE >/dev/null 2>&1
  cat >/run/live/containerd.toml <<TOML
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$IMAGE"
TOML
  in_release containerd -c /run/live/containerd.toml >/run/live/containerd.log 2>&1 &
  CONTAINERD=$!
  wait_until 120 in_release ctr version >/dev/null
}
ctr() { in_release ctr "$@"; }

containerd_tells() {
  start_containerd && ctr images import --base-name "${IMAGE%:*}" /run/live/image.tar >/dev/null &&
    ctr run -d --label vd.test/app=shop --label note=ctr $IMAGE by-ctr sh -c "$LATE" >/dev/null &&
    ctr run -d $IMAGE by-ctr-bare sh -c "$LATE" >/dev/null || fail "containerd does not run: $(tail -n 3 /run/live/containerd.log)" || return
  expect labelled ".output_fields[\"container.name\"] == \"by-ctr\" and .output_fields[\"container.type\"] == \"containerd\"
    and .output_fields[\"container.image.repository\"] == \"vedette.test/live\" and .output_fields[\"container.image.tag\"] == \"v1\"
    and (.output_fields[\"container.image.digest\"] | test(\"^sha256:[0-9a-f]{64}$\"))
    and (.output_fields[\"container.labels\"] | contains(\"note:ctr\")) and .output_fields[\"k8s.pod.name\"] == null" &&
    expect "without labels" ".output_fields[\"container.name\"] == \"by-ctr-bare\" and .output_fields[\"container.image\"] == \"$IMAGE\"" &&
    refuse labelled ".output_fields[\"container.name\"] == \"by-ctr-bare\""
  local result=$?
  ctr task kill -s 9 by-ctr
  ctr task kill -s 9 by-ctr-bare
  return $result
}
it "knows labels, image and digest of containerd, from its bolt database" containerd_tells

cri_tells() {
  local request ids
  ctr -n k8s.io images import --base-name "${IMAGE%:*}" /run/live/image.tar >/dev/null
  wait_until 60 image_is_managed
  request=$(jq -n --arg image $IMAGE --arg late "$LATE" '{pod: {name: "redis-0", namespace: "cache",
      uid: "0f8d9c5e-1111-2222-3333-444455556666", labels: {tier: "back", "vd.test/pod": "yes"}},
    container: {name: "app", image: $image, command: ["/usr/bin/sh", "-c", $late], labels: {"vd.test/app": "shop"}}}')
  ids=$(python3 /vm/live/cri.py /run/containerd/containerd.sock <<<"$request") ||
    fail "CRI does not run: $(tail -n 3 /run/live/containerd.log)" || return
  expect labelled ".output_fields[\"container.name\"] == \"app\" and .output_fields[\"container.type\"] == \"containerd\"
    and .output_fields[\"container.image.repository\"] == \"vedette.test/live\" and (.output_fields[\"container.image.digest\"] | startswith(\"sha256:\"))
    and .output_fields[\"k8s.ns.name\"] == \"cache\" and .output_fields[\"k8s.pod.name\"] == \"redis-0\"
    and .output_fields[\"k8s.pod.label.tier\"] == \"back\" and (.output_fields[\"container.labels\"] | contains(\"tier\") | not)"
  local result=$? id
  for id in $ids; do ctr -n k8s.io task kill -s 9 "$id" 2>/dev/null; done
  return $result
}
image_is_managed() { ctr -n k8s.io images ls | grep -q managed; }
it "knows the labels of a pod of CRI, from those of its sandbox" cri_tells

# --- podman 5 -------------------------------------------------------------------------------------------------------

podman_5() {
  [[ -z ${CONTAINERD:-} ]] || kill "$CONTAINERD"
  leave_release
  release trixie && image_archive || fail "podman 5 has no image" || return
  podman_tells new || return
  [[ -e /var/lib/containers/storage/db.sql ]] || fail "podman 5 does not use SQLite"
  local left
  left=$(find /var/lib/containers/storage -maxdepth 1 -name 'db.sql-*')
  [[ -z $left ]] || fail "left beside podman's database: $left"
}
it "knows them of podman 5, from its SQLite database" podman_5

run_suite
