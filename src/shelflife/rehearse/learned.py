"""What each release does by itself, on a cache of its own: the measure for all that comes after."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Optional

from shelflife.rehearse.entries.book import NEW, OLD, Key, Place, Sight
from shelflife.rehearse.entries.kinds import Kinds, has_wide_text
from shelflife.rehearse.entries.tally import is_unused
from shelflife.rehearse.requests import Request
from shelflife.rehearse.running import Seen

COLD, WARM = "cold", "warm"
_MOST_LIVES = 1_000
_DETAILS = re.compile(r"'[^']*'|\"[^\"]*\"|[\w-]*\d[\w-]*")  # what is quoted, and names with digits


class Alone(NamedTuple):
    """How often a release, asked twice for the same, used what it had kept of it.

    Attributes:
        read: Entries that it read when it was asked again.
        unused: Of these, those that it wrote again at once.
        absent: Entries that it looked for again and had not kept.
    """

    read: int = 0
    unused: int = 0
    absent: int = 0

    @property
    def share_missed(self) -> float:
        """The share of its lookups that were of no use."""
        tried = self.read + self.absent
        return (self.unused + self.absent) / tried if tried else 0.0


class Learned:
    """What was learned of both releases. Told by several threads.

    Attributes:
        places: By release and run: where each request found or wrote entries.
        written: By request, all places that either release wrote.
        lives: By release and key class: the seconds given to entries, None for no expiry.
        alone: By release and key class.
        reads: By release: the key classes that it reads.
        statuses: By release and request: the status codes it gives.
        non_ascii: Requests whose entries hold text outside ASCII.
    """

    def __init__(self) -> None:
        self.places: dict[tuple[str, int], dict[int, frozenset[Place]]] = defaultdict(dict)
        self.written: dict[int, set[Place]] = defaultdict(set)
        self.lives: dict[tuple[str, str], list[Optional[float]]] = defaultdict(list)
        self.alone: dict[tuple[str, str], Alone] = {}
        self.reads: dict[str, set[str]] = {OLD: set(), NEW: set()}
        self.statuses: dict[str, dict[int, set[int]]] = {OLD: {}, NEW: {}}
        self.non_ascii: set[int] = set()
        self._sights: list[tuple[str, str, int, tuple[Sight, ...]]] = []
        self._rewrites: set[tuple[str, int, str]] = set()
        self._changed: set[tuple[str, Key]] = set()
        self._raised: set[tuple[str, str]] = set()
        self._raised_at: set[tuple[str, str, int]] = set()
        self._opaque: set[Place] = set()
        self._numbers: dict[tuple[str, str, bytes], int] = {}
        self._lock = threading.Lock()

    def distinct(self, requests: Iterable[Request]) -> list[Request]:
        """Give each request once; others like it go by its number from now on."""
        first = self._numbers.setdefault
        return [one for one in requests if first(one.identity, one.number) == one.number]

    def number(self, request: Request) -> int:
        """Give the number of the first request like this one."""
        return self._numbers.get(request.identity, request.number)

    def add(self, seen: Seen, run: int, again: str) -> None:
        """Note how a release answered, in its run 0 or 1, cold or warm."""
        number, release = seen.request.number, seen.release
        with self._lock:
            self.statuses[release].setdefault(number, set()).add(seen.answer.status)
            for text in seen.exceptions:
                self._raised.add((release, _shape(text)))
                self._raised_at.add((release, exception_type(text), number))
            before = self.places[release, run].get(number, frozenset())
            kept = {s.place for s in seen.sights if _is_kept(s)}
            self.places[release, run][number] = before | kept
            self.written[number].update(s.place for s in seen.sights if s.did == "wrote")
            self._opaque.update(s.place for s in seen.sights if s.did == "opaque" and s.place[1])
        if run == 0:
            wide = any(sight.entry and has_wide_text(sight) for sight in seen.sights)
            with self._lock:
                self._sights.append((release, again, number, tuple(map(_light, seen.sights))))
                if wide:
                    self.non_ascii.add(number)

    def note_late(self, release: str, exceptions: Iterable[str]) -> None:
        """Note what a release logs by itself after its last answer."""
        self._raised.update((release, _shape(text)) for text in exceptions)

    def settle(self, kinds: Kinds) -> None:
        """Sum up what was done to entries, now that the key classes are known."""
        for release, again, number, sights in self._sights:
            for index, sight in enumerate(sights):
                key_class = kinds.class_of(sight.place)
                if sight.did == "wrote":
                    self._note_life(release, key_class, _life(sights, index))
                elif sight.did == "read":
                    self.reads[release].add(key_class)
                    if again == WARM and self._note_use(release, key_class, sights, index):
                        self._rewrites.add((release, number, key_class))
                if again == WARM and sight.did in {"wrote", "deleted"}:
                    self._changed.add((release, sight.place[:2]))
        self._sights.clear()

    def _note_use(self, release: str, key_class: str, sights: Sequence[Sight], index: int) -> bool:
        """Note whether a release has used what it read; give whether it did not."""
        one = self.alone.get((release, key_class), Alone())
        here = sights[index].entry is not None
        unused = here and is_unused(sights, index)
        self.alone[release, key_class] = Alone(
            one.read + here, one.unused + unused, one.absent + (not here)
        )
        return unused

    def steady_places(self, release: str, request: Request) -> frozenset[Place]:
        """Give where a request finds or writes entries, in both runs of a release."""
        one, other = (self.places[release, run].get(request.number) for run in (0, 1))
        return one & other if one and other else frozenset()

    def rewrites_alone(self, seen: Seen, place: Place, key_class: str) -> bool:
        """Whether this request has its release write anew what it reads, by itself already.

        If it is not sure whose doing it was, any request that changes this key by itself counts.
        """
        if not seen.sure and (seen.release, place[:2]) in self._changed:
            return True
        return (seen.release, self.number(seen.request), key_class) in self._rewrites

    def raises_alone(self, release: str, request: Request, text: str) -> bool:
        """Whether a release logs such an exception by itself.

        Details may differ: numbers, names, what is quoted; of the same request, the whole message.
        """
        known = (release, exception_type(text), self.number(request))
        return (release, _shape(text)) in self._raised or known in self._raised_at

    def fails_alone(self, release: str, request: Request) -> bool:
        """Whether a release answers this request with an error by itself."""
        statuses = self.statuses[release].get(self.number(request), set())
        return any(status >= 500 or not status for status in statuses)

    def only_errors(self, release: str) -> bool:
        """Whether a release had no good answer to anything."""
        found = self.statuses[release].values()
        return bool(found) and all(s >= 500 or not s for statuses in found for s in statuses)

    def all_places(self) -> Iterator[Place]:
        """Give every place that was written, or that a script named."""
        for places in self.written.values():
            yield from places
        yield from self._opaque

    def _note_life(self, release: str, key_class: str, ttl: Optional[float]) -> None:
        lives = self.lives[release, key_class]
        if len(lives) < _MOST_LIVES:
            lives.append(ttl)


def _is_kept(sight: Sight) -> bool:
    return sight.did == "wrote" or (sight.did == "read" and sight.entry is not None)


def _light(sight: Sight) -> Sight:
    """Keep that there was an entry, and not its bytes: there are many, and they may be long."""
    return sight if sight.entry is None else sight._replace(entry=b"")


def _life(sights: Sequence[Sight], index: int) -> Optional[float]:
    """Give the seconds that an entry was given, with its write or right after it."""
    wrote = sights[index]
    if wrote.ttl is not None:
        return wrote.ttl
    for later in sights[index + 1 :]:
        if later.did == "expired" and later.place[:2] == wrote.place[:2]:
            return later.ttl
    return None


def exception_type(text: str) -> str:
    """Give the type in the last line of a traceback."""
    return text.partition(":")[0].strip()


def _shape(text: str) -> str:
    """Give the last line of a traceback without what may be another one each time."""
    return _DETAILS.sub("*", text)
