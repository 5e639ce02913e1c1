"""Speaks to a service that is running: test_rpc.py KIND SOCKET, where KIND is nio, event, forbidden, shim or images.

nio and event are the test services of Tests/Conformance, forbidden is either of them for another user; shim and images are the real
ones. For shim, the engine's root and run directories follow.
"""

import os
import socket
import sys

import cbor2

import berth_rpc
from berth_rpc import Connection, ProtocolError, RPCError


def expect_error(code, action):
    try:
        action()
    except RPCError as error:
        assert error.code == code, f"expected {code}, got {error}"
        return error
    raise AssertionError(f"expected the error {code}")


def test_hello(path):
    with Connection(path) as connection:
        hello = connection.hello
        assert hello["version"] == 1, hello
        assert hello["service"] and hello["serviceVersion"], hello
        assert hello["frameBytes"] >= 1 << 16 and hello["requestsInFlight"] > 0 and hello["streamWindow"] > 0, hello
        connection.ping(b"\x00\xff")


def test_errors(path):
    with Connection(path) as connection:
        error = expect_error("notImplemented", lambda: connection.call("no.such.method", {}))
        assert "no.such.method" in error.message
        # A malformed request is answered, and the connection goes on.
        connection.send(berth_rpc.REQUEST, 1000, {"nonsense": True})
        expect_error("invalidParameter", lambda: connection.finish(1000))
        connection.ping()


def test_version(path):
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    raw.settimeout(30)
    raw.connect(path)
    raw.sendall(berth_rpc.pack(berth_rpc.HELLO, 0, cbor2.dumps({}), version=99))
    answer = b""
    while part := raw.recv(1 << 16):
        answer += part
    raw.close()
    hello_length = int.from_bytes(answer[:4], "big") + 4
    error = answer[hello_length:]
    assert error[4] == 1 and error[5] == berth_rpc.ERROR, error
    body = cbor2.loads(error[12:])
    assert body["code"] == "notImplemented" and body["details"] == {"version": "1", "peerVersion": "99"}, body


def test_offence(path):
    connection = Connection(path)
    connection.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
    try:
        while True:
            connection.receive()
    except (ProtocolError, ConnectionResetError):
        pass
    test_hello(path)


def test_echo(path):
    with Connection(path) as connection:
        value = {
            "text": "grüße 水 \U00010151", "bytes": bytes(range(256)) * 100, "integers": [0, -1, 23, 24, -(1 << 63), (1 << 63) - 1],
            "double": 1.1, "map": {"a": [1], "": []}, "present": True,
        }
        for size in (1, 1 << 10, 1 << 20):
            value["bytes"] = os.urandom(size)
            assert connection.call("conformance.echo", value) == value
        # What another encoder may write: a float in half precision, unknown fields, tags, null for a field that is missing.
        assert connection.call("conformance.echo", dict(value, double=1.5, absent=None, unknown={"x": [None]}))["double"] == 1.5
        tagged = dict(value, text=cbor2.CBORTag(32, "tagged"))
        assert connection.call("conformance.echo", tagged)["text"] == "tagged"
        expect_error("invalidParameter", lambda: connection.call("conformance.echo", dict(value, text=7)))
        # An indefinite map, as streaming encoders write them.
        body = cbor2.dumps({"method": "conformance.echo", "trace": "t"})[1:]
        params = b"\xbf" + cbor2.dumps(value)[1:] + b"\xff"
        connection.send(berth_rpc.REQUEST, 5000, b"\xbf" + body + cbor2.dumps("params") + params + b"\xff")
        assert connection.finish(5000) == value


def test_many_calls(path):
    with Connection(path) as connection:
        value = {"text": "", "bytes": b"", "integers": [], "double": 0.0, "map": {}, "present": False}
        numbers = [connection.open("conformance.echo", dict(value, text=str(index))) for index in range(200)]
        for index, number in reversed(list(enumerate(numbers))):
            assert connection.finish(number)["text"] == str(index)


