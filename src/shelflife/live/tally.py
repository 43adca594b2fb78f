"""What the audit has seen, summed up by key class, signature and verdicts; memory stays flat.

At most `MOST` groups are kept apart; what comes after them is summed up by dialect and verdicts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Callable, Optional

from shelflife.dialects.recognition import Recognised
from shelflife.live.key_classes import KeyClasses
from shelflife.verdicts import Judged

MOST = 2_000
HOURS = (0.0, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0, 48.0, 72.0, 168.0, 336.0, 720.0)
_SHOWN_KEYS = 5
_SHOWN_NAMES = 50
_HOUR = 3_600_000  # milliseconds


class Group:
    """Entries of one key class that are alike in all that matters.

    Attributes:
        found: One of them, for what they have in common.
        count, size, without_ttl: Entries, bytes, and entries that never expire.
        expiring: How many expire in each span between two of the hours.
        keys: Some keys, if they may be shown.
    """

    __slots__ = ("count", "expiring", "found", "judged", "key_class", "keys", "size", "without_ttl")

    def __init__(self, key_class: str, found: Recognised, judged: Judged, spans: int) -> None:
        self.key_class = key_class
        self.found = found._replace(
            payload=None, facts=found.facts and found.facts.trimmed(_SHOWN_NAMES)
        )
        self.judged = judged
        self.count = self.size = self.without_ttl = 0
        self.expiring = [0] * (spans + 1)
        self.keys: list[bytes] = []

    def left(self) -> list[int]:
        """How many still live after each of the hours."""
        alive = self.count
        lives = []
        for expired in self.expiring[:-1]:
            alive -= expired
            lives.append(alive)
        return lives


class Tally:
    """All groups.

    Args:
        prefix: What the keys begin with.
        deploy_in: Seconds until the deploy; None if that was not said.
        show_keys: Whether keys may be kept.
    """

    def __init__(self, prefix: str, deploy_in: Optional[float], *, show_keys: bool) -> None:
        self._prefix = prefix
        self._show_keys = show_keys
        hours = set(HOURS) if deploy_in is None else {*HOURS, deploy_in / 3600}
        self.hours = sorted(hours)
        self.deploy_at = None if deploy_in is None else self.hours.index(deploy_in / 3600)
        self._edges = [hour * _HOUR for hour in self.hours]
        self.begin()

    def begin(self) -> None:
        """Forget everything: the scan begins anew."""
        self._classes = KeyClasses(self._prefix)
        self._groups: dict[object, Group] = {}
        self._fast: dict[tuple[str, int, str], Group] = {}
        self.keys = self.entries = self.size = self.gone = self.denied = 0

    @property
    def groups(self) -> list[Group]:
        """The groups, in the order in which they were first met."""
        return list(self._groups.values())

    def add(
        self,
        keys: Sequence[bytes],
        sizes: Sequence[int],
        ttls: Sequence[int],
        found: Sequence[Recognised],
        signature_of: Callable[[Recognised], int],
        judged: Sequence[Judged],
    ) -> None:
        """Count a batch; the sequences go together. The signature keeps groups apart."""
        skip = len(self._prefix.encode("utf-8", "surrogateescape"))
        texts = [key[skip:].decode("utf-8", "replace") for key in keys]
        if not self.entries:
            self._classes.learn(texts)
        fast, edges, of = self._fast, self._edges, self._classes.of
        for key, text, size, ttl, one, verdicts in zip(keys, texts, sizes, ttls, found, judged):
            key_class = of(text)
            place = (key_class, id(verdicts), one.writer)
            group = fast.get(place)
            if group is None:
                group = self._group(key_class, one, signature_of(one), verdicts)
                if group.judged is verdicts:  # kept alive, so that its id stays its own
                    fast[place] = group
            group.count += 1
            group.size += size
            if ttl < 0:
                group.without_ttl += 1
            else:
                group.expiring[bisect_left(edges, ttl)] += 1
            if self._show_keys and len(group.keys) < _SHOWN_KEYS:
                group.keys.append(key)
            self.size += size
        self.entries += len(keys)

    def _group(self, key_class: str, found: Recognised, signature: int, judged: Judged) -> Group:
        verdicts = (tuple(judged.verdicts.items()), tuple(judged.rewritten.items()))
        key: object = (key_class, signature, found.writer, verdicts)
        if key not in self._groups and len(self._groups) >= MOST:
            key = (found.dialect, found.state, verdicts)
            key_class, found = "other", found._replace(writer="")
            if key not in self._groups and len(self._groups) >= 2 * MOST:
                key = ("other", *_outcomes(judged))
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key_class, found, judged, len(self.hours))
        return group


def _outcomes(judged: Judged) -> tuple[tuple[str, str, str], ...]:
    """What decides a headline: by target and pair, without the details."""
    both = (*judged.verdicts.items(), *judged.rewritten.items())
    return tuple((name, verdict.verdict, verdict.reason) for name, verdict in both)
