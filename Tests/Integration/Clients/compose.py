"""docker compose v2, unmodified: web, cache and worker with health dependencies, networks, volumes, configs, secrets, scale, profiles."""
import json
import os
import subprocess
import sys
import tempfile

import docker

tool = os.path.join(os.path.dirname(sys.executable), "docker-compose")
client = docker.from_env(version="auto", timeout=60)


def is_built(method, path):
    """Whether the engine has a route: one that it doesn't have yet answers 501."""
    answer = client.api.request(method, client.api._url(path), json={}, timeout=20)
    return answer.status_code != 501


def compose(*arguments, check=True, stdin=None):
    result = subprocess.run([tool, "-p", "shop", *arguments], cwd=place, capture_output=True, text=True, timeout=150, input=stdin)
    if check and result.returncode != 0:
        raise AssertionError(f"compose {' '.join(arguments)}: {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout


def states():
    lines = [line for line in compose("ps", "--all", "--format", "json").splitlines() if line]
    return {each["Name"]: each["State"] for each in map(json.loads, lines)}


simple = """
services:
  one:
    image: busybox
    command: ["sh", "-c", "echo one is up; exec sleep 1000"]
    network_mode: "none"
    environment: {COLOUR: blue}
    stop_grace_period: 1s
  two:
    image: busybox
    command: ["sleep", "1000"]
    network_mode: "none"
    depends_on: [one]
    stop_grace_period: 1s
  extra:
    image: busybox
    command: ["sleep", "1000"]
    network_mode: "none"
    profiles: [more]
    stop_grace_period: 1s
"""

full = """
services:
  web:
    image: busybox
    command: ["sh", "-c", "cat /etc/site /run/secrets/key; exec httpd -f -h /www -p 80"]
    depends_on:
      cache: {condition: service_healthy}
    networks: [front, back]
    configs: [{source: site, target: /etc/site}]
    secrets: [key]
    volumes: ["data:/data"]
    stop_grace_period: 1s
    restart: unless-stopped
  cache:
    image: busybox
    command: ["sh", "-c", "sleep 1; touch /ready; exec sleep 1000"]
    healthcheck: {test: ["CMD", "test", "-f", "/ready"], interval: 1s, timeout: 5s, retries: 20}
    networks: {back: {aliases: [store]}}
    volumes: ["data:/data"]
    stop_grace_period: 1s
  worker:
    image: busybox
    command: ["sleep", "1000"]
    depends_on: [web]
    networks: [back]
    stop_grace_period: 1s
  once:
    image: busybox
    command: ["sh", "-c", "echo kept > /data/once"]
    networks: [back]
    volumes: ["data:/data"]
    profiles: [more]
networks: {front: {}, back: {internal: true}}
volumes: {data: {labels: {kind: test}}}
configs: {site: {file: ./site.conf}}
secrets: {key: {file: ./key}}
"""


def scenario_without_networks():
    compose("up", "-d")
    assert states() == {"shop-one-1": "running", "shop-two-1": "running"}, states()
    assert "one is up" in compose("logs", "one")
    assert compose("exec", "-T", "one", "sh", "-c", "echo $COLOUR").strip() == "blue"
    compose("up", "-d", "--scale", "two=3")
    assert len(states()) == 4, states()
    compose("--profile", "more", "up", "-d")
    assert states()["shop-extra-1"] == "running"
    compose("pause", "one")
    assert states()["shop-one-1"] == "paused"
    compose("unpause", "one")
    compose("restart", "two")
    assert "sleep" in compose("top", "one")
    first = client.containers.get("shop-one-1").id
    compose("up", "-d", "--force-recreate", "--no-deps", "one")
    assert client.containers.get("shop-one-1").id != first
    compose("stop", "one")
    assert states()["shop-one-1"] == "exited"
    compose("start", "one")
    compose("kill", "two")


def scenario_with_networks():
    compose("up", "-d", "--wait")
    assert {name: state for name, state in states().items()} == {
        "shop-web-1": "running", "shop-cache-1": "running", "shop-worker-1": "running"}, states()
    logs = compose("logs", "--no-color", "web")
    assert "the site" in logs and "the key" in logs, logs
    # The engine's own name server.
    if "127.0.0.11" in compose("exec", "-T", "worker", "cat", "/etc/resolv.conf"):
        page = compose("exec", "-T", "worker", "wget", "-q", "-O", "-", "http://web/index.html")
        assert page == "hello from busybox\n", page
        compose("exec", "-T", "worker", "nslookup", "store")
    compose("run", "--rm", "-T", "once")
    assert compose("exec", "-T", "web", "cat", "/data/once") == "kept\n"
    compose("up", "-d", "--scale", "worker=3")
    assert sum(name.startswith("shop-worker") for name in states()) == 3
    if is_built("HEAD", "/containers/nobody/archive?path=/"):
        with open(os.path.join(place, "sent"), "w") as file:
            file.write("sent over\n")
        compose("cp", "sent", "web:/tmp/sent")
        assert compose("exec", "-T", "web", "cat", "/tmp/sent") == "sent over\n"
    follower = subprocess.Popen([tool, "-p", "shop", "logs", "-f", "web"], cwd=place, stdout=subprocess.PIPE, text=True)
    assert "the site" in follower.stdout.readline() + follower.stdout.readline()
    first = client.containers.get("shop-web-1").id
    compose("up", "-d", "--force-recreate", "--no-deps", "web")
    assert client.containers.get("shop-web-1").id != first
    follower.kill()
    follower.wait()


with tempfile.TemporaryDirectory(prefix="berth-compose-") as place:
    for name, text in [("site.conf", "the site\n"), ("key", "the key\n")]:
        with open(os.path.join(place, name), "w") as file:
            file.write(text)
    has_networks = is_built("POST", "/networks/create")
    has_volumes = is_built("POST", "/volumes/create")
    whole = has_networks and has_volumes
    if not whole:
        print("not built: networks" if not has_networks else "not built: volumes")
    with open(os.path.join(place, "compose.yaml"), "w") as file:
        file.write(full if whole else simple)
    try:
        if whole:
            scenario_with_networks()
        else:
            scenario_without_networks()
    finally:
        compose("--profile", "more", "down", "-v", "--timeout", "1")
    assert states() == {}
    assert client.containers.list(all=True, filters={"label": "com.docker.compose.project=shop"}) == []
    if whole:
        assert client.networks.list(filters={"label": "com.docker.compose.project=shop"}) == []
        assert client.volumes.list(filters={"label": "com.docker.compose.project=shop"}) == []
print("done")
