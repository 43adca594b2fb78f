"""What processes tell their fleet of what they counted."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from typing import Any

import pytest

from shelflife import EventKind
from shelflife.errors import ServerError
from shelflife.events import Event, Recorder
from shelflife.fleet import Follower
from shelflife.fleet.counts import counted
from shelflife.fleet.reporting import MOST_FIELDS, MOST_NEW, Reports, counts_key
from shelflife.fleet.talking import talk_through
from shelflife.fleet.tally import KINDS, Tally
from shelflife.floors import parse_floor
from shelflife.stores import MemoryStore
from shelflife.stores.commands import AddToFields, ReadHash, Set, Unlink

NOON = 1795867200.0
KEY = counts_key("api", NOON)


class Nothing:
    """Writes nothing of interest."""

    def write(self, value: Any) -> bytes:
        """The same for every value."""
        return b""


class Teller:
    """A process that counts and tells, at a store in memory whose answers can be made to fail."""

    def __init__(self, store: MemoryStore, release: str = "new") -> None:
        self.recorder = Recorder()
        self.told: list[str] = []
        self.failure: Any = None
        self.arrives = False
        self.now = 0.0
        self._store = store
        floor = parse_floor("python>=3.9")
        self.follower = Follower(
            floor, floor, lambda _: Nothing(), lambda reason, _: self.told.append(reason)
        )
        self.follower.tally = Tally(self.recorder.counters)
        self.reports = Reports("api", release, lambda: self.now)

    def tell(self) -> None:
        """Let a heartbeat's time pass."""
        self.now += 5.1
        talk_through(self.reports.turn([self.follower], NOON), self._run)

    def _run(self, command: Any) -> Any:
        if self.failure is None or self.arrives:
            reply = self._store.run(command)
        if self.failure is not None:
            raise ServerError(self.failure, "on purpose")
        return reply


def found(store: MemoryStore, key: bytes = KEY) -> dict[tuple[str, ...], int]:
    """Give what lies in the hash."""
    fields = store.run(ReadHash(key, 100_000)).fields
    return {tuple(json.loads(name)): int(value) for name, value in fields.items()}


def test_every_counter_is_told() -> None:
    """Each with its labels, and added to what others told."""
    store = MemoryStore()
    tellers = [Teller(store), Teller(store)]
    for teller in tellers:
        recorder = teller.recorder
        recorder.hit(3)
        recorder.miss("absent", 2)
        recorder.stored()
        recorder.sampled("old")
        for kind in (
            EventKind.UNREADABLE,
            EventKind.NOT_STORED,
            EventKind.LOST_INVALIDATION,
            EventKind.SERVER_ERROR,
            EventKind.PING_PONG,
        ):
            recorder.event(Event(kind, "get", "a:x:*", "protocol", writer="old cpython3.8.1"))
        teller.tell()
        teller.tell()

    assert found(store) == {
        ("new", "hits"): 6,
        ("new", "misses", "absent"): 4,
        ("new", "stored"): 2,
        ("new", "sampled", "old"): 2,
        ("new", "unreadable", "protocol", "old cpython3.8.1", "a:x:*"): 2,
        ("new", "not-stored", "protocol"): 2,
        ("new", "lost-invalidations"): 2,
        ("new", "server-errors", "protocol"): 2,
        ("new", "ping-pong", "old cpython3.8.1", "a:x:*"): 2,
        ("new", "reports"): 4,
    }


def test_a_report_that_never_left_is_told_later() -> None:
    """Whole, and not as lost."""
    store = MemoryStore()
    teller = Teller(store)
    teller.recorder.hit(7)
    teller.failure = "refused"
    teller.tell()
    teller.tell()
    teller.failure = None
    teller.recorder.hit(1)
    teller.tell()

    assert found(store) == {("new", "hits"): 8, ("new", "reports"): 1}


@pytest.mark.parametrize("arrives", [False, True])
def test_a_report_whose_answer_is_lost_is_not_told_again(arrives: bool) -> None:
    """It may have arrived or not; that one of them may not have, is told."""
    store = MemoryStore()
    teller = Teller(store)
    teller.recorder.hit(7)
    teller.failure, teller.arrives = "timeout", arrives
    teller.tell()
    teller.failure = None
    teller.recorder.hit(1)
    teller.tell()

    assert found(store)["new", "hits"] == (8 if arrives else 1)
    assert found(store)["new", "lost-reports"] == 1
    assert teller.told == ["uncounted"]


def test_another_type_under_the_key_costs_the_counts_only() -> None:
    """It is told to hooks, and once the key is free again counting goes on."""
    store = MemoryStore()
    teller = Teller(store)
    store.run(Set(KEY, b"text", None))
    teller.recorder.hit(7)
    teller.tell()
    store.run(Unlink((KEY,)))
    teller.recorder.hit(1)
    teller.tell()

    assert teller.told == ["uncounted"]
    assert found(store) == {("new", "hits"): 1, ("new", "reports"): 1, ("new", "lost-reports"): 1}


def test_causes_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """Of one report, and once an hour has many: the others count as other, and none is missing."""
    caplog.set_level("CRITICAL", "shelflife")
    store = MemoryStore()
    for number in range(20):
        teller = Teller(store, f"r{number}")
        for cause in range(400):
            if cause == 200:
                teller.tell()
            event = Event(EventKind.UNREADABLE, "get", f"{number}:{cause}:*", "corrupt")
            teller.recorder.event(event)
            teller.recorder.miss("corrupt")
        teller.tell()
    counts = found(store)
    kinds: Counter[str] = Counter()
    for (_, kind, *_labels), number in counts.items():
        kinds[kind] += number

    assert kinds["unreadable"] == kinds["misses"] == 20 * 400
    assert counts["r0", "unreadable", "corrupt", "", "0:0:*"] == 1
    assert counts["r19", "unreadable", "other", "other", "other"] > 100
    assert MOST_FIELDS < len(counts) < MOST_FIELDS + 10 * MOST_NEW


def test_what_is_told_is_understood() -> None:
    """By whoever reads it; and what is not known to be ours is left out, and said."""
    store = MemoryStore()
    teller = Teller(store)
    teller.recorder.hit(2)
    teller.tell()
    store.run(AddToFields(KEY, ((b'["new","later-kind"]', 1), (b"rubbish", 2), (b"[]", 1)), 1000))
    store.run(AddToFields(KEY, ((b'["new","hits","more"]', 1), (b'["new",["hits"]]', 1)), 1000))
    counts, bad = counted(store.run(ReadHash(KEY, 1000)).fields)

    assert counts == {("new", "hits"): 2, ("new", "reports"): 1}
    assert bad == 4
    assert all(isinstance(number, int) for number in KINDS.values())


def test_counts_of_many_threads_are_told_once() -> None:
    """Whoever asks, and however many ask at the same time."""
    recorder = Recorder()
    tally = Tally(recorder.counters)
    taken: list[int] = []

    def take() -> None:
        for _ in range(200):
            recorder.hit()
            taken.append(tally.take().get(("hits",), 0))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(taken) + tally.take().get(("hits",), 0) == 800


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_tells_only_its_own() -> None:
    """What was counted before the fork is the parent's."""
    recorder = Recorder()
    tally = Tally(recorder.counters)
    recorder.hit(100)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            recorder.hit(3)
            os.write(writing, str(tally.take()[("hits",)]).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 100) == b"3"
    assert tally.take()["hits",] == 100
    os.close(reading)
    os.close(writing)
