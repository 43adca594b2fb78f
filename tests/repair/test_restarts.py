"""Kills in a row, kills at any time, and restarts of the server: each entry is done just once."""

from __future__ import annotations

import pickle
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from repair import killed
from repair.killed import OPERATIONS, STEPS, UNDO_STEPS, back, forward
from repair.unkilled import CHANGED, Unkilled, check, fill, go_on, watched
from shelflife.live.repair.task import Watch
from shelflife.testing import PrivateServer
from shelflife.testing.asking import ask, wait_until
from shelflife.testing.claims import claim_counts, claim_same
from shelflife.testing.contents import Held, look_at, put

NEWER = 600_000


@pytest.fixture(scope="module")
def durable(server_program: str) -> Iterator[PrivateServer]:
    """A server that loses nothing when it is killed."""
    options = ("--appendonly", "yes", "--appendfsync", "always")
    with PrivateServer(*options, program=server_program) as running:
        yield running


@pytest.fixture(scope="module")
def unkilled(
    shared_server: PrivateServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Unkilled]:
    """What is to come out, of each operation."""
    return {one: watched(shared_server, one, tmp_path_factory.mktemp(one)) for one in OPERATIONS}


def restart(server: PrivateServer) -> None:
    """Kill a server and start it again, with its data."""
    server.kill()
    server.start()
    wait_until("the data is loaded", lambda: ask(server, "PING") == b"PONG")


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 15))]
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_kills_in_a_row(
    unkilled: dict[str, Unkilled],
    server: PrivateServer,
    tmp_path: Path,
    operation: str,
    seed: int,
) -> None:
    """However often it is killed, and its undo is, all is done once, and all comes back."""
    expected, chance = unkilled[operation], random.Random(seed)
    before = fill(server)
    given = {"operation": operation, "url": server.url, "journal": tmp_path / "journal"}

    for _ in range(5):
        step, at = chance.choice(STEPS[:-1]), chance.randrange(1, 20)
        killed.run(**given, resume=True, step=step, at=at)
    claim_counts(go_on(server, operation, tmp_path / "journal"), expected.counts)
    check(server, before, expected)
    for _ in range(4):
        step, at = chance.choice(UNDO_STEPS), chance.randrange(1, 20)
        killed.run(**given, undo=True, step=step, at=at)
    claim_counts(back(server.url, tmp_path / "journal", Watch()), {"done": CHANGED})
    claim_same(look_at(server), before, before)


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 20))]
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_kills_at_any_time(
    unkilled: dict[str, Unkilled],
    server: PrivateServer,
    tmp_path: Path,
    operation: str,
    seed: int,
) -> None:
    """Whenever it is killed; and what the service writes between two attempts stays."""
    expected, chance = unkilled[operation], random.Random(seed)
    before = fill(server)
    given = {"operation": operation, "url": server.url, "journal": tmp_path / "journal"}
    written: dict[bytes, Held] = {}

    for n in range(3):
        kill_within(0.05, chance, **given, resume=True)
        key = b"api:new:%d" % chance.randrange(CHANGED)
        written[key] = Held(b"%d" % n, int(time.time() * 1000) + NEWER)
        put(server, {key: written[key]})
    finished = go_on(server, operation, tmp_path / "journal")
    now, rest = look_at(server), [key for key in before if key not in written]
    after_all = {key: held.entry for key, held in now.items()}
    for _ in range(3):
        kill_within(0.05, chance, **given, undo=True)
    restored = back(server.url, tmp_path / "journal", Watch())

    claim_counts(finished, {"gone": 0, "failed": 0, "refused": 1})
    if operation == "convert":
        claim_same(now, written, written)
    assert {k: after_all.get(k) for k in rest} == {k: expected.entries.get(k) for k in rest}
    claim_counts(restored, {"gone": 0, "failed": 0})
    claim_same(look_at(server), before, rest)


def kill_within(seconds: float, chance: random.Random, **given: object) -> None:
    """Start a process and kill it within so many seconds after it has begun."""
    with killed.start(**given) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(chance.uniform(0, seconds))
        process.kill()


