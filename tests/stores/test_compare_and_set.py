"""Many entries changed, each only if nobody else has written: on a real server, with rivals."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import redis

from shelflife.errors import ServerError
from shelflife.stores.changer import Changer
from shelflife.stores.changes import Change, Outcome
from shelflife.stores.commands import WRONG_TYPE

DONE, CHANGED, GONE = Outcome.DONE, Outcome.CHANGED, Outcome.GONE

# Which rights are taken away, so that each of the ways to the same end is gone.
WAYS = {
    "all": [],
    "no-mget": ["-mget"],
    "no-watch": ["-watch"],
    "no-multi": ["-multi"],
    "no-eval": ["-eval", "-evalsha"],
    "no-evalsha": ["-watch", "-evalsha"],
}


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the real, empty server."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture(params=WAYS)
def changer(
    request: pytest.FixtureRequest, client: redis.Redis, redis_url: str
) -> Iterator[Changer]:
    """A changer whose user has some rights only."""
    denied = WAYS[request.param]
    client.acl_setuser(
        "some", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", *denied]
    )
    with Changer(redis_url.replace("redis://", "redis://some:pw@")) as changer:
        yield changer
    client.acl_deluser("some")


def test_each_entry_meets_its_own_fate(changer: Changer, client: redis.Redis) -> None:
    """What is as it was is replaced or removed; what is not is left alone, and said to be."""
    client.mset({"a": "1", "b": "1", "c": "1", "same": "1"})
    client.lpush("list", "1")

    answers = changer.apply(
        [
            Change(b"a", b"1", b"2"),
            Change(b"b", b"0", b"2"),
            Change(b"c", b"1", None),
            Change(b"none", b"1", b"2"),
            Change(b"none2", b"1", None),
            Change(b"list", b"1", b"2"),
            Change(b"new", None, b"made"),
            Change(b"same", None, b"made"),
        ]
    )

    assert answers == [DONE, CHANGED, DONE, GONE, GONE, CHANGED, DONE, CHANGED]
    assert changer.look([b"a", b"b", b"c", b"new", b"same", b"list"]) == [
        *(b"2", b"1", None, b"made", b"1"),
        WRONG_TYPE,
    ]


def test_an_expiry_stays_as_it_is(changer: Changer, client: redis.Redis) -> None:
    """A replaced entry expires when the old one would have, and never if that never did."""
    client.set("a", "1", px=60_000)
    client.set("b", "1")
    at = int(time.time() * 1000) + 30_000

    changer.apply([Change(b"a", b"1", b"2"), Change(b"b", b"1", b"2")])
    changer.apply([Change(b"c", None, b"2", at), Change(b"d", None, b"2")])

    assert 59_000 < client.pttl("a") <= 60_000
    assert 29_000 < client.pttl("c") <= 30_000
    assert client.pttl("b") == client.pttl("d") == -1


def test_what_expires_between_is_never_made_again(changer: Changer, client: redis.Redis) -> None:
    """Entries that expire while they are changed stay gone."""
    keys = [b"k%d" % n for n in range(300)]
    for n, key in enumerate(keys):
        client.set(key, "1", px=1 + n % 20)
    changes = [Change(key, b"1", b"2") for key in keys]

    answers = changer.apply(changes)
    time.sleep(0.1)

    assert set(answers) <= {DONE, GONE}
    assert client.exists(*keys) == 0


@pytest.mark.parametrize("make", [lambda n: b"new%d" % n, lambda _: None], ids=["set", "unlink"])
def test_a_rival_always_wins(
    changer: Changer, client: redis.Redis, redis_url: str, make: Callable[[int], Any]
) -> None:
    """While others write to the same keys, no write of theirs is lost, and each answer is true."""
    keys = [b"k%d" % n for n in range(50)]
    stop = threading.Event()
    written: dict[bytes, bytes] = {}

    def write() -> None:
        with redis.Redis.from_url(redis_url) as rival:
            number = 0
            while not stop.is_set():
                key = keys[number % len(keys)]
                written[key] = b"rival%d" % number
                rival.set(key, written[key])
                number += 7

    rival = threading.Thread(target=write)
    rival.start()
    try:
        outcomes = set()
        for _ in range(60):
            held: Any = client.mget(keys)
            client.set("always", "newer")
            changes = [Change(k, old, make(n)) for n, (k, old) in enumerate(zip(keys, held)) if old]
            *answers, always = changer.apply([*changes, Change(b"always", b"old", make(0))])
            outcomes.update(answers)
            assert always is CHANGED
    finally:
        stop.set()
        rival.join()

    assert outcomes <= {DONE, CHANGED, GONE}
    assert client.get("always") == b"newer"
    for key in keys:  # what a rival wrote last is there, unless it was replaced after that
        last: Any = client.get(key)
        assert last is None or not last.startswith(b"rival") or last == written[key]


def test_a_full_server_and_a_replica_are_said_to_be(client: redis.Redis, redis_url: str) -> None:
    """A server that refuses is an answer for each entry, and nothing has changed."""
    client.set("a", "1")
    with Changer(redis_url) as changer:
        client.config_set("maxmemory", 1)
        try:
            (full,) = changer.apply([Change(b"a", b"1", b"2" * 10_000)])
        finally:
            client.config_set("maxmemory", 0)
        client.replicaof("127.0.0.1", "1")
        try:
            (read_only,) = changer.apply([Change(b"a", b"1", b"2")])
        finally:
            client.replicaof("NO", "ONE")

    assert isinstance(full, ServerError)
    assert full.kind == "out-of-memory"
    assert isinstance(read_only, ServerError)
    assert read_only.kind == "read-only"
    assert client.get("a") == b"1"


def test_without_scripts_and_transactions_it_is_denied(client: redis.Redis, redis_url: str) -> None:
    """A user who may do neither is told which rights it takes; nothing is written unprotected."""
    client.set("a", "1")
    client.acl_setuser(
        "some",
        enabled=True,
        passwords=["+pw"],
        keys=["*"],
        commands=["+@all", "-multi", "-eval", "-evalsha"],
    )
    with Changer(redis_url.replace("redis://", "redis://some:pw@")) as changer:
        (denied,) = changer.apply([Change(b"a", b"1", b"2")])

    assert isinstance(denied, ServerError)
    assert denied.kind == "denied"
    assert "it takes WATCH" in str(denied)
    assert client.get("a") == b"1"
    client.acl_deluser("some")
