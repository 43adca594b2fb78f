"""The phase `learn`: each release twice, each run on a copy of the cache of its own.

Rules:
1. Each request is sent once cold and once warm: the second answer shows what the release makes of
   its own entries.
2. The second run begins when the clock has moved on by more than a second, so that what shows the
   time differs between the runs, and is known to.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Optional

from shelflife.rehearse.answers import Comparer
from shelflife.rehearse.cache_server import OpenCache
from shelflife.rehearse.crew import Crew
from shelflife.rehearse.entries.book import Book
from shelflife.rehearse.learned import COLD, WARM
from shelflife.rehearse.outcome import Outcome
from shelflife.rehearse.phases import LEARN
from shelflife.rehearse.releases import Release
from shelflife.rehearse.requests import Request
from shelflife.rehearse.running import Running, Seen
from shelflife.rehearse.trouble import CannotRehearse
from shelflife.stores.address import parse_url

RUNS = (0, 1)
_TICK = 1.1  # seconds: many services show whole ones


class Learner:
    """Runs both releases by themselves.

    Args:
        outcome: Is added to.
        open_cache: Starts a copy of the cache.
        seed_entries: The RDB file whose entries each copy begins with.
        comparer: Learns the answers.
    """

    def __init__(
        self,
        outcome: Outcome,
        open_cache: OpenCache,
        seed_entries: Optional[Path],
        comparer: Comparer,
    ) -> None:
        self._outcome = outcome
        self._open_cache = open_cache
        self._seed_entries = seed_entries
        self._comparer = comparer
        self._releases = tuple(outcome.releases.values())
        self._bad: dict[str, Seen] = {}

    def learn(self) -> None:
        """Send each request twice to two runs of both releases.

        Raises:
            CannotRehearse: If a service cannot be started, ends, or answers only errors.
        """
        learned, kinds = self._outcome.learned, self._outcome.kinds
        names = [release.name for release in self._releases]
        total = len(RUNS) * len(names) * 2 * len(self._outcome.distinct)
        with self._outcome.courses.follow(LEARN, names, total):
            for runs in self._turns():
                self._run_side_by_side(runs)
        for name in names:
            if learned.only_errors(name):
                raise CannotRehearse(_only_errors(self._bad[name]))
        kinds.learn(learned.all_places())
        learned.settle(kinds)
        self._comparer.settle()

    def _turns(self) -> list[list[tuple[Release, int]]]:
        """Give what runs side by side; with a port of its own a release runs once at a time."""
        if not any(release.fixed_port for release in self._releases):
            return [[(release, run) for run in RUNS for release in self._releases]]
        return [[(release, run)] for run in RUNS for release in self._releases]

    def _run_side_by_side(self, runs: Sequence[tuple[Release, int]]) -> None:
        crew, learned, started = Crew(), self._outcome.learned, []
        with ExitStack() as stack:
            works = []
            for release, run in runs:
                running = stack.enter_context(self._start(release, run, stack))
                works.append(partial(self._work, running, run, crew.ends))
                started.append(running)
            crew.run(works)
        for running in started:
            learned.note_late(running.release.name, running.late_exceptions())

    def _start(self, release: Release, run: int, stack: ExitStack) -> Running:
        server = stack.enter_context(self._open_cache(self._seed_entries, False))
        address, _ = parse_url(server.url, {})
        book = Book()
        book.phase = LEARN
        log = self._outcome.plan.log
        return Running(release, address, book, log, f"{release.name}-alone-{run}")

    def _work(self, running: Running, run: int, ends: threading.Event) -> None:
        ends.wait(_TICK * run)
        for again in (COLD, WARM):
            began = time.monotonic()
            for request in self._outcome.distinct:
                if ends.is_set():
                    return
                self._note(running.ask(request), run, again)
                if running.has_ended:
                    raise CannotRehearse(_has_ended(running, request))
            if again == COLD:  # each request comes again when the clock has moved on
                ends.wait(max(0.0, began + _TICK - time.monotonic()))

    def _note(self, seen: Seen, run: int, again: str) -> None:
        self._comparer.learn(seen.request, seen.release, run, seen.answer)
        self._outcome.learned.add(seen, run, again)
        self._outcome.courses.add(seen, bad=seen.answer.is_error)
        if seen.answer.is_error:
            self._bad.setdefault(seen.release, seen)


def _has_ended(running: Running, request: Request) -> str:
    service = running.service
    log = "".join(f"\n  {line}" for line in service.log.tail[-5:])
    return (
        f"[{service.name}] ended by itself (exit code {service.ended}) at {request.method} "
        f"{request.shown}, on a cache of its own: mend it first{log}"
    )


def _only_errors(bad: Seen) -> str:
    told = bad.answer.error or f"status {bad.answer.status}"
    why = f", {bad.exceptions[0]}" if bad.exceptions else ""
    log = "".join(f"\n  {line}" for line in bad.log[-5:])
    return (
        f"[{bad.release}] answers only errors, on a cache of its own as well (the first: {told}"
        f"{why}). Mend the service or its `command`, `cwd` and `env`; or does the log belong to "
        f"another service?{log}"
    )