@pytest.mark.parametrize("step", ["journal written", "fsynced", "sent", "read", "outcomes written"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_server_restarts_on_the_way(
    unkilled: dict[str, Unkilled],
    durable: PrivateServer,
    tmp_path: Path,
    operation: str,
    step: str,
) -> None:
    """A run and an undo survive it: what became of the batch at hand is found out."""
    before = fill(durable)
    seen = 0

    def on_step(name: str) -> None:
        nonlocal seen
        seen += name == step
        if seen == 3 and name == step:
            durable.kill()
            durable.start()  # it loads its data while it is asked for them

    journal = tmp_path / "journal"
    claim_counts(
        forward(operation, durable.url, journal, Watch(on_step=on_step), resume=False),
        unkilled[operation].counts,
    )
    check(durable, before, unkilled[operation])
    seen = 0
    claim_counts(back(durable.url, journal, Watch(on_step=on_step)), {"done": CHANGED})
    claim_same(look_at(durable), before, before)


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_checkpoint_is_good_for_one_run_of_the_server(
    unkilled: dict[str, Unkilled],
    durable: PrivateServer,
    tmp_path: Path,
    operation: str,
    restarts: bool,
) -> None:
    """After a restart the scan begins anew; else it goes on; the counts are right both ways."""
    expected, before = unkilled[operation], fill(durable)
    given = {"operation": operation, "url": durable.url, "journal": tmp_path / "journal"}
    assert not killed.run(**given, step="fsynced", at=50)
    seen: list[int] = []
    watch = Watch(progress=lambda keys, _: seen.append(keys))

    there = [key for key in look_at(durable) if key.startswith(b"api:")]
    if restarts:
        restart(durable)
    result = forward(operation, durable.url, tmp_path / "journal", watch, resume=True)

    claim_counts(result, expected.counts)
    check(durable, before, expected)
    assert (seen[0] == 0) is restarts
    if restarts:
        assert result.summary.keys == len(there)
    restart(durable)
    claim_counts(back(durable.url, tmp_path / "journal", Watch()), {"done": CHANGED})
    claim_same(look_at(durable), before, before)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_was_changed_twice_comes_back_as_it_was_last(
    durable: PrivateServer, tmp_path: Path, operation: str
) -> None:
    """The service writes an entry anew, the scan begins anew, and undo gives what it wrote last."""
    before, journal = fill(durable), tmp_path / "journal"
    assert not killed.run(
        operation=operation, url=durable.url, journal=journal, step="checkpoint", at=2
    )
    done = [key for key, held in look_at(durable).items() if held != before[key]]
    done = done or [key for key in before if key not in look_at(durable)]
    newer = {
        key: Held(b"!" + pickle.dumps({"newer": n}, 5), int(time.time() * 1000) + NEWER)
        for n, key in enumerate(done)
    }
    put(durable, newer)
    restart(durable)

    result = go_on(durable, operation, journal)
    restored = back(durable.url, journal, Watch())

    assert len(newer) > 5
    claim_counts(result, {"done": CHANGED + len(newer), "refused": 1, "failed": 0})
    claim_counts(restored, {"done": CHANGED, "changed-meanwhile": len(newer), "gone": 0})
    claim_same(look_at(durable), {**before, **newer}, before)


def test_a_server_that_loads_its_data_is_waited_for(durable: PrivateServer, tmp_path: Path) -> None:
    """An undo right after a restart fails no entry: what says LOADING is asked again."""
    before, journal = fill(durable), tmp_path / "journal"
    put(durable, {b"web:more:%d" % n: Held(b"x" * 50) for n in range(200_000)})
    forward("convert", durable.url, journal, Watch(), resume=False)
    durable.kill()
    durable.start()

    result = back(durable.url, journal, Watch())

    claim_counts(result, {"done": CHANGED, "failed": 0})
    claim_same(look_at(durable), before, before)


def test_an_undo_that_is_repeated_brings_nothing_back_again(
    server: PrivateServer, tmp_path: Path
) -> None:
    """What the service removed after the undo of a purge stays so."""
    before, journal = fill(server), tmp_path / "journal"
    forward("purge", server.url, journal, Watch(), resume=False)
    back(server.url, journal, Watch())
    ask(server, "DEL", "api:new:1", "api:new:80")

    again = back(server.url, journal, Watch())

    claim_counts(again, {"done": CHANGED})
    assert set(before) - set(look_at(server)) == {b"api:new:1", b"api:new:80"}
