"""The gate where something is missing, broken or forbidden, and on other stores."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from gate.conftest import MINIMUM, Ran, run_gate
from shelflife import AsyncCache, Cache
from shelflife.cli.command import shelflife
from shelflife.fleet import reporting
from shelflife.fleet.reporting import counts_key
from shelflife.testing import PrivateCluster, PrivateServer
from shelflife.testing.asking import ask

Gate = Callable[..., Ran]


def test_without_a_registry_nothing_is_said(gate: Gate) -> None:
    """It may be the wrong URL, or it was removed."""
    ran = gate()

    assert ran.code == 3
    assert {"registry", "members", "counts", "traffic"} <= set(ran.results("INCONCLUSIVE"))
    assert not ran.results("FAIL")


def test_a_registry_that_is_overwritten_fails(
    gate: Gate, client: redis.Redis, join: Callable[..., Cache]
) -> None:
    """All write their minimum then, and it says what to do."""
    join("new")
    client.set("shelflife:fleet:{api}", "rubbish")
    ran = gate()

    assert ran.code == 1
    assert ran.check("registry")["result"] == "FAIL"
    assert "shelflife:fleet:{api} is to be removed" in ran.check("registry")["do"]


def test_a_corrupt_pin_fails_with_the_command_that_removes_it(
    gate: Gate, client: redis.Redis, join: Callable[..., Cache]
) -> None:
    """Who may come back is not known while it is there."""
    join("new")
    client.hset("shelflife:fleet:{api}", "pin:old", "rubbish")
    ran = gate()

    assert ran.code == 1
    assert " unpin old --execute --fleet api" in ran.check("registry")["command"]


@pytest.mark.parametrize("rubbish", ["text", "fields", "overfull"])
def test_counts_that_are_none_are_inconclusive(
    gate: Gate, client: redis.Redis, join: Callable[..., Cache], rubbish: str
) -> None:
    """And name the key; nothing raises, here or in the processes."""
    cache = join("new")
    key = counts_key("api", time.time())
    if rubbish == "text":
        client.set(key, "rubbish")
    elif rubbish == "fields":
        client.hset(key, mapping={"\x1b[31m": "1", '["a","hits"]': "-", b"\xff": "1"})
    else:
        for start in range(0, 51_000, 1000):
            client.hset(key, mapping={f"f{start + n}": 1 for n in range(1000)})
    cache.close()
    ran = gate()

    assert ran.code == 3
    assert ran.check("counts")["result"] == "INCONCLUSIVE"
    assert key.decode() in ran.check("counts")["details"][0]
    assert "\x1b" not in ran.said


def test_a_release_that_is_gone_is_gone_back_to_if_it_reads_what_is_written(
    gate: Gate, join: Callable[..., Cache]
) -> None:
    """It is found by itself, judged by what it was seen to read, and pinned if need be."""
    join("old", reads="werkzeug", fleet_minimum="python>=3.9, werkzeug").close()
    join("new", reads="werkzeug", floor="python>=3.9, shelflife", fleet_minimum=None)
    ran = gate("--before", "rollback")
    named = gate("--before", "rollback", "--to", "new")
    unknown = gate("--before", "rollback", "--to", "nobody")

    assert ran.document["back_to"] == "old"
    assert ran.check("way-back")["result"] == "PASS"
    assert named.document["back_to"] == "new"
    assert unknown.code == 2
    assert "those that are: new, old" in unknown.said


def test_a_release_that_would_not_read_what_is_written_fails(
    gate: Gate, join: Callable[..., Cache]
) -> None:
    """A release that was never converted, while the new one writes shelflife's entries."""
    join("old").close()
    join("new", reads="werkzeug", floor="3.9", writes="werkzeug", fleet_minimum=None)
    ran = gate("--before", "rollback")

    assert ran.code == 1
    assert ran.check("way-back")["result"] == "FAIL"
    assert "release old would not read" in ran.check("way-back")["details"][0]
    assert "deploy it again" in ran.check("way-back")["do"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--max-unreadable", "2"), "no share"),
        (("--max-unreadable", "x%"), "no share"),
        (("--max-hit-drop", "-1"), "--max-hit-drop"),
        (("--watch", "soon"), "no span of time"),
        (("--skip", "everything"), "--skip"),
        (("--fleet", "a b"), "name of a fleet"),
        (("--junit", "/nowhere/x.xml"), "cannot be written"),
    ],
)
def test_bad_options_are_refused(gate: Gate, words: tuple[str, ...], says: str) -> None:
    """In a sentence, before anything is read."""
    ran = gate(*words)

    assert ran.code == 2
    assert says in ran.said


def test_a_server_that_is_not_there_is_an_error(gate: Gate) -> None:
    """Not an answer; and no password is shown."""
    ran = gate(url="redis://:secret@127.0.0.1:1/0")

    assert ran.code == 2
    assert "cannot be asked" in ran.said
    assert "secret" not in ran.said


def test_nothing_is_written(gate: Gate, client: redis.Redis, join: Callable[..., Any]) -> None:
    """The gate needs the right to read only."""
    join("new").close()
    before = {key: client.dump(key) for key in client.keys("*")}
    gate()

    assert {key: client.dump(key) for key in client.keys("*")} == before


