"""The gate over real fleets: processes of two releases on one real server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import redis
from click.testing import CliRunner

from gate.conftest import MINIMUM, Ran, Started, run_gate
from shelflife import AsyncCache, Cache
from shelflife.cli.command import shelflife
from shelflife.fleet import liveness, reporting
from shelflife.fleet.reporting import counts_key
from shelflife.testing import PrivateCluster, PrivateServer
from shelflife.testing.asking import ask

SOME = ("--min-reads", "200")
Gate = Callable[..., Ran]


@pytest.fixture(scope="module")
def started(server_program: str) -> Iterator[Started]:
    """Several fleets at the same time, which have served for a while."""
    with PrivateServer(program=server_program) as server:
        started = Started(server.url)
        try:
            started.start("healthy", "old", knows=True).wait()
            started.start("broken", "old").wait()
            for _ in range(2):
                started.start("healthy", "new", knows=True, articles=True)
            started.start("broken", "new", knows=True, articles=True)
            started.start("quiet", "old", pause=0.4)
            started.start("quiet", "new", pause=0.4)
            started.start("alone", "new")
            for service in started.services[2:]:
                service.wait()
            wait_for_reads(server.url, {"healthy": 2, "broken": 2, "alone": 1})
            yield started
        finally:
            started.end()


def wait_for_reads(url: str, fleets: dict[str, int], least: int = 220) -> None:
    """Wait until so many releases of each fleet have told of that many reads."""
    ends = time.monotonic() + 20
    with redis.Redis.from_url(url) as client:
        for fleet, releases in fleets.items():
            while time.monotonic() < ends:
                fields = client.hgetall(counts_key(fleet, time.time()))
                reads = [
                    sum(int(n) for name, n in fields.items() if name.startswith(start))
                    for start in (b'["old","hits"', b'["new","hits"')
                ]
                if sum(number >= least for number in reads) >= releases:
                    break
                time.sleep(0.1)


def test_a_healthy_deploy_passes(started: Started, tmp_path: Path) -> None:
    """In both directions; the way back is pinned next."""
    ran = run_gate(started.url, tmp_path, "--fleet", "healthy", "--before", "promote", *SOME)
    back = run_gate(started.url, tmp_path, "--fleet", "healthy", "--before", "rollback", *SOME)

    assert ran.code == 0, ran.said
    assert back.code == 0, back.said
    assert ran.document["back_to"] == back.document["back_to"] == "old"
    assert set(ran.results("PASS")) == {check["name"] for check in ran.document["checks"]}
    assert "floor" in ran.document["next"]
    assert " pin old --until 7d --execute --fleet healthy" in ran.document["next"]
    assert ran.said.rstrip().splitlines()[-1] == f"Next: {ran.document['next']}"


def test_an_old_release_that_cannot_read_the_new_ones_entries_fails(
    started: Started, tmp_path: Path
) -> None:
    """Reader, writer, reason and key class are named, at the terminal and in both files."""
    junit = tmp_path / "gate.xml"
    ran = run_gate(
        started.url,
        tmp_path,
        *("--fleet", "broken", "--before", "promote", *SOME, "--junit", str(junit)),
    )
    check = ran.check("unreadable")
    (release,) = [one for one in ran.document["releases"] if one["release"] == "old"]
    cause = release["unreadable"][0]

    assert ran.code == 1
    assert check["result"] == "FAIL"
    assert check["sentence"].startswith("release old could not read what it found")
    assert "release old could not read broken:article:* written by new cpython3" in ran.said
    assert cause["reason"] == "missing-name"
    assert cause["writer"].startswith("new cpython3")
    assert cause["key_class"] == "broken:article:*"
    assert "import the old name" in check["do"]
    assert ran.check("ping-pong")["result"] == "FAIL"
    suite = ET.parse(junit).getroot()[0]
    cases = {case.get("name"): case for case in suite}
    assert int(suite.get("failures", 0)) == len(ran.results("FAIL"))
    assert int(suite.get("errors", 0)) == len(ran.results("INCONCLUSIVE"))
    failure = cases["unreadable"].find("failure")
    assert failure is not None
    assert "missing-name" in (failure.text or "")
    assert len(cases["registry"].findall("failure")) == 0


def test_too_little_traffic_is_inconclusive(started: Started, tmp_path: Path) -> None:
    """And the next command watches for longer."""
    ran = run_gate(started.url, tmp_path, "--fleet", "quiet", "--before", "promote", *SOME)

    assert ran.code == 3, ran.said
    assert {"traffic", "unreadable", "hit-ratio"} <= set(ran.results("INCONCLUSIVE"))
    assert not ran.results("FAIL")
    assert ran.document["next"].startswith(f"shelflife gate {started.url} --fleet quiet --before")
    assert "--min-reads 200" in ran.document["next"]
    assert ran.document["next"].endswith("--watch 600s")


def test_one_release_alone_proves_nothing(started: Started, tmp_path: Path) -> None:
    """However well it reads its own entries."""
    ran = run_gate(started.url, tmp_path, "--fleet", "alone", "--before", "promote", *SOME)

    assert ran.code == 3, ran.said
    assert ran.results("INCONCLUSIVE") == ["hit-ratio", "mixing", "way-back"]
    skipped = ("--skip", "hit-ratio", "--skip", "mixing", "--skip", "way-back")
    again = run_gate(
        started.url, tmp_path, "--fleet", "alone", "--before", "promote", *SOME, *skipped
    )
    assert again.code == 0, again.said
    assert again.results("SKIPPED") == ["hit-ratio", "mixing", "way-back"]


def test_a_watch_ends_with_what_cannot_recover(started: Started, tmp_path: Path) -> None:
    """A fleet that goes bad in the middle fails long before the end."""
    for release in ("old", "new"):
        started.start("turning", release, knows=release == "new").wait()
    turn = threading.Timer(1.5, started.services[-1].say, ["articles"])
    turn.start()
    began = time.monotonic()
    ran = run_gate(
        started.url, tmp_path, "--fleet", "turning", "--before", "promote", "--watch", "20s", *SOME
    )
    seconds = time.monotonic() - began
    turn.join()

    assert ran.code == 1, ran.said
    assert "unreadable" in ran.results("FAIL") or "ping-pong" in ran.results("FAIL")
    assert ran.document["window"]["watched"]
    assert ran.document["window"]["share"] < 1
    assert 1.5 < seconds < 15
    assert "ended early" in ran.said


def test_a_watch_counts_only_what_happens_meanwhile(started: Started, tmp_path: Path) -> None:
    """And passes if all of it is fine."""
    ran = run_gate(
        started.url,
        tmp_path,
        *("--fleet", "healthy", "--before", "promote", "--watch", "3s", "--min-reads", "50"),
    )
    hour = run_gate(started.url, tmp_path, "--fleet", "healthy", "--before", "promote", *SOME)
    reads = [sum(release["reads"] for release in one.document["releases"]) for one in (ran, hour)]

    assert ran.code == 0, ran.said
    assert ran.document["window"]["share"] == 1
    assert reads[0] < reads[1] / 2 or reads[1] < 4000


def test_processes_that_vanish_are_inconclusive(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle of a watch, they are missed."""
    for module in (liveness,):
        monkeypatch.setattr(module, "BEAT", 0.5)
        monkeypatch.setattr(module, "DEAD", 2.0)
    for release in ("old", "new"):
        started.start("killed", release).wait()
    killed = started.services[-1]
    kill = threading.Timer(1.0, killed.kill)
    kill.start()
    ran = run_gate(
        started.url,
        tmp_path,
        *("--fleet", "killed", "--before", "promote", "--watch", "5s", "--min-reads", "20"),
    )
    kill.join()

    assert ran.code == 3, ran.said
    assert "members" in ran.results("INCONCLUSIVE")
    assert any("stopped without a word" in line for line in ran.check("members")["details"])


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
