"""Two writers that rewrite one key back and forth are noticed, and the floor ends it."""

from __future__ import annotations

from typing import Any

import pytest

from shelflife import Cache, Event, Miss, Reason
from shelflife.operations.rewrites import MOST, Rewrites
from shelflife.stores.commands import Set


@pytest.fixture
def caches(redis_url: str) -> Any:
    """A release that writes what the other does not read, and the other way round."""
    with (
        Cache(redis_url, prefix="a:", release="new") as new,
        Cache(
            redis_url, prefix="a:", release="old", reads="werkzeug", writes="werkzeug", floor="2.7"
        ) as old,
    ):
        yield new, old


def turn(cache: Cache, key: str) -> None:
    """What a service does: read, and write what is not there."""
    if cache.get(key) is None:
        cache.set(key, {"a": 1})


def test_back_and_forth_is_told_with_the_other_writer(redis_url: str) -> None:
    """From the second rewrite on, by key class and writer."""
    told: list[Event] = []
    with Cache(redis_url, prefix="a:", release="ours", hooks=[told.append]) as ours:
        for _ in range(4):
            ours._store.run(Set(b"a:article:1", b"not ours", None))
            turn(ours, "article:1")

    kinds = [event.kind.value for event in told]
    assert kinds.count("ping-pong") == 3
    event = next(event for event in told if event.kind == "ping-pong")
    assert (event.key_class, event.reason) == ("a:article:*", "foreign")
    assert ours.counters().ping_pong == {("a:article:*", ""): 3}


def test_the_writer_is_the_one_that_the_entry_names(redis_url: str) -> None:
    """So that one knows whom to talk to."""
    with (
        Cache(redis_url, prefix="a:", release="ours", max_bytes=100) as ours,
        Cache(redis_url, prefix="a:", release="theirs") as theirs,
    ):
        for _ in range(3):
            theirs.set("x", "y" * 200)
            assert ours.get("x") is None
            ours.set("x", "short")

    ((key_class, writer),) = ours.counters().ping_pong
    assert key_class == "a:*"
    assert writer.startswith("theirs cpython")


def test_releases_that_read_each_other_do_not(caches: tuple[Cache, Cache]) -> None:
    """`old` reads both forms; `new` alone cannot read what `old` writes."""
    new, old = caches
    for _ in range(5):
        turn(old, "x")
        turn(new, "x")
    assert old.counters().ping_pong == {}
    assert new.counters().ping_pong == {}
    assert new.counters().misses == {"foreign": 1}


def test_batches_are_watched_as_well(redis_url: str) -> None:
    """`set_many` after `get_many`."""
    with (
        Cache(redis_url, prefix="a:", max_bytes=100) as ours,
        Cache(redis_url, prefix="a:") as theirs,
    ):
        for _ in range(3):
            theirs.set_many({"x": "y" * 200, "z": "y" * 200})
            assert ours.get_many(["x", "z"]) == {}
            ours.set_many({"x": 1, "z": 1})

    assert sum(ours.counters().ping_pong.values()) == 4


def test_a_deploy_is_no_ping_pong(redis_url: str) -> None:
    """Each entry of the release before is rewritten once."""
    with Cache(redis_url, prefix="a:", reads="werkzeug", writes="werkzeug", floor="2.7") as old:
        old.set_many({f"k{number}": "value" for number in range(500)})
    with Cache(redis_url, prefix="a:") as new:
        for _ in range(3):
            for number in range(500):
                turn(new, f"k{number}")

        assert new.counters().misses == {"foreign": 500}
        assert new.counters().ping_pong == {}


MISS = Miss(Reason.CORRUPT)


@pytest.fixture
def clock() -> list[float]:
    """Seconds, to be set."""
    return [0.0]


@pytest.fixture
def rewrites(clock: list[float]) -> Rewrites:
    """Watches keys by that clock."""
    return Rewrites(lambda: clock[0])


def test_two_rewrites_within_ten_minutes(rewrites: Rewrites, clock: list[float]) -> None:
    """Not further apart; and a write counts once for each unreadable miss."""
    found = []
    for at in (0.0, 599.0, 1300.0, 1301.0):
        clock[0] = at
        rewrites.missed("k", MISS)
        rewrites.missed("k", MISS)
        found.append(rewrites.rewrote("k"))
        assert rewrites.rewrote("k") is None

    assert found == [None, MISS, None, MISS]


def test_what_is_watched_is_bounded(rewrites: Rewrites) -> None:
    """Those missed last stay; no key is kept."""
    for number in range(MOST + 500):
        rewrites.missed(f"secret{number}", MISS)
        rewrites.missed("hot", MISS)

    assert len(rewrites.watched) == MOST
    assert rewrites.rewrote("hot") is None
    rewrites.missed("hot", MISS)
    assert rewrites.rewrote("hot") is MISS
    assert "secret" not in str(rewrites.watched)


def test_nothing_is_watched_while_everything_is_read(redis_url: str) -> None:
    """Absent keys are no reason to."""
    with Cache(redis_url, prefix="a:") as cache:
        for number in range(50):
            turn(cache, f"k{number}")
            turn(cache, f"k{number}")

        assert not cache._context.rewrites.watched
