"""What an entry is: its key class, who may have written such bytes, its signature, its features.

Memory stays flat: what was found out is remembered for the bytes that were met last, and of each
kind a few samples are kept for the judge.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, Optional

from shelflife.dialects import recognise
from shelflife.dialects.recognition import Stored
from shelflife.live.key_classes import KeyClasses
from shelflife.rehearse.entries.book import Place, Sight
from shelflife.rehearse.entries.features import Features, features_of

_REMEMBERED = 20_000
_LONGEST_SAMPLE = 64 << 10
_MOST_SAMPLES = 2_000
_MOST_NAMES = 50


def has_wide_text(sight: Sight) -> bool:
    """Whether an entry holds text outside ASCII; for entries whose key class is not known yet."""
    assert sight.entry is not None, "the caller looked"
    return features_of(recognise(_stored(sight, sight.entry)), sight.entry).non_ascii


class Kind(NamedTuple):
    """Entries that verdicts treat alike.

    Attributes:
        key_class: Their key class.
        dialect, codec, protocol: Who may have written such bytes, and how.
        names: What their pickles refer to, at most `_MOST_NAMES`.
        eight_bit: Whether they hold 8-bit strings outside ASCII, as Python 2 writes them.
        state: As in `Recognised`.
        reason: As in `Recognised`.
    """

    key_class: str
    dialect: str
    codec: str
    protocol: Optional[int]
    names: tuple[str, ...]
    eight_bit: bool
    state: str
    reason: str

    @property
    def signature(self) -> str:
        """The same for people."""
        codec = "" if self.codec in {"", self.dialect} else f", {self.codec}"
        protocol = "" if self.protocol is None else f" protocol {self.protocol}"
        names = f", {_listed(self.names)}" if self.names else ""
        marks = ", 8-bit strings that are not ASCII" if self.eight_bit else ""
        broken = f", {self.reason}" if self.reason else ""
        return f"{self.dialect}{codec}{protocol}{names}{marks}{broken}"


class Known(NamedTuple):
    """What was found out about one entry."""

    kind: Kind
    features: Features


class Kinds:
    """Finds out what entries are.

    Args:
        prefix: What the keys begin with.

    Attributes:
        samples: Of each kind the first entry that was met.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix.encode("utf-8", "surrogateescape")
        self._classes = KeyClasses(prefix)
        self._class_of = lru_cache(maxsize=_REMEMBERED)(self._find_class)
        self._known: dict[bytes, Known] = {}
        self._lock = threading.Lock()
        self.samples: dict[Kind, Stored] = {}

    def learn(self, places: Iterable[Place]) -> None:
        """Find out which segments of keys are words of the namespace."""
        self._classes.learn([self._text(key) for _, key, _ in places])

    def class_of(self, place: Place) -> str:
        """Give the key class of a place."""
        return self._class_of(place[1])

    def of(self, sight: Sight) -> Known:
        """Give what the entry of a sight is; it must have one."""
        assert sight.entry is not None, "the caller looked"
        key_class = self.class_of(sight.place)
        mark = hashlib.blake2b(sight.entry, digest_size=16, salt=_salt(key_class)).digest()
        with self._lock:
            known = self._known.get(mark)
            if known is None:
                known = self._find(sight, key_class)
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[mark] = known
        return known

    def _find(self, sight: Sight, key_class: str) -> Known:
        assert sight.entry is not None, "the caller looked"
        stored = _stored(sight, sight.entry)
        found = recognise(stored)
        facts = found.facts
        names = sorted(f"{module}.{name}" for module, name in facts.names) if facts else []
        kind = Kind(
            key_class,
            found.dialect,
            found.codec,
            facts.protocol if facts else None,
            tuple(names[:_MOST_NAMES]),
            bool(facts and facts.non_ascii),
            found.state,
            found.reason,
        )
        if len(self.samples) < _MOST_SAMPLES and len(sight.entry) <= _LONGEST_SAMPLE:
            self.samples.setdefault(kind, stored)
        return Known(kind, features_of(found, sight.entry))

    def _find_class(self, key: bytes) -> str:
        return self._classes.of(self._text(key))

    def _text(self, key: bytes) -> str:
        key = key.removeprefix(self._prefix)
        return key.decode("utf-8", "replace")


def _stored(sight: Sight, entry: bytes) -> Stored:
    _, key, field = sight.place
    return Stored(key, entry, sight.redis_type, field)


def _salt(key_class: str) -> bytes:
    return hashlib.blake2b(key_class.encode("utf-8", "replace"), digest_size=16).digest()


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:2])
    return shown if len(names) <= 2 else f"{shown} and {len(names) - 2} more names"
