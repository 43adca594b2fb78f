"""Several servers in LOCATION: the first is written to, the others are read from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis

from shelflife.testing import PrivateCluster, PrivateServer


@pytest.fixture
def replica(server_program: str) -> Iterator[PrivateServer]:
    """A server that copies nothing by itself, so that it shows who was asked."""
    with PrivateServer(program=server_program) as running:
        yield running


@pytest.fixture(params=["a list", "commas", "semicolons"])
def cache(
    request: pytest.FixtureRequest, configure: Any, server: PrivateServer, replica: PrivateServer
) -> Any:
    separator = {"commas": ",", "semicolons": "; "}.get(request.param)
    urls = [server.url, replica.url]
    return configure(LOCATION=urls if separator is None else separator.join(urls))


def copy(server: PrivateServer, replica: PrivateServer) -> None:
    """Do what replication does."""
    with redis.Redis.from_url(server.url) as first, redis.Redis.from_url(replica.url) as second:
        second.flushall()
        for name in first.scan_iter():
            second.restore(name, max(first.pttl(name), 0), first.dump(name))


def test_entries_are_read_from_replicas(
    cache: Any, server: PrivateServer, replica: PrivateServer
) -> None:
    """Blocking and async; and everything else is asked of the first."""
    cache.set_many({"k": "old", "n": 1})
    assert cache.get("k") is None
    copy(server, replica)
    cache.set("k", "new")

    assert cache.get("k") == "old"
    assert cache.get_many(["k"]) == {"k": "old"}
    assert asyncio.run(cache.aget("k")) == "old"
    assert cache.incr("n") == 2
    assert cache.keys("*") == ["n", "k"] or sorted(cache.keys("*")) == ["k", "n"]
    assert cache.address == server.url


def test_a_replica_that_fails_is_not_missed(
    cache: Any, server: PrivateServer, replica: PrivateServer
) -> None:
    """The first server answers in its place."""
    cache.set("k", 1)
    replica.stop()

    assert cache.get("k") == 1
    assert asyncio.run(cache.aget("k")) == 1
    assert cache.counters().server_errors == {}


def test_what_was_computed_meanwhile_is_not_computed_again(cache: Any) -> None:
    """Though the replica does not have it yet."""
    cache.set("k", "stored a moment ago")

    assert cache.get_or_set("k", lambda: "computed again") == "stored a moment ago"


def test_a_cluster_is_one_url(configure: Any, cluster: PrivateCluster) -> None:
    """Whose commas part nodes, not servers; every method works across its nodes."""
    cache = configure(LOCATION=cluster.url)
    values = {f"k:{number}": number for number in range(300)}
    cache.set_many(values)

    assert cache.get_many(values) == asyncio.run(cache.aget_many(values)) == values
    assert sorted(cache.keys("k:*")) == sorted(values)
    assert cache.incr("k:1") == 2
    with cache.lock("l", timeout=5) as lock:
        assert lock.extend(5)
    assert cache.delete_pattern("k:1*") == 111
    assert cache.clear() is True
    assert cache.keys() == []
