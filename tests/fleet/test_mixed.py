"""Real fleets under load: deploys, rollbacks, kills, raises and lowers in random order.

A monitor reads every entry as bytes, as somebody would who reads all forms, and holds its form
against the log of who was there when it was written.
"""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Optional

import pytest

from fleet.conftest import HIGH, KEY, LOW, Ran, until
from fleet.member import is_value_of
from fleet.started import Started, commit, form_of, members
from shelflife import Cache, Hit
from shelflife.fleet.framing import unframe
from shelflife.fleet.records import Member
from shelflife.testing import PrivateServer

BEAT = 0.5
SLACK = 0.1
"""Between the moment that a value names and the writing of it, an entry's form is decided."""

RELEASES: dict[str, dict[str, Any]] = {
    "old": {"reach": ["werkzeug"], "reads": ["werkzeug"]},
    "new": {"reads": ["shelflife", "werkzeug"]},
    "newest": {"reads": ["shelflife", "werkzeug"], "options": {"fleet_minimum": LOW}},
}


class Fleet:
    """Processes of several releases, and the log of who could read what."""

    def __init__(self, server: PrivateServer, client: Any, floor: Callable[..., Ran]) -> None:
        self.server, self.client, self.floor = server, client, floor
        self.live: list[Started] = []
        self.log: list[tuple[Started, float]] = []
        self.counted: Counter[str] = Counter()
        self.seed = 0

    def deploy(self, release: str) -> None:
        """Start a process of a release."""
        self.seed += 1
        told = {
            name: RELEASES[release][name]
            for name in ("reach", "options")
            if name in RELEASES[release]
        }
        one = Started(self.server, release, seed=self.seed, beat=BEAT, pause=0.01, **told)
        self.live.append(one)
        self.log.append((one, self._joined_at(one)))

    def end(self, one: Started, *, kill: bool) -> None:
        """End a process, by deploy or by kill -9."""
        self.live.remove(one)
        if kill:
            one.kill()
        else:
            self.counted.update(one.end())

    def _joined_at(self, one: Started) -> float:
        """When the registry had it, by the server's clock, which is this machine's."""
        found: list[Optional[float]] = []

        def is_there() -> bool:
            for value in self.client.hmget(KEY, members(self.client) or [b"none"]):
                member = Member.of(unframe(value)) if value is not None else None
                if member is not None and member.place.endswith(f":{one.process.pid}"):
                    found.append(member.since)
            return bool(found)

        until(is_there, 10)
        return found[0] or one.joined_at

    def violations(self, seen: dict[bytes, float]) -> list[str]:
        """Entries in a form that somebody who was there could not read."""
        wrong = []
        for entry, at in seen.items():
            for one, joined in self.log:
                is_there = joined + 1.0 + SLACK < at < (one.ended_at or float("inf")) - SLACK
                if is_there and form_of(entry) not in RELEASES[one.release]["reads"]:
                    wrong.append(f"{form_of(entry)} {at - joined:.2f} s after {one.release} joined")
        return wrong


@contextlib.contextmanager
def monitor(url: str) -> Iterator[Callable[[], dict[bytes, float]]]:
    """Give what reads all entries, once each: their bytes, and when they were written."""
    seen: dict[bytes, float] = {}
    with Cache(url, prefix="a:", reads="werkzeug") as cache:

        def look() -> dict[bytes, float]:
            for key in (f"k:{number}" for number in range(200)):
                raw = cache._store.run(_get(key))
                found = cache._context.value_of(raw) if isinstance(raw, bytes) else None
                if found is not None:
                    assert is_value_of(key, found), key
                    seen[raw] = found["at"]
            return seen

        yield look


def _get(key: str) -> Any:
    from shelflife.stores.commands import Get  # noqa: PLC0415

    return Get(f"a:{key}".encode())


def happens(fleet: Fleet, chance: random.Random) -> str:
    """Let one thing happen."""
    what = chance.random()
    if (what < 0.3 and len(fleet.live) < 4) or not fleet.live:
        release = chance.choice(list(RELEASES))
        fleet.deploy(release)
        return f"deploy {release}"
    if what < 0.5 and len(fleet.live) > 1:
        one = chance.choice(fleet.live)
        fleet.end(one, kill=chance.random() < 0.5)
        return f"end {one.release}"
    word, floor = chance.choice([("raise", HIGH), ("raise", HIGH), ("lower", LOW)])
    ran = fleet.floor(word, floor, "--execute")
    return f"{word} -> {ran.code}"


