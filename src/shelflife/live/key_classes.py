"""Key classes for a report: two segments where the second is a word of the namespace.

Rules:
1. As in `events.key_classes`: the prefix stays, then the first segment if it is a plain word.
2. The second one stays if the first entries of a scan show it to be the namespace's, and no
   person's: it is a plain word, several keys have it, and its place knows only a few different
   words. So `api:article:7` is `api:article:*`, and `user:bob:cart` is `user:*`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from shelflife.events.key_classes import MOST, OTHER

_SEVERAL = 3
_FEW = 20
_WORD = r"[A-Za-z][A-Za-z_-]{0,31}"
_SEGMENTS = re.compile(rf"({_WORD}[:/.|])(?:({_WORD}[:/.|])(?=.)|(?=.))", re.DOTALL)


class KeyClasses:
    """Gives key classes for the keys below a prefix, after it has learned from some of them."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._known: dict[str, str] = {}
        self._names: set[str] = set()
        self._words: set[str] = set()

    def learn(self, keys: Sequence[str]) -> None:
        """Find out which second segments are words of the namespace."""
        seen = Counter(match[0] for key in keys if (match := _SEGMENTS.match(key)) and match[2])
        firsts = Counter(_first(both) for both in seen)
        self._words = {
            both
            for both, count in seen.items()
            if count >= _SEVERAL and firsts[_first(both)] <= _FEW
        }

    def of(self, key: str) -> str:
        """Give the class of a key (without the prefix, which is put in front)."""
        match = _SEGMENTS.match(key)
        segments = match[0] if match else ""
        known = self._known.get(segments)
        if known is None:
            known = self._new(match[1] if match and segments not in self._words else segments)
            if len(self._known) < 10 * MOST:
                self._known[segments] = known
        return known

    def _new(self, kept: str) -> str:
        name = f"{self._prefix}{kept}*"
        if name not in self._names:
            if len(self._names) >= MOST:
                return OTHER
            self._names.add(name)
        return name


def _first(both: str) -> str:
    return re.split(r"[:/.|]", both, maxsplit=1)[0]
