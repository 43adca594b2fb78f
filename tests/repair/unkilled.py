"""What kills and restarts are held against: entries, and a run and an undo that nobody kills."""

from __future__ import annotations

import pickle
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Optional

from repair.killed import STEPS, UNDO_STEPS, back, forward
from shelflife.live.repair.task import Result, Watch
from shelflife.testing import PrivateServer
from shelflife.testing.asking import ask
from shelflife.testing.claims import claim_counts, claim_same
from shelflife.testing.contents import Held, look_at, put

CHANGED, ALONE = 90, 5
Contents = Mapping[bytes, Held]


class Unkilled(NamedTuple):
    """What a run and its undo do if nobody kills them.

    Attributes:
        entries: What lies there after the run.
        counts: What became of the entries.
        steps: How often each step of the run occurs.
        undo_steps: The same, of the undo.
    """

    entries: dict[bytes, Optional[bytes]]
    counts: dict[str, int]
    steps: Counter[str]
    undo_steps: Counter[str]


def fill(server: PrivateServer) -> dict[bytes, Held]:
    """Put entries: most are to be changed, some with an expiry, all different."""
    ask(server, "FLUSHALL")
    now = int(time.time() * 1000)
    put(
        server,
        {
            key: Held(entry, now + 600_000 + n if n % 3 else None)
            for n, (key, entry) in enumerate(entries().items())
        },
    )
    ask(server, "RPUSH", "api:list", "of another type")
    return look_at(server)


def entries() -> dict[bytes, bytes]:
    """Entries for both operations."""
    new = {b"api:new:%d" % n: {"n": n, "text": "é" * n} for n in range(CHANGED)}
    found = {key: b"!" + pickle.dumps(value, 5) for key, value in new.items()}
    found.update({b"web:%d" % n: b"!" + pickle.dumps(n, 5) for n in range(ALONE)})
    found.update({b"web:int:%d" % n: b"%d" % n for n in range(ALONE)})
    return found


def watched(server: PrivateServer, operation: str, folder: Path) -> Unkilled:
    """Run an operation and its undo to their ends, and count their steps."""
    before = fill(server)
    steps: Counter[str] = Counter()
    undo_steps: Counter[str] = Counter()
    journal = folder / "journal"
    watch = Watch(on_step=lambda name: steps.update([name]))
    result = forward(operation, server.url, journal, watch, resume=False)
    left = {key: held.entry for key, held in look_at(server).items()}
    counts = {"done": CHANGED, "changed-meanwhile": 0, "gone": 0, "refused": 1, "failed": 0}
    claim_counts(result, counts)
    taken_back = back(server.url, journal, Watch(on_step=lambda name: undo_steps.update([name])))
    claim_counts(taken_back, {"done": CHANGED})
    claim_same(look_at(server), before, before)
    assert set(steps) == set(STEPS)
    assert set(undo_steps) == set(UNDO_STEPS)
    return Unkilled(left, counts, steps, undo_steps)


def check(server: PrivateServer, before: Contents, expected: Unkilled) -> None:
    """See whether a cache is as an unkilled run leaves it, with every expiry."""
    now = look_at(server)
    assert {key: held.entry for key, held in now.items()} == expected.entries
    claim_same(now, {key: now[key]._replace(expires_at=before[key].expires_at) for key in now}, now)


def go_on(server: PrivateServer, operation: str, journal: Path) -> Result:
    """Resume, to the end."""
    return forward(operation, server.url, journal, Watch(), resume=True)
