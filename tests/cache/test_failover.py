"""A server is killed and another takes over: misses, but no exception and no wrong value."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest

from blocking import Blocking
from shelflife import AsyncCache, Cache, Hit, Reason, ServerError
from shelflife.stores.slots import slot_of
from shelflife.testing import PrivateCluster, PrivateSentinel

KEYS = [f"key{number}" for number in range(60)]
BACK_WITHIN = 5.0
"""Seconds after another server has taken over."""


class Service:
    """Reads and writes in a thread until it is told to stop; each key has one right value."""

    def __init__(self, url: str, *, is_async: bool) -> None:
        self.outcomes: list[tuple[float, int]] = []
        """When a batch came back, and how many of its keys were hits."""
        self.wrong: list[Any] = []
        self.longest = 0.0
        self._stop = threading.Event()
        run = (lambda: asyncio.run(self._run_async(url))) if is_async else lambda: self._run(url)
        self._thread = threading.Thread(target=self._guard, args=(run,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for_hits(self, seconds: float) -> None:
        """Wait until ten batches in a row are hits as a whole."""
        deadline = time.monotonic() + seconds
        while [hits for _, hits in self.outcomes[-10:]] != [len(KEYS)] * 10:
            assert time.monotonic() < deadline, self.outcomes[-3:]
            time.sleep(0.02)

    def _guard(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:
            self.wrong.append(error)

    def _run(self, url: str) -> None:
        with Cache(url, prefix="api:") as cache:
            while not self._stop.is_set():
                begun = time.monotonic()
                self._look(cache.lookup_many(KEYS), begun)
                cache.set_many({key: f"value of {key}" for key in KEYS})
                time.sleep(0.01)

    async def _run_async(self, url: str) -> None:
        async with AsyncCache(url, prefix="api:") as cache:
            while not self._stop.is_set():
                begun = time.monotonic()
                self._look(await cache.lookup_many(KEYS), begun)
                await cache.set_many({key: f"value of {key}" for key in KEYS})
                await asyncio.sleep(0.01)

    def _look(self, found: dict[str, Any], begun: float) -> None:
        self.longest = max(self.longest, time.monotonic() - begun)
        hits = 0
        for key, outcome in found.items():
            if isinstance(outcome, Hit):
                hits += 1
                if outcome.value != f"value of {key}":
                    self.wrong.append((key, outcome))
            elif outcome.reason not in (Reason.UNAVAILABLE, Reason.ABSENT):
                self.wrong.append((key, outcome))
        self.outcomes.append((time.monotonic(), hits))


def serve(url: str) -> list[Service]:
    services = [Service(url, is_async=False), Service(url, is_async=True)]
    for service in services:
        service.wait_for_hits(5.0)
    return services


@pytest.fixture(scope="module")
def failing_cluster(server_program: str) -> Iterator[PrivateCluster]:
    """Three primaries with a replica each, that serve what they can while one is down."""
    options = ("--cluster-require-full-coverage", "no")
    with PrivateCluster(*options, replicas=1, program=server_program) as cluster:
        yield cluster


def test_a_primary_is_killed_and_its_replica_takes_over(server_program: str) -> None:
    """Later all sentinels are gone, and the cache still finds the primary it knows."""
    with PrivateSentinel(program=server_program) as sentinel:
        services = serve(sentinel.url)
        try:
            old = sentinel.failover()
            sentinel.wait_until_taken_over(old)
            for service in services:
                service.wait_for_hits(BACK_WITHIN)
            for one in sentinel.sentinels:
                one.kill()
            for service in services:
                service.wait_for_hits(BACK_WITHIN)
        finally:
            for service in services:
                service.stop()

    assert [service.wrong for service in services] == [[], []]
    assert max(service.longest for service in services) < 2.0


def test_without_sentinels_the_primary_that_is_known_is_connected_to_again(
    server_program: str,
) -> None:
    """Where it can be asked whether it still is one."""
    with PrivateSentinel(program=server_program, sentinels=1) as sentinel:
        cache = Cache(sentinel.url, prefix="api:")
        cache.set("k", 1)
        sentinel.sentinels[0].kill()
        cache.close()
        time.sleep(1.1)  # what was heard is no longer fresh
        assert cache.get("k") == 1
        cache.close()


def test_a_node_is_killed_and_its_replica_takes_over(failing_cluster: PrivateCluster) -> None:
    """Meanwhile the keys of the other nodes are hits."""
    primary = failing_cluster.primaries()[0]
    others = sum(failing_cluster.holder(f"api:{key}".encode()) is not primary for key in KEYS)
    services = serve(failing_cluster.url)
    try:
        killed_at = time.monotonic()
        replica = failing_cluster.failover(primary)
        failing_cluster.wait_until_taken_over(replica)
        for service in services:
            service.wait_for_hits(BACK_WITHIN)
    finally:
        for service in services:
            service.stop()

    assert [service.wrong for service in services] == [[], []]
    for service in services:
        # One batch may have been under way at the kill, of which the answers came or not.
        after = [hits for when, hits in service.outcomes if when > killed_at][1:]
        assert min(after) == others
    primary.start()
    failing_cluster.wait_until_healthy()


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_node_that_does_not_answer_spoils_no_batch(
    failing_cluster: PrivateCluster, *, is_async: bool
) -> None:
    """Its keys are misses, the others hits, within the time that was promised for a call."""
    silent = failing_cluster.primaries()[0]
    its_own = [k for k in KEYS if failing_cluster.holder(f"api:{k}".encode()) is silent]
    seen: list[Any] = []
    service = Service(failing_cluster.url, is_async=is_async)
    service.wait_for_hits(5.0)
    service.stop()

    async def look_async() -> dict[str, Any]:
        async with AsyncCache(failing_cluster.url, prefix="api:", hooks=[seen.append]) as cache:
            await cache.get_many(KEYS)
            silent.pause()
            return await cache.lookup_many(KEYS)

    def look() -> dict[str, Any]:
        with Cache(failing_cluster.url, prefix="api:", hooks=[seen.append]) as cache:
            cache.get_many(KEYS)
            silent.pause()
            return cache.lookup_many(KEYS)

    begun = time.monotonic()
    try:
        found = asyncio.run(look_async()) if is_async else look()
        took = time.monotonic() - begun
    finally:
        silent.resume()
    assert list(found) == KEYS
    missed = [key for key, outcome in found.items() if not isinstance(outcome, Hit)]
    assert missed == its_own
    assert {found[key].reason for key in missed} == {Reason.UNAVAILABLE}
    assert [event.reason for event in seen] == ["timeout"]
    assert took < 1.5
    failing_cluster.wait_until_healthy()


def test_a_failing_node_raises_if_the_cache_was_told_to(failing_cluster: PrivateCluster) -> None:
    silent = failing_cluster.primaries()[0]
    with Cache(failing_cluster.url, prefix="raises:", on_server_error="raise") as cache:
        cache.set_many(dict.fromkeys(KEYS, 1))
        silent.pause()
        try:
            with pytest.raises(ServerError, match="timeout"):
                cache.get_many(KEYS)
        finally:
            silent.resume()
    failing_cluster.wait_until_healthy()


@pytest.mark.parametrize("rounds", [40, pytest.param(700, marks=pytest.mark.slow)])
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_clear_leaves_nothing_behind_while_slots_move(
    failing_cluster: PrivateCluster, *, rounds: int, is_async: bool
) -> None:
    """What was stored before is gone whenever it says so, and nothing beside the prefix."""
    cluster = failing_cluster
    stop = threading.Event()
    slots = [slot_of(f"clear:{key}".encode()) for key in KEYS]
    chosen = random.Random(3)

    def move() -> None:
        while not stop.is_set():
            slot = chosen.choice(slots)
            source = cluster.holder_of_slot(slot)
            target = chosen.choice([one for one in cluster.primaries() if one is not source])
            cluster.move(slot, source, target)

    mover = threading.Thread(target=move)
    cache: Any = (
        Blocking(AsyncCache(cluster.url, prefix="clear:"))
        if is_async
        else Cache(cluster.url, prefix="clear:")
    )
    other = Cache(cluster.url, prefix="beside:")
    other.set("k", 1)
    mover.start()
    try:
        for _ in range(rounds):
            assert all(cache.set_many(dict.fromkeys(KEYS, 1)).values())
            assert cache.clear() is True
            assert cache.get_many(KEYS) == {}
    finally:
        stop.set()
        mover.join()
        cache.close()
    assert other.get("k") == 1
    other.close()


@pytest.mark.slow
def test_failovers_in_a_row(server_program: str) -> None:
    """Each old primary comes back as a replica; no restart of the service in between."""
    options = ("--cluster-require-full-coverage", "no")
    several = PrivateCluster(*options, replicas=1, program=server_program)
    with PrivateSentinel(program=server_program) as sentinel, several as cluster:
        services = serve(sentinel.url) + serve(cluster.url)
        try:
            for number in range(3):
                old = sentinel.failover()
                primary = cluster.primaries()[number % 3]
                replica = cluster.failover(primary)
                sentinel.wait_until_taken_over(old)
                cluster.wait_until_taken_over(replica)
                for service in services:
                    service.wait_for_hits(BACK_WITHIN)
                old.start()
                primary.start()
                cluster.wait_until_healthy()
                sentinel.wait_until_ready()
                for service in services:
                    service.wait_for_hits(BACK_WITHIN)
        finally:
            for service in services:
                service.stop()
    assert [service.wrong for service in services] == [[], [], [], []]
    assert max(service.longest for service in services) < 2.0
