"""A client of Berth's RPC, written from Shared/RPC/PROTOCOL.md alone. Needs the cbor2 package."""

import array
import itertools
import os
import socket
import struct

import cbor2

VERSION = 1
HELLO, REQUEST, RESPONSE, ERROR, ITEM, ITEMS_END, CANCEL, PING, PONG, CREDIT = range(1, 11)
WINDOW = 1 << 20
MOST_FRAME = 4 << 20


class RPCError(Exception):
    """An error that the server answered with."""

    def __init__(self, code, message, details=None):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.details = code, message, details or {}

    @classmethod
    def read(cls, body):
        return cls(body.get("code", "internal"), body.get("message", ""), body.get("details"))


class ProtocolError(Exception):
    """The server did what the protocol forbids, or closed the connection."""


def pack(kind, stream, body=b"", descriptors=0, version=VERSION):
    """The bytes of a frame."""
    return struct.pack(">IBBBBI", 8 + len(body), version, kind, descriptors, 0, stream) + body


def connect(client, path):
    """Connects by way of the socket's directory, since a path may be longer than an address holds."""
    directory = os.open(os.path.dirname(path) or ".", os.O_PATH | os.O_DIRECTORY)
    try:
        client.connect(f"/proc/self/fd/{directory}/{os.path.basename(path)}")
    finally:
        os.close(directory)


class Connection:
    """One connection; calls are made one after the other, or as streams that are read when they are wanted."""

    def __init__(self, path, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        connect(self.socket, path)
        self.numbers = itertools.count(1)
        self.arrived = {}
        self.send(HELLO, 0, {
            "version": VERSION, "service": "python", "serviceVersion": "1", "frameBytes": MOST_FRAME,
            "requestsInFlight": 0, "streamWindow": 0, "descriptors": 0,
        })
        kind, stream, body = self.receive()
        if (kind, stream) != (HELLO, 0):
            raise ProtocolError(f"expected a hello, got kind {kind} on stream {stream}")
        self.hello = body

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Frames

    def send(self, kind, stream, body=None, descriptors=()):
        encoded = b"" if body is None else body if isinstance(body, bytes) else cbor2.dumps(body)
        frame = pack(kind, stream, encoded, len(descriptors))
        sent = 0
        if descriptors:
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
            sent = self.socket.sendmsg([frame], [rights])
        self.socket.sendall(frame[sent:])

    def receive(self):
        length, version, kind, descriptors, reserved, stream = struct.unpack(">IBBBBI", self.read(12))
        if version != VERSION or descriptors or reserved or not 8 <= length <= MOST_FRAME:
            raise ProtocolError(f"a broken header: {(length, version, kind, descriptors, reserved, stream)}")
        body = self.read(length - 8)
        return kind, stream, body if kind in (PING, PONG) else cbor2.loads(body) if body else None

    def read(self, count):
        parts = []
        while count:
            part = self.socket.recv(min(count, 1 << 16))
            if not part:
                raise ProtocolError("the server closed the connection")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def next_of(self, stream):
        """The next frame of a stream; those of others are kept for them."""
        while not self.arrived.get(stream):
            kind, number, body = self.receive()
            if kind == PING:
                self.send(PONG, 0, body)
            elif kind == ERROR and number == 0:
                raise RPCError.read(body)
            else:
                self.arrived.setdefault(number, []).append((kind, body))
        return self.arrived[stream].pop(0)

    # Calls

    def open(self, method, params, trace=None, timeout=None, credit=None, descriptors=()):
        stream = next(self.numbers)
        request = {"method": method, "trace": trace or os.urandom(8).hex(), "params": params}
        if timeout is not None:
            request["timeout"] = int(timeout * 1e9)
        if credit is not None:
            request["credit"] = credit
        self.send(REQUEST, stream, request, descriptors)
        return stream

    def finish(self, stream):
        kind, body = self.next_of(stream)
        if kind == ERROR:
            raise RPCError.read(body)
        if kind != RESPONSE:
            raise ProtocolError(f"expected an answer, got kind {kind}")
        return body

    def call(self, method, params, **options):
        return self.finish(self.open(method, params, **options))

    def stream(self, method, params, **options):
        return Stream(self, self.open(method, params, credit=WINDOW, **options))

    def ping(self, body=b""):
        self.send(PING, 0, body)
        kind, answer = self.next_of(0)
        if (kind, answer) != (PONG, body):
            raise ProtocolError("a ping was not answered with its pong")


class Stream:
    """A call with items."""

    def __init__(self, connection, number):
        self.connection, self.number = connection, number
        self.credit = connection.hello["streamWindow"]
        self.used = 0
        self.items = []
        self.end = None

    def take(self):
        """Takes one frame of this call."""
        kind, body = self.connection.next_of(self.number)
        if kind == ITEM:
            self.items.append(body)
        elif kind == CREDIT:
            self.credit += body["bytes"]
        elif kind in (RESPONSE, ERROR):
            self.end = (kind, body)
        else:
            raise ProtocolError(f"kind {kind} in a call")

    def send(self, item):
        while self.credit <= 0 and self.end is None:
            self.take()
        if self.end is not None:
            self.response()
            raise ProtocolError("the call has ended")
        body = cbor2.dumps(item)
        self.credit -= 64 + len(body)
        self.connection.send(ITEM, self.number, body)

    def finish(self):
        self.connection.send(ITEMS_END, self.number)

    def cancel(self):
        self.connection.send(CANCEL, self.number)

    def __iter__(self):
        while True:
            while self.items:
                item = self.items.pop(0)
                self.used += 64 + len(cbor2.dumps(item))
                if self.used >= WINDOW // 2 and self.end is None:
                    self.connection.send(CREDIT, self.number, {"bytes": self.used})
                    self.used = 0
                yield item
            if self.end is not None:
                return
            self.take()

    def response(self):
        while self.end is None:
            self.take()
        kind, body = self.end
        if kind == ERROR:
            raise RPCError.read(body)
        return body
