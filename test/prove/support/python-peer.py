"""A client with nothing but Python's library: http.client, and sockets. Prints a JSON object of what it saw."""

import base64
import hashlib
import http.client
import json
import os
import socket
import sys

PORT = int(sys.argv[1])
seen = {}


def connect():
    return socket.create_connection(("127.0.0.1", PORT), timeout=20)


def read_exactly(stream, length):
    parts = []
    while length > 0:
        part = stream.read(length)
        if not part:
            raise EOFError(f"{length} bytes are missing")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def library_client():
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    connection.connect()
    first = connection.sock.getsockname()
    content = os.urandom(3_000_000)
    wanted = hashlib.sha256(content).hexdigest()

    connection.request("POST", "/length", body=content)
    by_length = json.loads(connection.getresponse().read())
    pieces = (content[at : at + 70_001] for at in range(0, len(content), 70_001))
    connection.request("PUT", "/chunked", body=pieces, encode_chunked=True)
    by_chunks = json.loads(connection.getresponse().read())
    connection.request("HEAD", "/head")
    head = connection.getresponse()
    head.read()
    connection.request("GET", "/get")
    last = json.loads(connection.getresponse().read())
    seen["library"] = {
        "length": by_length["sha256"] == wanted,
        "chunked": by_chunks["sha256"] == wanted and by_chunks["headers"].get("transfer-encoding"),
        "head": head.status,
        "get": last["url"],
        "sameConnection": connection.sock is not None and connection.sock.getsockname() == first,
    }
    connection.close()


def pipelined():
    request = "GET /pipelined/%d HTTP/1.1\r\nHost: a\r\n%s\r\n"
    many = "".join(request % (i, "Connection: close\r\n" if i == 199 else "") for i in range(200))
    with connect() as raw:
        raw.sendall(many.encode())
        whole = raw.makefile("rb").read()
    urls = [line for line in whole.split(b'"url":"') if line.startswith(b"/pipelined/")]
    numbers = [int(url.split(b'"')[0].rsplit(b"/", 1)[1]) for url in urls]
    seen["pipelined"] = numbers == list(range(200))


def byte_by_byte():
    with connect() as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        text = b"POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        for byte in text + b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n":
            raw.sendall(bytes([byte]))
        whole = raw.makefile("rb").read()
    body = json.loads(whole[whole.index(b"{") : whole.rindex(b"}") + 1])
    seen["byteByByte"] = body["sha256"] == hashlib.sha256(b"abc0123456789").hexdigest()


def status_of(text):
    with connect() as raw:
        raw.sendall(text)
        whole = raw.makefile("rb").read()
    return whole.split(b" ", 2)[1].decode() if whole else "nothing"


def refused():
    seen["refused"] = {
        "bareLf": status_of(b"GET / HTTP/1.1\nHost: a\n\n"),
        "noHost": status_of(b"GET / HTTP/1.1\r\n\r\n"),
        "both": status_of(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        "http2": status_of(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        "connect": status_of(b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
        "noise": status_of(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    }


def web_socket():
    key = base64.b64encode(os.urandom(16)).decode()
    accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    head = (
        "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    payload = os.urandom(70_000)
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    frame = b"\x82\xff" + len(payload).to_bytes(8, "big") + mask + masked
    close = b"\x88\x82" + mask + bytes([0x03 ^ mask[0], 0xE8 ^ mask[1]])
    with connect() as raw:
        stream = raw.makefile("rb")
        # The frame is sent ahead, behind the head: it must wait for the backend's 101.
        raw.sendall(head.encode() + frame)
        status = stream.readline()
        fields = {}
        while (line := stream.readline()) != b"\r\n":
            name, value = line.decode().split(":", 1)
            fields[name.lower()] = value.strip()
        start = read_exactly(stream, 10)
        back = read_exactly(stream, int.from_bytes(start[2:], "big"))
        raw.sendall(close)
        answer = stream.read()
    seen["webSocket"] = {
        "status": status.decode().split(" ")[1],
        "accept": base64.b64decode(fields["sec-websocket-accept"]) == accept,
        "echo": start[:2] == b"\x82\x7f" and back == payload,
        "close": answer.hex(),
    }


for part in (library_client, pipelined, byte_by_byte, refused, web_socket):
    part()
print(json.dumps(seen))