def watch(look: Callable[[], Any], seconds: float) -> None:
    """Read all entries again and again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        look()
        time.sleep(0.02)


def play(fleet: Fleet, seconds: float, seed: int) -> None:
    """Let things happen for so long, and check all of it."""
    chance, did = random.Random(seed), Counter[str]()
    fleet.deploy("new")
    fleet.deploy("new")
    deadline = time.monotonic() + seconds
    with monitor(fleet.server.url) as look:
        assert fleet.floor("raise", HIGH, "--execute").code == 0
        watch(look, 1.0)
        fleet.deploy("old")
        watch(look, 2.0)
        fleet.end(fleet.live[-1], kill=True)
        while time.monotonic() < deadline:
            did[re.sub(r"[0-9]+$", "*", happens(fleet, chance))] += 1
            watch(look, chance.uniform(0.1, 0.8))
        seen = look()
    for one in list(fleet.live):
        fleet.end(one, kill=False)

    wrong = [name for name in fleet.counted if name == "wrong" or name.startswith("raised")]
    assert not wrong, (wrong, did)
    assert fleet.violations(seen) == [], did
    assert fleet.counted["hit"] > 50 * seconds
    assert fleet.counted["ping-pong"] == 0
    assert len({form_of(entry) for entry in seen}) == 2, did


@pytest.mark.parametrize(
    ("seconds", "seed"),
    [(6, 5), *(pytest.param(60, seed, marks=pytest.mark.slow) for seed in range(3))],
)
def test_anything_may_happen_to_a_real_fleet(
    server: PrivateServer, client: Any, floor: Callable[..., Ran], seconds: float, seed: int
) -> None:
    """No exception, no wrong value, no form that one who was there for a second could not read."""
    fleet = Fleet(server, client, floor)
    try:
        play(fleet, seconds, seed)
    finally:
        for one in fleet.live:
            one.kill()


def test_beside_an_unmodified_release(
    server: PrivateServer, client: Any, floor: Callable[..., Ran]
) -> None:
    """Real cachelib, which knows of no fleet, is declared: both read each other's entries."""
    pytest.importorskip("cachelib")
    assert floor("declare", "2019", "--reads", "werkzeug", "--python", "2.7", "--execute").code == 0
    commit(client)
    legacy, new = Started(server, "2019", library="cachelib"), Started(server, "new", seed=1)
    try:
        time.sleep(2)
        assert floor("raise", "python>=3.10", "--execute").code == 1
        assert floor("status").document["floor"] == LOW
        found = [legacy.end(), new.end()]
    finally:
        for one in (legacy, new):
            if one.process.poll() is None:
                one.kill()

    for counted in found:
        assert {name for name in counted if name not in {"hit", "miss"}} <= {
            "unreadable",
            "ping-pong",
        }
        assert counted["hit"] > 200
    assert (found[1]["unreadable"], found[1]["ping-pong"]) == (0, 0)


@pytest.mark.slow
def test_the_hit_ratio_is_that_of_a_single_release(
    server: PrivateServer, client: Any, floor: Callable[..., Ran]
) -> None:
    """Within 2 points, for each release, once the floor is set."""
    assert floor("declare", "2019", "--reads", "werkzeug", "--python", "2.7", "--execute").code == 0
    alone = ratios([Started(server, "new", seed=s, warm=2, pause=0.004) for s in (1, 2)], 12)
    client.unlink(*client.keys("a:*"))
    mixed = [Started(server, "new", seed=1, warm=2, pause=0.004)]
    mixed += [Started(server, "2019", seed=2, warm=2, pause=0.004, library="cachelib")]

    for ratio in ratios(mixed, 12):
        assert abs(ratio - sum(alone) / 2) < 0.02, (alone, ratio)


def ratios(started: list[Started], seconds: float) -> list[float]:
    """The hit ratio of each."""
    time.sleep(seconds)
    counted = [one.end() for one in started]
    return [found["hit"] / (found["hit"] + found["miss"]) for found in counted]


def test_no_invalidated_entry_comes_back_after_a_rollback(
    redis_url: str, join: Callable[..., Cache], client: Any
) -> None:
    """Both releases use the same keys: what one removes is removed for the other."""
    commit(client)
    new = join("new")
    until(lambda: new.floor.writes == "shelflife")
    with Cache(redis_url, prefix="a:", reads="werkzeug", writes="werkzeug", floor="2.7") as old:
        old.set_many({"x": "before", "y": "before"})
        assert new.get("x") == "before"
        new.delete("x")
        new.set("y", "after")

        assert old.get("x") is None
        assert isinstance(old.lookup("y"), Hit)
        assert old.get("y") == "after"
        old.delete("y")
        assert new.get("y") is None
