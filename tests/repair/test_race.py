"""A conversion beside writers that race on the same keys: nothing is lost, nothing comes back.

How it is known: every value is written once, and every write tells what it replaced. So the values
of a key form a chain, whatever the clocks say; the last of it must be there in the end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Optional

import pytest

from repair import racing_writer
from repair.killed import make_task
from repair.racing_writer import BRIEF, Act, Name, entry_of, is_converted, key_of, name_of
from shelflife.live.repair.journal import Journal
from shelflife.live.repair.running import execute, undo
from shelflife.live.repair.task import Result, Watch
from shelflife.live.throttle import Gentleness
from shelflife.testing import PrivateServer
from shelflife.testing.asking import ask, wait_until
from shelflife.testing.claims import claim_counts
from shelflife.testing.contents import Held, is_about, look_at, put

LONG = 900_000
SOON = 4_000  # milliseconds: some of the first entries expire while they are converted
SLACK = 1.0


class Value(NamedTuple):
    """One value of a key.

    Attributes:
        expires_at: Milliseconds since the epoch; None for no expiry.
        may_end: Whether it may have expired before anybody came upon it.
    """

    expires_at: Optional[int]
    may_end: bool


class Chain:
    """All values of one key, and which of them somebody replaced or removed."""

    def __init__(self, number: int, held: Held) -> None:
        value = Value(held.expires_at, may_end=number % 50 == 0)
        self.values: dict[Name, Value] = {(-1, number): value}
        self.found: dict[Name, bool] = {}  # and whether it had been converted by then

    def add(self, act: Act) -> None:
        """Add what a writer did."""
        if act.wrote is not None:
            expires_at = None if act.ttl is None else act.at + act.ttl
            self.values[act.wrote] = Value(expires_at, act.ttl == BRIEF)
        if act.found is not None:
            name = name_of(act.found)
            assert name not in self.found, "a newer write was lost, or what was gone came back"
            self.found[name] = is_converted(act.found)

    def may_be_missing(self) -> None:
        """The first value has been removed, and may come back."""
        self.values = {name: one._replace(may_end=True) for name, one in self.values.items()}

    def check(self, held: Optional[Held]) -> None:
        """See whether what lies there is the last value, with its expiry."""
        assert set(self.found) <= set(self.values)
        left = {name: value for name, value in self.values.items() if name not in self.found}
        lasting = [name for name, value in left.items() if not value.may_end]
        if held is None or held.entry is None:
            assert held is None
            assert not lasting, "a write was lost"
        else:
            name = name_of(held.entry)
            assert name in left, "what was gone came back"
            assert lasting in ([], [name]), "a newer write was lost"
            assert is_about(held.expires_at, left[name].expires_at, SLACK), "another expiry"


class Told(NamedTuple):
    """What the journal tells of values.

    Attributes:
        done: Those that were converted, and under which key.
        others: Those that somebody else had replaced or removed.
        counts: How often each outcome occurs.
    """

    done: dict[Name, bytes]
    others: set[Name]
    counts: Counter[str]


@pytest.mark.parametrize(
    ("keys", "writers", "pause"),
    [
        pytest.param(10_000, 3, 0.002, id="reduced"),
        pytest.param(200_000, 8, 0.001, id="full", marks=pytest.mark.slow),
    ],
)
def test_race(server: PrivateServer, tmp_path: Path, keys: int, writers: int, pause: float) -> None:
    """The last write of each key is there, with its expiry, and undo makes it what it was."""
    chains, gone_at = fill(server, keys)
    first = race(server, tmp_path, chains, writers, pause)
    time.sleep(max(BRIEF / 500, gone_at - time.time()))
    now = look_at(server)
    told = read_journal(tmp_path / "journal")

    for number, chain in chains.items():
        chain.check(now.get(key_of(number)))
    check_conversions(chains, told, now)
    claim_counts(first, {**told.counts, "refused": 0, "failed": 0})
    assert told.counts["changed-meanwhile"] > 0, "nobody raced"

    back = undo(server.url, tmp_path / "journal", Watch(), Gentleness())
    restored = look_at(server)

    claim_counts(back, {**expected_of_undo(told, now), "refused": 0, "failed": 0})
    assert set(restored) == set(now)
    for key, held in now.items():
        assert restored[key].entry == entry_of(name_of(held.entry or b""))
        assert is_about(restored[key].expires_at, held.expires_at, SLACK)


def test_an_undo_of_a_purge_races(server: PrivateServer, tmp_path: Path) -> None:
    """What was removed comes back only where nobody has written since, to the very last moment."""
    chains, _ = fill(server, 20_000)
    journal = tmp_path / "journal"
    removed = execute(make_task("purge", server.url), Watch(), Gentleness(), journal)
    assert not look_at(server)
    for chain in chains.values():
        chain.may_be_missing()

    with writing(server, tmp_path, chains, 2, 0.001):
        wait_until("somebody writes", lambda: ask(server, "DBSIZE") > 0)
        back = undo(server.url, journal, Watch(), Gentleness())
    time.sleep(BRIEF / 500)
    now = look_at(server)

    for number, chain in chains.items():
        chain.check(now.get(key_of(number)))
    assert back.summary.selected == removed.summary.total("done")
    claim_counts(back, {"refused": 0, "failed": 0})
    assert back.summary.total("changed-meanwhile") > 0, "nobody raced"


def fill(server: PrivateServer, keys: int) -> tuple[dict[int, Chain], float]:
    """Put the first entries: half expire in a long time, a few soon; say when those are gone."""
    now = int(time.time() * 1000)
    ttls = {n: SOON if n % 50 == 0 else LONG if n % 2 else None for n in range(keys)}
    held = {
        n: Held(entry_of((-1, n)), None if ttl is None else now + ttl) for n, ttl in ttls.items()
    }
    put(server, {key_of(n): one for n, one in held.items()})
    return {n: Chain(n, one) for n, one in held.items()}, (now + SOON) / 1000


def race(
    server: PrivateServer, folder: Path, chains: dict[int, Chain], writers: int, pause: float
) -> Result:
    """Convert while writers write; put what they did into the chains."""
    task = make_task("convert", server.url)
    with writing(server, folder, chains, writers, pause):
        return execute(task, Watch(), Gentleness(), folder / "journal")


@contextmanager
def writing(
    server: PrivateServer, folder: Path, chains: dict[int, Chain], writers: int, pause: float
) -> Iterator[None]:
    """Have writers write while the block runs; then put what they did into the chains."""
    logs = {n: folder / f"{n}.log" for n in range(writers)}
    started = {
        n: racing_writer.start(server, n, len(chains), pause, log) for n, log in logs.items()
    }
    try:
        yield
    finally:
        for process in started.values():
            process.communicate(timeout=60)  # it ends when its input does
    for n, process in started.items():
        assert process.returncode == 0
        for act in racing_writer.read_log(logs[n]):
            chains[act.key].add(act)


def read_journal(path: Path) -> Told:
    """Give what the journal says became of each value."""
    told = Told({}, set(), Counter({"done": 0, "changed-meanwhile": 0, "gone": 0}))
    words = {"d": "done", "c": "changed-meanwhile", "g": "gone"}
    with Journal.open(path) as journal:
        for number in range(1, journal.batches + 1):
            for kept, letter in zip(journal.batch(number), journal.outcomes(number)):
                name = name_of(kept.old)
                assert name not in told.done
                told.counts[words[letter]] += 1
                if letter == "d":
                    told.done[name] = kept.key
                else:
                    told.others.add(name)
    return told


def check_conversions(chains: dict[int, Chain], told: Told, now: dict[bytes, Held]) -> None:
    """See whether just those values were converted of which the journal says so."""
    there = {name_of(held.entry): is_converted(held.entry) for held in now.values() if held.entry}
    seen = dict(there)
    values: dict[Name, Value] = {}
    for chain in chains.values():
        seen.update(chain.found)
        values.update(chain.values)
    converted = {name for name, is_new in seen.items() if is_new}
    assert converted <= set(told.done)
    assert all(values[name].may_end for name in set(told.done) - converted)
    assert told.others.isdisjoint(converted | set(there))
    untouched = {(-1, n) for n in range(0, len(chains), 4)} & set(there)
    assert len(untouched) > len(chains) / 5
    assert untouched <= converted


def expected_of_undo(told: Told, now: dict[bytes, Held]) -> dict[str, int]:
    """Give what must become of each converted value when it is undone."""
    counts = Counter({"done": 0, "changed-meanwhile": 0, "gone": 0})
    for name, key in told.done.items():
        entry = now[key].entry if key in now else None
        is_last = entry is not None and name_of(entry) == name
        counts["gone" if entry is None else "done" if is_last else "changed-meanwhile"] += 1
    return dict(counts)
