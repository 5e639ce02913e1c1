"""testcontainers-python, unmodified: a container for the length of a block, its port, its log, and commands in it."""
import urllib.request

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

# The reaper is an image of its own that can't be fetched here.
testcontainers_config.ryuk_disabled = True

command = "sh -c 'echo starting; httpd -h /www -p 8080; echo ready to serve; while true; do sleep 1; done'"
with DockerContainer("busybox").with_command(command).with_exposed_ports(8080).with_env("MODE", "test") as web:
    wait_for_logs(web, "ready to serve", timeout=30)
    url = f"http://{web.get_container_host_ip()}:{web.get_exposed_port(8080)}/index.html"
    body = urllib.request.urlopen(url, timeout=20).read()
    assert body == b"hello from busybox\n", body
    code, output = web.exec(["sh", "-c", "echo $MODE"])
    assert (code, output) == (0, b"test\n"), (code, output)
    out, err = web.get_logs()
    assert b"starting" in out, (out, err)
    name = web.get_wrapped_container().name
print("ok: web")

with DockerContainer("busybox").with_command("sleep 100").with_name("tc-named").with_kwargs(mem_limit="32m") as second:
    assert second.get_wrapped_container().attrs["HostConfig"]["Memory"] == 32 << 20
    left = [each.name for each in second.get_docker_client().client.containers.list(all=True)]
    assert left == ["tc-named"], left
print("ok: gone after its block")
print("done")
