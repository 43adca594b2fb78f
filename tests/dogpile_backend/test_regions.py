"""Regions on the backend: dogpile's own expiry, invalidation and creation, on our entries."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from dogpile_backend.conftest import MakeRegion, misses
from shelflife import Cache, NotPortable, ServerError
from shelflife.testing import PrivateServer

pytest.importorskip("dogpile.cache", reason="dogpile.cache is not installed")

from dogpile.cache.api import NO_VALUE, CachedValue


@pytest.mark.parametrize("value", [None, 0, "", (1, 2), {"a": {1, 2}}, b"raw", [], 10**30])
def test_what_is_set_is_what_is_got(make: MakeRegion, value: Any) -> None:
    """None included: it is a value, and computed once."""
    region = make()

    region.set("k", value)
    region.set_multi({"a": value})
    assert region.get("k") == value
    assert type(region.get("k")) is type(value)
    assert region.get_multi(["a", "none"]) == [value, NO_VALUE]
    assert region.get_or_create("k", lambda: "computed") == value


def test_the_form_of_an_entry_stays(make: MakeRegion, server: PrivateServer) -> None:
    """Released data is read for ever, and written: a change needs another number."""
    metadata = {"ct": 1_800_000_000.5, "v": 2}
    region = make(prefix="p:")
    with Cache(server.url, prefix="p:") as cache:
        cache.set("k", ["cached-value", 1, metadata, {"a": (1, None)}])
        assert region.backend.get("k") == CachedValue({"a": (1, None)}, metadata)
        region.backend.set("k", CachedValue("b", {**metadata, "more": 1}))
        assert cache.get("k") == ["cached-value", 1, {**metadata, "more": 1}, "b"]


def test_numbers_and_bytes_are_keys_as_well(make: MakeRegion, original: MakeRegion) -> None:
    """As the original has them."""
    at_floor = {"reads": "dogpile", "writes": "dogpile", "floor": "3.8"}
    new, old = make(**at_floor), original()
    new.set(5, "five")
    new.set_multi({b"b": 1, 2.5: 2})

    assert old.get(5) == new.get("5") == "five"
    assert old.get_multi([b"b", 2.5]) == new.get_multi([b"b", 2.5]) == [1, 2]
    new.delete_multi([5, b"b"])
    new.delete(2.5)
    assert old.get_multi(["5", "b", "2.5"]) == [NO_VALUE] * 3


def test_the_time_of_creation_decides(make: MakeRegion) -> None:
    """As dogpile has it: whoever asks says how old is too old."""
    region = make()
    region.set("k", 1)
    created = region._get_from_backend("k").metadata["ct"]
    time.sleep(0.05)

    assert 0 < time.time() - created < 5
    assert region.get("k", expiration_time=0.02) is NO_VALUE
    assert region.get("k", ignore_expiration=True) == 1
    assert region.get_or_create("k", lambda: 2, expiration_time=0.02) == 2
    assert region.get("k") == 2


@pytest.mark.parametrize("hard", [True, False])
def test_an_invalidated_region_computes_anew(make: MakeRegion, *, hard: bool) -> None:
    """Hard and soft."""
    region = make()
    region.set("k", 1)
    time.sleep(0.002)

    region.invalidate(hard=hard)
    assert region.get_or_create("k", lambda: 2) == 2
    assert region.get("k") == 2


def test_a_runner_creates_in_the_background(make: MakeRegion) -> None:
    """While the old value is given; the lock is released in another thread."""
    started: list[threading.Thread] = []

    def runner(_: Any, key: str, creator: Any, mutex: Any) -> None:
        def work() -> None:
            try:
                region.set(key, creator())
            finally:
                mutex.release()

        started.append(threading.Thread(target=work))
        started[0].start()

    region = make(0.02, region={"async_creation_runner": runner}, distributed_lock=True)
    region.set("k", 1)
    time.sleep(0.03)
    first = region.get_or_create("k", lambda: 2)
    started[0].join()

    assert first == 1
    assert region.get("k", ignore_expiration=True) == 2
    assert not region.backend.get_mutex("k").locked()


def test_entries_stay_unless_told_otherwise(make: MakeRegion, server: PrivateServer) -> None:
    """As with dogpile's Redis backend."""
    make(prefix="p:").set("ever", 1)
    make(prefix="p:", redis_expiration_time=50).set("a", 1)
    make(prefix="p:", ttl=70.5).set("b", 1)

    with redis.Redis.from_url(server.url) as raw:
        left = [int(raw.pttl(f"p:{key}")) for key in ("ever", "a", "b")]
    assert left[0] == -1
    assert 49_000 < left[1] <= 50_000
    assert 69_500 < left[2] <= 70_500


