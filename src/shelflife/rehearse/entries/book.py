"""Who has written what lies in the shared cache: by what the taps tell, never by what is hoped.

Rules:
1. An entry belongs to the release that wrote it last. Expiry and removal end that.
2. An entry that nobody was seen to write was there before: it is production's, from the seeded RDB.
3. What came while exactly one request of a release was on its way belongs to that request; while
   several were, it may belong to any of them, and is marked so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Optional

from shelflife.stores.tap import ALL_DATABASES, Effect, Exchange

OLD, NEW, PRODUCTION = "old", "new", "production"
_MOST_SIGHTS = 500

Place = tuple[int, bytes, bytes]
"""A database, a key in it, and a field of that key or b""."""


class Sight(NamedTuple):
    """One thing that a release did to one entry.

    Attributes:
        did: "read", "wrote", "deleted", "expired", "cleared" or "opaque".
        place: Where.
        entry: The bytes read or written; None if there were none, or if they are not known.
        redis_type: The type of the key.
        ttl: Seconds, as given with a write.
        by: The release that did it.
        phase: In which phase.
        writer: Of what was read: who had written it; "" if nothing was there.
        written_in: Of what was read: in which phase.
        serial: Tells the writes apart.
    """

    did: str
    place: Place
    entry: Optional[bytes]
    redis_type: str
    ttl: Optional[float]
    by: str
    phase: str
    writer: str = ""
    written_in: str = ""
    serial: int = 0

    @property
    def crosses(self) -> bool:
        """Whether an entry was read that the other release, or production, had written."""
        return self.did == "read" and self.writer not in {"", self.by}


class Written(NamedTuple):
    """The last write to a place."""

    by: str
    phase: str
    serial: int


class Window:
    """A request on its way, and what its release did meanwhile.

    Attributes:
        sights: In order.
        sure: Whether no other request of the release was on its way at the same time.
    """

    def __init__(self) -> None:
        self.sights: list[Sight] = []
        self.sure = True


class Book:
    """What is known of one cache. Told by the threads of the taps, asked by the others.

    Attributes:
        phase: The phase that goes on.
        between: What was done while no request was on its way.
        opaque: Commands whose effects nobody can know (scripts), and how many of each.
    """

    def __init__(self) -> None:
        self.phase = ""
        self.between: list[Sight] = []
        self.opaque: dict[str, int] = {}
        self._written: dict[Place, Written] = {}
        self._windows: dict[str, list[Window]] = {OLD: [], NEW: []}
        self._serial = 0
        self._lock = threading.Lock()

    @contextmanager
    def watch(self, release: str) -> Iterator[Window]:
        """Collect what a release does while the block runs."""
        window = Window()
        windows = self._windows[release]
        with self._lock:
            windows.append(window)
            if len(windows) > 1:
                for other in windows:
                    other.sure = False
        try:
            yield window
        finally:
            with self._lock:
                windows.remove(window)

    def told(self, release: str, exchange: Exchange) -> None:
        """Note a command of a release."""
        with self._lock:
            for effect in exchange.effects:
                sight = self._note(release, exchange.command, effect)
                for window in self._windows[release]:
                    if len(window.sights) < _MOST_SIGHTS:
                        window.sights.append(sight)
                if not self._windows[release] and len(self.between) < 100 * _MOST_SIGHTS:
                    self.between.append(sight)

    def removed(self, places: list[Place]) -> None:
        """The rehearsal itself has made these expire."""
        with self._lock:
            for place in places:
                self._written.pop(place, None)

    def take_between(self) -> list[Sight]:
        """Give what was done while no request was on its way, and forget it."""
        with self._lock:
            taken, self.between = self.between, []
            return taken

    def _note(self, release: str, command: str, effect: Effect) -> Sight:
        place = (effect.database, effect.key, effect.field)
        sight = Sight(
            _DID[effect.kind],
            place,
            effect.entry,
            effect.redis_type,
            effect.ttl,
            release,
            self.phase,
        )
        if effect.kind == "read":
            return self._read(sight)
        if effect.kind in {"write", "count"}:
            return self._write(sight)
        if effect.kind == "delete":
            if effect.entry is None:  # else one element of a set or a list: the rest is still there
                self._forget(place)
        elif effect.kind == "clear":
            self._clear(effect.database)
        elif effect.kind == "opaque":
            self.opaque[command] = self.opaque.get(command, 0) + 1
        return sight

    def _read(self, sight: Sight) -> Sight:
        last = self._written.get(sight.place)
        if sight.entry is None:  # it may have expired
            self._written.pop(sight.place, None)
            return sight
        if last is None:
            return sight._replace(writer=PRODUCTION)
        return sight._replace(writer=last.by, written_in=last.phase, serial=last.serial)

    def _write(self, sight: Sight) -> Sight:
        self._serial += 1
        self._written[sight.place] = Written(sight.by, self.phase, self._serial)
        return sight._replace(serial=self._serial)

    def _clear(self, database: int) -> None:
        for place in [p for p in self._written if database in {p[0], ALL_DATABASES}]:
            del self._written[place]

    def _forget(self, place: Place) -> None:
        database, key, field = place
        self._written.pop(place, None)
        if not field:
            for other in [p for p in self._written if p[2] and p[:2] == (database, key)]:
                del self._written[other]


_DID = {
    "read": "read",
    "write": "wrote",
    "count": "wrote",
    "delete": "deleted",
    "expire": "expired",
    "clear": "cleared",
    "opaque": "opaque",
}
