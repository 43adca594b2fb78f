"""Fixtures: real servers. What `SHELFLIFE_REQUIRE` promises may not be missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelflife.testing import (
    NoServer,
    PrivateCluster,
    PrivateSentinel,
    PrivateServer,
    find_server,
)
from shelflife.testing.asking import ask

pytest_plugins = ["pytester"]


def missing(what: str, reason: str) -> None:
    """Skip, or fail if `SHELFLIFE_REQUIRE` (comma-separated) promises `what`."""
    if what in os.environ.get("SHELFLIFE_REQUIRE", "").split(","):
        pytest.fail(f"SHELFLIFE_REQUIRE promises {what}, but {reason}")
    pytest.skip(reason)


def python(version: str) -> str:
    """Give the path of an interpreter such as "2.7", from PATH or pyenv; else skip (or fail)."""
    found = shutil.which(f"python{version}")
    if found and "shims" not in found:
        return found
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    matches = sorted(root.glob(f"{version}.*/bin/python{version}"))
    if not matches:
        missing(f"python{version}", f"there is no Python {version} on PATH or in pyenv")
    return str(matches[-1])


@pytest.fixture(scope="session")
def server_program() -> str:
    """The path of a real server program."""
    try:
        return find_server()
    except NoServer as error:
        missing("redis", str(error))
        raise


@pytest.fixture(scope="session")
def shared_server(server_program: str) -> Iterator[PrivateServer]:
    """One real server for the whole session; use `server` or `redis_url`, which empty it."""
    with PrivateServer(program=server_program) as running:
        yield running


@pytest.fixture
def server(shared_server: PrivateServer) -> PrivateServer:
    """A real, empty server."""
    import redis  # noqa: PLC0415 - only these tests need the driver

    with redis.Redis.from_url(shared_server.url) as client:
        client.flushall()
    return shared_server


@pytest.fixture(scope="session")
def shared_cluster(server_program: str) -> Iterator[PrivateCluster]:
    """One real cluster of three nodes for the whole session; use `cluster`, which empties it."""
    with PrivateCluster(program=server_program) as running:
        yield running


@pytest.fixture
def cluster(shared_cluster: PrivateCluster) -> PrivateCluster:
    """A real, empty cluster; a test that moves a slot moves it back."""
    for server in shared_cluster.servers:
        ask(server, "FLUSHALL")
    return shared_cluster


@pytest.fixture(scope="session")
def shared_sentinel(server_program: str) -> Iterator[PrivateSentinel]:
    """One real service with sentinels for the whole session; use `sentinel`, which empties it."""
    with PrivateSentinel(program=server_program) as running:
        yield running


@pytest.fixture
def sentinel(shared_sentinel: PrivateSentinel) -> PrivateSentinel:
    """A real, empty service with sentinels, for tests that leave the primary in its place."""
    ask(shared_sentinel.primary(), "FLUSHALL")
    return shared_sentinel


@pytest.fixture
def redis_url(server: PrivateServer) -> str:
    """The URL of a real, empty server."""
    return server.url
