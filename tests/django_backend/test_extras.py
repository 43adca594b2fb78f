"""What django-redis has besides: patterns, expiries, locks; its own suite is run elsewhere."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis

from shelflife import ServerError
from shelflife.django.locking import LockError
from shelflife.testing import PrivateServer

LOCATIONS = ["a server", "memory://"]


@pytest.fixture(params=LOCATIONS)
def anywhere(request: pytest.FixtureRequest, configure: Any, redis_url: str) -> Any:
    """A cache on a server, and one in this process."""
    location = redis_url if request.param == "a server" else request.param
    return configure(LOCATION=location, KEY_PREFIX="p[*]")


def test_keys_by_pattern(anywhere: Any) -> None:
    """With the prefix taken literally, in one version or all of them."""
    anywhere.set_many({"a:1": 1, "a:2": 2, "b:1": 3, "a?": 4})
    anywhere.set("a:1", 5, version=2)

    assert sorted(anywhere.keys()) == ["a:1", "a:2", "a?", "b:1"]
    assert sorted(anywhere.keys("a:*")) == ["a:1", "a:2"]
    assert anywhere.keys("a\\?") == ["a?"]
    assert sorted(anywhere.iter_keys("[^b]:1")) == ["a:1"]
    assert anywhere.keys("a:*", version=2) == ["a:1"]
    assert anywhere.delete_pattern("a:*") == 2
    assert anywhere.keys("*:*") == ["b:1"]
    assert anywhere.delete_pattern("b*", prefix="other") == 0
    assert anywhere.get("a:1", version=2) == 5


def test_many_keys(anywhere: Any) -> None:
    """More than one answer of the server holds."""
    anywhere.set_many({f"k:{number}": number for number in range(3000)})

    assert len(anywhere.keys("k:*")) == 3000
    assert anywhere.delete_pattern("k:*") == 3000
    assert anywhere.keys() == []


def test_only_what_is_there(anywhere: Any) -> None:
    """`xx` writes over an entry, `nx` where none is."""
    assert anywhere.set("k", 1, xx=True) is False
    assert anywhere.set("k", 1, nx=True) is True
    assert anywhere.set("k", 2, nx=True) is False
    assert anywhere.set("k", 3, xx=True) is True
    assert anywhere.get("k") == 3


def test_numbers_of_any_size(anywhere: Any) -> None:
    """Are counted: by the server where it can, else here, and their expiry stays."""
    anywhere.set("k", 2**63 - 1, timeout=100)
    assert anywhere.incr("k") == 2**63
    assert anywhere.decr("k", 2**64) == -(2**63)
    assert anywhere.incr("k", 0.5) == -(2**63) + 0.5
    assert 90 < anywhere.ttl("k") <= 100
    assert anywhere.incr("new", 7, ignore_key_check=True) == 7
    assert anywhere.incr("new", 0.5) == 7.5


def test_other_types_are_refused(anywhere: Any) -> None:
    """With what to do instead; and `hasattr` tells."""
    with pytest.raises(AttributeError, match=r"sadd.*get_redis_connection"):
        anywhere.sadd("k", 1)

    assert not hasattr(anywhere, "hset")


def test_a_lock_has_one_holder(anywhere: Any) -> None:
    """Who lets go of it, or does not any more."""
    first, second = (anywhere.lock("l", timeout=10, sleep=0.01) for _ in range(2))
    with first:
        assert first.owned()
        assert second.locked()
        assert not second.owned()
        assert second.acquire(blocking=False) is False
        assert second.acquire(blocking_timeout=0.03) is False
        with pytest.raises(LockError):
            second.release()
        assert 5_000 < anywhere.pttl("l") <= 10_000
        first.extend(20)
        assert 25_000 < anywhere.pttl("l") <= 30_000
        first.extend(5, replace_ttl=True)
        assert anywhere.pttl("l") <= 5_000
        first.reacquire()
        assert 5_000 < anywhere.pttl("l") <= 10_000

    assert not second.locked()
    assert second.acquire() is True
    second.release()
    with pytest.raises(LockError, match="not held"):
        second.release()


def test_a_lock_that_is_held_is_there(anywhere: Any) -> None:
    """As in django-redis: `has_key` tells, though it is no entry, and counts nothing."""
    lock = anywhere.lock("l")
    before = anywhere.counters()
    with lock:
        assert anywhere.has_key("l") is True
        assert "l" in anywhere

    assert anywhere.counters().misses == before.misses
    assert anywhere.has_key("l") is False


def test_a_lock_that_expired_is_not_released(anywhere: Any) -> None:
    """It may be somebody else's."""
    lock, other = anywhere.lock("l", timeout=0.02), anywhere.lock("l")
    lock.acquire()
    time.sleep(0.03)
    assert other.acquire() is True

    with pytest.raises(LockError, match="expired"):
        lock.release()
    with pytest.raises(LockError):
        lock.reacquire()
    assert other.owned()


def test_threads_wait_for_a_lock(cache: Any) -> None:
    """And each has it alone."""
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with cache.lock("l", timeout=10, sleep=0.002):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.005)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 8


def test_a_lock_of_django_redis_is_one_too(cache: Any, server: PrivateServer) -> None:
    """A release with either waits for the other."""
    with redis.Redis.from_url(server.url) as client:
        theirs = client.lock(cache.make_key("l"), timeout=10)
        assert theirs.acquire(blocking=False)
        assert cache.lock("l").acquire(blocking=False) is False
        theirs.release()
        with cache.lock("l"):
            assert theirs.acquire(blocking=False) is False


def test_a_lock_needs_the_server(configure: Any) -> None:
    """Unlike an entry: nobody else could promise that there is one holder."""
    cache = configure(LOCATION="redis://127.0.0.1:1/0")

    with pytest.raises(ServerError):
        cache.lock("l").acquire()
