"""BridgeCache on a real server, and shelflife beside it."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis

from bridge.conftest import FILE, load_file
from conftest import missing, python
from shelflife import Cache, Hit
from shelflife.cli.demo import environments
from shelflife.cli.demo.interpreters import NotHere
from shelflife.runtimes.interpreters import Interpreter

EXERCISE = Path(__file__).with_name("exercise.py")
DRIVERS = [
    ("2.7", "redis==2.10.6", "StrictRedis"),
    ("2.7", "redis==2.10.6", "Redis"),
    ("2.7", "redis==3.5.3", "Redis"),
    ("3.6", "redis==2.10.6", "StrictRedis"),
    ("3.6", "redis==3.5.3", "Redis"),
    ("3.7", "redis==4.6.0", "Redis"),
    ("3.8", "redis==5.0.8", "Redis"),
    ("3.13", "redis==7.1.0", "Redis"),
]


@pytest.fixture(scope="session")
def exercise() -> Any:
    return load_file(EXERCISE, "bridge_exercise")


@pytest.fixture
def nobody() -> int:
    """A port where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
    return port


def test_every_method(bridge: Any, exercise: Any, redis_url: str) -> None:
    """As on every other Python and driver, on this one."""
    with redis.Redis.from_url(redis_url) as client:
        exercise.exercise(bridge, client)


def test_without_a_server(bridge: Any, exercise: Any, nobody: int) -> None:
    """Misses and False, and events; no exception."""
    with bridge._connect(host="127.0.0.1", port=nobody) as client:
        exercise.check_no_server(bridge, client)


def test_a_full_server(bridge: Any, redis_url: str) -> None:
    """A set that the server refuses leaves no older value."""
    with redis.Redis.from_url(redis_url) as client:
        cache = bridge.BridgeCache(client, prefix="f:")
        assert cache.set("a", "old") is True
        try:
            client.config_set("maxmemory", 1)
            assert cache.set("a", "new") is False
        finally:
            client.config_set("maxmemory", 0)

        assert cache.lookup("a").reason == "absent"


def test_whoever_listens_breaks_nothing(bridge: Any, redis_url: str) -> None:
    """An `on_event` that raises."""

    def listen(event: Any) -> None:
        raise RuntimeError(event)

    with redis.Redis.from_url(redis_url) as client:
        client.set("a", b"!broken")

        assert bridge.BridgeCache(client, on_event=listen).get("a") is None


@pytest.mark.parametrize("writes", ["werkzeug", "shelflife"])
def test_shelflife_and_the_bridge_share_a_cache(bridge: Any, redis_url: str, writes: str) -> None:
    """Each reads, counts and removes what the other wrote."""
    client = redis.Redis.from_url(redis_url)
    floor = "2.7" if writes == "werkzeug" else None
    with (
        client,
        Cache(redis_url, prefix="s:", reads="werkzeug", writes=writes, floor=floor) as ours,
    ):
        theirs = bridge.BridgeCache(client, prefix="s:", writes=writes, release="old")
        value = {"title": "Größe", "rows": [(1, b"\xff"), None]}
        assert ours.set("a", value)
        assert theirs.set("b", value)

        assert theirs.get("a") == value
        found = ours.lookup("b")
        assert isinstance(found, Hit)
        assert found.value == value
        assert (found.writer or "").startswith("old ") is (writes == "shelflife")
        assert [ours.incr("n"), theirs.incr("n"), ours.incr("n")] == [1, 2, 3]
        assert theirs.delete("a")
        assert ours.delete("b")
        assert ours.get_many(["a", "b"]) == theirs.get_many(["a", "b"]) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("version", "driver", "class_name"), DRIVERS)
def test_every_method_on_every_driver(
    version: str,
    driver: str,
    class_name: str,
    redis_url: str,
    nobody: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """From redis-py 2.10 on, both of its classes."""
    path = python(version)
    kept = tmp_path_factory.getbasetemp() / "bridge-environments"
    try:
        folder = environments.make(Interpreter(Path(path), version), (driver,), kept)
    except NotHere as error:
        missing("network", str(error))
        raise
    done = subprocess.run(
        [path, "-B", "-s", str(EXERCISE), redis_url, str(nobody), class_name],
        env=environments.environment([folder, FILE.parent]),
        cwd=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
