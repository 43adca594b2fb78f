"""kill -9 after each step of every operation and of its undo: going on, or back, ends as if not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from repair import killed
from repair.killed import OPERATIONS, STEPS, UNDO_STEPS, back, forward
from repair.unkilled import CHANGED, Unkilled, check, fill, go_on, watched
from shelflife.live.repair.task import Watch
from shelflife.testing import PrivateServer
from shelflife.testing.asking import ask
from shelflife.testing.claims import claim_counts, claim_same
from shelflife.testing.contents import look_at, put


@pytest.fixture(scope="module")
def unkilled(
    shared_server: PrivateServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Unkilled]:
    """What is to come out, of each operation."""
    return {one: watched(shared_server, one, tmp_path_factory.mktemp(one)) for one in OPERATIONS}


def each(steps: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Every operation, every step, and which of the step's occurrences; the end occurs once."""
    for operation in OPERATIONS:
        for step in steps:
            for occurrence in ("first", "second", "last") if step != "finished" else ("first",):
                yield operation, step, occurrence


def nth(occurrence: str, times: int) -> int:
    """Which occurrence that is, of so many."""
    assert times > 2 or occurrence == "first"
    return {"first": 1, "second": 2, "last": times}[occurrence]


@pytest.mark.parametrize(("operation", "step", "occurrence"), list(each(STEPS)))
def test_killed_forward(
    unkilled: dict[str, Unkilled],
    server: PrivateServer,
    tmp_path: Path,
    operation: str,
    step: str,
    occurrence: str,
) -> None:
    """Resumed, it ends as if not killed; taken back, resumed or not, all is as it was."""
    expected = unkilled[operation]
    at = nth(occurrence, expected.steps[step])
    before = fill(server)
    journal, copy = tmp_path / "journal", tmp_path / "copy"

    assert not killed.run(operation=operation, url=server.url, journal=journal, step=step, at=at)
    then = look_at(server)
    shutil.copy(journal, copy)
    claim_counts(go_on(server, operation, journal), expected.counts)
    check(server, before, expected)
    bytes_of_it = journal.read_bytes()
    claim_counts(go_on(server, operation, journal), expected.counts)
    check(server, before, expected)
    assert journal.read_bytes() == bytes_of_it
    claim_counts(back(server.url, journal, Watch()), {"done": CHANGED})
    claim_same(look_at(server), before, before)

    ask(server, "FLUSHALL")
    put(server, {key: held for key, held in then.items() if held.entry is not None})
    ask(server, "RPUSH", "api:list", "of another type")
    claim_counts(back(server.url, copy, Watch()), {"changed-meanwhile": 0, "gone": 0, "failed": 0})
    claim_same(look_at(server), before, before)


@pytest.mark.parametrize(("operation", "step", "occurrence"), list(each(UNDO_STEPS)))
def test_killed_back(
    unkilled: dict[str, Unkilled],
    server: PrivateServer,
    tmp_path: Path,
    operation: str,
    step: str,
    occurrence: str,
) -> None:
    """Run again, an undo that was killed ends as if it had not been; and once more, nothing."""
    at = nth(occurrence, unkilled[operation].undo_steps[step])
    before = fill(server)
    journal = tmp_path / "journal"
    forward(operation, server.url, journal, Watch(), resume=False)

    assert not killed.run(undo=True, url=server.url, journal=journal, step=step, at=at)
    for _ in range(2):
        result = back(server.url, journal, Watch())
        claim_counts(result, {"done": CHANGED, "changed-meanwhile": 0, "gone": 0, "failed": 0})
        claim_same(look_at(server), before, before)


def test_a_batch_is_on_the_disk_before_it_is_changed(
    server: PrivateServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power may fail as well, which kill -9 does not show: each batch is synced, then sent."""
    fill(server)
    path = tmp_path / "journal"
    really, synced, sent = os.fsync, [0], 0

    def fsync(handle: int) -> None:
        really(handle)
        if os.path.samestat(os.fstat(handle), path.stat()):  # and not its folder
            synced.append(path.stat().st_size)

    def on_step(name: str) -> None:
        nonlocal sent
        if name == "journal written":
            assert path.stat().st_size > synced[-1]
        elif name == "sent":
            sent += 1
            assert path.stat().st_size == synced[-1]

    monkeypatch.setattr(os, "fsync", fsync)
    result = forward("convert", server.url, path, Watch(on_step=on_step), resume=False)

    claim_counts(result, {"done": CHANGED})
    assert sent > 10
