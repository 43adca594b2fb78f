"""Somebody who does the worst at the worst moment: after a batch was judged, before it is changed.

Which entries those are, the journal says: it has them on the disk by then.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Optional

from shelflife.live.repair.frames import Kind, read_frames, unpack
from shelflife.testing.asking import ask
from shelflife.testing.claims import claim
from shelflife.testing.contents import Held, put
from shelflife.testing.servers import PrivateServer

LAST_MOMENT = "fsynced"
"""The step after which a batch is changed."""
_LONG = 90_000


class Interference:
    """Meddles with every other entry, in one of four ways by turns.

    Args:
        server: The cache.
        journal: The file of the operation's journal.
        newer: Gives the bytes of its writes, by number.

    Attributes:
        left: What it left under each key that it meddled with; None for nothing.
    """

    def __init__(self, server: PrivateServer, journal: Path, newer: Callable[[int], bytes]) -> None:
        self._server = server
        self._journal = journal
        self._newer = newer
        self._seen = 0
        self._outcomes: Counter[str] = Counter()
        self.left: dict[bytes, Optional[Held]] = {}

    def step(self, name: str) -> None:
        """Meddle, if it is the moment; for `Watch.on_step`."""
        if name != LAST_MOMENT:
            return
        for key in self._last_batch():
            self._seen += 1
            if self._seen % 2 and key not in self.left:
                self._meddle(key)

    def count(self, outcome: str) -> int:
        """Give how many entries must have met an outcome by now."""
        return self._outcomes[outcome]

    def check(self, now: Mapping[bytes, Held]) -> None:
        """See whether all that was left is as it was left."""
        for key, held in self.left.items():
            if held is None:
                claim(key not in now, key, "has come back")
            else:
                claim(key in now, key, "is gone, and with it a newer write")
                claim(now[key].entry == held.entry, key, "lost a newer write")

    def _meddle(self, key: bytes) -> None:
        way = (self._seen // 2) % 4
        left: Optional[Held] = None
        if way == 0:
            left = Held(self._newer(self._seen), int(time.time() * 1000) + _LONG)
            put(self._server, {key: left})
        elif way == 1:
            left = Held(None)
            ask(self._server, "DEL", key)
            ask(self._server, "RPUSH", key, "of another type")
        elif way == 2:
            ask(self._server, "DEL", key)
        else:
            ask(self._server, "PEXPIRE", key, "1")
            time.sleep(0.003)
        self.left[key] = left
        self._outcomes["changed-meanwhile" if left is not None else "gone"] += 1

    def _last_batch(self) -> list[bytes]:
        with self._journal.open("rb") as file:
            for _ in range(2):
                file.readline()
            batches = [
                frame for frame in read_frames(file, file.tell()) if frame.kind == Kind.BATCH
            ]
        return [key for key, *_ in unpack(batches[-1])]
