"""What was written, read, and crossed from one release to the other, counted by kind of entry.

Rules:
1. An entry crosses if one release reads what the other wrote. An upgrade is tried by what new reads
   of old (or of production), a rollback by what old reads of new.
2. An entry is not used if whoever read it writes it again in the same request, or removes it: a
   miss in disguise.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from shelflife.rehearse.entries.book import NEW, OLD, PRODUCTION, Sight
from shelflife.rehearse.entries.features import Features
from shelflife.rehearse.entries.kinds import Kind, Kinds

UPGRADE, ROLLBACK = "upgrade", "rollback"
READS, CHANGED, FAILS = OUTCOMES = ("reads", "changed", "fails")
"""What came of a request that read an entry: its own answer, another one, an error."""
FEATURES = ("non-ascii text", "bytes", "empty", "large", "nested")
_MOST_KINDS = 2_000
_MOST_ENTRIES = 200_000


def direction_of(reader: str, writer: str) -> str:
    """Give which direction a read tries; "" if it is of the reader's own."""
    if reader == NEW and writer in {OLD, PRODUCTION}:
        return UPGRADE
    return ROLLBACK if reader == OLD and writer == NEW else ""


class Crossing(NamedTuple):
    """Who read entries of a kind that somebody else had written."""

    kind: Kind
    writer: str
    reader: str


class KindTally:
    """What happened to the entries of one kind.

    Attributes:
        wrote, read: How often, by release and phase.
        features: How many entries that crossed had each feature, by direction.
        types: How many entries, written or read, had values of each type in them.
    """

    def __init__(self) -> None:
        self.wrote: Counter[tuple[str, str]] = Counter()
        self.read: Counter[tuple[str, str]] = Counter()
        self.crossed: Counter[str] = Counter()
        self.features: dict[str, Counter[str]] = defaultdict(Counter)
        self.types: Counter[str] = Counter()


class CrossingTally:
    """Reads of another's entries.

    Attributes:
        reads: How often.
        unused: How often the entry was written anew, or removed, at once.
        entries: Which entries, and the worst that came of reading them: see `OUTCOMES`.
    """

    def __init__(self) -> None:
        self.reads = self.unused = 0
        self.entries: dict[tuple[object, int], str] = {}


class Tally:
    """All of it.

    Attributes:
        kinds: By kind; at most `_MOST_KINDS` are kept apart.
        crossings: By kind, writer and reader.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.kinds: dict[Kind, KindTally] = {}
        self.crossings: dict[Crossing, CrossingTally] = {}
        self._known = kinds
        self._lock = threading.Lock()

    def add(self, sights: Sequence[Sight], outcome: str = READS) -> None:
        """Count what a release did in a request, in its order, and what came of it."""
        for number, sight in enumerate(sights):
            if sight.entry is None or sight.did not in {"read", "wrote"}:
                continue
            known = self._known.of(sight)
            with self._lock:
                self._count(sight, known.kind, known.features)
                if sight.crosses:
                    self._cross(sight, known.kind, is_unused(sights, number), outcome)

    def _count(self, sight: Sight, kind: Kind, features: Features) -> None:
        one = self.kinds.get(kind)
        if one is None:
            if len(self.kinds) >= _MOST_KINDS:
                return
            one = self.kinds[kind] = KindTally()
        (one.wrote if sight.did == "wrote" else one.read)[sight.by, sight.phase] += 1
        one.types.update(features.types)
        direction = direction_of(sight.by, sight.writer) if sight.did == "read" else ""
        if direction:
            one.crossed[direction] += 1
            one.features[direction].update(named(features))

    def _cross(self, sight: Sight, kind: Kind, unused: bool, outcome: str) -> None:
        crossing = Crossing(kind, sight.writer, sight.by)
        one = self.crossings.setdefault(crossing, CrossingTally())
        one.reads += 1
        one.unused += unused
        entry = (hash(sight.place), sight.serial)
        if entry in one.entries or len(one.entries) < _MOST_ENTRIES:
            one.entries[entry] = max(one.entries.get(entry, READS), outcome, key=OUTCOMES.index)


def is_unused(sights: Sequence[Sight], number: int) -> bool:
    """Whether what was read there is written again, or removed, later on in the same request.

    To try in vain counts as well: whoever only adds would else miss it for as long as it lives.
    """
    place = sights[number].place
    whole = (*place[:2], b"")
    return any(
        (later.did in {"wrote", "refused"} and later.place == place)
        or (later.did == "deleted" and later.entry is None and later.place in {place, whole})
        for later in sights[number + 1 :]
    )


def named(features: Features) -> list[str]:
    """Give the names of the features that an entry has, out of `FEATURES`."""
    return [name for name in FEATURES if getattr(features, _ATTRIBUTE[name])]


_ATTRIBUTE = {
    "non-ascii text": "non_ascii",
    "bytes": "bytes",
    "empty": "empty",
    "large": "large",
    "nested": "nested",
}
