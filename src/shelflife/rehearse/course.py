"""The course of each phase: answers by status, when they came, and what the cache was asked."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from shelflife.rehearse.running import Seen
from shelflife.rehearse.settings import Progress

_MOST_SLICES = 60
CLASSES = ("ok", "redirect", "client", "server", "none")


class PhaseCourse:
    """What happened in a phase.

    Attributes:
        releases: Who ran in it.
        statuses: By release and status; 0 is no answer.
        exceptions: By release and text.
        cache: By release and what was done: "reads", "hits", "writes", "deletes".
        slices: By release, the counts of each class of answers over time: at most 60 slices.
    """

    def __init__(self, name: str, releases: Sequence[str]) -> None:
        self.name = name
        self.releases = tuple(releases)
        self.requests = self.bad = 0
        self.seconds = 0.0
        self.statuses: dict[str, Counter[int]] = {name: Counter() for name in releases}
        self.exceptions: Counter[tuple[str, str]] = Counter()
        self.cache: dict[str, Counter[str]] = {name: Counter() for name in releases}
        self._answers: dict[str, bytearray] = {name: bytearray() for name in releases}

    def add(self, seen: Seen, *, bad: bool) -> None:
        """Count an answer; whether it speaks against the deploy."""
        self.requests += 1
        self.bad += bad
        status = seen.answer.status
        self.statuses[seen.release][status] += 1
        self._answers[seen.release].append(_class_of(status))
        for text in seen.exceptions:
            self.exceptions[seen.release, text] += 1
        counted = self.cache[seen.release]
        for sight in seen.sights:
            if sight.did == "read":
                counted["reads"] += 1
                counted["hits"] += sight.entry is not None
            elif sight.did in {"wrote", "deleted"}:
                counted["writes" if sight.did == "wrote" else "deletes"] += 1

    def slices(self, release: str) -> list[dict[str, int]]:
        """Give the counts of each class of answers, slice after slice."""
        answers = self._answers[release]
        number = min(_MOST_SLICES, len(answers))
        edges = [len(answers) * edge // number for edge in range(number + 1)] if number else []
        return [
            {name: answers.count(code, start, end) for code, name in enumerate(CLASSES)}
            for start, end in zip(edges, edges[1:])
        ]


class Courses:
    """All phases so far, and whoever wants to know how far it is."""

    def __init__(self, tell: Progress) -> None:
        self.done: list[PhaseCourse] = []
        self.tell = tell
        self._lock = threading.Lock()

    @property
    def phase(self) -> str:
        """The phase that goes on, or the last one."""
        return self.done[-1].name if self.done else "learn"

    @contextmanager
    def follow(self, name: str, releases: Sequence[str], total: int) -> Iterator[PhaseCourse]:
        """Keep the course of a phase while the block runs; `total` is how many requests it has."""
        self.tell.phase(name, total)
        course = PhaseCourse(name, releases)
        self.done.append(course)
        begun = time.monotonic()
        try:
            yield course
        finally:
            course.seconds = time.monotonic() - begun

    def note_exceptions(self, release: str, texts: Sequence[str]) -> None:
        """Count what was logged after the last answer of the phase that goes on."""
        with self._lock:
            self.done[-1].exceptions.update((release, text) for text in texts)

    def add(self, seen: Seen, *, bad: bool) -> None:
        """Count an answer in the phase that goes on; from any thread."""
        with self._lock:
            self.done[-1].add(seen, bad=bad)
        self.tell.advance(bad)


def _class_of(status: int) -> int:
    if not status:
        return 4
    return {3: 1, 4: 2}.get(status // 100, 3 if status >= 500 else 0)
