"""A day of docker-py, unmodified: every kind of call that a program makes of it. Expects the image busybox; prints `done` at the end."""
import io
import os
import tarfile
import threading
import time

import docker
from docker.errors import APIError, ImageNotFound, NotFound

client = docker.from_env(version="auto", timeout=60)


def built(feature, call):
    """Makes a call of a part that this version of the engine may not have: it then says so by 501, and nothing else."""
    try:
        return call()
    except APIError as error:
        if error.status_code != 501:
            raise
        print("not built:", feature)
        return None


def system():
    assert client.ping()
    assert client.version()["Os"] == "linux"
    info = client.info()
    assert info["OSType"] == "linux" and info["MemTotal"] > 0 and info["NCPU"] > 0, info
    built("df", client.df)
    assert client.plugins.list() == []
    try:
        client.swarm.reload()
    except APIError as error:
        assert error.status_code == 503 and "not a swarm manager" in str(error), error
    else:
        raise AssertionError("a node in no swarm has a swarm")


def images():
    image = client.images.get("busybox")
    assert "busybox:latest" in image.tags and image.attrs["Os"] == "linux"
    assert image.tag("kept", "one")
    assert "kept:one" in [tag for each in client.images.list() for tag in each.tags]
    client.images.remove("kept:one")
    try:
        client.images.get("nosuch")
    except ImageNotFound as error:
        assert "No such image" in str(error)
    else:
        raise AssertionError("an image that isn't there was found")
    built("history", image.history)
    archive = built("save", lambda: b"".join(image.save(named=True)))
    if archive:
        assert client.images.load(archive)[0].id == image.id
    built("prune images", client.images.prune)


def run_to_the_end():
    assert client.containers.run("busybox", ["echo", "hello"], remove=True) == b"hello\n"
    both = client.containers.run("busybox", "sh -c 'echo out; echo err >&2'", stdout=True, stderr=True, remove=True)
    assert sorted(both.split()) == [b"err", b"out"], both
    try:
        client.containers.run("busybox", ["sh", "-c", "echo bad >&2; exit 3"], remove=True)
    except docker.errors.ContainerError as error:
        assert error.exit_status == 3 and b"bad" in error.stderr, error
    else:
        raise AssertionError("a failure went unnoticed")


def a_container():
    seen = []
    events = client.events(decode=True, filters={"type": "container", "label": "client=docker-py"})

    def watch():
        for event in events:
            seen.append(event["Action"])
            if event["Action"] == "destroy":
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    container = client.containers.run(
        "busybox", ["sh", "-c", "trap 'exit 7' TERM; echo ready; while true; do sleep 0.1; done"], name="py-one", detach=True,
        environment={"COLOUR": "blue"}, labels={"client": "docker-py"}, mem_limit="64m", working_dir="/tmp", hostname="one",
        ulimits=[docker.types.Ulimit(name="nofile", soft=100, hard=200)], tmpfs={"/scratch": "size=1m"})
    container.reload()
    assert container.status == "running" and container.attrs["HostConfig"]["Memory"] == 64 << 20
    assert client.containers.get("py-one").id == container.id
    assert [each.name for each in client.containers.list(filters={"label": "client=docker-py"})] == ["py-one"]
    for line in container.logs(stream=True, follow=True):
        assert line == b"ready\n", line
        break
    code, output = container.exec_run("sh -c 'echo $COLOUR; hostname; pwd; ulimit -n'")
    assert (code, output.split()) == (0, [b"blue", b"one", b"/tmp", b"100"]), output
    code, (out, err) = container.exec_run("sh -c 'echo o; echo e >&2; exit 4'", demux=True)
    assert (code, out, err) == (4, b"o\n", b"e\n")
    assert container.exec_run("id -u", user="user").output == b"1000\n"
    assert "PID" in container.top()["Titles"]
    stats = built("stats", lambda: container.stats(stream=False))
    assert stats is None or stats["memory_stats"]["usage"] > 0, stats
    container.pause()
    container.reload()
    assert container.status == "paused"
    container.unpause()
    built("update", lambda: container.update(mem_limit="96m", memswap_limit="192m"))
    container.rename("py-two")
    container.reload()
    assert container.name == "py-two"
    container.restart(timeout=5)
    archives(container)
    changes(container)
    container.stop(timeout=10)
    assert container.wait()["StatusCode"] == 7
    container.remove()
    try:
        client.containers.get("py-two")
    except NotFound as error:
        assert "No such container" in str(error)
    watcher.join(30)
    for action in ["create", "start", "pause", "unpause", "rename", "restart", "kill", "die", "stop", "destroy"]:
        assert action in seen, (action, seen)