def test_cancel_and_deadline(path):
    with Connection(path) as connection:
        number = connection.open("conformance.hang", {})
        connection.send(berth_rpc.CANCEL, number)
        expect_error("cancelled", lambda: connection.finish(number))
        expect_error("deadlineExceeded", lambda: connection.call("conformance.hang", {}, timeout=0.05))
        connection.ping()


def test_streams(path):
    with Connection(path) as connection:
        stream = connection.stream("conformance.sum", {})
        for index in range(400):
            stream.send({"number": index, "bytes": b"x" * 10_000})
        stream.finish()
        assert stream.response() == {"items": 400, "bytes": 4_000_000}, stream.end
        stream = connection.stream("conformance.produce", {"count": 300, "size": 10_000})
        items = list(stream)
        assert [item["number"] for item in items] == list(range(300))
        assert all(len(item["bytes"]) == 10_000 for item in items)
        assert stream.response() == {"sent": 300}


def test_items_without_credit(path):
    connection = Connection(path)
    number = connection.open("conformance.hang", {})
    connection.send(berth_rpc.ITEM, number, {})
    try:
        while True:
            connection.receive()
    except (ProtocolError, ConnectionResetError):
        return


def test_descriptors(path):
    with Connection(path) as connection:
        reading, writing = os.pipe()
        os.write(writing, b"through a descriptor")
        os.close(writing)
        answer = connection.call("conformance.read", {}, descriptors=[reading])
        os.close(reading)
        assert answer == {"text": "through a descriptor"}, answer


def test_shim(path, root, run):
    container = os.urandom(32).hex()
    with Connection(path) as connection:
        assert connection.hello["service"] == "shim", connection.hello
        assert connection.hello["descriptors"] > 0
        expect_error("conflict", lambda: connection.call("shim.inspect", {}))
        expect_error("invalidParameter", lambda: connection.call("shim.adopt", {"containerID": 7}))
        log = {"driver": "none", "maxFile": 1, "attributes": {}}
        assert connection.call("shim.adopt", {
            "containerID": container, "root": root, "run": run, "terminal": False, "openStdin": False, "stdinOnce": False, "log": log,
        }) == {}
        # The shim is reached at its container's own socket as well, at the same time.
        with Connection(f"{run}/shims/{container}/shim.sock") as another:
            answer = another.call("shim.inspect", {})
            assert answer["containerID"] == container and answer["phase"] == {"prepared": {}} and answer["execs"] == [], answer
            assert answer["shimPID"] > 0 and answer["version"], answer
            expect_error("conflict", lambda: another.call("shim.signal", {"signal": 15, "all": False}))
            expect_error("invalidParameter", lambda: another.call("shim.signal", {"signal": "TERM"}))
        assert connection.call("shim.release", {"removesContainerDirectory": True}) == {}


def test_forbidden(path):
    """Runs as a user that the service doesn't serve."""
    with Connection(path) as connection:
        error = expect_error("forbidden", lambda: connection.call("conformance.echo", "parameters are not looked at"))
        assert error.details == {"method": "conformance.echo", "uid": str(os.geteuid())}, error.details
        assert connection.call("conformance.open", {}) == {}


def test_images(path):
    with Connection(path) as connection:
        assert connection.hello["service"] == "images", connection.hello
        assert connection.call("images.list", {}) == {"images": []}
        error = expect_error("notFound", lambda: connection.call("images.inspect", {"name": "nothing:here"}))
        assert "nothing:here" in error.message, error


COMMON = [test_hello, test_errors, test_version, test_offence]
CALLS = COMMON + [test_echo, test_many_calls, test_cancel_and_deadline, test_streams, test_items_without_credit]
TESTS = {
    "nio": CALLS,
    "event": CALLS + [test_descriptors],
    "forbidden": [test_forbidden],
    "shim": [test_shim],
    "images": COMMON + [test_images],
}

if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    for test in TESTS[kind]:
        test(*arguments)
        print("passed:", test.__name__, flush=True)
