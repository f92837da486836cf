#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a CRI runtime for a pod and a container in it, as the kubelet would: cri.py SOCKET < REQUEST.

REQUEST is JSON: {"pod": {"name", "namespace", "uid", "labels"}, "container": {"name", "image", "command", "labels"}}.
Prints the ids of the sandbox and of the container. The pod has the host's network, so no network plugin is needed.

Debian has neither kubelet nor crictl, hence the few bytes of gRPC that it takes: HTTP/2 (RFC 9113) with literal headers
(RFC 7541), one call per connection, and protocol buffers of the fields that are used (k8s.io/cri-api, runtime/v1/api.proto).
"""
import json
import socket
import struct
import sys

DATA, HEADERS, SETTINGS, PING, GOAWAY = 0, 1, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """A field of a message: text, a message (bytes), a number, or a map of texts."""
    if isinstance(value, dict):
        return b"".join(field(number, field(1, k) + field(2, v)) for k, v in sorted(value.items()))
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def text_field(message, wanted):
    """The text in field `wanted` of a message whose fields are all texts or messages."""
    at = 0
    while at < len(message):
        key, length = message[at], message[at + 1]
        assert key & 7 == 2 and length < 128, message
        if key >> 3 == wanted:
            return message[at + 2 : at + 2 + length].decode()
        at += 2 + length
    raise SystemExit(f"cri: no field {wanted} in {message!r}")


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def header(name, value):
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def receive(connection, size):
    out = b""
    while len(out) < size:
        part = connection.recv(size - len(out))
        if not part:
            raise SystemExit("cri: the connection was closed")
        out += part
    return out


def call(path, method, message):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(240)
    connection.connect(path)
    headers = b"".join(
        header(name, value)
        for name, value in [
            (":method", "POST"), (":scheme", "http"), (":path", f"/runtime.v1.RuntimeService/{method}"),
            (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers"),
        ]
    )  # fmt: skip
    connection.sendall(
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS, 1, headers)
        + frame(DATA, END_STREAM, 1, b"\0" + struct.pack(">I", len(message)) + message)
    )  # fmt: skip
    data, last = b"", b""
    while True:
        length, kind, flags, stream = struct.unpack(">IBBI", b"\0" + receive(connection, 9))
        payload = receive(connection, length)
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            connection.sendall(frame(PING, ACK, 0, payload))
        elif kind == DATA:
            data += payload
        elif kind == GOAWAY:
            raise SystemExit(f"cri: {method}: {payload!r}")
        if stream == 1 and kind == HEADERS:
            last = payload
        if stream == 1 and kind in (DATA, HEADERS) and flags & END_STREAM:
            break
    if len(data) < 5:
        raise SystemExit(f"cri: {method} failed: {last!r}")
    return data[5:]


def main():
    path = sys.argv[1]
    request = json.load(sys.stdin)
    pod, container = request["pod"], request["container"]
    host_network = field(2, field(1, field(1, 2)))  # linux: security_context.namespace_options.network = NODE
    metadata = field(1, pod["name"]) + field(2, pod["uid"]) + field(3, pod["namespace"])
    own = {"io.kubernetes.pod.name": pod["name"], "io.kubernetes.pod.namespace": pod["namespace"],
           "io.kubernetes.pod.uid": pod["uid"]}  # fmt: skip
    sandbox = (
        field(1, metadata) + field(6, {**pod["labels"], **own})
        + field(8, field(1, "/kubepods/besteffort/pod" + pod["uid"]) + host_network)
    )  # fmt: skip
    sandbox_id = text_field(call(path, "RunPodSandbox", field(1, sandbox)), 1)
    own["io.kubernetes.container.name"] = container["name"]
    config = (
        field(1, field(1, container["name"])) + field(2, field(1, container["image"]))
        + b"".join(field(3, word) for word in container["command"]) + field(9, {**container["labels"], **own})
        + field(15, field(2, field(3, field(1, 2))))
    )  # fmt: skip
    request = field(1, sandbox_id) + field(2, config) + field(3, sandbox)
    container_id = text_field(call(path, "CreateContainer", request), 1)
    call(path, "StartContainer", field(1, container_id))
    print(sandbox_id, container_id)


main()