@pytest.fixture
def limited(server: PrivateServer) -> Iterator[Callable[[str], str]]:
    """Make a user who may do no more than that, and give the URL for it."""

    def make(rights: str) -> str:
        words = f"on >pw resetkeys ~a:* ~shelflife:fleet:* -@all {rights}"
        ask(server, "ACL", "SETUSER", "limited", "reset", *words.split())
        return server.url.replace("redis://", "redis://limited:pw@")

    yield make
    ask(server, "ACL", "DELUSER", "limited")


FLEET_RIGHTS = "+get +set +unlink +hset +hdel +hlen +hmget +hgetall +time"


@pytest.mark.parametrize("counting", [True, False])
def test_the_least_rights(
    gate: Gate, limited: Callable[[str], str], join: Callable[..., Cache], counting: bool
) -> None:
    """As docs/acl.md and docs/gate.md have them; a fleet that may not count is no fleet at rest."""
    url = limited(FLEET_RIGHTS + (" +hincrby +pexpire" if counting else ""))
    cache = join("new", url=url)
    cache.set("x:1", 1)
    assert cache.get("x:1") == 1
    cache.close()
    ran = gate(url=limited("+hlen +hgetall +time"))

    assert ran.code == 3
    assert ran.check("counts")["result"] == ("PASS" if counting else "INCONCLUSIVE")
    assert cache.counters().fleet.get("uncounted", 0) == (0 if counting else 1)
    assert "pw@" not in ran.said
    assert "pw@" not in str(ran.document)


def test_asyncio_caches_tell_what_they_count(
    redis_url: str, counts: Callable[[], dict[tuple[str, ...], int]]
) -> None:
    """When they are closed, as the others."""

    async def use() -> None:
        given: dict[str, Any] = {"fleet": "api", "fleet_minimum": MINIMUM, "floor": "fleet"}
        async with AsyncCache(redis_url, prefix="a:", release="new", **given) as cache:
            await cache.set("x:1", 1)
            for _ in range(30):
                assert await cache.get("x:1") == 1
                await asyncio.sleep(0.02)

    asyncio.run(use())
    told = counts()

    assert told["new", "hits"] == 30
    assert told["new", "sampled", "new"] >= 8


def test_a_fleet_on_a_cluster(cluster: PrivateCluster, tmp_path: Path) -> None:
    """Registry and counts lie on one node, and the gate finds them."""
    given: dict[str, Any] = {"fleet": "api", "fleet_minimum": MINIMUM, "floor": "fleet"}
    for release in ("old", "new"):
        with Cache(cluster.url, prefix="a:", release=release, **given) as cache:
            cache.set("x:1", 1)
            assert cache.get("x:1") == 1
            time.sleep(0.5)
    ran = run_gate(cluster.url, tmp_path, "--fleet", "api", "--before", "promote")

    assert ran.check("counts")["result"] == "PASS"
    assert {release["release"] for release in ran.document["releases"]} == {"old", "new"}
    assert all(release["hits"] == 1 for release in ran.document["releases"])


def test_the_move_of_2019_passes_its_gates(
    gate: Gate, join: Callable[..., Cache], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inconclusive while entries name no writer; once the floor is raised, each reads the other."""
    monkeypatch.setattr(reporting, "BEAT", 0.2)
    old, new = (
        join(release, reads="werkzeug", fleet_minimum="python>=2.7, werkzeug")
        for release in ("old", "new")
    )

    def serve() -> None:
        for number in range(120):
            old.set(f"x:{number % 9}", number)
            assert new.get(f"x:{number % 9}") == number
            new.set(f"x:{number % 9}", -number)
            assert old.get(f"x:{number % 9}") == -number
            time.sleep(0.005)
        time.sleep(0.8)

    serve()
    words = ("--min-reads", "100")
    before = gate(*words)
    floor = ["floor", redis_url, "raise", "python>=3.9", "--fleet", "api", "--execute"]
    done = CliRunner().invoke(shelflife, floor, standalone_mode=False)
    serve()
    after = gate(*words)

    assert before.code == 3, before.said
    assert before.results("INCONCLUSIVE") == ["mixing"]
    assert "name no writer" in before.said
    assert done.return_value == 0, done.output
    assert after.code == 0, after.said
    assert after.document["floor"] == "python>=3.9, shelflife>=1"


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_server_that_dies_in_the_middle_of_a_watch(
    server_program: str, tmp_path: Path, comes_back: bool
) -> None:
    """Is waited for; what it forgot is missed, and one that stays away is an error."""
    given: dict[str, Any] = {"fleet": "api", "fleet_minimum": MINIMUM, "floor": "fleet"}
    with PrivateServer(program=server_program) as server:
        for release in ("old", "new"):
            with Cache(server.url, prefix="a:", release=release, **given) as cache:
                cache.set("x:1", 1)

        def die() -> None:
            server.kill()
            if comes_back:
                server.start()

        timer = threading.Timer(0.5, die)
        timer.start()
        ran = run_gate(
            server.url, tmp_path, "--fleet", "api", "--before", "promote", "--watch", "2s"
        )
        timer.join()

    assert ran.code == (3 if comes_back else 2), ran.said
    if comes_back:
        assert ran.check("counts")["details"] == ["counts were removed meanwhile"]
    else:
        assert "cannot be asked" in ran.said