def archives(container):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        entry = tarfile.TarInfo("note")
        entry.size = 5
        archive.addfile(entry, io.BytesIO(b"hello"))
    if built("put archive", lambda: container.put_archive("/tmp", data.getvalue())) is None:
        return
    assert container.exec_run("cat /tmp/note").output == b"hello"
    pieces, stat = container.get_archive("/tmp/note")
    assert stat["name"] == "note" and stat["size"] == 5, stat
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        assert archive.extractfile("note").read() == b"hello"


def changes(container):
    diff = built("changes", container.diff)
    assert diff is None or any(change["Path"] == "/tmp/note" for change in diff), diff
    image = built("commit", lambda: container.commit("kept", "two", message="kept", author="me", changes=["ENV A=b"]))
    if image:
        assert "A=b" in image.attrs["Config"]["Env"]
        client.images.remove("kept:two")


def attach():
    container = client.containers.create("busybox", ["cat"], stdin_open=True, detach=False)
    socket = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    socket._sock.sendall(b"over the wire\n")
    assert socket.read(8)[:1] == b"\x01"
    assert socket.read(14) == b"over the wire\n"
    socket.close()
    container.kill()
    assert container.wait()["StatusCode"] == 137
    container.remove()


def volumes():
    volume = built("volumes", lambda: client.volumes.create("py-data", labels={"client": "docker-py"}))
    if volume is None:
        return
    client.containers.run("busybox", ["sh", "-c", "echo kept > /data/file"], volumes={"py-data": {"bind": "/data"}}, remove=True)
    text = client.containers.run("busybox", ["cat", "/data/file"], volumes=["py-data:/data:ro"], remove=True)
    assert text == b"kept\n"
    assert [each.name for each in client.volumes.list(filters={"label": "client=docker-py"})] == ["py-data"]
    volume.remove()
    assert client.volumes.list(filters={"name": "py-data"}) == []


def networks():
    network = built("networks", lambda: client.networks.create("py-net", driver="bridge", labels={"client": "docker-py"}))
    if network is None:
        return
    container = client.containers.run("busybox", ["sleep", "100"], network="py-net", detach=True, name="py-host")
    network.reload()
    assert [each.name for each in network.containers] == ["py-host"]
    built("disconnect", lambda: network.disconnect(container))
    built("connect", lambda: network.connect(container, aliases=["other"]))
    container.remove(force=True)
    network.remove()
    assert client.networks.list(names=["py-net"]) == []


def links_to_who_comes_later():
    """A link is a name that is looked up when it is used, as dockerd has it on user-defined networks."""
    network = client.networks.create("py-links")
    low = client.api
    settings = low.create_networking_config({"py-links": low.create_endpoint_config(links=[("py-later", "shop")])})
    host = low.create_host_config(network_mode="py-links")
    first = low.create_container("busybox", ["sleep", "100"], name="py-first", host_config=host, networking_config=settings)
    low.start(first)
    assert low.inspect_container(first)["NetworkSettings"]["Networks"]["py-links"]["Links"] == ["py-later:shop"]
    second = client.containers.run("busybox", ["sleep", "100"], name="py-second", network="py-links", detach=True)
    network.disconnect(second)
    network.connect(second, links=[("py-later", "shop")])
    for _ in range(2):
        later = client.containers.run("busybox", ["sleep", "100"], name="py-later", network="py-links", detach=True)
        later.reload()
        address = later.attrs["NetworkSettings"]["Networks"]["py-links"]["IPAddress"]
        for name in ["py-first", "py-second"]:
            result = client.containers.get(name).exec_run(["nslookup", "shop"])
            assert result.exit_code == 0 and address.encode() in result.output, result
        later.remove(force=True)
    for name in ["py-first", "py-second"]:
        client.containers.get(name).remove(force=True)
    network.remove()