def test_a_value_that_cannot_be_stored_raises_and_leaves_no_old_one(make: MakeRegion) -> None:
    """With the path within the value; the rest of a batch is stored."""
    region = make()
    region.set("k", 1)

    with pytest.raises(NotPortable, match=r"^value\['x'\]: "):
        region.set("k", {"x": object()})
    assert region.get("k") is NO_VALUE
    with pytest.raises(NotPortable):
        region.set_multi({"a": object(), "b": 2})
    assert region.get("b") == 2


def test_a_server_that_is_gone_is_a_miss(make: MakeRegion, server_program: str) -> None:
    """And a lock nobody has: values are computed, nothing waits, nothing raises."""
    with PrivateServer(program=server_program) as server:
        region = make(url=server.url, distributed_lock=True, connect_timeout=0.2)
        strict = make(url=server.url, on_server_error="raise")
        region.set("k", 1)
    began = time.monotonic()

    assert region.get_or_create("k", lambda: 2) == 2
    region.set_multi({"a": 1})
    region.delete("k")
    region.delete_multi(["a", "b"])
    assert region.get_multi(["a", "b"]) == [NO_VALUE, NO_VALUE]
    assert time.monotonic() - began < 3
    assert region.actual_backend.cache.counters().lost_invalidations == 3
    with pytest.raises(ServerError):
        strict.get("k")


def test_two_regions_wait_for_each_other(make: MakeRegion, original: MakeRegion) -> None:
    """With the distributed lock, one of dogpile's own Redis backend included."""
    regions = [make(distributed_lock=True, lock_sleep=0.01) for _ in range(2)]
    theirs = original(distributed_lock=True, thread_local_lock=False).backend.get_mutex("k")
    computed: list[int] = []

    def create() -> int:
        computed.append(1)
        time.sleep(0.05)
        return 5

    assert theirs.acquire()
    assert regions[0].backend.get_mutex("k").locked()
    assert not regions[0].backend.get_mutex("k").acquire(False)
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(regions[n % 2].get_or_create, "k", create) for n in range(8)]
        time.sleep(0.1)
        assert computed == []
        theirs.release()
        assert [future.result() for future in waiting] == [5] * 8
    assert computed == [1]


def test_a_lock_is_released_by_its_owner_alone(make: MakeRegion) -> None:
    """It expires, and is another's then."""
    backend = make(distributed_lock=True, lock_timeout=0.05).backend
    first, second = backend.get_mutex("k"), backend.get_mutex("k")

    assert first.acquire()
    time.sleep(0.06)
    assert second.acquire(False)
    first.release()
    assert second.locked()
    second.release()
    assert not first.locked()
    assert backend.has_lock_timeout()


def test_waiting_for_a_lock_ends(make: MakeRegion) -> None:
    """After `lock_blocking_timeout`, or at once where it may not block."""
    terms = {"distributed_lock": True, "lock_sleep": 0.01}
    holder = make(**terms).backend.get_mutex("k")
    holder.acquire()

    assert not make(lock_blocking_timeout=0.05, **terms).backend.get_mutex("k").acquire()
    assert not make(lock_blocking=False, **terms).backend.get_mutex("k").acquire()
    holder.release()


def test_two_hundred_at_once_compute_once(make: MakeRegion, server: PrivateServer) -> None:
    """On a key with an unreadable entry; none of them fails."""
    region = make(max_connections=200, connect_timeout=30, read_timeout=30)
    with redis.Redis.from_url(server.url) as raw:
        raw.set("k", b"\xc1\xc1 poison")
    computed: list[int] = []

    def create() -> str:
        computed.append(1)
        time.sleep(0.05)
        return "value"

    with ThreadPoolExecutor(200) as pool:
        found = list(pool.map(lambda _: region.get_or_create("k", create), range(200)))

    assert found == ["value"] * 200
    assert computed == [1]
    assert set(misses(region)) <= {"corrupt", "absent"}
