"""What speaks against a deploy: collected, alike ones together, a few of each kept as examples.

Kinds:
- `error`: no good answer, or an exception in the log, that the release by itself does not show.
- `answer`: an answer that neither the release itself nor old would have given.
- `release`: new answers otherwise than old by itself already; the cache has no part in it.
- `unused`: an entry was read and written again at once, or is never kept: a miss in disguise.
- `keys`: the releases use different keys for the same requests: each deploy begins with no cache.
- `expiry`: the releases give entries of one key class very different lives.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple, Optional

from shelflife.dialects.recognition import Stored
from shelflife.rehearse.answers import Answer, Difference
from shelflife.rehearse.entries.book import Sight
from shelflife.rehearse.entries.kinds import Kind
from shelflife.rehearse.running import Seen

ERROR, ANSWER, RELEASE, UNUSED, KEYS, EXPIRY = (
    "error",
    "answer",
    "release",
    "unused",
    "keys",
    "expiry",
)
ORDER = (ERROR, ANSWER, UNUSED, RELEASE, KEYS, EXPIRY)
_MOST = 500
_MOST_EXAMPLES = 3
_MOST_ENTRIES = 6
_LONGEST_ENTRY = 64 << 10
LONGEST_BODY = 16_000
"""Bytes of an answer that are kept."""
_PLACES = re.compile(r"\[\d+\]|\b\d+\b")


class Entry(NamedTuple):
    """An entry that a request read or wrote.

    Attributes:
        stored: Its bytes, for the judge; None if it is too long to be kept.
    """

    sight: Sight
    kind: Kind
    stored: Optional[Stored]
    size: int


class Example(NamedTuple):
    """One request that shows a finding.

    Attributes:
        expected: What the release answers by itself, if that is known.
    """

    seen: Seen
    expected: Optional[Answer]
    differences: tuple[Difference, ...]
    entries: tuple[Entry, ...]


class Subject(NamedTuple):
    """What makes findings alike.

    Attributes:
        kind: See above.
        direction: "upgrade", "rollback", or "" if the releases differ by themselves.
        release: Whose doing it is.
        key_class: Of the entry that crossed; "" if none did.
        endpoint: Of the requests, if no entry crossed: then that is what they have in common.
        mark: The exception's type, or the place of the first difference.
        accepted: Whether the plan says that it is meant.
    """

    kind: str
    direction: str
    release: str
    key_class: str = ""
    endpoint: str = ""
    mark: str = ""
    accepted: bool = False


class Finding:
    """Some that are alike.

    Attributes:
        phases, endpoints: How many in each phase, and of each endpoint.
        exceptions, statuses: How often each.
        examples: A few of the requests.
        detail: A clause on what was found, for kinds that are about no single request.
        writer: Who had written the entries that were read: "old", "new" or "production".
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.phases: Counter[str] = Counter()
        self.endpoints: Counter[str] = Counter()
        self.exceptions: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.examples: list[Example] = []
        self.detail = ""
        self.writer = ""

    @property
    def count(self) -> int:
        """How many."""
        return sum(self.phases.values())


class Findings:
    """All of them; told by several threads.

    Args:
        accept: Those that are meant: "kind:pattern" of an endpoint or a key class.
    """

    def __init__(self, accept: Sequence[str]) -> None:
        self._accept = [pattern.partition(":")[::2] for pattern in accept]
        self._found: dict[Subject, Finding] = {}
        self._lock = threading.Lock()

    def add(
        self,
        subject: Subject,
        phase: str,
        example: Optional[Example] = None,
        *,
        writer: str = "",
        detail: str = "",
        count: int = 1,
    ) -> None:
        """Add one, or so many."""
        named = subject.endpoint or (example.seen.request.endpoint if example else "")
        if self._is_accepted(subject, named):
            subject = subject._replace(accepted=True)
        with self._lock:
            found = self._of(subject)
            found.phases[phase] += count
            if named:
                found.endpoints[named] += count
            found.writer = found.writer or writer
            found.detail = found.detail or detail
            if example is not None:
                found.exceptions.update(example.seen.exceptions)
                found.statuses[example.seen.answer.status] += 1
                if len(found.examples) < _MOST_EXAMPLES:
                    found.examples.append(_cut(example))

    def of_phase(self, name: str) -> int:
        """How many there were in a phase."""
        return sum(found.phases[name] for found in self._found.values())

    def in_order(self) -> list[Finding]:
        """Give them, worst first."""

        def place(found: Finding) -> tuple[bool, int, int]:
            return found.subject.accepted, ORDER.index(found.subject.kind), -found.count

        return sorted(self._found.values(), key=place)

    def _of(self, subject: Subject) -> Finding:
        found = self._found.get(subject)
        if found is None:
            if len(self._found) >= _MOST:  # the rest goes by what matters most
                subject = subject._replace(key_class="", endpoint="", mark="")
            found = self._found.setdefault(subject, Finding(subject))
        return found

    def _is_accepted(self, subject: Subject, endpoint: str) -> bool:
        names = (endpoint, subject.key_class)
        return any(
            kind == subject.kind and any(fnmatchcase(name, pattern) for name in names if name)
            for kind, pattern in self._accept
        )


def _cut(example: Example) -> Example:
    """Keep of the answers what a report shows: there may be many, and they may be long."""
    seen, expected = example.seen, example.expected
    answer = seen.answer._replace(body=seen.answer.body[:LONGEST_BODY])
    if expected is not None:
        expected = expected._replace(body=expected.body[:LONGEST_BODY])
    return example._replace(seen=seen._replace(answer=answer), expected=expected)


def general_place(path: str) -> str:
    """Give a difference's place without the numbers in it."""
    return _PLACES.sub("*", path)


def keep_entry(sight: Sight, kind: Kind) -> Entry:
    """Keep an entry for a report, if it is not too long."""
    assert sight.entry is not None, "the caller looked"
    size = len(sight.entry)
    _, key, field = sight.place
    stored = Stored(key, sight.entry, sight.redis_type, field) if size <= _LONGEST_ENTRY else None
    return Entry(sight._replace(entry=None), kind, stored, size)


def choose_entries(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give the entries that tell most: first those of the other release."""
    return tuple(sorted(entries, key=lambda entry: not entry.sight.crosses)[:_MOST_ENTRIES])