def an_older_client():
    """What programs of that time look for before the first start."""
    old = docker.APIClient(base_url=os.environ["DOCKER_HOST"], version="1.38")
    network = client.networks.create("py-old")
    config = {
        "Image": "busybox", "Cmd": ["sleep", "100"], "MacAddress": "74:6f:75:68:6f:75", "Hostname": "old-host",
        "HostConfig": {"NetworkMode": "py-old"}, "NetworkingConfig": {"EndpointsConfig": {"py-old": {"Aliases": ["web"]}}},
    }
    container = old.create_container_from_config(config, name="py-aged")["Id"]
    for aliases in [["web"], ["web", container[:12], "old-host"]]:
        seen = old.inspect_container(container)
        assert seen["Config"]["MacAddress"] == "74:6f:75:68:6f:75", seen["Config"]
        assert seen["NetworkSettings"]["Networks"]["py-old"]["Aliases"] == aliases, seen["NetworkSettings"]
        old.start(container)
    assert seen["Config"].get("MacAddress") and old.inspect_container(container)["NetworkSettings"]["Networks"]["py-old"]["MacAddress"]
    old.remove_container(container, force=True)
    network.remove()


def detaching():
    for keys, asked in [(b"\x10\x11", {}), (b"\x18", {"detachKeys": "ctrl-x"})]:
        container = client.containers.create("busybox", "cat", stdin_open=True, tty=True)
        container.start()
        socket = container.attach_socket(params={"stdin": 1, "stream": 1, **asked})._sock
        socket.sendall(keys)
        try:
            for _ in range(200):
                socket.sendall(b"until it is closed\n")
                time.sleep(0.02)
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            raise AssertionError("the session goes on after its keys")
        container.reload()
        assert container.status == "running"
        container.remove(force=True)


def execs_as_clients_start_them():
    """Frames are as the start has it, whatever the exec was made with; and words about what can't be executed reach the client."""
    container = client.containers.run("busybox", ["sleep", "100"], detach=True)
    low = client.api
    for demux, wanted in [(False, b"hello\r\n"), (True, (b"hello\r\n", None))]:
        made = low.exec_create(container.id, ["echo", "hello"], tty=True)
        answer = low.exec_start(made, demux=demux)
        assert answer == wanted, answer
    assert low.exec_start(low.exec_create(container.id, ["echo", "raw"], tty=True), tty=True) == b"raw\r\n"
    for command, word in [("nosuch", b"executable file not found"), (["/etc"], b"permission denied")]:
        result = container.exec_run(command)
        assert result.exit_code in (126, 127) and word in result.output, result
    container.remove(force=True)


def leaving_an_exec():
    """By its keys, framed or not: the exec goes on."""
    container = client.containers.run("busybox", ["sleep", "100"], detach=True)
    low = client.api
    for tty in [False, True]:
        made = low.exec_create(container.id, "cat", stdin=True, tty=True)
        socket = low.exec_start(made, tty=tty, socket=True)._sock
        socket.sendall(b"\x10\x11")
        socket.settimeout(10)
        while socket.recv(100):
            pass
        assert low.exec_inspect(made["Id"])["Running"]
    container.remove(force=True)


def names_with_spaces():
    network = client.networks.create("py two words")
    assert client.networks.get("py two words").id == network.id
    container = client.containers.run("busybox", ["sleep", "100"], network="py two words", name="py-spaced", detach=True)
    container.remove(force=True)
    network.remove()


def a_load_that_fails():
    try:
        client.images.load(b"abc")
    except docker.errors.ImageLoadError as error:
        assert "archive" in str(error), error
    else:
        raise AssertionError("not refused")


def refusals():
    """Messages that programs compare whole."""
    config = docker.types.LogConfig(type="nosuch")
    for message, call in [
        ("logger: no log driver named 'nosuch' is registered", lambda: client.containers.create("busybox", log_config=config)),
        ("No such container: nobody", lambda: client.containers.get("nobody")),
        ("get nothing: no such volume", lambda: client.volumes.get("nothing")),
        ("network nowhere not found", lambda: client.networks.get("nowhere")),
        ("No such image: nosuch:latest", lambda: client.images.get("nosuch")),
    ]:
        try:
            call()
        except APIError as error:
            assert error.explanation == message, error.explanation
        else:
            raise AssertionError("not refused: " + message)


def many_at_once():
    results = []

    def one(number):
        results.append(docker.from_env(timeout=60).containers.run("busybox", ["echo", str(number)], remove=True))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(int(result) for result in results) == list(range(6)), results


steps = [
    system, images, run_to_the_end, a_container, attach, detaching, volumes, networks, links_to_who_comes_later, an_older_client,
    execs_as_clients_start_them, leaving_an_exec, names_with_spaces, a_load_that_fails, refusals, many_at_once,
]
for step in steps:
    step()
    print("ok:", step.__name__, flush=True)
client.containers.prune()
print("done")
