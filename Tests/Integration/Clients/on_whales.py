"""python-on-whales, unmodified: it drives the docker client and reads what that prints as JSON."""
import sys

from python_on_whales import DockerClient
from python_on_whales.exceptions import DockerException, NoSuchContainer

docker = DockerClient(client_call=[sys.argv[1]])

assert docker.version().server.os == "linux"
assert docker.system.info().architecture
assert docker.image.exists("busybox")
assert docker.run("busybox", ["echo", "hello"], remove=True) == "hello"

container = docker.run(
    "busybox", ["sh", "-c", "echo ready; exec sleep 1000"], name="whale", detach=True, labels={"client": "whales"}, envs={"A": "b"},
    publish=[("127.0.0.1::80",)] if False else [], memory="64m")
assert container.state.running and container.config.labels["client"] == "whales"
assert container.host_config.memory == 64 << 20
assert [each.name for each in docker.ps(filters=[("label", "client=whales")])] == ["whale"]
assert docker.execute("whale", ["sh", "-c", "echo $A"]) == "b"
assert "ready" in docker.logs("whale")
assert docker.container.exists("whale")
docker.pause("whale")
assert container.state.paused
docker.unpause("whale")
docker.rename("whale", "orca")
docker.restart("orca", time=1)
docker.stop("orca", time=0)
assert docker.wait("orca") == 137
docker.remove("orca")
try:
    docker.container.inspect("orca")
except NoSuchContainer:
    pass
else:
    raise AssertionError("a removed container was found")
docker.image.tag("busybox", "kept:whale")
assert "kept:whale" in docker.image.inspect("kept:whale").repo_tags
docker.image.remove("kept:whale")
docker.container.prune()
assert docker.ps(all=True) == []
try:
    docker.run("nosuch-image-here:1", ["true"], pull="never")
except DockerException:
    pass
print("done")
