"""Who has written what lies in the shared cache: by what the taps tell, never by what is hoped.

Rules:
1. An entry belongs to the release that wrote it last. Expiry and removal end that.
2. An entry that nobody was seen to write was there before, if the cache was seeded: production's.
3. What a script did to a key is not seen. Bytes found there afterwards that nobody was seen to
   write are of the release whose scripts alone touched the key; if several did, of nobody.
4. What came while exactly one request of a release was on its way belongs to that request; while
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
_MOST_KEYS = 50_000

Key = tuple[int, bytes]
"""A database and a key in it."""

Place = tuple[int, bytes, bytes]
"""A database, a key in it, and a field of that key or b""."""


class Sight(NamedTuple):
    """One thing that a release did to one entry.

    Attributes:
        did: "read", "wrote", "refused", "deleted", "expired", "cleared" or "opaque".
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
    """The last write to a place.

    Attributes:
        mark: Tells its bytes from others; None if they are not known.
    """

    by: str
    phase: str
    serial: int
    mark: Optional[int] = None


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

    Args:
        seeded: Whether it held entries of production's before anything was written.

    Attributes:
        seeded: See above.
        phase: The phase that goes on.
        between: What was done while no request was on its way.
        opaque: Commands whose effects nobody can know (scripts), and how many of each.
        opaque_keys: The keys they named, and a command of each; at most `_MOST_KEYS`.
    """

    def __init__(self, *, seeded: bool = False) -> None:
        self.seeded = seeded
        self.phase = ""
        self.between: list[Sight] = []
        self.opaque: dict[str, int] = {}
        self.opaque_keys: dict[Key, str] = {}
        self._written: dict[Key, dict[bytes, Written]] = {}
        self._touched: dict[Key, dict[str, str]] = {}  # by scripts: of whom, in which phase
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
                self._forget(place[:2])

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
                self._forget(place[:2], effect.field)
        elif effect.kind == "clear":
            self._clear(effect.database)
        elif effect.kind == "opaque":
            self.opaque[command] = self.opaque.get(command, 0) + 1
            if effect.key:
                self._touch(sight, command)
        return sight

    def _read(self, sight: Sight) -> Sight:
        key, field = sight.place[:2], sight.place[2]
        if sight.entry is None:  # it may have expired
            self._forget(key, field)
            return sight
        last, scripts = self._last(sight), self._touched.get(key, {})
        if scripts and (last is None or last.mark not in {None, hash(sight.entry)}):
            writer, phase = _single(scripts)
            return sight._replace(writer=writer, written_in=phase)
        if last is None:
            return sight._replace(writer=PRODUCTION if self.seeded else "")
        return sight._replace(writer=last.by, written_in=last.phase, serial=last.serial)

    def _last(self, sight: Sight) -> Optional[Written]:
        fields = self._written.get(sight.place[:2], {})
        found = fields.get(sight.place[2])
        if found is not None or sight.redis_type != "hash":
            return found
        # HVALS names no fields: the one with these bytes, or any if all are of one release
        every = list(fields.values())
        same = [one for one in every if one.mark == hash(sight.entry)]
        if same or len({one.by for one in every}) == 1:
            return (same or every)[-1]
        return None

    def _write(self, sight: Sight) -> Sight:
        self._serial += 1
        mark = None if sight.entry is None else hash(sight.entry)
        fields = self._written.setdefault(sight.place[:2], {})
        fields[sight.place[2]] = Written(sight.by, self.phase, self._serial, mark)
        if not sight.place[2]:
            self._touched.pop(sight.place[:2], None)
        return sight._replace(serial=self._serial)

    def _touch(self, sight: Sight, command: str) -> None:
        key = sight.place[:2]
        self._touched.setdefault(key, {})[sight.by] = self.phase
        if len(self.opaque_keys) < _MOST_KEYS:
            self.opaque_keys.setdefault(key, command)

    def _clear(self, database: int) -> None:
        for known in (self._written, self._touched):
            for key in [key for key in known if database in {key[0], ALL_DATABASES}]:
                del known[key]

    def _forget(self, key: Key, field: bytes = b"") -> None:
        if field:
            self._written.get(key, {}).pop(field, None)
        else:
            self._written.pop(key, None)
            self._touched.pop(key, None)


def _single(scripts: dict[str, str]) -> tuple[str, str]:
    """Give the release whose scripts touched a key, and the phase; nobody if there are several."""
    return next(iter(scripts.items())) if len(scripts) == 1 else ("", "")


_DID = {
    "read": "read",
    "write": "wrote",
    "refused": "refused",
    "count": "wrote",
    "delete": "deleted",
    "expire": "expired",
    "clear": "cleared",
    "opaque": "opaque",
}
