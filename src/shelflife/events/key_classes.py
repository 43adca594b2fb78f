"""The key class of a key: what may be said of it in a log or a metric.

Rules:
1. The cache's prefix is the user's own word and stays. Of the rest, at most the first segment
   stays, and only if it is a plain word that another segment follows: `api:article:17` is
   `api:article:*`, while `api:17`, `api:bob` and `api:bob@example.org:cart` are `api:*`.
2. At most 200 classes are kept apart; further ones are `other`. Labels stay bounded.
"""

from __future__ import annotations

import re

MOST = 200
OTHER = "other"
_WORD = re.compile(r"([A-Za-z][A-Za-z_-]{0,31})([:/.|])(?=.)", re.DOTALL)


class KeyClasses:
    """Gives key classes for the keys below one prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._seen: set[str] = set()

    def of(self, key: str) -> str:
        """Give the class of a key (without the prefix, which is put in front)."""
        name = self.name(key)
        if name not in self._seen:
            if len(self._seen) >= MOST:
                return OTHER
            self._seen.add(name)
        return name

    def name(self, key: str) -> str:
        """Give the class's name, however many there are."""
        word = _WORD.match(key)
        return f"{self._prefix}{word[0] if word else ''}*"
