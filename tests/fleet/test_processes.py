"""Real processes: killed, stopped, with a wrong clock; a server that is lost, full or denied."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from fleet.conftest import HIGH, KEY, LOW, Ran, until
from fleet.started import FOLLOWS, Started, commit, ended, forms, members
from shelflife import Cache
from shelflife.testing import PrivateServer

BEAT = 0.5


def writes(client: Any) -> set[str]:
    """What is written from now on: all that was there is removed first."""
    keys = client.keys("a:k:*")
    if keys:
        client.unlink(*keys)
    time.sleep(0.15)
    return forms(client)


def test_a_change_reaches_every_process_within_a_second(
    server: PrivateServer, client: Any, floor: Callable[..., Ran]
) -> None:
    """Up and down, and nobody sees an exception or a wrong value."""
    started = [Started(server, "new", seed=seed) for seed in range(3)]
    with ended(*started):
        until(lambda: len(members(client)) == 3)
        assert writes(client) == {"werkzeug"}
        for wanted, word in ((HIGH, "raise"), (LOW, "lower"), (HIGH, "raise")):
            ran = floor(word, wanted, "--execute")
            assert ran.code == 0, ran.said
            assert ran.document["followed"].startswith("3 of 3")
            time.sleep(0.6)
            assert writes(client) == {"shelflife" if wanted == HIGH else "werkzeug"}
        counted = [one.end() for one in started]

    assert not members(client)
    for found in counted:
        assert set(found) == {"hit", "miss", "unreadable", "ping-pong"}, found
        assert found["unreadable"] == 0


@pytest.mark.parametrize(
    "skew", [3600.0, *(pytest.param(skew, marks=pytest.mark.slow) for skew in (-86400.0, 0.0))]
)
def test_a_killed_process_counts_until_it_is_dead(
    server: PrivateServer, client: Any, floor: Callable[..., Ran], skew: float
) -> None:
    """Whatever its own clock says."""
    commit(client)
    new = Started(server, "new", beat=BEAT)
    old = Started(server, "old", beat=BEAT, clock=skew, reach=["werkzeug"])
    with ended(new, old):
        until(lambda: len(members(client)) == 2)
        time.sleep(1.0)
        assert writes(client) == {"werkzeug"}
        old.kill()
        took = until(lambda: writes(client) == {"shelflife"}, 10)

        assert took > 2 * BEAT
        assert len(members(client)) == 2  # it is removed after an hour
        assert not [name for name in new.end() if "raised" in name or name == "wrong"]


def test_a_stopped_process_writes_nothing_that_was_decided_against(
    server: PrivateServer, client: Any, floor: Callable[..., Ran]
) -> None:
    """Its first writes after it goes on are for the minimum."""
    one, two = Started(server, "new", seed=1), Started(server, "new", seed=2)
    with ended(one, two):
        until(lambda: len(members(client)) == 2)
        assert floor("raise", HIGH, "--execute").code == 0
        time.sleep(0.5)
        one.stop()
        assert floor("lower", LOW, "--execute").code == 0
        client.unlink(*client.keys("a:k:*"))
        one.go_on()
        time.sleep(0.4)

        assert forms(client) == {"werkzeug"}
        assert one.end()["hit"]


def test_a_server_that_comes_back_empty(server_program: str) -> None:
    """Everybody writes the minimum, and is there again within a second."""
    with PrivateServer(program=server_program) as server:
        client: Any = redis.Redis.from_url(server.url)
        new = Started(server, "new")
        with ended(new), client:
            until(lambda: members(client))
            commit(client)
            until(lambda: writes(client) == {"shelflife"})
            server.kill()
            time.sleep(0.3)
            server.start()
            until(lambda: members(client), 3.0)
            time.sleep(0.5)

            assert writes(client) == {"werkzeug"}
            assert not [name for name in new.end() if "raised" in name or name == "wrong"]


@pytest.mark.parametrize(
    "damage",
    ["DEL", "rubbish", "string", "list", "corrupt-floor", "corrupt-pin", "huge", "flush"],
)
def test_a_damaged_registry_never_raises_the_floor(
    client: Any, join: Callable[..., Cache], damage: str
) -> None:
    """It is the minimum from then on, and callers notice nothing."""
    cache = join()
    commit(client)
    until(lambda: cache.floor.writes == "shelflife")
    if damage == "flush":
        client.flushall()
    elif damage in {"DEL", "string", "list", "rubbish"}:
        with client.pipeline() as at_once:  # between two steps a process could begin it anew
            at_once.delete(KEY)
            if damage == "string":
                at_once.set(KEY, "text")
            elif damage == "list":
                at_once.rpush(KEY, "x")
            elif damage == "rubbish":
                rubbish = {b"\xff": b"\xff", "member:": "", "floor": "x", "version": "?"}
                at_once.hset(KEY, mapping=rubbish)
            at_once.execute()
    elif damage == "huge":
        client.hset(KEY, mapping={f"member:{number}": "x" for number in range(20_001)})
        client.hset(KEY, "version", "other")
    elif damage.startswith("corrupt"):
        client.hset(KEY, {"floor": "floor", "pin": "pin:r"}[damage[8:]], b"1 00000000 {}")
        client.hset(KEY, "version", "other")

    until(lambda: cache.floor.writes == "werkzeug", 1.5)
    assert cache.set("x", {"a": 1})
    assert cache.get("x") == {"a": 1}
    assert client.get("a:x")[:1] == b"!"
    told = cache.counters().fleet
    assert damage in {"DEL", "flush"} or told.get("corrupt") == 1


def test_a_registry_on_a_cluster(cluster: Any, floor: Callable[..., Ran]) -> None:
    """It is one key, at one node; all that is said of it works there, too."""
    options = {**FOLLOWS, "release": "r", "prefix": "a:"}
    with Cache(cluster.url, **options) as cache:
        cache.get("x")
        assert floor("raise", HIGH, "--execute", url=cluster.url).code == 0
        until(lambda: cache.floor.writes == "shelflife", 1.5)
        assert cache.set("x", {"a": 1})
        assert floor("lower", LOW, "--execute", url=cluster.url).code == 0
        until(lambda: cache.floor.writes == "werkzeug", 1.5)


def test_a_registry_through_a_client_of_ones_own(
    redis_url: str, client: Any, floor: Callable[..., Ran]
) -> None:
    """Whatever version of the driver."""
    with Cache(
        client=redis.Redis.from_url(redis_url), prefix="a:", release="r", **FOLLOWS
    ) as cache:
        cache.get("x")
        assert floor("raise", HIGH, "--execute").code == 0
        until(lambda: cache.floor.writes == "shelflife", 1.5)
    assert not members(client)


def test_a_user_who_may_not_write_the_registry(
    client: Any, server: PrivateServer, join: Callable[..., Cache]
) -> None:
    """Stays at the minimum, and is told why, once."""
    commit(client)
    client.execute_command("ACL", "SETUSER", "app", "on", ">secret", "~a:*", "+@all")
    url = server.url.replace("//", "//app:secret@")
    with Cache(url, prefix="a:", release="r", **FOLLOWS) as cache:
        cache.get("x")
        time.sleep(1.2)

        assert cache.floor.writes == "werkzeug"
        assert cache.set("x", 1)
        assert cache.counters().fleet == {"unreachable": 1}
        assert cache.counters().server_errors == {}
    client.execute_command("ACL", "DELUSER", "app")


def test_a_user_who_may_not_ask_the_time(client: Any, server: PrivateServer) -> None:
    """Follows all the same."""
    commit(client)
    rights = ("resetkeys", "~a:*", "~shelflife:fleet:*", "-@all", "+get", "+set", "+unlink")
    hashes = ("+hget", "+hset", "+hdel", "+hlen", "+hmget", "+hgetall")
    client.execute_command("ACL", "SETUSER", "app", "on", ">secret", *rights, *hashes)
    url = server.url.replace("//", "//app:secret@")
    with Cache(url, prefix="a:", release="r", **FOLLOWS) as cache:
        cache.get("x")
        until(lambda: cache.floor.writes == "shelflife")
    client.execute_command("ACL", "DELUSER", "app")
