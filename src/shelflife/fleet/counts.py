"""What the processes of a fleet have counted, as somebody reads it who is not one of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shelflife.fleet.reporting import counts_key
from shelflife.fleet.tally import KINDS, Cause
from shelflife.stores.commands import ReadHash, WrongType

HOUR = 3600.0

_MOST_FIELDS = 50_000
_LONGEST = 2_000


@dataclass(frozen=True)
class ReleaseCounts:
    """What the processes of one release have counted."""

    counts: Mapping[Cause, int] = field(default_factory=dict)

    def by(self, kind: str) -> dict[Cause, int]:
        """Give the counts of a kind by their labels."""
        return {cause[1:]: n for cause, n in self.counts.items() if cause[0] == kind}

    def total(self, kind: str) -> int:
        """Give all counts of a kind together."""
        return sum(self.by(kind).values())

    @property
    def unavailable(self) -> int:
        """Reads for which the server gave no answer."""
        return self.counts.get(("misses", "unavailable"), 0)

    @property
    def reads(self) -> int:
        """Reads that the server answered."""
        return self.total("hits") + self.total("misses") - self.unavailable

    @property
    def hit_ratio(self) -> float:
        """Of those, the share that gave a value; 0 if there was none."""
        return self.total("hits") / self.reads if self.reads else 0.0


@dataclass(frozen=True)
class Counts:
    """What the processes of a fleet have counted in some hours.

    Attributes:
        counts: By release and cause.
        problems: What of it is not to be believed.
        is_there: Whether anything was found.
    """

    counts: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    is_there: bool = False

    @cached_property
    def _by_release(self) -> dict[str, dict[Cause, int]]:
        found: dict[str, dict[Cause, int]] = {}
        for (release, *cause), number in self.counts.items():
            found.setdefault(release, {})[tuple(cause)] = number
        return found

    @property
    def releases(self) -> set[str]:
        """Those that counted anything."""
        return set(self._by_release)

    def of(self, release: str) -> ReleaseCounts:
        """Give the counts of a release."""
        return ReleaseCounts(self._by_release.get(release, {}))

    @cached_property
    def together(self) -> ReleaseCounts:
        """The counts of all releases, added up."""
        found: Counter[Cause] = Counter()
        for counts in self._by_release.values():
            found.update(counts)
        return ReleaseCounts(found)

    def since(self, before: Counts) -> Counts:
        """Give what was counted since; what went down was lost on the way."""
        found = {cause: n - before.counts.get(cause, 0) for cause, n in self.counts.items()}
        lost = any(n < 0 for n in found.values()) or before.counts.keys() - self.counts.keys()
        problems = {*self.problems, *(("counts were removed meanwhile",) if lost else ())}
        left = {cause: n for cause, n in found.items() if n > 0}
        return Counts(left, tuple(sorted(problems)), self.is_there)


def read_counts(fleet: str, moments: Iterable[float], run: Callable[[Any], Any]) -> Counts:
    """Read the counts of some hours, added up.

    Args:
        fleet: Whose.
        moments: One of each hour.
        run: Runs a command at a store.

    Raises:
        ServerError: If the server cannot be asked.
    """
    total: Counter[tuple[str, ...]] = Counter()
    problems = []
    is_there = False
    for key in sorted({counts_key(fleet, moment) for moment in moments}):
        content = run(ReadHash(key, _MOST_FIELDS))
        name = key.decode()
        if isinstance(content, WrongType):
            problems.append(f"what lies under {name} is no hash")
        elif content.size > _MOST_FIELDS:
            problems.append(f"the hash {name} has {content.size:,} fields, which no fleet makes")
        else:
            counts, bad = counted(content.fields)
            total.update(counts)
            is_there = is_there or bool(counts)
            if bad:
                problems.append(f"{bad} fields of the hash {name} hold something else than counts")
    return Counts(total, tuple(problems), is_there)


def counted(fields: Mapping[bytes, bytes]) -> tuple[dict[tuple[str, ...], int], int]:
    """Give the counts by release and cause, and how many fields hold something else."""
    found: dict[tuple[str, ...], int] = {}
    bad = 0
    for name, value in fields.items():
        cause = _cause(name)
        if not cause or not value.isdigit() or len(value) > 19:
            bad += 1
        elif cause[1] in KINDS:
            found[cause] = int(value)
    return found, bad


def _cause(name: bytes) -> tuple[str, ...]:
    """Give release, kind and labels; nothing, if that is none of ours."""
    try:
        words = json.loads(name) if len(name) <= _LONGEST else None
    except (ValueError, RecursionError):
        return ()
    if not isinstance(words, list) or len(words) < 2 or not all(map(_is_text, words)):
        return ()
    labels = KINDS.get(words[1])
    return tuple(words) if labels in {None, len(words) - 2} else ()


def _is_text(word: object) -> bool:
    return isinstance(word, str)
